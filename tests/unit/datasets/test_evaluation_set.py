"""Reading an evaluation set: each mistake is named, none is passed over."""

import json
from pathlib import Path
from typing import Any

import pytest

from datasets.evaluation_set import BadEvaluationSet, read_evaluation_set


def sound() -> dict[str, Any]:
    """A sound set: a picture with one complete box, one whose box is missing, one clean."""
    common = {"width": 100, "height": 50}
    return {
        "info": {"description": "ignored"},
        "images": [
            {"id": 1, "file_name": "a.jpg", "marks": ["tesmarin"], "boxes_complete": True, **common},
            {"id": 2, "file_name": "b.jpg", "marks": ["tesmarin"], "boxes_complete": False, **common},
            {"id": 3, "file_name": "c.jpg", "marks": [], "boxes_complete": True, **common},
        ],
        "annotations": [
            {"id": 7, "image_id": 1, "category_id": 4, "bbox": [10.0, 20.0, 30.0, 12.0], "area": 360.0, "iscrowd": 0}
        ],
        "categories": [{"id": 4, "name": "tesmarin"}],
    }


def write(folder: Path, content: object) -> Path:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (folder / name).write_bytes(b"not looked into")
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / "annotations.json").write_text(text, encoding="utf-8")
    return folder


def mistakes(folder: Path, content: object) -> tuple[str, ...]:
    with pytest.raises(BadEvaluationSet) as caught:
        read_evaluation_set(write(folder, content))
    return caught.value.mistakes


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    content = sound()
    content["images"][1]["id"] = 1
    content["images"][2]["file_name"] = "../annotations.json"
    content["annotations"] += [
        {"id": 7, "image_id": 1, "category_id": 99, "bbox": [0, 0, 5, 5]},
        {"id": 8, "image_id": 66, "category_id": 4, "bbox": [0, 0, 5, 5]},
        {"id": 9, "image_id": 1, "category_id": 4, "bbox": [90, 0, 12, 5]},
        {"id": 10, "image_id": 1, "category_id": 4, "bbox": [1, 1, 0, 5]},
    ]
    assert mistakes(tmp_path, content) == (
        "image id 1 is given 2 times",
        "annotation id 7 is given 2 times",
        "image 3: '../annotations.json' is outside the set's folder",
        "annotation 7: unknown category 99",
        "annotation 8: unknown image 66",
        "annotation 9: bbox [90.0, 0.0, 12.0, 5.0] is outside its picture of 100x50",
        "annotation 10: bbox [1.0, 1.0, 0.0, 5.0] has no area",
    )


def test_a_long_list_of_mistakes_is_cut_in_the_message_only(tmp_path: Path) -> None:
    content = sound()
    content["annotations"] = [{"id": i, "image_id": 1, "category_id": 5, "bbox": [0, 0, 5, 5]} for i in range(30)]
    with pytest.raises(BadEvaluationSet, match=r"\.\.\. and 10 more") as caught:
        read_evaluation_set(write(tmp_path, content))
    assert len(caught.value.mistakes) == 30


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"images": [], "annotations": [], "categories": []}', "\ufeff{}", "NaN"]
)
def test_a_file_of_another_form_is_refused(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, text)


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "annotations.json").write_bytes(b"\xff\xfe{}")
    with pytest.raises(BadEvaluationSet, match="not JSON"):
        read_evaluation_set(tmp_path)


def test_a_missing_annotations_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadEvaluationSet, match=r"annotations\.json cannot be read"):
        read_evaluation_set(tmp_path)


