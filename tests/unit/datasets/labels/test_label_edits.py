"""Files that were edited in another tool: the edit wins, and a label that nobody vouches for is weak."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from datasets.labels.formats.known import FORMATS
from datasets.labels.records import Label, LabelledImage
from tests.unit.datasets.labels.label_records import image, label

FIRST = label("l1", box=(10.25, 20.0, 40.5, 32.25), authenticity="genuine", provenance=(("alert", "17"),))
SECOND = label("l2", box=(50.0, 5.0, 90.0, 45.0), mark_id="huskadine", strength="strong")
LEFT_OUT = label("l3", box=(1.0, 1.0, 9.0, 9.0), ignore=True)
BEFORE = (image("a", FIRST, SECOND, LEFT_OUT), image("b", parcel="p7", complete=True))
Edit = Callable[[Path], None]


def json_edit(file: str, change: Callable[[Any], None]) -> Edit:
    def edit(folder: Path) -> None:
        content = json.loads((folder / file).read_text(encoding="utf-8"))
        change(content)
        (folder / file).write_text(json.dumps(content), encoding="utf-8")

    return edit


def text_edit(file: str, old: str, new: str, times: int = 1) -> Edit:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text(encoding="utf-8")
        changed, count = re.subn(old, new, text, count=times, flags=re.DOTALL)
        assert count == times
        (folder / file).write_text(changed, encoding="utf-8")

    return edit


def regions(tasks: Any) -> list[Any]:
    return tasks[0]["annotations"][0]["result"]


def read_after(name: str, edit: Edit, folder: Path, **options: Any) -> tuple[LabelledImage, ...]:
    FORMATS[name].write(BEFORE, folder)
    edit(folder)
    return FORMATS[name].read(folder, **options)


VOC, CVAT, YOLO = "Annotations/a.xml", "annotations.xml", "labels/a.txt"
MOVED = {  # to 20, 20, 50, 40
    "coco": json_edit("annotations.json", lambda c: c["annotations"][0].update(bbox=[20, 20, 30, 20])),
    "yolo": text_edit(YOLO, r"^(\d) [^\n]*", r"\1 0.35 0.6 0.3 0.4"),
    "voc": text_edit(
        VOC, r"<xmin>11</xmin>.*?</bndbox>", "<xmin>21</xmin><ymin>21</ymin><xmax>50</xmax><ymax>40</ymax></bndbox>"
    ),
    "cvat": text_edit(
        CVAT, r'xtl="10.25" ytl="20.0" xbr="40.5" ybr="32.25"', 'xtl="20.00" ytl="20.00" xbr="50.00" ybr="40.00"'
    ),
    "labelstudio": json_edit("tasks.json", lambda t: regions(t)[0]["value"].update(x=20, y=40, width=30, height=40)),
}
DELETED = {
    "coco": json_edit("annotations.json", lambda c: c["annotations"].pop(0)),
    "yolo": text_edit(YOLO, r"^[^\n]*\n", ""),
    "voc": text_edit(VOC, r"<object>.*?</object>", ""),
    "cvat": text_edit(CVAT, r"<box .*?</box>", ""),
    "labelstudio": json_edit("tasks.json", lambda t: regions(t).pop(0)),
}
NEW = {"image_id": 2, "category_id": 1, "bbox": [2, 4, 6, 8]}
RECTANGLE = {"x": 2, "y": 8, "width": 6, "height": 16, "rectanglelabels": ["huskadine"]}
ADDED = {  # to the second picture at 2, 4, 8, 12, as huskadine
    "coco": json_edit("annotations.json", lambda c: c["annotations"].append(NEW)),
    "yolo": lambda folder: (folder / "labels/b.txt").write_text("0 0.05 0.16 0.06 0.16", encoding="utf-8"),
    "voc": text_edit(
        "Annotations/b.xml",
        "</annotation>",
        "<object><name>huskadine</name><bndbox><xmin>3</xmin><ymin>5</ymin><xmax>8</xmax><ymax>12</ymax></bndbox></object></annotation>",
    ),
    "cvat": text_edit(CVAT, "(<image id=.1.[^>]*>)", r'\1<box label="huskadine" xtl="2" ytl="4" xbr="8" ybr="12"/>'),
    "labelstudio": json_edit(
        "tasks.json", lambda t: t[1]["annotations"][0]["result"].append({"type": "rectanglelabels", "value": RECTANGLE})
    ),
}
RENAMED = {  # the first label to another class
    "coco": json_edit("annotations.json", lambda c: c["annotations"][0].update(category_id=1)),
    "yolo": text_edit(YOLO, "^1", "0"),
    "voc": text_edit(VOC, "<name>tesmarin</name>", "<name>huskadine</name>"),
    "cvat": text_edit(CVAT, '<box label="tesmarin"', '<box label="huskadine"'),
    "labelstudio": json_edit("tasks.json", lambda t: regions(t)[0]["value"].update(rectanglelabels=["huskadine"])),
}
COPIED = {  # the first label, with our record, pasted elsewhere in the same picture
    "coco": json_edit(
        "annotations.json", lambda c: c["annotations"].append(c["annotations"][0] | {"bbox": [2, 4, 6, 8]})
    ),
    "voc": text_edit(VOC, r"(<object>.*?)<xmin>11</xmin>(.*?</object>)", r"\1<xmin>1</xmin>\2\1<xmin>11</xmin>\2"),
    "cvat": text_edit(CVAT, r'(<box )([^>]*)xtl="10.25"(.*?</box>)', r'\1\2xtl="1.00"\3\1\2xtl="10.25"\3'),
    "labelstudio": json_edit(
        "tasks.json", lambda t: regions(t).append(regions(t)[0] | {"value": regions(t)[0]["value"] | {"x": 1}})
    ),
}


@pytest.mark.parametrize("name", MOVED)
def test_a_box_that_was_moved_is_read_where_it_is(name: str, tmp_path: Path) -> None:
    first, *rest = read_after(name, MOVED[name], tmp_path)[0].labels
    assert first.box == pytest.approx((20, 20, 50, 40))
    assert replace(first, box=FIRST.box) == FIRST
    assert rest == [SECOND, LEFT_OUT]


@pytest.mark.parametrize("name", DELETED)
def test_a_label_that_was_deleted_is_gone(name: str, tmp_path: Path) -> None:
    assert read_after(name, DELETED[name], tmp_path) == (replace(BEFORE[0], labels=(SECOND, LEFT_OUT)), BEFORE[1])


@pytest.mark.parametrize("name", ADDED)
@pytest.mark.parametrize("known", [True, False])
def test_a_label_that_was_added_is_new_and_weak(name: str, known: bool, tmp_path: Path) -> None:
    after = read_after(name, ADDED[name], tmp_path, known_marks=["huskadine"] if known else [])
    (added,) = after[1].labels
    assert added == Label(
        label_id=added.label_id,
        box=added.box,
        category="logo",
        mark_id="huskadine" if known else None,
        strength="weak",
        source=f"import:{name}",
        provenance=() if known else (("class", "huskadine"),),
    )
    assert added.box == pytest.approx((2, 4, 8, 12))
    assert re.fullmatch(rf"import-{name}-[0-9a-f]{{20}}", added.label_id)
    assert FORMATS[name].read(tmp_path)[1].labels[0].label_id == added.label_id  # the same file, the same id
    assert (after[0], replace(after[1], labels=())) == BEFORE


@pytest.mark.parametrize("name", RENAMED)
def test_another_class_is_another_and_weak_word(name: str, tmp_path: Path) -> None:
    """What was gold for one mark is nobody's word for another one."""
    first, *rest = read_after(name, RENAMED[name], tmp_path, known_marks={"huskadine"})[0].labels
    assert first == replace(
        FIRST,
        mark_id="huskadine",
        strength="weak",
        authenticity="unknown",
        source=f"import:{name}",
        provenance=(("alert", "17"), ("before", "set:test")),
    )
    assert rest == [SECOND, LEFT_OUT]


