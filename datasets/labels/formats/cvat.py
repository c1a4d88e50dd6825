"""CVAT for images 1.1: `annotations.xml` with an `image` for each picture and a `box` for each label.

Ignore and truncated are attributes of the box that can be ticked in CVAT; our record of a label is its attribute
`tidewaiter`. A picture's record is the attribute of a tag, the only thing of a picture that CVAT keeps. Of others'
files only boxes are read: other shapes, tags and tracks are counted in the remarks, and a turned box is read as the
upright one around it.
"""

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels, shown
from datasets.labels.formats.files import new_folder, one_file, read_xml, write_xml
from datasets.labels.formats.intake import Intake, class_name
from datasets.labels.formats.notation import Notation, Numbers, SeenImage, SeenLabel, hull, inside
from datasets.labels.plain import plain_image, plain_label
from datasets.labels.records import Box, Label, LabelledImage
from datasets.labels.strictjson import parsed

FILE = "annotations.xml"
OURS = "tidewaiter"
TAG = "tidewaiter:image"  # the label of the tag that keeps a picture's record
_EDGES = ("xtl", "ytl", "xbr", "ybr")
_TICKED = ("ignore", "truncated")
_TRUTH = {"true": True, "false": False, "1": True, "0": False}


def _same(box: Box, width: int, height: int) -> Numbers:  # CVAT's corners are ours
    return box


NOTATION = Notation(name="cvat", numbers=_same, box=_same, tolerance=0.01)  # CVAT writes two decimals


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write `annotations.xml` into a new or empty folder. Raises BadLabels."""
    check(images)
    new_folder(folder)
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    task = SubElement(SubElement(root, "meta"), "task")
    for name, text in (("name", OURS), ("size", str(len(images))), ("mode", "annotation")):
        SubElement(task, name).text = text
    labels = SubElement(task, "labels")
    for name in sorted({class_name(label) for image in images for label in image.labels}):
        _declare(labels, name, "rectangle", {**dict.fromkeys(_TICKED, "checkbox"), OURS: "text"})
    _declare(labels, TAG, "tag", {OURS: "text"})
    for number, image in enumerate(images):
        _image(root, number, image)
    write_xml(folder / FILE, root)


def _declare(labels: Element, name: str, kind: str, attributes: dict[str, str]) -> None:
    """Tell CVAT of a class and its attributes, else it refuses the file."""
    label = SubElement(labels, "label")
    SubElement(label, "name").text = name
    SubElement(label, "type").text = kind
    inner = SubElement(label, "attributes")
    for attribute, input_type in attributes.items():
        default = "false" if input_type == "checkbox" else ""
        element = SubElement(inner, "attribute")
        for tag, text in (("name", attribute), ("mutable", "False"), ("input_type", input_type)):
            SubElement(element, tag).text = text
        SubElement(element, "default_value").text = default
        SubElement(element, "values").text = default


def _image(root: Element, number: int, image: LabelledImage) -> None:
    size = {"width": str(image.width), "height": str(image.height)}
    element = SubElement(root, "image", {"id": str(number), "name": image.file_name, **size})
    for label in image.labels:
        _shape(element, label)
    tag = SubElement(element, "tag", {"label": TAG, "source": "manual"})
    _attribute(tag, OURS, json.dumps(plain_image(image), sort_keys=True))


def _shape(element: Element, label: Label) -> None:
    edges = {name: repr(float(number)) for name, number in zip(_EDGES, label.box, strict=True)}
    said = {"label": class_name(label), "source": "manual", "occluded": str(int(label.occluded))}
    box = SubElement(element, "box", {**said, **edges, "z_order": "0"})
    for flag in _TICKED:
        _attribute(box, flag, str(getattr(label, flag)).lower())
    _attribute(box, OURS, json.dumps(plain_label(label), sort_keys=True))


def _attribute(element: Element, name: str, text: str) -> None:
    SubElement(element, "attribute", {"name": name}).text = text


def read(
    source: Path,
    *,
    pictures: Path | None = None,
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of a file, or of `annotations.xml` in a folder. See Format.read."""
    root = read_xml(one_file(source, FILE), "annotations")
    intake = Intake(NOTATION, pictures=pictures, known_marks=known_marks)
    intake.remark("track of a video not read", "annotations", len(root.findall("track")))
    for number, element in enumerate(root.iterfind("image"), 1):
        place = f"image {number}"
        try:
            intake.take(_picture(element, place, intake))
        except BadLabels as error:
            intake.problems += error.at(place)
    return intake.images(remarks)


def _picture(element: Element, place: str, intake: Intake) -> SeenImage:
    ours: object = None
    labels: list[SeenLabel] = []
    width, height = _pixels(element, "width"), _pixels(element, "height")
    for number, shape in enumerate(element, 1):
        where = f"{place}, {shown(shape.tag)[1:-1]} {number}"
        if shape.tag == "tag" and shape.get("label") == TAG:
            ours = _record(shape)
        elif shape.tag == "box":
            try:
                labels.append(_box(shape, where, (width, height), intake))
            except BadLabels as error:
                intake.problems += error.at(where)
        else:
            intake.remark(f"{shown(shape.tag)[1:-1]} not read", where)
    name = element.get("name") or ""
    if not name.strip():
        raise BadLabels.one("it has no name", field="file_name")
    return SeenImage(place=place, file_name=name, width=width, height=height, ours=ours, labels=tuple(labels))


def _box(shape: Element, place: str, size: tuple[int | None, int | None], intake: Intake) -> SeenLabel:
    x1, y1, x2, y2 = (_number(shape, name) for name in _EDGES)
    numbers: Numbers = (x1, y1, x2, y2)
    turned = _number(shape, "rotation") if shape.get("rotation") else 0.0
    if turned % 360:
        intake.remark("turned box read as the upright one around it", place)
        width, height = (side or float("inf") for side in size)
        numbers = inside(hull(numbers, turned, about_corner=False), width, height)
    flags = {"occluded": _truth("occluded", shape.get("occluded", "0"))}
    flags |= {name: _truth(name, text) for name, text in _attributes(shape) if name in _TICKED}
    notes = tuple((f"attribute:{name}", text) for name, text in _attributes(shape) if name not in (*_TICKED, OURS))
    ours = _record(shape)
    return SeenLabel(place=place, name=shape.get("label") or "", numbers=numbers, flags=flags, notes=notes, ours=ours)


def _attributes(shape: Element) -> Iterator[tuple[str, str]]:
    yield from ((one.get("name") or "", one.text or "") for one in shape.iterfind("attribute"))


def _record(shape: Element) -> object:
    text = dict(_attributes(shape)).get(OURS)
    return parsed(text) if text else None


def _truth(name: str, text: str) -> bool:
    if text.strip().lower() not in _TRUTH:
        raise BadLabels.one(f"{name} is {shown(text)}, expected true or false", field=name, limit="true or false")
    return _TRUTH[text.strip().lower()]


def _number(element: Element, name: str) -> float:
    text = element.get(name)
    try:
        return float(text or "")
    except ValueError as error:
        raise BadLabels.one(f"{name} is {shown(text)}, expected a number", field=name, limit="a number") from error


def _pixels(element: Element, name: str) -> int | None:
    if not element.get(name):
        return None
    number = _number(element, name)
    if not number.is_integer() or number < 1:
        raise BadLabels.one(f"{name} is {number:g}, expected a whole number of pixels", field=name)
    return int(number)
