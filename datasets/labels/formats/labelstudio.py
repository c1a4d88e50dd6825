"""Label Studio's JSON: `tasks.json`, a task for each picture, and `labels.xml`, the interface to label them with.

Boxes are percent of the picture. Pictures are named as Label Studio's local files, so its document root is the folder
of pictures. Our record of a picture is in the task's `meta`, that of a label in the `meta` of its region; there is no
place for ignore, occluded and truncated but these. Of several annotations of one task the one marked as ground truth
is read, else the newest; cancelled ones, predictions and other shapes are counted in the remarks, and a turned box is
read as the upright one around it.
"""

import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement

from pydantic import ValidationError

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels
from datasets.labels.formats.files import new_folder, one_file, read_bytes, validation_problems, write_text, write_xml
from datasets.labels.formats.intake import Intake, class_name
from datasets.labels.formats.labelstudio_tasks import LOCAL, NOTATION, OURS, RECTANGLES, Task, seen_task, validated
from datasets.labels.plain import Plain, plain_image, plain_label
from datasets.labels.records import Label, LabelledImage
from datasets.labels.strictjson import parsed

FILE = "tasks.json"
INTERFACE = "labels.xml"
_FROM, _TO = "label", "image"  # names of the two parts of the interface


def write(images: Sequence[LabelledImage], folder: Path) -> None:
    """Write `tasks.json` and `labels.xml` into a new or empty folder. Raises BadLabels."""
    check(images)
    new_folder(folder)
    tasks = [_task(number, image) for number, image in enumerate(images, 1)]
    write_text(folder / FILE, json.dumps(tasks, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    write_xml(folder / INTERFACE, _interface(sorted({class_name(label) for i in images for label in i.labels})))


def _interface(names: Sequence[str]) -> Element:
    view = Element("View")
    SubElement(view, "Image", {"name": _TO, "value": "$image"})
    choices = SubElement(view, "RectangleLabels", {"name": _FROM, "toName": _TO})
    for name in names:
        SubElement(choices, "Label", {"value": name})
    return view


def _task(number: int, image: LabelledImage) -> Plain:
    result = [_region(label, image) for label in image.labels]
    return {
        "id": number,
        "data": {"image": LOCAL + quote(image.file_name)},
        "meta": {OURS: plain_image(image)},
        "annotations": [{"id": number, "was_cancelled": False, "ground_truth": False, "result": result}],
    }


def _region(label: Label, image: LabelledImage) -> Plain:
    x, y, width, height = (float(n) for n in NOTATION.numbers(label.box, image.width, image.height))
    place = {"x": x, "y": y, "width": width, "height": height, "rotation": 0}
    return {
        "id": label.label_id,
        "type": RECTANGLES,
        "from_name": _FROM,
        "to_name": _TO,
        "original_width": image.width,
        "original_height": image.height,
        "image_rotation": 0,
        "value": {**place, RECTANGLES: [class_name(label)]},
        "meta": {OURS: plain_label(label)},
    }


def read(
    source: Path,
    *,
    pictures: Path | None = None,
    known_marks: Collection[str] = (),
    remarks: list[str] | None = None,
) -> tuple[LabelledImage, ...]:
    """The records of a file, or of `tasks.json` in a folder. See Format.read."""
    path = one_file(source, FILE)
    intake = Intake(NOTATION, pictures=pictures, known_marks=known_marks)
    for number, task in enumerate(_tasks(path), 1):
        place = f"task {number}"
        try:
            intake.take(seen_task(task, place, intake))
        except BadLabels as error:
            intake.problems += error.at(place)
    return intake.images(remarks)


def _tasks(path: Path) -> list[Task]:
    try:
        content: Any = parsed(read_bytes(path))
    except BadLabels as error:
        raise BadLabels(error.at(path.name)) from error
    if not isinstance(content, list):
        raise BadLabels.one("it is no list of tasks", place=path.name, field="file", limit="Label Studio's JSON")
    if any(isinstance(task, dict) and "data" not in task for task in content):
        why = "a task has no data: it may be JSON-MIN, which loses the labels' places; export as JSON"
        raise BadLabels.one(why, place=path.name, field="data", limit="Label Studio's JSON, not JSON-MIN")
    try:
        return validated(content)
    except ValidationError as error:
        raise BadLabels(validation_problems(error, path.name)) from error
