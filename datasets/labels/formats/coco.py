"""COCO JSON: `annotations.json` with images, annotations and categories.

`bbox` is [x, y, width, height] in pixels, `iscrowd` is our ignore, licences are in COCO's own list, and occluded and
truncated are in `attributes`, as CVAT writes them. Our record of an image or annotation is its key `tidewaiter`.
Of others' files only boxes are read: masks and key points are counted in the remarks.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels, shown
from datasets.labels.formats.files import new_folder, one_file, read_bytes, validation_problems, write_text
from datasets.labels.formats.intake import Intake, class_name
from datasets.labels.formats.notation import Notation, Numbers, SeenImage, SeenLabel
from datasets.labels.plain import Plain, plain_image, plain_label
from datasets.labels.records import Box, Label, LabelledImage
from datasets.labels.strictjson import parsed

FILE = "annotations.json"
OURS = "tidewaiter"


def _numbers(box: Box, width: int, height: int) -> Numbers:  # pixels need no size
    x1, y1, x2, y2 = box
    return x1, y1, x2 - x1, y2 - y1


def _box(numbers: Numbers, width: int, height: int) -> Box:
    x, y, across, down = numbers
    return x, y, x + across, y + down


NOTATION = Notation(name="coco", numbers=_numbers, box=_box, tolerance=0.01)  # many tools write two decimals


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


Id = int | str


class _Image(_Record):
    id: Id
    file_name: Annotated[str, Field(min_length=1)]
    width: int | None = None
    height: int | None = None
    license: Id | None = None
    tidewaiter: Any = None


class _Annotation(_Record):
    id: Id | None = None
    image_id: Id
    category_id: Id
    bbox: tuple[float, float, float, float]
    iscrowd: bool = False
    attributes: dict[str, Any] = {}
    segmentation: Any = None
    keypoints: Any = None
    tidewaiter: Any = None


class _Category(_Record):
    id: Id
    name: str


class _Licence(_Record):
    id: Id
    name: str = ""
    url: str = ""


class _File(_Record):
    images: tuple[_Image, ...]
    annotations: tuple[_Annotation, ...] = ()
    categories: tuple[_Category, ...] = ()
    licenses: tuple[_Licence, ...] = ()


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write `annotations.json` into a new or empty folder. Raises BadLabels."""
    check(images)
    new_folder(folder)
    labels = [(number, label) for number, image in enumerate(images, 1) for label in image.labels]
    names = {name: i for i, name in enumerate(sorted({class_name(label) for _, label in labels}), 1)}
    licences = {name: i for i, name in enumerate(sorted({image.licence for image in images} - {""}), 1)}
    content = {
        "info": {"description": "Tidewaiter labels"},
        "licenses": [{"id": i, "name": name, "url": ""} for name, i in licences.items()],
        "images": [_image(number, image, licences) for number, image in enumerate(images, 1)],
        "annotations": [
            _annotation(i, number, label, names[class_name(label)]) for i, (number, label) in enumerate(labels, 1)
        ],
        "categories": [{"id": i, "name": name, "supercategory": "logo"} for name, i in names.items()],
    }
    write_text(folder / FILE, json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def _image(number: int, image: LabelledImage, licences: dict[str, int]) -> Plain:
    licence = {"license": licences[image.licence]} if image.licence else {}
    size = {"width": image.width, "height": image.height}
    return {"id": number, "file_name": image.file_name, **size, **licence, OURS: plain_image(image)}


def _annotation(number: int, image: int, label: Label, category: int) -> Plain:
    bbox = [float(value) for value in _numbers(label.box, 0, 0)]
    return {
        "id": number,
        "image_id": image,
        "category_id": category,
        "bbox": bbox,
        "area": bbox[2] * bbox[3],
        "segmentation": [],
        "iscrowd": int(label.ignore),
        "attributes": {"occluded": label.occluded, "truncated": label.truncated},
        OURS: plain_label(label),
    }


def read(
    source: Path,
    *,
    pictures: Path | None = None,
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of a file, or of `annotations.json` in a folder. See Format.read."""
    path = one_file(source, FILE)
    file = _parse(path)
    intake = Intake(NOTATION, pictures=pictures, known_marks=known_marks)
    names = {category.id: category.name for category in file.categories}
    licences = {licence.id: licence.name or licence.url for licence in file.licenses}
    objects = _objects(file, names, intake)
    for number, image in enumerate(file.images):
        place = f"images[{number}]"
        licence = None if image.license is None else licences.get(image.license)
        intake.take(
            SeenImage(
                place=place,
                file_name=image.file_name,
                width=image.width,
                height=image.height,
                licence=licence,
                ours=image.tidewaiter,
                labels=tuple(objects[image.id]),
            )
        )
    return intake.images(remarks)


def _parse(path: Path) -> _File:
    try:
        content = parsed(read_bytes(path))
    except BadLabels as error:
        raise BadLabels(error.at(path.name)) from error
    if isinstance(content, list):
        why = "it is a list: results of a model, not a set of labels"
        raise BadLabels.one(why, place=path.name, field="file", limit="an object with images and annotations")
    try:
        return _File.model_validate(content)
    except ValidationError as error:
        raise BadLabels(validation_problems(error, path.name)) from error


def _objects(file: _File, names: dict[Id, str], intake: Intake) -> defaultdict[Id, list[SeenLabel]]:
    """The annotations of each image, by its id."""
    objects: defaultdict[Id, list[SeenLabel]] = defaultdict(list)
    known = {image.id for image in file.images}
    if len(known) < len(file.images):
        intake.problem("images", "an id is given twice", field="id")
    for number, note in enumerate(file.annotations):
        place = f"annotations[{number}]"
        if note.image_id not in known:
            intake.problem(place, f"unknown image_id {shown(note.image_id)}", field="image_id")
        elif note.category_id not in names:
            intake.problem(place, f"unknown category_id {shown(note.category_id)}", field="category_id")
        else:
            objects[note.image_id].append(_seen(note, names[note.category_id], place))
            intake.remark("mask read as its box", place, bool(note.segmentation))
            intake.remark("key points not read", place, bool(note.keypoints))
    return objects


def _seen(note: _Annotation, name: str, place: str) -> SeenLabel:
    flags = {"ignore": note.iscrowd}
    for flag in ("occluded", "truncated"):
        if isinstance(note.attributes.get(flag), bool):
            flags[flag] = note.attributes[flag]
    return SeenLabel(place=place, name=name, numbers=note.bbox, flags=flags, ours=note.tidewaiter)
