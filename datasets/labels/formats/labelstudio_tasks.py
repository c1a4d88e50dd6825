"""Tasks of Label Studio as they are exported: which annotation counts, which regions are boxes, which file is meant."""

import re
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from datasets.labels.errors import BadLabels, shown
from datasets.labels.formats.intake import Intake
from datasets.labels.formats.notation import Notation, Numbers, SeenImage, SeenLabel, hull, inside
from datasets.labels.records import Box

OURS = "tidewaiter"
RECTANGLES = "rectanglelabels"
LOCAL_PATH = "/data/local-files/"
LOCAL = LOCAL_PATH + "?d="
_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an uploaded file


def _numbers(box: Box, width: int, height: int) -> Numbers:
    x1, y1, x2, y2 = box
    return x1 / width * 100, y1 / height * 100, (x2 - x1) / width * 100, (y2 - y1) / height * 100


def _box(numbers: Numbers, width: int, height: int) -> Box:
    x, y, across, down = numbers
    return x / 100 * width, y / 100 * height, (x + across) / 100 * width, (y + down) / 100 * height


NOTATION = Notation(name="labelstudio", numbers=_numbers, box=_box, tolerance=1e-5)  # percent


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _Place(_Record):
    x: float
    y: float
    width: float
    height: float
    rotation: float = 0.0
    rectanglelabels: tuple[str, ...] = ()


class Region(_Record):
    """One result: a box if its type says so."""

    type: str = ""
    value: Any = None
    original_width: int | None = Field(default=None, gt=0)
    original_height: int | None = Field(default=None, gt=0)
    image_rotation: float = 0
    meta: dict[str, Any] | None = None


class Annotation(_Record):
    """What one person said of a picture."""

    id: int | str = 0
    was_cancelled: bool = False
    ground_truth: bool = False
    updated_at: str = ""
    result: tuple[Region, ...] = ()


class Task(_Record):
    """A picture to be labelled."""

    data: dict[str, Any]
    meta: dict[str, Any] | None = None
    annotations: tuple[Annotation, ...] = ()
    predictions: tuple[Any, ...] = ()


_TASKS = TypeAdapter(list[Task])


def validated(content: object) -> list[Task]:
    """The tasks; raises pydantic's ValidationError."""
    return _TASKS.validate_python(content)


def seen_task(task: Task, place: str, intake: Intake) -> SeenImage:
    """The picture of a task and its boxes. Raises BadLabels if it names no picture."""
    intake.remark("prediction not read", place, len(task.predictions))
    chosen = _chosen(task, place, intake)
    regions = chosen.result if chosen else ()
    sizes = {(r.original_width, r.original_height) for r in regions if r.original_width and r.original_height}
    if len(sizes) > 1:
        raise BadLabels.one(f"its regions are of pictures of different sizes: {shown(sorted(sizes))}", field="width")
    width, height = sizes.pop() if sizes else (None, None)
    ours = (task.meta or {}).get(OURS)
    return SeenImage(
        place=place,
        file_name=_file_name(task, ours, intake.pictures),
        width=width,
        height=height,
        ours=ours,
        labels=tuple(label for i, r in enumerate(regions, 1) if (label := _seen(r, f"{place}, region {i}", intake))),
    )


def _chosen(task: Task, place: str, intake: Intake) -> Annotation | None:
    """The annotation that counts: of those not cancelled the ground truth, else the newest."""
    whole = [annotation for annotation in task.annotations if not annotation.was_cancelled]
    intake.remark("cancelled annotation not read", place, len(task.annotations) - len(whole))
    intake.remark("further annotation of a task not read", place, max(0, len(whole) - 1))
    ordered = sorted(enumerate(whole), key=lambda one: (one[1].ground_truth, one[1].updated_at, one[0]))
    return ordered[-1][1] if ordered else None


def _seen(region: Region, place: str, intake: Intake) -> SeenLabel | None:
    if region.type != RECTANGLES:
        intake.remark(f"{shown(region.type)[1:-1] or 'region'} not read", place)
        return None
    if region.image_rotation % 360:
        intake.problem(place, f"its picture was turned by {region.image_rotation:g} degrees", field="image_rotation")
        return None
    try:
        value = _Place.model_validate(region.value)
    except ValueError:
        intake.problem(place, f"its value {shown(region.value)} is no box", field="box")
        return None
    intake.remark("further class of a region not read", place, max(0, len(value.rectanglelabels) - 1))
    numbers: Numbers = (value.x, value.y, value.width, value.height)
    if value.rotation % 360:
        intake.remark("turned box read as the upright one around it", place)
        numbers = _upright(value, region)
    name = value.rectanglelabels[0] if value.rectanglelabels else ""
    return SeenLabel(place=place, name=name, numbers=numbers, ours=(region.meta or {}).get(OURS))


def _upright(value: _Place, region: Region) -> Numbers:
    """Around a box turned about its first corner; percent are of different length across and down."""
    if region.original_width is None or region.original_height is None:
        raise BadLabels.one("a turned region does not say the size of its picture", field="original_width")
    across, down = region.original_width, region.original_height
    left, top = value.x * across, value.y * down
    corners = (left, top, left + value.width * across, top + value.height * down)
    turned = hull(corners, value.rotation, about_corner=True)
    x1, y1, x2, y2 = inside(turned, 100 * across, 100 * down)
    return x1 / across, y1 / down, (x2 - x1) / across, (y2 - y1) / down


def _file_name(task: Task, ours: object, pictures: Path | None) -> str:
    """The picture's name from its address: a local file by its path, any other by its last part."""
    texts = [value for value in task.data.values() if isinstance(value, str)]
    address = task.data.get("image", texts[0] if len(texts) == 1 else None)
    if not isinstance(address, str) or not address.strip():
        raise BadLabels.one("its data has no image", field="file_name", limit="the picture's address as 'image'")
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise BadLabels.one(f"its image {shown(address)} is no address: {error}", field="file_name") from error
    if parts.path == LOCAL_PATH:
        return parse_qs(parts.query).get("d", [""])[0]
    if not parts.scheme and not address.startswith("/"):
        return address
    name = PurePosixPath(unquote(parts.path)).name
    bare = _UPLOADED.sub("", name, count=1)
    kept = ours.get("file_name") if isinstance(ours, dict) else None
    if isinstance(kept, str) and PurePosixPath(kept).name in (name, bare):  # uploaded: its folders are not said
        return kept
    return bare if pictures is not None and not (pictures / name).is_file() else name
