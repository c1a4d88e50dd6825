"""A batch check: a CSV of numbers or marks comes in, its rows go out with their filing status. Pure but for `look`."""

import csv
import io
from collections.abc import Callable, Iterator

from service.companies.errors import BadCheckList
from service.companies.schemas import PublicFiling
from service.exchange.cells import guarded, unguarded

ASKED = ("number", "mark", "holder")  # columns that are looked up; a list has at least one of them
ADDED = ("found", "filed_number", "filed_holder", "filed_marks", "nice_classes", "status", "valid_to")
MOST_BYTES = 256 * 1024
MOST_ROWS = 1000
MOST_COLUMNS = 50
Look = Callable[[dict[str, str]], list[PublicFiling]]


def checked(data: bytes, look: Look) -> str:
    """The list with what is filed for each row: its first filing, and how many there are. Raises BadCheckList."""
    rows = _rows(data)
    out = io.StringIO()
    heading = rows[0]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*map(guarded, heading), *ADDED])
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(heading):
            raise BadCheckList(f"line {number} has {len(row)} cells, expected {len(heading)}", field="body")
        asked = dict(zip(heading, map(unguarded, row), strict=True))
        wanted = {name: asked[name].strip() for name in ASKED if asked.get(name, "").strip()}
        filings = look(wanted) if wanted else []
        writer.writerow([*map(guarded, row), *map(guarded, _answer(filings))])
    return out.getvalue()


def _rows(data: bytes) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise BadCheckList(f"it has {len(data)} bytes", field="body", limit=f"{MOST_BYTES} bytes")
    try:
        rows = list(_read(data.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise BadCheckList(f"it is not UTF-8: byte {error.start}", field="body") from error
    except csv.Error as error:
        raise BadCheckList(f"it is no CSV: {error}", field="body") from error
    if not rows or not set(ASKED) & set(rows[0]):
        raise BadCheckList("it has no column to look up", field="body", limit=" or ".join(ASKED))
    return rows


def _read(text: str) -> Iterator[list[str]]:
    for number, row in enumerate(csv.reader(io.StringIO(text), strict=True)):
        if number > MOST_ROWS:
            raise BadCheckList("it has too many rows", field="body", limit=f"{MOST_ROWS} rows")
        if len(row) > MOST_COLUMNS:
            raise BadCheckList("it has too many columns", field="body", limit=f"{MOST_COLUMNS} columns")
        if any(cell.strip() for cell in row):
            yield [cell.strip() for cell in row] if number == 0 else row


def _answer(filings: list[PublicFiling]) -> list[str]:
    if not filings:
        return ["0", *[""] * (len(ADDED) - 1)]
    first = filings[0]
    classes = "; ".join(sorted({f"{goods.nice_class:02}" for goods in first.goods}))
    marks = "; ".join(mark.title for mark in first.marks)
    ends = "" if first.valid_to is None else first.valid_to.isoformat()
    return [str(len(filings)), first.number or "", first.holder, marks, classes, first.status, ends]
