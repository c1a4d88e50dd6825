"""Pictures as they may leave the house: photographs redacted and without their cameras' notes, scans as they are."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

import numpy as np

from datasets.labels.records import Label, LabelledImage
from datasets.versions.errors import NotRedacted
from datasets.versions.pictures import encoded
from datasets.versions.redaction import Words, load_words, redacted
from inference.vocabulary import Boxes, Image

HIDDEN = 0.5  # of a label's box made unreadable: nothing can be learnt from it any more
NOTE = ("redacted", "hidden")  # in the provenance of such a label
_SUFFIXES = {".jpg": (".jpg", ".jpeg"), ".png": (".png",)}


@dataclass(frozen=True, kw_only=True)
class Exporter:
    """Makes pictures fit to leave the house."""

    words: Words
    redact: Callable[[Image, Boxes, Words], Image] = redacted

    def exported(self, image: LabelledImage, seen: Image, data: bytes) -> tuple[LabelledImage, bytes]:
        """The record and the file of a picture whose pixels (H, W, 3) and file are given.

        Raises NotRedacted, naming the picture, if something on it stays legible.
        """
        if image.modality == "xray":  # X-rays do not show ink
            return image, data
        try:
            safe = self.redact(seen, boxes_of(image.labels), self.words)
        except NotRedacted as error:
            raise NotRedacted(f"{image.file_name}: {error.detail}", field="image", limit=error.limit) from error
        labels = tuple(_hidden(label, seen, safe) for label in image.labels)
        file, suffix = encoded(safe, data)
        name = image.file_name
        if PurePosixPath(name).suffix.lower() not in _SUFFIXES[suffix]:
            name += suffix
        sha256 = hashlib.sha256(file).hexdigest()
        return replace(image, file_name=name, sha256=sha256, labels=labels), file


def load_exporter(*, threads: int | None = None) -> Exporter:
    """Load the models that find lettering. Raises BadBundle if one is missing or another one than expected."""
    return Exporter(words=load_words(threads=threads))


def boxes_of(labels: Iterable[Label]) -> Boxes:
    """The boxes (n, 4) of logos: what is in them stays. What is no logo may be an address."""
    return np.array([label.box for label in labels if label.category == "logo"], np.float32).reshape(-1, 4)


def _hidden(label: Label, before: Image, after: Image) -> Label:
    """The label, to be ignored if most of its box was made unreadable."""
    x1, y1, x2, y2 = int(label.box[0]), int(label.box[1]), -int(-label.box[2] // 1), -int(-label.box[3] // 1)
    changed = (before[y1:y2, x1:x2] != after[y1:y2, x1:x2]).any(2)  # (h, w)
    if not changed.size or changed.mean() <= HIDDEN:
        return label
    return replace(label, ignore=True, provenance=tuple(sorted({*label.provenance, NOTE})))
