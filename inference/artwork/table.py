"""The registry's artwork table: a CSV with one row per picture, and files beside it.

Columns: mark_id, title, holder and file are required; source, licence, variant, colour and split may be left out.
`variant` is artwork (if missing or blank), symbol, wordmark, or photo: a photograph of the genuine goods, not cut out.
`file` is relative to the CSV's folder and may not leave it. Every row that cannot be used is listed with its line.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from inference.errors import BadRegistryTable

REQUIRED = ("mark_id", "title", "holder", "file")
OPTIONAL = ("source", "licence", "variant", "colour", "split")
VARIANTS = ("artwork", "symbol", "wordmark", "photo")

_BOOLEANS = {"true": True, "false": False, "1": True, "0": False, "yes": True, "no": False, "": False}
_MAX_CELL = 10_000  # characters


@dataclass(frozen=True, kw_only=True)
class ArtworkRow:
    """One picture of one mark, its file known to exist inside the table's folder."""

    line: int  # of the CSV, the heading is line 1
    mark_id: str
    title: str
    holder: str
    file: Path  # absolute
    source: str = ""
    licence: str = ""
    variant: str = "artwork"
    colour: bool = False
    split: str = ""


@dataclass(frozen=True, kw_only=True)
class BadRow:
    """One row that cannot be used, and why."""

    line: int
    reason: str


class _Reason(ValueError):
    """Why a row cannot be used."""


def read_table(csv_path: Path) -> tuple[list[ArtworkRow], list[BadRow]]:
    """Return the usable rows and the bad ones, each in the order of the file.

    Raises BadRegistryTable if there is no table to speak of: no file, no heading, a required column missing.
    """
    rows: list[ArtworkRow] = []
    bad: list[BadRow] = []
    holders: dict[str, str] = {}  # mark_id -> holder
    folder = csv_path.resolve().parent
    records = _records(csv_path)
    columns = _columns(records, csv_path)
    for line, cells in records:
        try:
            row = _row(line, _named(cells, columns), folder)
            first = holders.setdefault(row.mark_id, row.holder)
            if row.holder != first:
                raise _Reason(f"mark {row.mark_id!r} has the holder {row.holder!r}, but {first!r} in an earlier row")
        except _Reason as reason:
            bad.append(BadRow(line=line, reason=str(reason)))
        else:
            rows.append(row)
    return rows, bad


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line where the record begins, cells); bytes that are not UTF-8 become U+DCxx and are refused later."""
    try:
        with path.open(encoding="utf-8", errors="surrogateescape", newline="") as file:
            reader = csv.reader(file, strict=True)
            line = 1
            for cells in reader:
                yield line, cells
                line = reader.line_num + 1
    except OSError as error:
        raise BadRegistryTable(f"{path.name} cannot be read: {error.strerror}", field="registry") from error
    except csv.Error as error:
        raise BadRegistryTable(f"{path.name} is no CSV from line {line} on: {error}", field="registry") from error


def _columns(records: Iterator[tuple[int, list[str]]], path: Path) -> list[str]:
    _, heading = next(records, (1, []))
    columns = [name.strip().lstrip("\ufeff") for name in heading]  # spreadsheets write a byte-order mark
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in REQUIRED + OPTIONAL]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    for names, what in ((missing, "lacks"), (unknown, "has unknown"), (doubled, "has twice")):
        if names:
            listed = ", ".join(repr(name) for name in names)
            allowed = f"required: {', '.join(REQUIRED)}; optional: {', '.join(OPTIONAL)}"
            detail = f"the heading of {path.name} {what} column(s) {listed} ({allowed})"
            raise BadRegistryTable(detail, field="registry", limit=allowed)
    return columns


def _named(cells: list[str], columns: list[str]) -> dict[str, str]:
    if not any(cell.strip() for cell in cells):
        raise _Reason("the row is empty")
    if len(cells) != len(columns):
        raise _Reason(f"the row has {len(cells)} cells, expected {len(columns)}")
    for name, cell in zip(columns, cells, strict=True):
        if any("\udc80" <= c <= "\udcff" for c in cell):
            raise _Reason(f"{name} is not UTF-8")
        if len(cell) > _MAX_CELL:
            raise _Reason(f"{name} has {len(cell):,} characters; at most {_MAX_CELL:,} are allowed")
    return {name: cell.strip() for name, cell in zip(columns, cells, strict=True)}


def _row(line: int, cells: dict[str, str], folder: Path) -> ArtworkRow:
    for name in REQUIRED:
        if not cells[name]:
            raise _Reason(f"{name} is blank")
    variant = cells.get("variant") or "artwork"
    if variant not in VARIANTS:
        raise _Reason(f"variant is {variant!r}, expected one of {', '.join(VARIANTS)}")
    colour = cells.get("colour", "")
    if colour.lower() not in _BOOLEANS:
        raise _Reason(f"colour is {colour!r}, expected True or False")
    return ArtworkRow(
        line=line,
        mark_id=cells["mark_id"],
        title=cells["title"],
        holder=cells["holder"],
        file=_file(cells["file"], folder),
        source=cells.get("source", ""),
        licence=cells.get("licence", ""),
        variant=variant,
        colour=_BOOLEANS[colour.lower()],
        split=cells.get("split", ""),
    )


def _file(text: str, folder: Path) -> Path:
    """Return the file inside `folder` that `text` names, links followed."""
    if Path(text).is_absolute():
        raise _Reason(f"file {text!r} is an absolute path; it must be relative to the table's folder")
    try:
        file = (folder / text).resolve()
        inside, exists = file.is_relative_to(folder), file.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # a NUL in the name, a name too long, links in a circle
        raise _Reason(f"file {text!r} is not a usable path: {error}") from error
    if not inside:
        raise _Reason(f"file {text!r} lies outside the table's folder")
    if not exists:
        raise _Reason(f"file {text!r} does not exist")
    return file
