"""Read the labels that a version is made of, behind a limit."""

from pathlib import Path

from datasets.labels.lines import read_lines
from datasets.labels.records import LabelledImage
from datasets.versions.errors import BadVersion
from datasets.versions.manifest import MAX_BYTES


def read_labels(path: Path) -> tuple[LabelledImage, ...]:
    """The labelled images in `labels.jsonl`. Raises BadVersion if there is no such file, BadLabels if it is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadVersion(f"{path} has {path.stat().st_size:,} bytes", field="labels", limit=f"{MAX_BYTES:,} bytes")
        return read_lines(path.read_bytes())
    except OSError as error:
        raise BadVersion(f"{path} cannot be read: {error.strerror}", field="labels") from error
