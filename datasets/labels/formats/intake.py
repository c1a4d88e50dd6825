"""From what a file of another tool shows to records: what nobody changed is as it was, and an edit wins.

Our record of a label lies beside what the tool shows of it. What the record would be written as is compared with what
is there: a box that was moved is read where it is now, flags are read as they are now, and another class is another
label's word: it is weak, and of nobody's authenticity. A label without our record is new and weak.
"""

import hashlib
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels, Problem
from datasets.labels.formats.notation import CLASS, Notation, SeenImage, SeenLabel, inside
from datasets.labels.formats.pictures import measured
from datasets.labels.plain import image_of, label_of
from datasets.labels.records import Category, Label, LabelledImage

SLACK = 1.0  # pixels: a box of another tool may stick out this far, by rounding; it is cut at the picture's edge
_SAID = 0.01  # pixels: from here on it is said that a box was cut
_CATEGORIES: tuple[Category, ...] = ("logo", "not_a_logo")


@dataclass(frozen=True, kw_only=True)
class _Pair:
    """What is shown, and our record of it."""

    seen: SeenLabel
    ours: Label | None
    unmoved: bool


def class_name(label: Label) -> str:
    """How a label's class is called for other tools: its mark, what they called it, or its category."""
    if label.mark_id is not None or label.category != "logo":
        return label.mark_id or label.category
    return next((said for name, said in label.provenance if name == CLASS and _usable(said)), label.category)


def _flagged(label: Label, seen: SeenLabel) -> Label:
    return replace(label, **dict(seen.flags))  # type: ignore[arg-type]  # they are of fields that are bool


def _usable(name: str) -> bool:
    return bool(name.strip()) and name.isprintable()


