"""Make a collected folder (`labels.jsonl`, `pictures/`) fit to leave the house: all of it, or none."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from datasets.labels.lines import write_lines
from datasets.labels.records import LabelledImage
from datasets.versions.errors import BadVersion, NothingToLearn, listed
from datasets.versions.exporting import Exporter
from datasets.versions.manifest import LABELS, PICTURES, Exclusion
from datasets.versions.pictures import checked_bytes, pixels, sidecar_bytes
from datasets.versions.reading import read_labels
from datasets.versions.records import sidecar_name
from inference.errors import TidewaiterError

Moved = Callable[[int, int], None]  # pictures done, of how many


def hand_out(folder: Path, exporter: Exporter, moved: Moved = lambda done, total: None) -> list[Exclusion]:
    """Redact all pictures of a folder and put the result in its place; returns what was left out, and why.

    A picture that stays legible, or that cannot be decoded, is left out. Raises BadVersion if a picture is missing or
    is not the one that was labelled, NothingToLearn if none is left; the folder is then as it was.
    """
    images = read_labels(folder / LABELS)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.resolve().parent))
    try:
        (draft / PICTURES).mkdir()
        kept: list[LabelledImage] = []
        left: list[Exclusion] = []
        for done, image in enumerate(images, 1):
            try:
                kept.append(_handed_out(image, folder / PICTURES, draft / PICTURES, exporter))
            except BadVersion:
                raise
            except TidewaiterError as error:
                left.append(Exclusion(what=f"image {image.image_id}", reason=f"{error.title} {error.detail}"))
            moved(done, len(images))
        if images and not kept:
            raise NothingToLearn(listed([f"{one.what}: {one.reason}" for one in left]), field="pictures")
        (draft / LABELS).write_bytes(write_lines(kept))
        _swap(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return left


def _handed_out(image: LabelledImage, source: Path, target: Path, exporter: Exporter) -> LabelledImage:
    data, sidecar = checked_bytes(image, source), sidecar_bytes(image, source)
    own, file = exporter.exported(image, pixels(data, image, sidecar), data)
    path = target / own.file_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(file)
    if sidecar is not None:
        (target / sidecar_name(own.file_name)).write_bytes(sidecar)
    return own


def _swap(draft: Path, folder: Path) -> None:
    """Put the draft's labels and pictures where the folder's are; what else is in the folder stays."""
    clear = Path(tempfile.mkdtemp(prefix=f".{folder.name}.clear.", dir=folder.resolve().parent))
    for name in (LABELS, PICTURES):  # away with what is legible first: a crash leaves too little, never too much
        (folder / name).rename(clear / name)
    for name in (PICTURES, LABELS):
        (draft / name).rename(folder / name)
    shutil.rmtree(clear)
