"""`tidewaiter tests add|list`: parcels whose answer is known, to be mixed in among the alerts (`test_rate`)."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from service.alerts.injecting import Answer
from service.cli.opening import opened_parts, uploaded
from service.cli.screen import out
from service.scans.schemas import ScanMetadata

app = typer.Typer(help="Parcels whose answer is known.", no_args_is_help=True)
STATION = "test library"
Photographs = Annotated[list[Path], typer.Argument(metavar="PHOTO...", exists=True, dir_okay=False, readable=True)]


@app.command("add")
def add(
    photographs: Photographs,
    answer: Annotated[Answer, typer.Option(help="confirmed: to be stopped; unconfirmed: harmless.")],
    office: Annotated[str | None, typer.Option(help="For this office only.")] = None,
) -> None:
    """Look at one parcel's photographs as at any other's, and keep what is seen as a test."""
    with opened_parts() as parts, uploaded(photographs, field="views") as views:
        seen = parts.scans.look(ScanMetadata(station=STATION, parcel=photographs[0].stem[:128]), views)
        test = parts.test_library.add(seen.views, seen.verdict, answer, declaration=seen.declaration, office=office)
    out().print(f"{test}: {answer}")


@app.command("list")
def list_tests() -> None:
    """List the tests and how often each was shown."""
    table = Table("id", "answer", "office", "mark", "shown")
    with opened_parts() as parts:
        for row in parts.test_library.list():
            title = row.document["sightings"][0]["mark"]["title"]
            table.add_row(row.id, row.answer, row.office or "all", title, str(row.shown))
    out().print(table)
