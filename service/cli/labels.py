"""`tidewaiter labels list|left|export|import|sets|exclude|include|confirm`: what models learn from, and from whom."""

import getpass
import importlib.util
import subprocess
import sys
import tempfile
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from service.cli.opening import opened_parts
from service.cli.screen import as_json, err, out, progress
from service.errors import CannotStart, InvalidRequest
from service.exchange.artwork import PictureFolder, Pictures
from service.labels.collecting import PICTURES, RECORDS
from service.labels.errors import LabelFolderTaken
from service.labels.exclusions import Kind
from service.labels.importing import SafeZip
from service.labels.schemas import ExclusionIn, HolderWordIn, LabelSetIn, LabelsOut
from service.parts import Parts

app = typer.Typer(help="What models learn from.", no_args_is_help=True)
Format = Literal["lines", "coco", "yolo", "voc", "cvat", "labelstudio"]
Since = Annotated[str | None, typer.Option(help="RFC 3339; 90 days before `until` if not given.")]
Until = Annotated[str | None, typer.Option(help="RFC 3339; now if not given.")]
Office = Annotated[str | None, typer.Option(help="Of this office alone.")]
Why = Annotated[str, typer.Option(help="It stands in the audit.")]


@app.command("list")
def list_labels(
    since: Since = None, until: Until = None, office: Office = None, json: Annotated[bool, typer.Option()] = False
) -> None:
    """Count labels by strength, category, mark and office, and say what gave none."""
    with opened_parts() as parts:
        counts = parts.learning.labels.counts(_moment(since, "since"), _moment(until, "until"), office=office)
    if json:
        as_json(counts)
    else:
        _show(counts)


@app.command("left")
def left(since: Since = None, until: Until = None, office: Office = None) -> None:
    """List decisions and answers that gave no label, and why."""
    with opened_parts() as parts:
        page = parts.learning.labels.left(_moment(since, "since"), _moment(until, "until"), office=office)
    table = Table("decision or answer", "why")
    for one in page.items:
        table.add_row(escape(one.source), one.reason)
    out().print(table)
    if page.more:
        err().print(f"... and {page.more} more")


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="A folder that is new or empty.")],
    form: Annotated[Format, typer.Option("--format")] = "lines",
    since: Since = None,
    until: Until = None,
    office: Office = None,
    redact: Annotated[bool, typer.Option("--redact", help="Blur names and addresses on the pictures.")] = False,
) -> None:
    """Write labels and their pictures. Officers, parcels and consignors leave under pseudonyms."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LabelFolderTaken(f"{folder} is there and not empty", field="OUT", limit="a new or empty folder")
    with opened_parts() as parts, tempfile.TemporaryDirectory(dir=_beside(folder)) as room:
        first = folder if form == "lines" and not redact else Path(room) / "labels"
        collected = parts.learning.labels.collect(_moment(since, "since"), _moment(until, "until"), office=office)
        with progress("pictures") as moved:
            parts.learning.labels.export(first, collected, by=getpass.getuser(), moved=moved)
        if redact:
            _run("datasets.versions", "redact", str(first))
        if first != folder:
            _convert(first, folder, form)
    out().print(f"{len(collected.images)} pictures and their labels are in {escape(str(folder))}")


@app.command("import")
def import_labels(
    path: Annotated[Path, typer.Argument(metavar="FILE", exists=True, help="A zip or folder; or a file of FORMAT.")],
    name: Annotated[str, typer.Option(help="Of the set.")],
    licence: Annotated[str, typer.Option(help="Under which its pictures may be learnt from.")],
    form: Annotated[Format, typer.Option("--format")] = "lines",
    pictures: Annotated[Path | None, typer.Option(exists=True, file_okay=False, help="Where the pictures lie.")] = None,
) -> None:
    """Keep a set of labels from elsewhere. All of it is checked before anything of it counts."""
    about = LabelSetIn(name=name, licence=licence)
    with opened_parts() as parts, tempfile.TemporaryDirectory() as room:
        if form != "lines":
            converted = Path(room) / "labels"
            found = ["--pictures", str(pictures)] if pictures is not None else []
            _run("datasets.labels", "convert", str(path), "--from", form, "--to", "lines", str(converted), *found)
            lie = pictures or (path if path.is_dir() else path.parent)
            made = _imported(parts, _Apart(converted, lie), about)
        else:
            made = _imported(parts, PictureFolder(path) if path.is_dir() else SafeZip(path), about)
    out().print(f"{made}: {escape(name)}")


@app.command("sets")
def sets() -> None:
    """List the sets that were imported."""
    table = Table("set", "name", "licence", "pictures", "labels", "by")
    with opened_parts() as parts:
        for one in parts.learning.labels.sets():
            counts = (str(one.images), str(one.labels))
            table.add_row(one.id, escape(one.name), escape(one.licence), *counts, escape(one.imported_by))
    out().print(table)


@app.command("exclude")
def exclude(kind: Kind, subject: str, reason: Why) -> None:
    """Learn nothing from an officer, an office, a station or one decision. What was decided stands."""
    with opened_parts() as parts:
        made = parts.learning.labels.exclude(
            ExclusionIn(kind=kind, subject=subject, reason=reason), by=getpass.getuser()
        )
    out().print(f"{made.id}: {kind} {escape(subject)}")


@app.command("include")
def include(kind: Kind, subject: str, reason: Why) -> None:
    """Learn from it again."""
    with opened_parts() as parts:
        parts.learning.labels.lift_subject(ExclusionIn(kind=kind, subject=subject, reason=reason), by=getpass.getuser())
    out().print(f"{kind} {escape(subject)} counts again")


@app.command("confirm")
def confirm(
    alert: Annotated[str, typer.Argument(metavar="ALERT")],
    answer: Annotated[Literal["infringing", "genuine"], typer.Option(help="What the right holder answered.")],
    reference: Annotated[str, typer.Option(help="Of the letter.")],
) -> None:
    """Enter what the right holder answered about an alert's goods."""
    word = HolderWordIn(answer=answer, reference=reference)
    with opened_parts() as parts:
        parts.learning.labels.confirm(alert, word, by=getpass.getuser(), within=None)
    out().print(f"{escape(alert)}: {answer}")