@pytest.mark.parametrize("name", COPIED)
def test_a_copy_brings_no_one_elses_word(name: str, tmp_path: Path) -> None:
    labels = read_after(name, COPIED[name], tmp_path)[0].labels
    assert {one for one in labels if one.source == "set:test"} == {FIRST, SECOND, LEFT_OUT}
    (copy,) = (one for one in labels if one.source != "set:test")
    assert (copy.strength, copy.authenticity, copy.source) == ("weak", "unknown", f"import:{name}")
    assert copy.label_id not in ("l1", "l2", "l3")


@pytest.mark.parametrize(
    ("name", "edit"),
    [
        ("coco", json_edit("annotations.json", lambda c: c["annotations"][0].update(iscrowd=1))),
        ("voc", text_edit(VOC, "<difficult>0", "<difficult>1")),
        ("cvat", text_edit(CVAT, '<attribute name="ignore">false', '<attribute name="ignore">true')),
    ],
)
def test_a_flag_that_was_set_is_set(name: str, edit: Edit, tmp_path: Path) -> None:
    assert read_after(name, edit, tmp_path)[0].labels[0] == replace(FIRST, ignore=True)


def test_rounding_by_a_tool_moves_nothing(tmp_path: Path) -> None:
    exact = image("a", label(box=(10.123456789, 20.0, 40.987654321, 32.3333333333)))
    FORMATS["cvat"].write([exact], tmp_path / "cvat")
    text_edit("annotations.xml", r'(\d\.\d\d)\d+"', r'\1"', 3)(tmp_path / "cvat")
    assert FORMATS["cvat"].read(tmp_path / "cvat") == (exact,)
    FORMATS["yolo"].write([exact], tmp_path / "yolo")
    path = tmp_path / "yolo/labels/a.txt"
    path.write_text("0 " + " ".join(f"{float(w):.6f}" for w in path.read_text().split()[1:]), encoding="utf-8")
    assert FORMATS["yolo"].read(tmp_path / "yolo") == (exact,)


def test_yolo_lines_in_another_order_are_the_same_labels(tmp_path: Path) -> None:
    def turn(folder: Path) -> None:
        lines = (folder / YOLO).read_text(encoding="utf-8").splitlines()
        (folder / YOLO).write_text("\n".join(lines[::-1]), encoding="utf-8")

    assert read_after("yolo", turn, tmp_path) == BEFORE


def test_a_yolo_box_moved_far_away_is_another_label(tmp_path: Path) -> None:
    labels = read_after("yolo", text_edit(YOLO, r"^(\d) [^\n]*", r"\1 0.05 0.9 0.1 0.1"), tmp_path)[0].labels
    assert labels[:2] == (SECOND, LEFT_OUT)
    assert (labels[2].strength, labels[2].source) == ("weak", "import:yolo")


def test_a_picture_taken_off_the_yolo_list_is_gone(tmp_path: Path) -> None:
    def edit(folder: Path) -> None:
        (folder / "images.txt").write_text("./images/a.jpg\n", encoding="utf-8")
        (folder / "labels/b.txt").unlink()

    assert read_after("yolo", edit, tmp_path) == BEFORE[:1]


def test_a_picture_that_was_renamed_keeps_its_record(tmp_path: Path) -> None:
    edit = json_edit("annotations.json", lambda c: c["images"][1].update(file_name="sub/c.jpg"))
    assert read_after("coco", edit, tmp_path)[1] == replace(BEFORE[1], file_name="sub/c.jpg")
