"""Read an evaluation set: a folder with `annotations.json` (COCO) and its pictures.

`images[]` has `id, file_name, width, height, marks, boxes_complete`; `annotations[]` has `id, image_id, category_id,
bbox` ([x, y, width, height] in pixels); the name of a category is a right holder. Every mistake of the file is named,
all at once, before any picture is judged: a yardstick with a mistake in it measures nothing.

    from datasets.evaluation_set import read_evaluation_set
    pictures = read_evaluation_set(Path("flickr27-dev")).pictures
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, ValidationError

from inference.errors import TidewaiterError

SLACK = 1.0  # pixels: a box may stick out this far, by rounding; it is cut at the picture's edge
_SHOWN = 20  # mistakes listed in one message


class BadEvaluationSet(TidewaiterError):
    """The evaluation set cannot be used."""

    status = 422

    def __init__(self, folder: Path, mistakes: list[str]) -> None:
        more = [f"... and {len(mistakes) - _SHOWN} more"] if len(mistakes) > _SHOWN else []
        super().__init__(f"{folder}: " + "; ".join(mistakes[:_SHOWN] + more), field="annotations.json")
        self.mistakes = tuple(mistakes)


@dataclass(frozen=True, kw_only=True)
class AnnotatedBox:
    """A box that a person drew around a mark."""

    annotation_id: int
    holder: str  # right holder
    box: tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels, inside the picture

    @property
    def size(self) -> float:
        """Square root of the box's area, in pixels."""
        x1, y1, x2, y2 = self.box
        return float(((x2 - x1) * (y2 - y1)) ** 0.5)


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture of the set, and what is known to be on it."""

    name: str  # file name inside the set
    path: Path
    width: int  # pixels
    height: int
    marks: frozenset[str]  # right holders visible; empty = none of the recorded marks
    boxes_complete: bool  # every recorded mark has a box
    boxes: tuple[AnnotatedBox, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EvaluationSet:
    """A checked evaluation set; `pictures` is in the order of the file and never empty."""

    folder: Path
    pictures: tuple[Picture, ...]


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)  # COCO files carry further keys


class _Image(_Record):
    id: StrictInt
    file_name: Annotated[str, Field(min_length=1)]
    width: Annotated[StrictInt, Field(gt=0)]
    height: Annotated[StrictInt, Field(gt=0)]
    marks: tuple[Annotated[str, Field(min_length=1)], ...]
    boxes_complete: StrictBool


class _Annotation(_Record):
    id: StrictInt
    image_id: StrictInt
    category_id: StrictInt
    bbox: tuple[float, float, float, float]
    iscrowd: int = 0


class _Category(_Record):
    id: StrictInt
    name: Annotated[str, Field(min_length=1)]


class _File(_Record):
    images: Annotated[tuple[_Image, ...], Field(min_length=1)]
    annotations: tuple[_Annotation, ...]
    categories: tuple[_Category, ...]


def read_evaluation_set(folder: Path) -> EvaluationSet:
    """Read and check the set in `folder`; raise BadEvaluationSet that names every mistake."""
    file = _parse(folder)
    mistakes = [*_repeats(file), *_picture_mistakes(folder, file.images), *_box_mistakes(file)]
    if not mistakes:
        mistakes = list(_disagreements(file))  # only meaningful once ids and categories are sound
    if mistakes:
        raise BadEvaluationSet(folder, mistakes)
    return EvaluationSet(folder=folder, pictures=tuple(_pictures(folder, file)))


def _parse(folder: Path) -> _File:
    path = folder / "annotations.json"
    try:
        return _File.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise BadEvaluationSet(folder, [f"annotations.json cannot be read: {error.strerror}"]) from error
    except ValidationError as error:
        found = [f"{'.'.join(map(str, e['loc'])) or 'annotations.json'}: {e['msg']}" for e in error.errors()]
        raise BadEvaluationSet(folder, found) from error
    except ValueError as error:  # not JSON, or not UTF-8
        raise BadEvaluationSet(folder, [f"annotations.json is not JSON: {error}"]) from error


def _repeats(file: _File) -> Iterator[str]:
    yield from _repeated("image id", (i.id for i in file.images))
    yield from _repeated("file_name", (i.file_name for i in file.images))
    yield from _repeated("annotation id", (a.id for a in file.annotations))
    yield from _repeated("category id", (c.id for c in file.categories))
    yield from _repeated("category name", (c.name for c in file.categories))


def _repeated(what: str, values: Iterable[int | str]) -> Iterator[str]:
    for value, count in Counter(values).items():
        if count > 1:
            yield f"{what} {value!r} is given {count} times"


def _picture_mistakes(folder: Path, images: Iterable[_Image]) -> Iterator[str]:
    root = folder.resolve()
    for image in images:
        path = (root / image.file_name).resolve()
        if not path.is_relative_to(root):
            yield f"image {image.id}: {image.file_name!r} is outside the set's folder"
        elif not path.is_file():
            yield f"image {image.id}: there is no file {image.file_name!r}"


def _box_mistakes(file: _File) -> Iterator[str]:
    images = {image.id: image for image in file.images}
    categories = {category.id for category in file.categories}
    for note in file.annotations:
        if note.category_id not in categories:
            yield f"annotation {note.id}: unknown category {note.category_id}"
        if note.iscrowd:
            yield f"annotation {note.id}: iscrowd is {note.iscrowd}, but a box must be around one mark"
        if note.image_id not in images:
            yield f"annotation {note.id}: unknown image {note.image_id}"
        else:
            yield from _outside(note, images[note.image_id])


def _outside(note: _Annotation, image: _Image) -> Iterator[str]:
    x, y, width, height = note.bbox
    right, below = x + width, y + height
    sticks_out = min(x, y) < -SLACK or right > image.width + SLACK or below > image.height + SLACK
    elsewhere = x >= image.width or y >= image.height or right <= 0 or below <= 0
    if width <= 0 or height <= 0:
        yield f"annotation {note.id}: bbox {list(note.bbox)} has no area"
    elif sticks_out or elsewhere:
        yield f"annotation {note.id}: bbox {list(note.bbox)} is outside its picture of {image.width}x{image.height}"


def _disagreements(file: _File) -> Iterator[str]:
    """Yield where `marks` and the boxes contradict each other: the photo figures would then contradict the crops'."""
    holders = {category.id: category.name for category in file.categories}
    boxed: dict[int, set[str]] = defaultdict(set)
    for note in file.annotations:
        boxed[note.image_id].add(holders[note.category_id])
    for image in file.images:
        for holder in sorted(boxed[image.id] - set(image.marks)):
            yield f"image {image.id}: has a box of {holder!r}, which its marks do not list"
        if image.boxes_complete:
            for holder in sorted(set(image.marks) - boxed[image.id]):
                yield f"image {image.id}: boxes_complete is true, but {holder!r} has no box"


def _pictures(folder: Path, file: _File) -> Iterator[Picture]:
    holders = {category.id: category.name for category in file.categories}
    notes: dict[int, list[_Annotation]] = defaultdict(list)
    for note in file.annotations:
        notes[note.image_id].append(note)
    for image in file.images:
        yield Picture(
            name=image.file_name,
            path=folder / image.file_name,
            width=image.width,
            height=image.height,
            marks=frozenset(image.marks),
            boxes_complete=image.boxes_complete,
            boxes=tuple(_cut(note, holders[note.category_id], image) for note in notes[image.id]),
        )


def _cut(note: _Annotation, holder: str, image: _Image) -> AnnotatedBox:
    x, y, width, height = note.bbox
    box = (max(x, 0.0), max(y, 0.0), min(x + width, float(image.width)), min(y + height, float(image.height)))
    return AnnotatedBox(annotation_id=note.id, holder=holder, box=box)
