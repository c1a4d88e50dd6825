"""Canonical JSON Lines (`labels.jsonl`): one image per line, and equal records give equal bytes.

Keys are sorted, every field is written, numbers of boxes are floats in their shortest exact form. Reading is strict:
unknown fields, repeated keys and NaN are refused with the line's number, and the records are checked.

    from datasets.labels.lines import read_lines, write_lines
    assert read_lines(write_lines(images)) == images
"""

import json
from collections.abc import Iterable, Sequence

from datasets.labels.checking import check
from datasets.labels.errors import BadLabels, Problem
from datasets.labels.plain import plain_record, record_of
from datasets.labels.records import LabelledImage
from datasets.labels.strictjson import parsed

FILE = "labels.jsonl"
LONGEST_LINE = 16 * 2**20  # bytes: a picture with some ten thousand labels


def write_lines(images: Sequence[LabelledImage]) -> bytes:
    """The images in their order. Raises BadLabels if they cannot be used."""
    check(images)
    return b"".join(line_of(image) for image in images)


def line_of(image: LabelledImage) -> bytes:
    """One image as its line, unchecked, with the line's end."""
    text = json.dumps(plain_record(image), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode() + b"\n"


def read_lines(data: bytes) -> tuple[LabelledImage, ...]:
    """The images in the order of the lines. Raises BadLabels with every line or record that cannot be used."""
    images: list[LabelledImage] = []
    problems: list[Problem] = []
    for number, line in enumerate(_split(data), 1):
        try:
            images.append(_image(line))
        except BadLabels as error:
            problems += error.at(f"line {number}")
    if problems:
        raise BadLabels(problems)
    check(images)
    return tuple(images)


def _split(data: bytes) -> Iterable[bytes]:
    lines = data.split(b"\n")  # not splitlines: a text may hold what Unicode calls the end of a line
    return lines[:-1] if lines[-1] == b"" else lines


def _image(line: bytes) -> LabelledImage:
    if len(line) > LONGEST_LINE:
        limit = f"at most {LONGEST_LINE:,} bytes"
        raise BadLabels.one(f"it has {len(line):,} bytes; a line may have {limit}", limit=limit)
    if not line.strip():
        raise BadLabels.one("it is blank", limit="one image per line")
    return record_of(parsed(line))
