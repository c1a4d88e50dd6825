"""`tidewaiter registry import|list`: the registry in this machine's database."""

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.bootstrap import bootstrap
from service.cli.screen import out, progress, warn
from service.logs import configure_logs
from service.marks.importing import ImportReport, RegistryImport
from service.settings import load_settings

app = typer.Typer(help="The registry of recorded marks.", no_args_is_help=True)
PAGE = 500


@app.command("import")
def import_table(
    table: Annotated[Path, typer.Argument(metavar="CSV", exists=True, dir_okay=False, readable=True)],
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="Import the good rows although some are bad.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, import nothing.")] = False,
) -> None:
    """Import marks and their artwork. With any bad row nothing is imported, unless --skip-bad. Repeatable."""
    configure_logs()
    parts = bootstrap(load_settings())
    job = RegistryImport(
        database=parts.database, files=parts.files, embedder=parts.inspector.embedder, marks=parts.marks
    )
    try:
        with progress("Reading artwork") as moved:
            report = job.run(table, skip_bad=skip_bad, dry_run=dry_run, progress=moved)
    finally:
        parts.close()
    _tell(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(1)


@app.command("list")
def list_marks() -> None:
    """List the recorded marks."""
    configure_logs()
    parts = bootstrap(load_settings())
    table = Table("mark", "title", "right holder", "pictures")
    cursor: str | None = None
    count = 0
    try:
        while True:
            page = parts.marks.page(cursor=cursor, limit=PAGE)
            for mark in page.items:
                table.add_row(escape(mark.mark_id), escape(mark.title), escape(mark.holder), str(len(mark.artwork)))
            count += len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
    finally:
        parts.close()
    out().print(table)
    out().print(f"{count} marks")


def _tell(report: ImportReport, *, dry_run: bool) -> None:
    for row in report.bad:
        warn(f"line {row.line}: {row.reason}")
    if report.refused:
        warn(f"{len(report.bad)} bad rows: nothing was imported. Mend them, or import the others with --skip-bad.")
        return
    skipped = f", {len(report.bad)} bad rows skipped" if report.bad else ""
    done = "would be imported" if dry_run else "imported"
    same = report.marks - report.changed
    out().print(f"{report.rows} rows, {report.marks} marks: {report.changed} {done}, {same} as before{skipped}")