class _Apart:
    """Records in one folder, and their pictures in another one."""

    def __init__(self, records: Path, pictures: Path) -> None:
        self._records, self._pictures = PictureFolder(records), PictureFolder(pictures)

    def read(self, name: str, limit: int) -> bytes:
        """The file's bytes. Raises MissingPicture."""
        if name.startswith(f"{PICTURES}/"):
            return self._pictures.read(name.removeprefix(f"{PICTURES}/"), limit)
        return self._records.read(name, limit)


def _imported(parts: Parts, source: Pictures, about: LabelSetIn) -> str:
    try:
        return parts.learning.labels.import_set(source, about, by=getpass.getuser()).id
    finally:
        if isinstance(source, SafeZip):
            source.close()


def _convert(source: Path, target: Path, form: Format) -> None:
    """From canonical lines to another format, by a process: the service reads and writes one format only."""
    if form == "lines":
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.exists():
            target.rmdir()
        source.rename(target)
        return
    _run("datasets.labels", "convert", str(source / RECORDS), "--from", "lines", "--to", form, str(target))
    (source / PICTURES).rename(target / PICTURES)


def _run(module: str, *arguments: str) -> None:
    if importlib.util.find_spec(f"{module}.__main__") is None:
        raise CannotStart(f"{module} cannot be run here", field=arguments[0])
    finished = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603 - no shell
    if finished.returncode != 0:
        raise CannotStart(f"`python -m {module} {arguments[0]}` ended with {finished.returncode}", field=arguments[0])


def _beside(folder: Path) -> Path:
    """The nearest folder above that is there: on the same disk, so that what is done is only renamed."""
    return next(one for one in folder.resolve().parents if one.is_dir())


def _moment(text: str | None, field: str) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidRequest(f"{text!r}", field=field, limit="RFC 3339") from error
    if moment.tzinfo is None:
        raise InvalidRequest(f"{text!r} has no UTC offset", field=field, limit="RFC 3339")
    return moment


def _show(counts: LabelsOut) -> None:
    table = Table("", "labels", title=f"{counts.labels} labels on {counts.images} pictures")
    groups = (counts.by_strength, counts.by_category, counts.by_office, counts.by_mark)
    for name, group in zip(("strength", "category", "office", "mark"), groups, strict=True):
        for key, count in group.items():
            table.add_row(f"{name} {escape(key)}", str(count))
    for reason, count in counts.left.items():
        table.add_row(f"none: {reason}", str(count))
    out().print(table)
    for one in counts.suspects:
        said = f"{one.question} {one.said} of {one.of}, the others {one.others_said} of {one.others_of}"
        err().print(f"[yellow]{escape(one.officer)} on {escape(one.mark_id)}: {said}; left out[/yellow]")
