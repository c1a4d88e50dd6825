"""`tidewaiter registry find|look|show|history|enter|change|event`: recordations one by one."""

import getpass
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.opening import opened_parts, uploaded
from service.cli.screen import as_json, out
from service.parties import plain_identifier
from service.recordations.schemas import EventIn, FilingChange, RecordationIn, RecordationOut
from service.search.repository import Filters
from service.search.schemas import Found
from service.uploads import parse_metadata

Officer = Annotated[str | None, typer.Option(help="Who does it; your user name if not given.")]
Artwork = Annotated[list[Path] | None, typer.Option(exists=True, dir_okay=False, help="A picture it names.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The recordation's identifier, as `find` lists it.")]


def install(app: typer.Typer) -> None:
    """Add the commands to `app`."""
    for name, command in (
        ("find", find),
        ("look", look),
        ("show", show),
        ("history", history),
        ("enter", enter),
        ("change", change),
        ("event", event),
    ):
        app.command(name)(command)


def find(
    words: Annotated[list[str] | None, typer.Argument(help="Words of marks and right holders.")] = None,
    number: Annotated[str | None, typer.Option(help="Of the recordation or registration.")] = None,
    holder: Annotated[str | None, typer.Option(help="Words of the right holder's name.")] = None,
    nice: Annotated[list[int] | None, typer.Option(min=1, max=45, help="Any of these classes.")] = None,
    vienna: Annotated[list[str] | None, typer.Option(help="All of these codes, or their beginnings.")] = None,
    standing: Annotated[str | None, typer.Option(help="approved, expiring, expired, draft, …")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """Find recordations; spelling and script may differ."""
    filters = Filters(
        number=plain_identifier(number) if number else None,
        nice=tuple(nice or ()),
        vienna=tuple(vienna or ()),
        standing=standing,  # type: ignore[arg-type]
    )
    with opened_parts() as parts:
        page = parts.search.find(filters, words=" ".join(words or ()), holder=holder, cursor=None, limit=limit)
    table = Table("id", "number", "marks", "right holder", "classes", "standing", "valid to")
    for item in page.items:
        table.add_row(*_cells(item))
    out().print(table)
    out().print(f"{len(page.items)}{' and more' if page.next_cursor else ''} found")


def look(
    picture: Annotated[Path, typer.Argument(metavar="PICTURE", exists=True, dir_okay=False, readable=True)],
    limit: Annotated[int, typer.Option(min=1, max=50)] = 10,
) -> None:
    """Find the recorded marks that a picture looks like."""
    with opened_parts() as parts:
        page = parts.search.alike(picture.read_bytes(), name=picture.name, field=str(picture), limit=limit)
    table = Table("mark", "right holder", "similarity", "score", "number", "standing")
    for item in page.items:
        known = item.recordation
        number, standing = ("-", "-") if known is None else (known.number or "-", known.standing)
        cells = (item.mark.title, item.mark.holder, f"{item.similarity:.2f}", f"{item.score:.2f}", number, standing)
        table.add_row(*map(escape, cells))
    out().print(table)


def show(recordation_id: Id) -> None:
    """Show a recordation with its marks and their self-tests, as JSON."""
    with opened_parts() as parts:
        as_json(parts.recordations.get(recordation_id))


def history(recordation_id: Id) -> None:
    """Who changed a recordation, when and how, oldest first, as JSON."""
    with opened_parts() as parts:
        as_json(parts.recordations.history(recordation_id))


def enter(
    filing: Annotated[Path, typer.Argument(metavar="FILING.json", exists=True, dir_okay=False, readable=True)],
    artwork: Artwork = None,
) -> None:
    """Enter a recordation; approved ones are matched at once. Prints it with the self-test of its marks."""
    metadata = parse_metadata(RecordationIn, filing.read_bytes())
    with uploaded(artwork or (), field="artwork") as uploads, opened_parts() as parts:
        _tell(parts.recordations.create(metadata, uploads))


def change(
    recordation_id: Id,
    filing: Annotated[Path, typer.Argument(metavar="FILING.json", exists=True, dir_okay=False, readable=True)],
    artwork: Artwork = None,
) -> None:
    """Replace what is filed: all of it, pictures that stay named by their sha256, as `show` gives them."""
    metadata = parse_metadata(FilingChange, filing.read_bytes())
    with uploaded(artwork or (), field="artwork") as uploads, opened_parts() as parts:
        version = parts.recordations.get(recordation_id).version
        _tell(parts.recordations.change(recordation_id, version, metadata, uploads))


def event(
    recordation_id: Id,
    what: Annotated[str, typer.Argument(metavar="EVENT", help="submit, accept, approve, refuse, renew, revoke, …")],
    on: Annotated[str | None, typer.Option(metavar="YYYY-MM-DD", help="The day; today if not given.")] = None,
    number: Annotated[str | None, typer.Option(help="With approve: the number customs give.")] = None,
    reason: Annotated[str | None, typer.Option(help="Needed to refuse and to revoke.")] = None,
    officer: Officer = None,
) -> None:
    """Let an event happen to a recordation."""
    given = {"event": what, "on": on, "number": number, "reason": reason, "officer": officer or getpass.getuser()}
    happened = parse_metadata(EventIn, json.dumps(given).encode())
    with opened_parts() as parts:
        version = parts.recordations.get(recordation_id).version
        _tell(parts.recordations.happen(recordation_id, version, happened))


def _tell(made: RecordationOut) -> None:
    out().print(f"{made.id}: {made.standing}, {'in force' if made.in_force else 'not in force'}")
    for mark_id, test in made.self_tests.items():
        out().print(
            f"{escape(mark_id)}: {test.expected_recall:.0%} of {test.rendered} rendered pictures are found; "
            f"detectable in {', '.join(test.detectable_in) or 'nothing'}"
        )
        for item in test.confusable:
            out().print(f"  like {escape(item.mark.title)} of {escape(item.mark.holder)} ({item.similarity:.2f})")


def _cells(item: Found) -> list[str]:
    classes = ", ".join(str(number) for number in item.nice_classes)
    ends = "-" if item.valid_to is None else item.valid_to.isoformat()
    cells = (item.id, item.number or "-", "; ".join(item.marks), item.holder, classes, item.standing, ends)
    return [escape(cell) for cell in cells]
