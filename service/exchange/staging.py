"""What was read and checked, on disk until it is in the registry: an import that is cut off goes on from here.

Beside it lie the reports for people, safe for a spreadsheet: what cannot be entered, what would change, what is there
twice.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from service.exchange.cells import guarded
from service.exchange.records import Record, Rejected
from service.exchange.screening import Screened
from service.recordations.bulk import Entering
from service.recordations.schemas import RecordationIn
from service.registry.repository import Picture

Report = Literal["rejected", "changes", "duplicates"]
HEADINGS: dict[Report, tuple[str, ...]] = {
    "rejected": ("place", "field", "reason", "text"),
    "changes": ("place", "effect", "number", "holder", "marks", "differences"),
    "duplicates": ("place", "number", "holder", "marks", "has_the_same", "as", "of", "effect"),
}


class Stage:
    """The accepted recordations of one job, and its reports, in files of its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.accepted = folder, folder / "accepted.jsonl"

    def report(self, name: Report) -> Path:
        """Where a report is."""
        return self.folder / f"{name}.csv"

    def read(self, *, skip: int) -> Iterator[Entering]:
        """The accepted recordations after the first `skip`."""
        with self.accepted.open(encoding="utf-8") as file:
            for line in islice(file, skip, None):
                data = json.loads(line)
                pictures = [tuple(Picture(**picture) for picture in own) for own in data["pictures"]]
                yield Entering(filing=RecordationIn.model_validate(data["filing"]), pictures=pictures)


class Writing:
    """Writes the files of a stage anew; they are closed at the end of the block."""

    def __init__(self, stage: Stage) -> None:
        self._stack = ExitStack()
        self._accepted = self._stack.enter_context(stage.accepted.open("w", encoding="utf-8"))
        files = {
            name: self._stack.enter_context(stage.report(name).open("w", encoding="utf-8", newline=""))
            for name in HEADINGS
        }
        self._reports = {name: csv.writer(file) for name, file in files.items()}
        for name, heading in HEADINGS.items():
            self._reports[name].writerow(heading)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._stack.close()

    def accept(self, record: Record, entering: Entering, screened: Screened) -> None:
        """A recordation that can be entered, and what it would change."""
        pictures = [[asdict(picture) for picture in own] for own in entering.pictures]
        filing = entering.filing.model_dump(mode="json", exclude_defaults=True)
        self._accepted.write(json.dumps({"filing": filing, "pictures": pictures}, ensure_ascii=False) + "\n")
        if screened.effect != "unchanged":
            self._row("changes", record.place, screened.effect, *named(record), "; ".join(screened.differences))
        self.double(record, screened)

    def reject(self, rejected: Sequence[Rejected]) -> None:
        """Rows that cannot be entered."""
        for one in rejected:
            self._row("rejected", one.place, one.field or "", one.reason, one.text)

    def double(self, record: Record, screened: Screened) -> None:
        """What a recordation has that another one has too."""
        effect = "rejected" if screened.effect == "conflict" else screened.effect
        for one in screened.duplicates:
            self._row("duplicates", record.place, *named(record), one.what, one.recordation, one.holder, effect)

    def _row(self, report: Report, *cells: str) -> None:
        self._reports[report].writerow([guarded(cell) for cell in cells])


def named(record: Record) -> tuple[str, str, str]:
    """The number, right holder and marks of a recordation, for people."""
    filing = record.filing
    holder = "" if filing.holder is None else filing.holder.name
    return filing.number or "", holder, "; ".join(mark.title for mark in filing.marks)
