"""Pascal VOC: `Annotations/<picture>.xml`, one per picture.

Pixels are counted from 1 and both edges belong to the box, as VOC's own kit does: a picture of 100x50 that is one mark
has xmin 1, ymin 1, xmax 100, ymax 50, and x1 = xmin - 1, x2 = xmax. We write whole pixels, the smallest that hold the
box, since many tools read nothing else; the exact box is in our record, the JSON in the element `tidewaiter` of the
picture and of each object. Fractions in others' files are read as they are. `difficult` is our ignore.
"""

import json
import math
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from xml.etree.ElementTree import Element, SubElement

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels, shown
from datasets.labels.formats.files import new_folder, read_xml, write_xml
from datasets.labels.formats.intake import Intake, class_name
from datasets.labels.formats.notation import Notation, Numbers, SeenImage, SeenLabel
from datasets.labels.plain import plain_image, plain_label
from datasets.labels.records import Box, Label, LabelledImage
from datasets.labels.strictjson import parsed

FOLDER = "Annotations"
OURS = "tidewaiter"
_EDGES = ("xmin", "ymin", "xmax", "ymax")
_FLAGS = {"difficult": "ignore", "truncated": "truncated", "occluded": "occluded"}


def _numbers(box: Box, width: int, height: int) -> Numbers:  # pixels need no size
    x1, y1, x2, y2 = box
    return math.floor(x1) + 1, math.floor(y1) + 1, math.ceil(x2), math.ceil(y2)


def _box(numbers: Numbers, width: int, height: int) -> Box:
    xmin, ymin, xmax, ymax = numbers
    return xmin - 1.0, ymin - 1.0, float(xmax), float(ymax)


NOTATION = Notation(name="voc", numbers=_numbers, box=_box, tolerance=0.0)


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write an XML file for each picture into a new or empty folder. Raises BadLabels."""
    check(images)
    new_folder(folder)
    (folder / FOLDER).mkdir()
    taken: set[str] = set()
    for order, image in enumerate(images):
        name = str(PurePosixPath(image.file_name).with_suffix(".xml"))
        if name.casefold() in taken:  # a.jpg and a.png
            name = f"{image.file_name}.xml"
        taken.add(name.casefold())
        write_xml(folder / FOLDER / name, _annotation(image, order))


def _annotation(image: LabelledImage, order: int) -> Element:
    root = Element("annotation")
    _add(root, "folder", "JPEGImages")
    _add(root, "filename", image.file_name)
    _add(SubElement(root, "source"), "database", "Tidewaiter")
    size = SubElement(root, "size")
    for name, pixels in (("width", image.width), ("height", image.height), ("depth", 3)):
        _add(size, name, str(pixels))
    _add(root, "segmented", "0")
    _add(root, OURS, json.dumps({"order": order, "image": plain_image(image)}, sort_keys=True))
    for label in image.labels:
        _object(root, label)
    return root


def _object(root: Element, label: Label) -> None:
    element = SubElement(root, "object")
    _add(element, "name", class_name(label))
    _add(element, "pose", "Unspecified")
    for name, flag in _FLAGS.items():
        _add(element, name, str(int(getattr(label, flag))))
    bndbox = SubElement(element, "bndbox")
    for name, number in zip(_EDGES, _numbers(label.box, 0, 0), strict=True):
        _add(bndbox, name, str(number))
    _add(element, OURS, json.dumps(plain_label(label), sort_keys=True))


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def read(
    source: Path,
    *,
    pictures: Path | None = None,
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of one XML file, or of all in a folder or its `Annotations`. See Format.read."""
    intake = Intake(NOTATION, pictures=pictures, known_marks=known_marks)
    found: list[tuple[int, str, SeenImage]] = []
    for path, place in _files(source):
        try:
            found.append(_picture(read_xml(path, "annotation", place=""), place, intake))
        except BadLabels as error:
            intake.problems += error.at(place)
    for _, _, seen in sorted(found, key=lambda one: one[:2]):  # as they were written, others' by name after them
        intake.take(seen)
    return intake.images(remarks)


def _files(source: Path) -> Iterator[tuple[Path, str]]:
    """The XML files and how they are called in messages."""
    if not source.is_dir():
        yield source, source.name
        return
    folder = source / FOLDER if (source / FOLDER).is_dir() else source
    files = sorted(path for path in folder.rglob("*.xml") if path.is_file())
    if not files and folder is source:
        raise BadLabels.one("there is no XML file", place=str(source), field="file")
    yield from ((path, path.relative_to(folder).as_posix()) for path in files)


def _picture(root: Element, place: str, intake: Intake) -> tuple[int, str, SeenImage]:
    """Its place in the order, its name, and the picture."""
    record = _record(root)
    order, ours = (record.get("order"), record.get("image")) if isinstance(record, dict) else (None, None)
    name = root.findtext("filename") or ""
    if not name.strip():
        raise BadLabels.one("it has no filename", field="file_name")
    if ours is None:  # others give the bare name, and the folder by where the XML lies
        name = name.strip()
        name = name if "/" in name else str(PurePosixPath(place).parent / name)
    seen = SeenImage(
        place=place,
        file_name=name,
        width=_pixels(root, "size/width"),
        height=_pixels(root, "size/height"),
        ours=ours,
        labels=tuple(_objects(root, place, intake)),
    )
    return order if isinstance(order, int) else sys.maxsize, name, seen


def _objects(root: Element, place: str, intake: Intake) -> Iterator[SeenLabel]:
    for number, element in enumerate(root.iterfind("object"), 1):
        where = f"{place}, object {number}"
        intake.remark("parts of an object not read", where, len(element.findall("part")))
        bndbox = element.find("bndbox")
        if bndbox is None:
            intake.remark("object without bndbox not read", where)
            continue
        try:
            yield SeenLabel(
                place=where,
                name=element.findtext("name") or "",
                numbers=_edges(bndbox),
                flags={flag: value for name, flag in _FLAGS.items() if (value := _flag(element, name)) is not None},
                ours=_record(element),
            )
        except BadLabels as error:
            intake.problems += error.at(where)


def _edges(bndbox: Element) -> Numbers:
    xmin, ymin, xmax, ymax = (_number(bndbox, name) for name in _EDGES)
    return xmin, ymin, xmax, ymax


def _number(element: Element, name: str) -> float:
    text = element.findtext(name)
    try:
        return float(text or "")
    except ValueError as error:
        raise BadLabels.one(f"{name} is {shown(text)}, expected a number", field=name, limit="a number") from error


def _pixels(element: Element, name: str) -> int | None:
    """A side in whole pixels; None if it is not given or given as 0, as some tools do."""
    if not (element.findtext(name) or "").strip():
        return None
    number = _number(element, name)
    if not number.is_integer() or number < 0:
        raise BadLabels.one(f"{name} is {number:g}, expected a whole number of pixels", field=name)
    return int(number) or None


def _flag(element: Element, name: str) -> bool | None:
    text = (element.findtext(name) or "").strip()
    if text not in ("0", "1", ""):
        raise BadLabels.one(f"{name} is {shown(text)}, expected 0 or 1", field=name, limit="0 or 1")
    return None if not text else text == "1"


def _record(element: Element) -> object:
    text = element.findtext(OURS)
    return None if text is None else parsed(text)
