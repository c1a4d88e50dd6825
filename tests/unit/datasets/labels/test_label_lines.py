"""Canonical lines: exact there and back, the same bytes for the same records, strict about everything else."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given, settings

from datasets.labels.errors import BadLabels
from datasets.labels.lines import read_lines, write_lines
from datasets.labels.plain import plain_record
from datasets.labels.records import LabelledImage
from tests.unit.datasets.labels.label_records import image, label, label_sets


def line(**changes: Any) -> dict[str, Any]:
    return plain_record(image("a", label())) | changes


def refused(data: bytes | dict[str, Any]) -> str:
    with pytest.raises(BadLabels) as caught:
        read_lines(json.dumps(data).encode() if isinstance(data, dict) else data)
    return str(caught.value)


@settings(max_examples=100, deadline=None)
@given(label_sets())
def test_what_is_written_is_read_bit_for_bit(images: tuple[LabelledImage, ...]) -> None:
    data = write_lines(images)
    again = read_lines(data)
    assert again == images
    assert write_lines(again) == data
    bits = [[struct.pack("<4d", *one.box) for picture in each for one in picture.labels] for each in (images, again)]
    assert bits[0] == bits[1]


def test_a_line_is_canonical() -> None:
    whole = write_lines([image("a", label(box=(1, 2, 3, 4), mark_id="çé"))])
    assert whole == write_lines([image("a", label(box=(1.0, 2.0, 3.0, 4.0), mark_id="çé"))])
    assert whole.endswith(b"}\n")
    assert '"mark_id":"çé"'.encode() in whole
    assert b'"box":[1.0,2.0,3.0,4.0],"category":"logo"' in whole
    keys = list(json.loads(whole))
    assert keys == sorted(keys)


def test_fields_with_defaults_may_be_left_out() -> None:
    short = {"image_id": "a", "file_name": "a.jpg", "sha256": image("a").sha256, "width": 100, "height": 50}
    assert read_lines(json.dumps(short).encode()) == (image("a"),)
    assert read_lines(b"") == ()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"colour": "red"}, "line 1: unknown field 'colour'"),
        ({"width": 10.0}, "line 1: width: expected a whole number, got 10.0"),
        ({"width": True}, "line 1: width: expected a whole number, got True"),
        ({"complete": "yes"}, "line 1: complete: expected true or false, got 'yes'"),
        ({"labels": {}}, "line 1: labels: expected a list of labels, got {}"),
        ({"labels": [7]}, "line 1, label 1: expected an object, got 7"),
        ({"labels": [{"box": [1, 2, 3, "4"]}]}, "line 1, label 1: box: expected four numbers, got [1, 2, 3, '4']"),
        ({"labels": [{"box": [1, 2, 3, 10**400]}]}, "line 1, label 1: box: a number is too large"),
        ({"labels": [{"provenance": [["a"]]}]}, "line 1, label 1: provenance: expected pairs of texts, got ['a']"),
        ({"labels": [{"strength": []}]}, "line 1, label 1: strength: expected one of gold, strong, weak, got []"),
        ({"file_name": "../a.jpg"}, "image 'a': file name '../a.jpg' cannot be used: it leaves the folder by '..'"),
    ],
)
def test_a_field_that_is_wrong_is_named_with_its_line(changes: dict[str, Any], why: str) -> None:
    assert why in refused(line(**changes))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"{}\n\n{}", "line 2: it is blank"),
        (b"[]", "line 1: expected an object, got []"),
        (b"{", "line 1: it is no JSON"),
        (b'{"width": NaN}', "line 1: it is no JSON: NaN is no number"),
        (b'{"width": 1, "width": 2}', "line 1: it is no JSON: the key 'width' is given twice"),
        (b'{"a": "\xff"}', "line 1: it is not UTF-8 at byte 7"),
        (b"\xef\xbb\xbf{}", "line 1: it is no JSON"),
        (b"[" * 100_000, "line 1: it is no JSON that can be read: it is nested too deep"),
        (b"9" * 5000, "line 1: it is no JSON"),
        (b"{}", "line 1: the field 'file_name' is missing; line 1: the field 'height' is missing"),
    ],
)
def test_what_is_no_line_is_refused(data: bytes, why: str) -> None:
    assert why in refused(data)


def test_every_bad_line_is_named() -> None:
    whole = write_lines([image("a"), image("b"), image("c")]).splitlines(keepends=True)
    said = refused(whole[0] + b"x\n" + whole[1] + b"y\n")
    assert "line 2: it is no JSON" in said
    assert "line 4: it is no JSON" in said


def test_a_long_line_is_refused_before_it_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("datasets.labels.lines.LONGEST_LINE", 100)
    assert "a line may have at most 100 bytes" in refused(line())


def test_records_that_cannot_be_used_are_not_written() -> None:
    with pytest.raises(BadLabels, match="unknown mark|is outside"):
        write_lines([image("a", label(box=(0.0, 0.0, 200.0, 10.0)))])
