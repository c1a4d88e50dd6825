"""What officers said is checked against its pictures, and nobody's word weighs too much."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.labels.errors import BadLabels
from datasets.labels.lines import write_lines
from datasets.labels.records import Label, LabelledImage
from training.retraining.errors import BadTrainingLabels
from training.retraining.taught import MOST_OF_A_MARK, check_pictures, lessons_of, picture_of, read_labels


def label(number: int, mark: str | None = "fox", **changes: object) -> Label:
    category = "logo" if mark else "not_a_logo"
    usual = {"label_id": f"l{number}", "box": (4.0, 4.0, 40.0, 30.0), "category": category, "mark_id": mark}
    return Label(**(usual | {"strength": "strong", "source": "decision:1"} | changes))


def image(folder: Path, *labels: Label, name: str = "a.png") -> LabelledImage:
    """A labelled picture that is there."""
    (folder / "pictures").mkdir(exist_ok=True)
    _, data = cv2.imencode(".png", np.full((48, 64, 3), 90, np.uint8))
    (folder / "pictures" / name).write_bytes(data.tobytes())
    sha256 = hashlib.sha256(data.tobytes()).hexdigest()
    return LabelledImage(image_id=name, file_name=name, sha256=sha256, width=64, height=48, labels=labels)


def test_labels_are_read_and_weighed_by_strength(tmp_path: Path) -> None:
    strengths = {"fox": "gold", "owl": "strong", "hare": "weak", "wren": "weak"}
    marks = list(strengths)
    said = [label(i, mark, strength=strengths[mark]) for i, mark in enumerate(marks)]
    (tmp_path / "labels.jsonl").write_bytes(write_lines([image(tmp_path, *said)]))
    images = read_labels(tmp_path, set(marks))
    check_pictures(tmp_path, images)
    weights = {lesson.mark_id: lesson.weight for lesson in lessons_of(images, "photo")}
    assert weights["owl"] > weights["hare"] == weights["wren"] == 0.5
    assert lessons_of(images, "xray") == []


def test_one_mark_never_has_more_than_its_share(tmp_path: Path) -> None:
    flood = [label(i) for i in range(95)] + [label(100 + i, "owl") for i in range(5)]
    lessons = lessons_of([image(tmp_path, *flood)], "photo")
    fox = sum(lesson.weight for lesson in lessons if lesson.mark_id == "fox")
    assert fox == pytest.approx(MOST_OF_A_MARK * 100 * 0.8)
    assert sum(lesson.weight for lesson in lessons if lesson.mark_id == "owl") == pytest.approx(4.0)


def test_what_teaches_nothing_is_left_out(tmp_path: Path) -> None:
    said = [label(1, ignore=True), label(2, box=(1.0, 1.0, 60.0, 8.0)), label(3, None)]
    lessons = lessons_of([image(tmp_path, *said)], "photo")
    assert [(lesson.label.label_id, lesson.mark_id) for lesson in lessons] == [("l3", None)]


def test_a_logo_of_no_recorded_mark_is_none_of_them(tmp_path: Path) -> None:
    lessons = lessons_of([image(tmp_path, label(1, None, category="logo"))], "photo")
    assert [lesson.mark_id for lesson in lessons] == [None]


def test_an_unknown_mark_is_named(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(write_lines([image(tmp_path, label(1, "wolf"))]))
    with pytest.raises(BadLabels, match="wolf"):
        read_labels(tmp_path, {"fox"})


def test_a_box_outside_is_named(tmp_path: Path) -> None:
    line = write_lines([image(tmp_path, label(1))]).replace(b"[4.0,4.0,40.0,30.0]", b"[4.0,4.0,400.0,30.0]")
    (tmp_path / "labels.jsonl").write_bytes(line)
    with pytest.raises(BadLabels, match="box"):
        read_labels(tmp_path, {"fox"})


def test_a_folder_without_labels_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadTrainingLabels, match=r"labels\.jsonl cannot be read"):
        read_labels(tmp_path, set())


def test_each_changed_and_missing_picture_is_named(tmp_path: Path) -> None:
    first, second = image(tmp_path, label(1)), image(tmp_path, label(2), name="b.png")
    (tmp_path / "pictures" / "a.png").write_bytes(b"other")
    (tmp_path / "pictures" / "b.png").unlink()
    with pytest.raises(BadTrainingLabels, match=r"a\.png has sha256 .*; b\.png: there is no pictures/b\.png"):
        check_pictures(tmp_path, [first, second])


def test_a_link_is_no_picture(tmp_path: Path) -> None:
    one = image(tmp_path, label(1))
    path = tmp_path / "pictures" / "a.png"
    path.rename(tmp_path / "elsewhere.png")
    path.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(BadTrainingLabels, match="there is no pictures/a"):
        check_pictures(tmp_path, [one])


def test_a_picture_of_another_size_is_refused(tmp_path: Path) -> None:
    one = image(tmp_path, label(1))
    other = LabelledImage(image_id="x", file_name="a.png", sha256=one.sha256, width=100, height=48)
    with pytest.raises(BadTrainingLabels, match="the label says 100x48, the picture is 64x48"):
        picture_of(tmp_path, other)
