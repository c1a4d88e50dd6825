"""What is in two splits though it belongs together: a picture's copy, a parcel, a consignor."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from datasets.labels.records import LabelledImage
from datasets.versions.duplicates import duplicates
from datasets.versions.hashes import Print
from datasets.versions.records import Split

Kind = Literal["same bytes", "same parcel", "same consignor", "nearly the same picture"]


@dataclass(frozen=True, kw_only=True)
class Leak:
    """Two pictures that belong together and are in different splits."""

    kind: Kind
    one: str  # image_id
    other: str  # image_id
    splits: tuple[Split, Split]  # of the one, of the other

    def __str__(self) -> str:
        return f"{self.one} ({self.splits[0]}) and {self.other} ({self.splits[1]}): {self.kind}"


def leaks(
    images: Sequence[LabelledImage],
    split: Mapping[str, Split],
    prints: Sequence[Print] = (),
    *,
    divided: Iterable[str] = (),
) -> list[Leak]:
    """What leaks between the splits (image_id -> split); of each parcel or consignor one pair for each two splits.

    `prints` are those of the images, in their order; without them copies are found by their bytes only. `divided` are
    the consignors that were split by parcel on purpose.
    """
    apart = frozenset(divided)
    found = [
        *_shared(images, split, "same bytes", lambda image: image.sha256),
        *_shared(images, split, "same parcel", lambda image: image.parcel),
        *_shared(images, split, "same consignor", lambda image: "" if image.consignor in apart else image.consignor),
    ]
    for a, b in duplicates(prints):
        one, other = images[a], images[b]
        if split[one.image_id] != split[other.image_id] and one.sha256 != other.sha256:
            found.append(_leak("nearly the same picture", one, other, split))
    return found


def _shared(
    images: Sequence[LabelledImage], split: Mapping[str, Split], kind: Kind, key: Callable[[LabelledImage], str]
) -> list[Leak]:
    """One leak for each two splits in which pictures have the same key; an empty key is none."""
    firsts: defaultdict[str, dict[Split, LabelledImage]] = defaultdict(dict)
    for image in images:
        if key(image):
            firsts[key(image)].setdefault(split[image.image_id], image)
    found = []
    for members in firsts.values():
        one, *others = members.values()
        found += [_leak(kind, one, other, split) for other in others]
    return found


def _leak(kind: Kind, one: LabelledImage, other: LabelledImage, split: Mapping[str, Split]) -> Leak:
    splits = (split[one.image_id], split[other.image_id])
    return Leak(kind=kind, one=one.image_id, other=other.image_id, splits=splits)
