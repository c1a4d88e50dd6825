"""`tidewaiter registry holders list|show|enter|change`: right holders by themselves."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.opening import opened_parts
from service.cli.screen import as_json, out
from service.holders.schemas import HolderEntry, HolderOut
from service.uploads import parse_metadata

app = typer.Typer(help="Right holders.", no_args_is_help=True)
PAGE = 500
Id = Annotated[str, typer.Argument(metavar="ID", help="The right holder's identifier, as `list` gives it.")]
Entry = Annotated[Path, typer.Argument(metavar="HOLDER.json", exists=True, dir_okay=False, readable=True)]


@app.command("list")
def list_holders() -> None:
    """List the right holders."""
    table = Table("id", "name", "country")
    cursor: str | None = None
    count = 0
    with opened_parts() as parts:
        while True:
            page = parts.holders.page(cursor=cursor, limit=PAGE)
            for item in page.items:
                table.add_row(*_cells(item))
            count += len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
    out().print(table)
    out().print(f"{count} right holders")


@app.command("show")
def show(holder_id: Id) -> None:
    """Show a right holder, as JSON."""
    with opened_parts() as parts:
        as_json(parts.holders.get(holder_id))


@app.command("enter")
def enter(entry: Entry) -> None:
    """Enter a right holder that has no recordation yet."""
    given = parse_metadata(HolderEntry, entry.read_bytes())
    with opened_parts() as parts:
        as_json(parts.holders.create(given))


@app.command("change")
def change(holder_id: Id, entry: Entry) -> None:
    """Replace what is known of a right holder. A new name is on its marks at once."""
    given = parse_metadata(HolderEntry, entry.read_bytes())
    with opened_parts() as parts:
        as_json(parts.holders.change(holder_id, parts.holders.get(holder_id).version, given))


def _cells(item: HolderOut) -> list[str]:
    holder = item.holder
    return [escape(cell) for cell in (item.id, holder.name, holder.country or "-")]
