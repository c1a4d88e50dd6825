"""Whether records can be used: everything that is wrong with them, not only the first thing.

from datasets.labels.checking import check
check(images, known_marks=registry_ids)
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from numbers import Real
from typing import NamedTuple, get_args

from datasets.labels.errors import BadLabels, Problem, listed, shown
from datasets.labels.records import Authenticity, Category, Label, LabelledImage, Modality, Strength

LONGEST_NAME = 1000  # bytes of a file's name in UTF-8
LONGEST_PART = 200  # bytes between two slashes: the formats add their own ending
LONGEST_TEXT = 4000  # characters of any text
LARGEST_SIDE = 1_000_000  # pixels

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DRIVE = re.compile(r"[A-Za-z]:")
_UNUSABLE = ("Cc", "Cs")  # control characters and halves of surrogate pairs: XML and file systems refuse them


class _Flaw(NamedTuple):
    field: str
    why: str
    limit: str | None = None


def check(images: Sequence[LabelledImage], *, known_marks: Collection[str] | None = None) -> None:
    """Raise BadLabels with every problem of `images`; `known_marks` None: any mark will do."""
    if problems := problems_of(images, known_marks=known_marks):
        raise BadLabels(problems)


def problems_of(images: Sequence[LabelledImage], *, known_marks: Collection[str] | None = None) -> list[Problem]:
    """Everything that is wrong with `images`, in their order; what is wrong between them comes first."""
    known = None if known_marks is None else frozenset(known_marks)
    return [*_between(images), *(problem for image in images for problem in _within(image, known))]


def _between(images: Sequence[LabelledImage]) -> Iterator[Problem]:
    yield from _repeated("image_id", "image id", (image.image_id for image in images))
    yield from _repeated("file_name", "file name", (image.file_name for image in images))
    yield from _repeated("label_id", "label id", (label.label_id for image in images for label in image.labels))
    first: dict[str, str] = {}
    for name in dict.fromkeys(str(image.file_name) for image in images):
        other = first.setdefault(unicodedata.normalize("NFC", name.casefold()), name)
        if other != name:
            why = f"the file names {shown(other)} and {shown(name)} differ only by case"
            yield Problem(why=why, field="file_name", limit="one file name on every file system")


def _repeated(field: str, what: str, values: Iterable[str]) -> Iterator[Problem]:
    for value, count in Counter(values).items():
        if count > 1:
            yield Problem(why=f"the {what} {shown(value)} is given {count} times", field=field, limit="each once")


def _within(image: LabelledImage, known: frozenset[str] | None) -> Iterator[Problem]:
    for field, why, limit in _image_flaws(image):
        yield Problem(why=why, field=field, limit=limit, image=image.image_id)
    for label in image.labels:
        for field, why, limit in _label_flaws(label, image, known):
            yield Problem(why=why, field=field, limit=limit, image=image.image_id, label=label.label_id)


def _image_flaws(image: LabelledImage) -> Iterator[_Flaw]:
    yield from _text("image_id", image.image_id, needed=True)
    yield from _file_name(image.file_name)
    if not _SHA256.fullmatch(str(image.sha256)):
        limit = "64 lower-case hexadecimal digits"
        yield _Flaw("sha256", f"sha256 {shown(image.sha256)} is malformed, expected {limit}", limit)
    for field in ("width", "height"):
        pixels = getattr(image, field)
        if isinstance(pixels, bool) or not isinstance(pixels, int) or not 1 <= pixels <= LARGEST_SIDE:
            limit = f"a whole number of pixels, 1 to {LARGEST_SIDE}"
            yield _Flaw(field, f"{field} is {shown(pixels)}, expected {limit}", limit)
    yield from _choice("modality", image.modality, get_args(Modality))
    for field in ("view", "parcel", "consignor", "station", "licence"):
        yield from _text(field, getattr(image, field))
    yield from _moment(image.captured_at)


def _file_name(name: str) -> Iterator[_Flaw]:
    flaws = list(_text("file_name", name, needed=True))
    if not flaws:
        parts = name.split("/")
        reasons = {
            "it is absolute": name.startswith("/") or bool(_DRIVE.match(name)),
            "it has a backslash": "\\" in name,
            "it leaves the folder by '..'": ".." in parts,
            "it has an empty part or '.'": not name.startswith("/") and ("" in parts or "." in parts),
            "it is too long": len(name.encode()) > LONGEST_NAME or any(len(p.encode()) > LONGEST_PART for p in parts),
        }
        limit = f"a relative path with '/', {LONGEST_PART} bytes between two of them"
        flaws = [
            _Flaw("file_name", f"file name {shown(name)} cannot be used: {reason}", limit)
            for reason, broken in reasons.items()
            if broken
        ]
    yield from flaws


def _moment(moment: str) -> Iterator[_Flaw]:
    if not moment:
        return
    try:
        aware = datetime.fromisoformat(moment).tzinfo is not None
    except (TypeError, ValueError):
        aware = False
    if not aware:
        limit = "ISO 8601 with its zone, or nothing"
        yield _Flaw("captured_at", f"captured_at is {shown(moment)}, expected {limit}", limit)


def _label_flaws(label: Label, image: LabelledImage, known: frozenset[str] | None) -> Iterator[_Flaw]:
    yield from _text("label_id", label.label_id, needed=True)
    yield from _box(label, image)
    yield from _choice("category", label.category, get_args(Category))
    yield from _choice("strength", label.strength, get_args(Strength))
    yield from _choice("authenticity", label.authenticity, get_args(Authenticity))
    yield from _mark(label, known)
    if label.holder is not None:
        yield from _text("holder", label.holder)
    yield from _text("source", label.source, needed=True)
    yield from _provenance(label.provenance)


def _mark(label: Label, known: frozenset[str] | None) -> Iterator[_Flaw]:
    if label.mark_id is None:
        return
    yield from _text("mark_id", label.mark_id, needed=True)
    if label.category == "not_a_logo":
        why = f"it is not_a_logo, but has the mark {shown(label.mark_id)}"
        yield _Flaw("mark_id", why, "no mark where there is no logo")
    elif known is not None and label.mark_id not in known:
        why = f"unknown mark {shown(label.mark_id)}"
        yield _Flaw("mark_id", why, f"one of the {len(known)} marks of the registry")


def _box(label: Label, image: LabelledImage) -> Iterator[_Flaw]:
    box = label.box
    if len(box) != 4 or any(isinstance(number, bool) or not isinstance(number, Real) for number in box):
        yield _Flaw("box", f"box {shown(box)} is not four numbers", "x1, y1, x2, y2")
        return
    x1, y1, x2, y2 = (float(number) for number in box)
    said = f"box [{x1:g}, {y1:g}, {x2:g}, {y2:g}]"
    if not all(math.isfinite(number) for number in (x1, y1, x2, y2)):
        yield _Flaw("box", f"{said} has a number that is not finite", "finite numbers")
    elif x2 <= x1 or y2 <= y1:
        kind = "is inverted" if x2 < x1 or y2 < y1 else "is empty"
        yield _Flaw("box", f"{said} {kind}", "x1 < x2 and y1 < y2")
    elif min(x1, y1) < 0 or x2 > image.width or y2 > image.height:
        limit = f"inside {image.width}x{image.height} pixels"
        yield _Flaw("box", f"{said} is outside the picture of {image.width}x{image.height} pixels", limit)


def _provenance(pairs: Sequence[tuple[str, str]]) -> Iterator[_Flaw]:
    for name, said in pairs:
        yield from _text("provenance", name, needed=True)
        # a note may have several lines
        if not said.isprintable() and ("\0" in said or any(unicodedata.category(c) == "Cs" for c in said)):
            yield _Flaw("provenance", f"provenance {shown(name)} has a character that cannot be written")
        elif len(said) > LONGEST_TEXT:
            limit = f"at most {LONGEST_TEXT} characters"
            yield _Flaw("provenance", f"provenance {shown(name)} has {len(said)} characters, {limit}", limit)
    if list(pairs) != sorted(pairs):
        yield _Flaw("provenance", f"provenance {shown([n for n, _ in pairs])} is not sorted by name", "sorted")


def _choice(field: str, value: str, allowed: tuple[str, ...]) -> Iterator[_Flaw]:
    if value not in allowed:
        limit = listed(allowed)
        yield _Flaw(field, f"unknown {field} {shown(value)}, expected {limit}", limit)


def _text(field: str, value: str, *, needed: bool = False) -> Iterator[_Flaw]:
    if not isinstance(value, str) or (needed and not value.strip()):
        limit = "a text that is not empty" if needed else "a text"
        yield _Flaw(field, f"{field} is {shown(value)}, expected {limit}", limit)
    elif not value.isprintable() and any(unicodedata.category(c) in _UNUSABLE or c in "\ufffe\uffff" for c in value):
        yield _Flaw(field, f"{field} {shown(value)} has a control character", "printable characters")
    elif len(value) > LONGEST_TEXT:
        limit = f"at most {LONGEST_TEXT} characters"
        yield _Flaw(field, f"{field} has {len(value)} characters, {limit}", limit)
