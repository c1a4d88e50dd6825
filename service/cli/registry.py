"""`tidewaiter registry import|export|embed|generate|list|remove`: the registry of this machine as a whole."""

import csv
import getpass
import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from service.cli import holders, recordations
from service.cli.opening import opened_parts
from service.cli.screen import out, progress, steps, warn
from service.cli.training import start
from service.exchange.schemas import ExportOptions, ImportOptions, JobOut
from service.exchange.staging import HEADINGS
from service.marks.importing import ImportReport, RegistryImport
from service.parts import Parts

app = typer.Typer(help="The registry of recorded marks.", no_args_is_help=True)
recordations.install(app)
app.add_typer(holders.app, name="holders")
PAGE = 500
Dry = Annotated[bool, typer.Option("--dry-run", help="Check everything, import nothing.")]
Skip = Annotated[bool, typer.Option("--skip-bad", help="Import the good rows although some are bad.")]


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, readable=True)],
    pictures: Annotated[Path | None, typer.Option(exists=True, help="Folder or zip; else beside FILE.")] = None,
    file_format: Annotated[str | None, typer.Option("--format", help="csv, xlsx, json, st66, st96 or uspto.")] = None,
    enter_as: Annotated[str, typer.Option(help="A trademark office's marks: draft, or approved by customs.")] = "draft",
    decided_on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="When customs approved.")] = None,
    officer: Annotated[str | None, typer.Option(help="Who imports; your user name if not given.")] = None,
    reports: Annotated[Path | None, typer.Option(help="Folder for lists of what is rejected, changed, double.")] = None,
    embed: Annotated[bool, typer.Option(help="Embed the pictures at once; else a running service does.")] = True,
    skip_bad: Skip = False,
    dry_run: Dry = False,
) -> None:
    """Import recordations (CSV, XLSX, JSON Lines, ST.66, ST.96, USPTO; or a zip), or a table of marks and artwork.

    With any bad row nothing is imported, unless --skip-bad. Repeatable.
    """
    with opened_parts() as parts:
        if _is_artwork_table(file):
            _import_artwork(parts, file, skip_bad=skip_bad, dry_run=dry_run)
            return
        options = ImportOptions.model_validate(
            {
                "officer": officer or getpass.getuser(),
                "format": file_format,
                "enter_as": enter_as,
                "decided_on": None if decided_on is None else decided_on.date(),
                "skip_bad": skip_bad,
                "dry_run": dry_run,
            }
        )
        with steps() as moved:
            job = parts.exchange.import_now(options, file, pictures, moved)
        if reports is not None:
            _write_reports(parts, job, reports)
        if job.state == "done" and embed and not dry_run:
            with progress("Embedding pictures") as moved_on:
                parts.backlog.work(moved_on)
        _tell_job(job, reports)
    if job.state != "done":
        raise typer.Exit(1)


@app.command("export")
def export_file(
    target: Annotated[Path, typer.Argument(metavar="OUT.zip")],
    file_format: Annotated[str, typer.Option("--format", help="json or csv.")] = "json",
    pictures: Annotated[bool, typer.Option(help="With the pictures.")] = True,
    officer: Annotated[str | None, typer.Option(help="Who exports; your user name if not given.")] = None,
) -> None:
    """Export all recordations and their pictures; an empty registry that imports them has the same export."""
    options = ExportOptions.model_validate(
        {"officer": officer or getpass.getuser(), "format": file_format, "pictures": pictures}
    )
    with opened_parts() as parts, steps() as moved:
        count = parts.exchange.export_now(options, target, lambda done: moved("exporting", done, None))
    out().print(f"{count} recordations in {escape(str(target))}")


@app.command("embed")
def embed_pictures() -> None:
    """Embed the pictures that wait for it. A running service does so by itself."""
    with opened_parts() as parts, progress("Embedding pictures") as moved:
        count = parts.backlog.work(moved)
    out().print(f"{count} pictures embedded")


@app.command("generate")
def generate(
    target: Annotated[Path, typer.Argument(metavar="OUT.zip")],
    count: Annotated[int, typer.Option(min=1, help="Number of recordations.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same registry.")] = 7,
) -> None:
    """Write a fictitious registry of any size, to be imported."""
    start("datasets.fictitious.filings", ["--out", str(target), "--count", str(count), "--seed", str(seed)])


@app.command("list")
def list_marks() -> None:
    """List the recorded marks."""
    table = Table("mark", "title", "right holder", "recordation", "standing", "pictures")
    cursor: str | None = None
    count = 0
    with opened_parts() as parts:
        while True:
            page = parts.marks.page(cursor=cursor, limit=PAGE)
            for mark in page.items:
                cells = (mark.mark_id, mark.title, mark.holder, mark.number or "-", mark.standing)
                table.add_row(*map(escape, cells), str(len(mark.artwork)))
            count += len(page.items)
            cursor = page.next_cursor
            if cursor is None:
                break
    out().print(table)
    out().print(f"{count} marks")


@app.command("remove")
def remove_mark(mark_id: Annotated[str, typer.Argument(metavar="MARK", help="As `list` gives it.")]) -> None:
    """Take a mark out of its recordation: it is matched no longer. Alerts that were raised for it stay."""
    with opened_parts() as parts:
        parts.marks.remove(mark_id)
    out().print(f"{escape(mark_id)} is matched no longer")


def _is_artwork_table(path: Path) -> bool:
    """Whether the file is a table of marks and artwork files, as `inference.artwork.table` reads it."""
    with path.open("rb") as file:
        heading = file.readline(4096).decode("utf-8-sig", "replace")
    return {"mark_id", "title", "holder", "file"} <= {name.strip() for name in next(csv.reader([heading]), [])}


def _import_artwork(parts: Parts, table: Path, *, skip_bad: bool, dry_run: bool) -> None:
    job = RegistryImport(
        database=parts.database, files=parts.files, embedder=parts.inspector.embedder, marks=parts.marks
    )
    with progress("Reading artwork") as moved:
        report = job.run(table, skip_bad=skip_bad, dry_run=dry_run, progress=moved)
    _tell(report, dry_run=dry_run)
    if report.refused:
        raise typer.Exit(1)


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


def _write_reports(parts: Parts, job: JobOut, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in HEADINGS:
        shutil.copyfile(parts.exchange.report(job.id, name), folder / f"{name}.csv")


def _tell_job(job: JobOut, reports: Path | None) -> None:
    counts = job.counts
    if counts["rejected"]:
        where = f" (listed in {reports / 'rejected.csv'})" if reports else "; --reports FOLDER lists them"
        warn(f"{counts['rejected']} of {counts['read']} recordations cannot be used{where}")
    if job.state == "refused":
        warn("Nothing was imported. Mend them, or import the others with --skip-bad.")
        return
    if counts["duplicates"]:
        warn(f"{counts['duplicates']} have a number, mark, registration or picture of another; see duplicates.csv")
    would = "would be " if job.dry_run else ""
    said = f"{counts['added']} {would}added, {counts['changed']} {would}changed, {counts['unchanged']} as before"
    out().print(f"{counts['read']} recordations: {said}")
