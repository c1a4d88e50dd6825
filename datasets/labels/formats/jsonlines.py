"""Our own lines as one of the formats: `labels.jsonl` in a folder. See datasets/labels/lines.py."""

from collections.abc import Collection, Sequence
from pathlib import Path

from datasets.labels.formats.files import new_folder, one_file, read_bytes
from datasets.labels.lines import FILE, read_lines, write_lines
from datasets.labels.records import LabelledImage


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write `labels.jsonl` into a new or empty folder. Raises BadLabels."""
    data = write_lines(images)
    new_folder(folder)
    (folder / FILE).write_bytes(data)


def read(
    source: Path,
    *,
    pictures: Path | None = None,  # the lines give all of it
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of a file, or of `labels.jsonl` in a folder. Raises BadLabels."""
    return read_lines(read_bytes(one_file(source, FILE)))
