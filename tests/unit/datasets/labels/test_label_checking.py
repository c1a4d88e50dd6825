"""Records that cannot be used: each mistake is named with its image and label, all of them at once."""

import math
from typing import Any

import pytest

from datasets.labels.checking import check, problems_of
from datasets.labels.errors import BadLabels
from tests.unit.datasets.labels.label_records import image, label

INSIDE = "inside 100x50 pixels"


def whys(*images: Any, **options: Any) -> list[str]:
    return [str(problem) for problem in problems_of(images, **options)]


def test_sound_records_have_no_problems() -> None:
    edge = label("l2", box=(0.0, 0.0, 100.0, 50.0), mark_id=None)
    hard = label("l3", category="not_a_logo", mark_id=None, provenance=(("alert", "17"), ("note", "two\nlines")))
    sound = [image("a", label(), edge, hard), image("b", captured_at="2026-03-02T10:00:00+01:00"), image("c/d")]
    assert whys(*sound, known_marks={"tesmarin"}) == []
    assert whys() == []
    check(sound)


@pytest.mark.parametrize(
    ("box", "why"),
    [
        ((10.0, 5.0, 100.5, 20.0), "box [10, 5, 100.5, 20] is outside the picture of 100x50 pixels"),
        ((-0.001, 5.0, 10.0, 20.0), "box [-0.001, 5, 10, 20] is outside the picture of 100x50 pixels"),
        ((10.0, 5.0, 20.0, 50.01), "box [10, 5, 20, 50.01] is outside the picture of 100x50 pixels"),
        ((10.0, 5.0, 10.0, 20.0), "box [10, 5, 10, 20] is empty"),
        ((10.0, 25.0, 20.0, 20.0), "box [10, 25, 20, 20] is inverted"),
        ((math.nan, 5.0, 20.0, 20.0), "box [nan, 5, 20, 20] has a number that is not finite"),
        ((10.0, 5.0, math.inf, 20.0), "box [10, 5, inf, 20] has a number that is not finite"),
        ((10.0, 5.0, 20.0), "box (10.0, 5.0, 20.0) is not four numbers"),
        ((10.0, 5.0, 20.0, None), "box (10.0, 5.0, 20.0, None) is not four numbers"),
    ],
)
def test_a_bad_box_is_named(box: Any, why: str) -> None:
    assert whys(image("a", label(box=box))) == [f"image 'a', label 'l1': {why}"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("/etc/passwd", "it is absolute"),
        ("C:/a.jpg", "it is absolute"),
        ("../a.jpg", "it leaves the folder by '..'"),
        ("a/../../b.jpg", "it leaves the folder by '..'"),
        ("a\\b.jpg", "it has a backslash"),
        ("a//b.jpg", "it has an empty part or '.'"),
        ("./a.jpg", "it has an empty part or '.'"),
        ("x" * 201, "it is too long"),
        ("/".join(["x" * 150] * 7), "it is too long"),
    ],
)
def test_a_file_name_that_leaves_its_folder_is_refused(name: str, reason: str) -> None:
    (why,) = whys(image("a", file_name=name))
    assert why.endswith(f"cannot be used: {reason}")


@pytest.mark.parametrize("name", ["", "a\0b.jpg", "a\nb.jpg", "\ud800.jpg"])
def test_a_file_name_that_cannot_be_written_is_refused(name: str) -> None:
    (problem,) = problems_of([image("a", file_name=name)])
    assert problem.field == "file_name"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"sha256": "ABC"}, "sha256 'ABC' is malformed, expected 64 lower-case hexadecimal digits"),
        ({"width": 0}, "width is 0, expected a whole number of pixels, 1 to 1000000"),
        ({"height": -3}, "height is -3, expected a whole number of pixels, 1 to 1000000"),
        ({"height": True}, "height is True, expected a whole number of pixels, 1 to 1000000"),
        ({"modality": "radar"}, "unknown modality 'radar', expected one of photo, xray"),
        ({"captured_at": "2026-03-02 10:00"}, "captured_at is '2026-03-02 10:00', expected ISO 8601 with its zone"),
        ({"station": "a\x07"}, "station 'a\\x07' has a control character"),
        ({"view": "x" * 4001}, "view has 4001 characters, at most 4000 characters"),
    ],
)
def test_a_bad_field_of_an_image_is_named(changes: dict[str, Any], why: str) -> None:
    (said,) = whys(image("a", **changes))
    assert said.startswith(f"image 'a': {why}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"mark_id": "nobody"}, "unknown mark 'nobody'"),
        ({"mark_id": ""}, "mark_id is '', expected a text that is not empty"),
        ({"category": "not_a_logo"}, "it is not_a_logo, but has the mark 'tesmarin'"),
        ({"category": "cat"}, "unknown category 'cat', expected one of logo, not_a_logo"),
        ({"strength": "platinum"}, "unknown strength 'platinum', expected one of gold, strong, weak"),
        ({"authenticity": "fake"}, "unknown authenticity 'fake', expected one of infringing, genuine, unknown"),
        ({"source": ""}, "source is '', expected a text that is not empty"),
        ({"provenance": (("b", "1"), ("a", "2"))}, "provenance ['b', 'a'] is not sorted by name"),
        ({"provenance": (("a", "\0"),)}, "provenance 'a' has a character that cannot be written"),
    ],
)
def test_a_bad_field_of_a_label_is_named(changes: dict[str, Any], why: str) -> None:
    said = whys(image("a", label(**changes)), known_marks={"tesmarin"})
    assert f"image 'a', label 'l1': {why}" in said


def test_what_is_given_twice_is_named() -> None:
    said = whys(image("a", label(), label()), image("a", file_name="A.jpg"), image("b", label(), file_name="a.jpg"))
    assert said == [
        "the image id 'a' is given 2 times",
        "the file name 'a.jpg' is given 2 times",
        "the label id 'l1' is given 3 times",
        "the file names 'a.jpg' and 'A.jpg' differ only by case",
    ]


def test_all_problems_are_kept_and_the_first_twenty_said() -> None:
    with pytest.raises(BadLabels, match=r"image 'i0': width .*; \.\.\. and 13 more$") as caught:
        check([image(f"i{n}", width=0) for n in range(33)])
    assert len(caught.value.problems) == 33
    assert "i19" in str(caught.value)
    assert "i20" not in str(caught.value)
    assert (caught.value.field, caught.value.status) == ("width", 422)
    assert caught.value.limit == "a whole number of pixels, 1 to 1000000"


def test_a_hostile_name_does_not_flood_the_message() -> None:
    (problem,) = problems_of([image("a", label(mark_id="x" * 3000))], known_marks=())
    assert len(str(problem)) < 300