class Intake:
    """Gathers the pictures of one file: what is wrong with them, what is remarkable, and the records in the end."""

    def __init__(self, notation: Notation, *, pictures: Path | None, known_marks: Collection[str]) -> None:
        self.notation = notation
        self.pictures = pictures
        self.known_marks = frozenset(known_marks)
        self.problems: list[Problem] = []
        self._remarks: Counter[str] = Counter()
        self._first: dict[str, str] = {}
        self._taken: list[tuple[LabelledImage, list[_Pair]]] = []

    def problem(self, place: str, why: str, *, field: str = "labels") -> None:
        """Note what is wrong; it is raised with all others in the end."""
        self.problems.append(Problem(place=place, why=why, field=field))

    def remark(self, text: str, place: str, count: int = 1) -> None:
        """Note what is read differently from how it is written, with where it was first."""
        if count:
            self._first.setdefault(text, place)
            self._remarks[text] += count

    def take(self, seen: SeenImage) -> None:
        """Add a picture and its objects."""
        try:
            image = self._filled(seen, self._image(seen))
        except BadLabels as error:
            self.problems += error.at(seen.place)
            return
        pairs = [pair for label in seen.labels if (pair := self._pair(label, image)) is not None]
        self._taken.append((image, pairs))

    def images(self, remarks: list[str] | None = None) -> tuple[LabelledImage, ...]:
        """The records, checked. Raises BadLabels with every problem; `remarks` is given the remarks."""
        owners = self._owners()
        made = tuple(self._labelled(image, pairs, owners) for image, pairs in self._taken)
        if self.problems:
            raise BadLabels(self.problems)
        check(made)
        if remarks is not None:
            remarks += [f"{text}: {count} (first: {self._first[text]})" for text, count in self._remarks.items()]
        return made

    def _image(self, seen: SeenImage) -> LabelledImage:
        """Our record of a picture, or a new one, with what the file shows now."""
        if seen.ours is None:
            image = LabelledImage(
                image_id=seen.file_name,
                file_name=seen.file_name,
                sha256="",
                width=seen.width or 0,
                height=seen.height or 0,
            )
        else:
            image = image_of(seen.ours)
        name = image.file_name if image.file_name.strip() == seen.file_name.strip() else seen.file_name
        width, height = seen.width or image.width, seen.height or image.height
        licence = image.licence if seen.licence is None else seen.licence
        return replace(image, file_name=name, width=width, height=height, licence=licence)

    def _filled(self, seen: SeenImage, image: LabelledImage) -> LabelledImage:
        """The picture with size and hash, from its own file where they are not given."""
        if image.sha256 and image.width and image.height:
            return image
        if self.pictures is None:
            missing = "sha256" if image.width and image.height else "sha256 and size"
            why = f"the {missing} of {image.file_name!r} is not given; say where the pictures are"
            raise BadLabels.one(why, field="sha256", limit="a folder of pictures")
        found = measured(self.pictures, image.file_name)
        if (image.width or found.width, image.height or found.height) != (found.width, found.height):
            said = f"{image.width}x{image.height}"
            why = f"{image.file_name!r} is said to have {said} pixels, but it has {found.width}x{found.height}"
            raise BadLabels.one(why, field="width", limit=f"{found.width}x{found.height} pixels")
        return replace(image, sha256=image.sha256 or found.sha256, width=found.width, height=found.height)

    def _pair(self, seen: SeenLabel, image: LabelledImage) -> _Pair | None:
        if not seen.name.strip():
            self.problem(seen.place, "it has no class", field="category")
            return None
        if seen.ours is None:
            return _Pair(seen=seen, ours=None, unmoved=False)
        try:
            ours = label_of(seen.ours)
        except BadLabels as error:
            self.problems += error.at(seen.place)
            return None
        written = self.notation.numbers(ours.box, image.width, image.height)
        near = (abs(a - b) <= self.notation.tolerance for a, b in zip(written, seen.numbers, strict=True))
        return _Pair(seen=seen, ours=ours, unmoved=all(near))

    def _owners(self) -> dict[str, SeenLabel]:
        """Whose each label id is: a copy made in another tool brings our record with it, but is another label."""
        owners: dict[str, SeenLabel] = {}
        pairs = [pair for _, found in self._taken for pair in found]
        for pair in sorted(pairs, key=lambda pair: not pair.unmoved):  # stable: the first of those not moved
            if pair.ours is not None:
                owners.setdefault(pair.ours.label_id, pair.seen)
        return owners

    def _labelled(self, image: LabelledImage, pairs: list[_Pair], owners: dict[str, SeenLabel]) -> LabelledImage:
        labels: list[Label] = []
        repeats: Counter[str] = Counter()
        for pair in pairs:
            if pair.ours is not None and owners[pair.ours.label_id] is pair.seen:
                labels.append(self._edited(pair, pair.ours, image))
            else:
                labels.append(self._new(pair.seen, image, repeats))
        return replace(image, labels=tuple(labels))

    def _edited(self, pair: _Pair, ours: Label, image: LabelledImage) -> Label:
        seen = pair.seen
        label = _flagged(ours, seen)
        if not pair.unmoved:
            label = replace(label, box=self._cut(seen, image))
        if class_name(ours).strip() == seen.name.strip():
            return label
        category, mark_id, said = self._class_of(seen.name)
        kept = {pair for pair in ours.provenance if pair[0] not in (CLASS, "before")}
        provenance = tuple(sorted({*kept, *said, ("before", ours.source)}))
        label = replace(label, category=category, mark_id=mark_id, holder=None, provenance=provenance)
        return replace(label, strength="weak", authenticity="unknown", source=f"import:{self.notation.name}")

    def _new(self, seen: SeenLabel, image: LabelledImage, repeats: Counter[str]) -> Label:
        category, mark_id, said = self._class_of(seen.name)
        named = "\0".join([self.notation.name, image.image_id, seen.name, *map(repr, seen.numbers)])
        repeats[named] += 1
        digest = hashlib.sha256(f"{named}\0{repeats[named]}".encode("utf-8", "surrogatepass")).hexdigest()
        label = Label(
            label_id=f"import-{self.notation.name}-{digest[:20]}",
            box=self._cut(seen, image),
            category=category,
            mark_id=mark_id,
            strength="weak",
            source=f"import:{self.notation.name}",
            provenance=tuple(sorted({*said, *seen.notes})),
        )
        return _flagged(label, seen)

    def _class_of(self, name: str) -> tuple[Category, str | None, tuple[tuple[str, str], ...]]:
        """What another tool's class is: a mark that is known, one of our categories, or a logo of that name."""
        for mark_id in (name, name.strip()):
            if mark_id in self.known_marks:
                return "logo", mark_id, ()
        for category in _CATEGORIES:
            if name.strip() == category:
                return category, None, ()
        return "logo", None, ((CLASS, name),)

    def _cut(self, seen: SeenLabel, image: LabelledImage) -> tuple[float, float, float, float]:
        """The box in pixels; what sticks out no farther than SLACK is cut, the rest is left to be refused."""
        box = self.notation.box(seen.numbers, image.width, image.height)
        cut = inside(box, image.width, image.height)
        out = max(abs(a - b) for a, b in zip(box, cut, strict=True))
        if not out <= SLACK:  # so that NaN is refused too
            return box
        if out > _SAID:
            self.remark("box cut at the picture's edge", seen.place)
        return cut
