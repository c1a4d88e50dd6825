"""What was read and checked, on disk until it is in the registry: an import that is cut off goes on from here."""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import TextIO

from service.exchange.cells import guarded
from service.exchange.records import Rejected
from service.recordations.bulk import Entering
from service.recordations.schemas import RecordationIn
from service.registry.repository import Picture

REJECTED = ("place", "field", "reason", "text")


class Stage:
    """The accepted recordations of one job, and the rejected ones, in files of its folder."""

    def __init__(self, folder: Path) -> None:
        self.accepted, self.rejected = folder / "accepted.jsonl", folder / "rejected.csv"

    def begin(self) -> tuple[TextIO, TextIO]:
        """Both files, empty, to be written; the second with its heading."""
        accepted = self.accepted.open("w", encoding="utf-8")
        rejected = self.rejected.open("w", encoding="utf-8", newline="")
        csv.writer(rejected).writerow(REJECTED)
        return accepted, rejected

    def read(self, *, skip: int) -> Iterator[Entering]:
        """The accepted recordations after the first `skip`."""
        with self.accepted.open(encoding="utf-8") as file:
            for line in islice(file, skip, None):
                data = json.loads(line)
                pictures = [tuple(Picture(**picture) for picture in own) for own in data["pictures"]]
                yield Entering(filing=RecordationIn.model_validate(data["filing"]), pictures=pictures)


def write_accepted(file: TextIO, entering: Entering) -> None:
    """Add one accepted recordation."""
    pictures = [[asdict(picture) for picture in own] for own in entering.pictures]
    filing = entering.filing.model_dump(mode="json", exclude_defaults=True)
    file.write(json.dumps({"filing": filing, "pictures": pictures}, ensure_ascii=False) + "\n")


def write_rejected(file: TextIO, rejected: Sequence[Rejected]) -> None:
    """Add rejected rows, safe for a spreadsheet."""
    cells = [(one.place, one.field or "", one.reason, one.text) for one in rejected]
    csv.writer(file).writerows([[guarded(cell) for cell in row] for row in cells])
