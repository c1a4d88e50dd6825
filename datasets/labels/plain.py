"""Records as plain JSON values and back: what every format that holds all of a record is made of.

Writing gives every field of a record, so that equal records give equal values. Reading is strict: a field that is
unknown, missing without a default, or of another type is named, and all of them are, not only the first.
"""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from typing import Any, cast, get_args

from datasets.labels.errors import BadLabels, Problem, listed, shown
from datasets.labels.records import Authenticity, Box, Category, Label, LabelledImage, Modality, Strength

Plain = dict[str, Any]
Parser = Callable[[object], object]


class _Wrong(ValueError):
    """Why a value is not of its field's type."""


def plain_label(label: Label) -> Plain:
    """A label as JSON values; its numbers are floats, whatever they were given as."""
    values = {f.name: getattr(label, f.name) for f in fields(Label)}
    return values | {"box": [float(n) for n in label.box], "provenance": [list(pair) for pair in label.provenance]}


def plain_image(image: LabelledImage) -> Plain:
    """An image as JSON values, without its labels."""
    return {f.name: getattr(image, f.name) for f in fields(LabelledImage) if f.name != "labels"}


def plain_record(image: LabelledImage) -> Plain:
    """An image with its labels as JSON values."""
    return plain_image(image) | {"labels": [plain_label(label) for label in image.labels]}


def label_of(value: object) -> Label:
    """The label that JSON values say. Raises BadLabels with each field that is wrong."""
    return cast(Label, _made(Label, value, _LABEL))


def image_of(value: object) -> LabelledImage:
    """The image, without labels, that JSON values say. Raises BadLabels with each field that is wrong."""
    return cast(LabelledImage, _made(LabelledImage, value, _IMAGE))


def record_of(value: object) -> LabelledImage:
    """The image with its labels that JSON values say. Raises BadLabels with each field that is wrong."""
    return cast(LabelledImage, _made(LabelledImage, value, _RECORD))


def _made(kind: type[Label] | type[LabelledImage], value: object, parsers: Mapping[str, Parser]) -> object:
    if not isinstance(value, dict):
        raise BadLabels.one(f"expected an object, got {shown(value)}")
    problems = [Problem(why=f"unknown field {shown(key)}", field=str(key)) for key in value if key not in parsers]
    for field in fields(kind):
        if field.name in parsers and field.name not in value and field.default is MISSING:
            problems.append(Problem(why=f"the field {field.name!r} is missing", field=field.name))
    given: Plain = {}
    for name in parsers.keys() & value.keys():
        try:
            given[name] = parsers[name](value[name])
        except _Wrong as error:
            problems.append(Problem(why=f"{name}: {error}", field=name))
        except BadLabels as error:
            problems += error.at("")
    if problems:
        raise BadLabels(sorted(problems, key=lambda problem: problem.field))
    return kind(**given)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong(f"expected a text, got {shown(value)}")
    return value


def _text_or_none(value: object) -> str | None:
    return None if value is None else _text(value)


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong(f"expected true or false, got {shown(value)}")
    return value


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Wrong(f"expected a whole number, got {shown(value)}")
    return value


def _box(value: object) -> Box:
    if not isinstance(value, list) or len(value) != 4:
        raise _Wrong(f"expected four numbers, got {shown(value)}")
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in value):
        raise _Wrong(f"expected four numbers, got {shown(value)}")
    try:
        x1, y1, x2, y2 = (float(number) for number in value)
    except OverflowError as error:
        raise _Wrong("a number is too large") from error
    return x1, y1, x2, y2


def _pairs(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list):
        raise _Wrong(f"expected pairs of texts, got {shown(value)}")
    for pair in value:
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise _Wrong(f"expected pairs of texts, got {shown(pair)}")
    return tuple((name, said) for name, said in value)


def _one_of(kind: Any) -> Parser:
    allowed = get_args(kind)

    def parse(value: object) -> object:
        if value not in allowed:
            raise _Wrong(f"expected {listed(allowed)}, got {shown(value)}")
        return value

    return parse


def _labels(value: object) -> tuple[Label, ...]:
    if not isinstance(value, list):
        raise _Wrong(f"expected a list of labels, got {shown(value)}")
    made: list[Label] = []
    problems: list[Problem] = []
    for number, one in enumerate(value, 1):
        try:
            made.append(label_of(one))
        except BadLabels as error:
            problems += error.at(f"label {number}")
    if problems:
        raise BadLabels(problems)
    return tuple(made)


_LABEL: Mapping[str, Parser] = {
    "label_id": _text,
    "box": _box,
    "category": _one_of(Category),
    "mark_id": _text_or_none,
    "holder": _text_or_none,
    "strength": _one_of(Strength),
    "authenticity": _one_of(Authenticity),
    "ignore": _flag,
    "occluded": _flag,
    "truncated": _flag,
    "source": _text,
    "provenance": _pairs,
}
_IMAGE: Mapping[str, Parser] = {
    **dict.fromkeys(("image_id", "file_name", "sha256", "view", "parcel", "consignor", "station"), _text),
    **dict.fromkeys(("captured_at", "licence"), _text),
    "width": _whole,
    "height": _whole,
    "modality": _one_of(Modality),
    "complete": _flag,
}
_RECORD: Mapping[str, Parser] = {**_IMAGE, "labels": _labels}