@pytest.mark.parametrize(
    ("record", "key", "value"),
    [
        ("images", "width", 0),
        ("images", "width", "100"),
        ("images", "boxes_complete", 1),
        ("images", "marks", None),
        ("images", "marks", [""]),
        ("images", "file_name", ""),
        ("annotations", "bbox", [1, 2, 3]),
        ("annotations", "bbox", [1, 2, 3, float("nan")]),
        ("annotations", "bbox", [1, 2, float("inf"), 3]),
        ("annotations", "id", True),
        ("categories", "name", ""),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(tmp_path: Path, record: str, key: str, value: object) -> None:
    content = sound()
    content[record][0][key] = value
    assert mistakes(tmp_path, content)[0].startswith(f"{record}.0.{key}")


@pytest.mark.parametrize("key", ["width", "height", "marks", "boxes_complete", "file_name", "id"])
def test_a_missing_field_is_named(tmp_path: Path, key: str) -> None:
    content = sound()
    del content["images"][0][key]
    assert mistakes(tmp_path, content) == (f"images.0.{key}: Field required",)


def test_a_missing_picture_is_named(tmp_path: Path) -> None:
    content = sound()
    content["images"][2]["file_name"] = "nowhere.jpg"
    assert mistakes(tmp_path, content) == ("image 3: there is no file 'nowhere.jpg'",)


def test_two_records_of_one_file_or_category_name_are_a_mistake(tmp_path: Path) -> None:
    content = sound()
    content["images"][2]["file_name"] = "b.jpg"
    content["categories"].append({"id": 5, "name": "tesmarin"})
    assert mistakes(tmp_path, content) == (
        "file_name 'b.jpg' is given 2 times",
        "category name 'tesmarin' is given 2 times",
    )


def test_marks_and_boxes_must_agree(tmp_path: Path) -> None:
    content = sound()
    content["categories"].append({"id": 5, "name": "norvelle"})
    content["annotations"].append({"id": 8, "image_id": 3, "category_id": 5, "bbox": [0, 0, 5, 5]})
    content["images"][0]["marks"] = ["tesmarin", "quillabar"]
    assert mistakes(tmp_path, content) == (
        "image 1: boxes_complete is true, but 'quillabar' has no box",
        "image 3: has a box of 'norvelle', which its marks do not list",
    )


def test_a_crowd_box_is_a_mistake(tmp_path: Path) -> None:
    content = sound()
    content["annotations"][0]["iscrowd"] = 1
    assert mistakes(tmp_path, content) == ("annotation 7: iscrowd is 1, but a box must be around one mark",)


@pytest.mark.parametrize("bbox", [[-1.5, 0, 5, 5], [0, 46, 5, 5.5], [100, 0, 1, 5], [-1, 0, 1, 5], [0, -9, 5, 5]])
def test_a_box_outside_is_a_mistake(tmp_path: Path, bbox: list[float]) -> None:
    content = sound()
    content["annotations"][0]["bbox"] = bbox
    assert "is outside its picture of 100x50" in mistakes(tmp_path, content)[0]


def test_a_box_that_sticks_out_by_rounding_is_cut_at_the_edge(tmp_path: Path) -> None:
    content = sound()
    content["annotations"][0]["bbox"] = [-0.4, 20.0, 100.9, 30.7]
    (box,) = read_evaluation_set(write(tmp_path, content)).pictures[0].boxes
    assert box.box == (0.0, 20.0, 100.0, 50.0)


def test_a_sound_set_is_read_as_it_stands(tmp_path: Path) -> None:
    first, second, third = read_evaluation_set(write(tmp_path, sound())).pictures
    (box,) = first.boxes
    assert (box.annotation_id, box.holder, box.box) == (7, "tesmarin", (10.0, 20.0, 40.0, 32.0))
    assert box.size == pytest.approx(18.973666)  # sqrt(30 * 12) = sqrt(360)
    assert (first.name, first.path, first.width, first.height) == ("a.jpg", tmp_path / "a.jpg", 100, 50)
    assert (first.boxes_complete, second.boxes_complete) == (True, False)
    assert (second.marks, second.boxes) == (frozenset({"tesmarin"}), ())
    assert (third.marks, third.boxes) == (frozenset(), ())


def test_records_are_frozen(tmp_path: Path) -> None:
    picture = read_evaluation_set(write(tmp_path, sound())).pictures[0]
    with pytest.raises(AttributeError):
        picture.width = 1  # type: ignore[misc]
