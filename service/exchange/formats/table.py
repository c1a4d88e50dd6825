"""CSV and XLSX: one row per recordation. What has no column of its own is in `details`, as JSON.

number,jurisdiction,status,decided_on,holder,mark_id,title,nice_classes,pictures
T2026-000117,CN,approved,2026-03-02,Kestrel Lantern Works,kestrel-lantern,Kestrel Lantern,11,lantern.svg; box.jpg
"""

import csv
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from service.exchange.cells import guarded, unguarded
from service.exchange.records import BadExchangeFile, Defaults, Record, Rejected, record_of

PLAIN = (
    "jurisdiction",
    "number",
    "right_type",
    "status",
    "submitted_on",
    "decided_on",
    "valid_from",
    "valid_to",
    "right_expires_on",
    "refusal_reason",
    "ended_on",
    "end_reason",
    "licensing_status",
)
HOLDER = {"holder": "name", "holder_country": "country"}
MARK = ("mark_id", "title", "feature", "office", "registration_no", "application_no")
LISTS = {"vienna": "vienna", "transliterations": "transliterations"}
COLUMNS = (*PLAIN, *HOLDER, *MARK, *LISTS, "nice_classes", "pictures", "details")
LONGEST = 1_000_000  # characters of one cell
APART = ";"


def read_csv(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The rows of a CSV in UTF-8. Raises BadExchangeFile."""
    csv.field_size_limit(LONGEST)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _records(enumerate(csv.reader(file, strict=True), 1), defaults)
    except UnicodeDecodeError as error:
        raise BadExchangeFile(f"it is not UTF-8: {error.reason} at byte {error.start}", field="file") from error
    except csv.Error as error:
        raise BadExchangeFile(f"it is no CSV: {error}", field="file") from error


def read_xlsx(path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
    """The rows of the first sheet of a workbook, read row by row. Raises BadExchangeFile."""
    from openpyxl import load_workbook  # noqa: PLC0415 - slow to import, and seldom needed

    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        rows = book.worksheets[0].iter_rows(values_only=True)
        yield from _records(((n, [_text(cell) for cell in row]) for n, row in enumerate(rows, 1)), defaults)
    except BadExchangeFile:
        raise
    except Exception as error:  # the library raises many kinds for what is no workbook
        raise BadExchangeFile(f"it is no XLSX workbook: {error}", field="file") from error


def write_csv(documents: Iterable[Mapping[str, Any]], file: TextIO) -> None:
    """Write recordations as `documents.document_of` gives them; `read_csv` reads the same again."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow(COLUMNS)
    for document in documents:
        cells = cells_of(document)
        out.writerow([guarded(cells.get(column, "")) for column in COLUMNS])


def cells_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Column -> text of one recordation."""
    rest = dict(document)
    cells = {name: str(rest.pop(name)) for name in PLAIN if rest.get(name) is not None}
    holder = dict(rest.pop("holder", {}))
    cells |= {column: holder.pop(key) for column, key in HOLDER.items() if holder.get(key)}
    if holder:
        rest["holder"] = holder
    marks = rest.get("marks", [])
    if len(marks) == 1:
        mark = dict(rest.pop("marks")[0])
        cells |= {name: str(mark.pop(name)) for name in MARK if mark.get(name) is not None}
        if mark:
            rest["mark"] = mark
    goods = rest.get("goods", [])
    if goods and all(set(item) == {"nice_class"} for item in goods):
        cells["nice_classes"] = APART.join(str(item["nice_class"]) for item in rest.pop("goods"))
    if rest:
        cells["details"] = json.dumps(rest, ensure_ascii=False, sort_keys=True)
    return cells


def _records(rows: Iterable[tuple[int, list[str]]], defaults: Defaults) -> Iterator[Record | Rejected]:
    numbered = iter(rows)
    _, heading = next(numbered, (1, []))
    columns = [name.strip() for name in heading]
    _check_heading(columns)
    for line, row in numbered:
        if not any(cell.strip() for cell in row):
            continue
        place, text = f"line {line}", " | ".join(cell for cell in row if cell)
        if len(row) != len(columns):
            yield Rejected(place=place, reason=f"it has {len(row)} cells, expected {len(columns)}", text=text[:200])
            continue
        cells = {name: unguarded(cell.strip()) for name, cell in zip(columns, row, strict=True) if cell.strip()}
        yield _record(place, cells, defaults, text)


def _check_heading(columns: list[str]) -> None:
    unknown = [name for name in columns if name not in COLUMNS]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    missing = [] if "holder" in columns or "details" in columns else ["holder"]
    for names, what in ((unknown, "has unknown"), (doubled, "has twice"), (missing, "lacks")):
        if names:
            listed = ", ".join(repr(name) for name in names)
            raise BadExchangeFile(f"the heading {what} column(s) {listed}", field="file", limit=", ".join(COLUMNS))


def _record(place: str, cells: dict[str, str], defaults: Defaults, text: str) -> Record | Rejected:
    try:
        details = json.loads(cells.get("details", "{}"))
        if not isinstance(details, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        return Rejected(place=place, reason=f"details is no JSON object: {error}", field="details", text=text[:200])
    return record_of(place, _filing(cells, details, defaults), text)


def _filing(cells: dict[str, str], details: dict[str, Any], defaults: Defaults) -> dict[str, Any]:
    data = dict(details) | {name: cells[name] for name in PLAIN if name in cells}
    data.setdefault("jurisdiction", defaults.jurisdiction)
    data["officer"] = defaults.officer
    holder = data.get("holder") or {}
    data["holder"] = holder | {key: cells[column] for column, key in HOLDER.items() if column in cells}
    if "nice_classes" in cells:
        data["goods"] = [{"nice_class": number} for number in _listed(cells["nice_classes"])]
    mark = data.pop("mark", {}) | {name: cells[name] for name in MARK if name in cells}
    mark |= {key: _listed(cells[column]) for column, key in LISTS.items() if column in cells}
    if "pictures" in cells:
        mark["pictures"] = [{"file": name} for name in _listed(cells["pictures"])]
    if mark:
        data["marks"] = [mark]
    return data


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(APART) if part.strip()]


def _text(cell: object) -> str:
    """A cell of a workbook as text: whole numbers without a fraction, dates without a time."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if hasattr(cell, "hour") and hasattr(cell, "date"):
        return str(cell.date())
    return str(cell)
