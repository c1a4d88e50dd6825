"""The formats by name.

from datasets.labels.formats.known import FORMATS
images = FORMATS["coco"].read(Path("export"), pictures=Path("pictures"), known_marks=registry_ids)
"""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from datasets.labels.formats import coco, cvat, jsonlines, labelstudio, voc, yolo
from datasets.labels.records import LabelledImage


class Format(Protocol):
    """How label records are exchanged: a module with these two."""

    def write(self, images: Sequence[LabelledImage], folder: Path) -> None:
        """Write the images' records into `folder`, which is new or empty. Raises BadLabels."""

    def read(
        self,
        source: Path,
        *,
        pictures: Path | None = None,
        known_marks: Collection[str] = (),
        remarks: list[str] | None = None,
    ) -> tuple[LabelledImage, ...]:
        """The records of a file or folder, checked. Raises BadLabels with every problem.

        `pictures` is where sizes and hashes that the file does not give are taken from. A class whose name is one of
        `known_marks` is that mark. `remarks` is given what was read differently from how it was written, with counts.
        """


FORMATS: Mapping[str, Format] = {
    "lines": jsonlines,
    "coco": coco,
    "yolo": yolo,
    "voc": voc,
    "cvat": cvat,
    "labelstudio": labelstudio,
}
