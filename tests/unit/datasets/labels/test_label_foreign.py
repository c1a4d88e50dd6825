"""Files that other tools made, without any record of ours: read sensibly, and nothing is lost in silence."""

import hashlib
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from datasets.labels.errors import BadLabels
from datasets.labels.formats.known import FORMATS
from datasets.labels.records import LabelledImage

CLASS = (("class", "shoe"),)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder with a.png of 100x50 and sub/b.jpg of 64x64 pixels."""
    folder = tmp_path / "pictures"
    (folder / "sub").mkdir(parents=True)
    for name, shape in (("a.png", (50, 100, 3)), ("sub/b.jpg", (64, 64, 3))):
        _, data = cv2.imencode(Path(name).suffix, np.zeros(shape, np.uint8))
        (folder / name).write_bytes(data.tobytes())
    return folder


def read(name: str, file: str, content: object, pictures: Path, **options: Any) -> tuple[LabelledImage, ...]:
    path = pictures.parent / "set" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return FORMATS[name].read(pictures.parent / "set", pictures=options.pop("pictures", pictures), **options)


def refused(name: str, file: str, content: object, pictures: Path, **options: Any) -> str:
    with pytest.raises(BadLabels) as caught:
        read(name, file, content, pictures, **options)
    return str(caught.value)


def coco(**changes: Any) -> dict[str, Any]:
    note = {"id": 9, "image_id": 4, "category_id": 1, "bbox": [10, 20, 30, 12.5], "area": 1, "iscrowd": 0}
    note["segmentation"] = [[10, 20, 40, 20, 40, 32.5]]
    whole = {
        "info": {},
        "licenses": [{"id": 2, "name": "CC BY 4.0", "url": "https://x"}],
        "images": [{"id": 4, "file_name": "a.png", "width": 100, "height": 50, "license": 2, "flickr_url": ""}],
        "annotations": [note],
        "categories": [{"id": 1, "name": "shoe", "supercategory": ""}],
    }
    return whole | changes


def test_coco(pictures: Path) -> None:
    remarks: list[str] = []
    (image,) = read("coco", "instances.json", coco(), pictures, remarks=remarks)
    assert (image.image_id, image.file_name, image.width, image.height) == ("a.png", "a.png", 100, 50)
    assert image.sha256 == hashlib.sha256((pictures / "a.png").read_bytes()).hexdigest()
    assert (image.licence, image.complete) == ("CC BY 4.0", False)
    (label,) = image.labels
    assert (label.box, label.category, label.mark_id, label.holder) == ((10, 20, 40, 32.5), "logo", None, None)
    assert (label.strength, label.source, label.provenance) == ("weak", "import:coco", CLASS)
    assert remarks == ["mask read as its box: 1 (first: annotations[0])"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"annotations": [{"image_id": 5, "category_id": 1, "bbox": [1, 1, 2, 2]}]}, "unknown image_id 5"),
        ({"annotations": [{"image_id": 4, "category_id": 8, "bbox": [1, 1, 2, 2]}]}, "unknown category_id 8"),
        ({"annotations": [{"image_id": 4, "category_id": 1, "bbox": [1, 1, 2]}]}, "annotations.0.bbox"),
        ({"annotations": [{"image_id": 4, "category_id": 1}]}, "annotations.0.bbox: Field required"),
        ({"annotations": [{"image_id": 4, "category_id": 1, "bbox": [1, 1, 10**400, 2]}]}, "bbox"),
        ({"annotations": [{"image_id": 4, "category_id": 1, "bbox": [90, 1, 20, 5]}]}, "is outside the picture"),
        ({"annotations": [{"image_id": 4, "category_id": 1, "bbox": [9, 1, 0, 5]}]}, "box [9, 1, 9, 6] is empty"),
        ({"annotations": [{"image_id": 4, "category_id": 1, "bbox": [9, 1, -4, 5]}]}, "box [9, 1, 5, 6] is inverted"),
        (
            {"images": [{"id": 4, "file_name": "../a.png", "width": 100, "height": 50}]},
            "there is no picture '../a.png'",
        ),
        ({"images": [{"id": 4, "file_name": "z.png"}]}, "images[0]: there is no picture 'z.png' in"),
        ({"images": [{"id": 4, "file_name": "a.png", "width": 7, "height": 50}]}, "but it has 100x50"),
        ({"images": [{"id": 4, "file_name": "a.png"}, {"id": 4, "file_name": "sub/b.jpg"}]}, "an id is given twice"),
        ({"images": {}}, "images: Input should be a valid"),
    ],
)
def test_coco_that_cannot_be_used(changes: dict[str, Any], why: str, pictures: Path) -> None:
    assert why in refused("coco", "x.json", coco(**changes), pictures)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[]", "x.json: it is a list: results of a model"),
        ("[" * 200_000, "x.json: it is no JSON that can be read: it is nested too deep"),
        ('{"images": [], "images": []}', "the key 'images' is given twice"),
        ("{", "x.json: it is no JSON"),
    ],
)
def test_json_that_is_none(text: str, why: str, pictures: Path) -> None:
    assert why in refused("coco", "x.json", text, pictures)


def test_all_that_is_wrong_is_said_at_once(pictures: Path) -> None:
    notes = [
        {"image_id": 5, "category_id": 1, "bbox": [1, 1, 2, 2]},
        {"image_id": 4, "category_id": 8, "bbox": [1, 1, 2, 2]},
    ]
    said = refused("coco", "x.json", coco(annotations=notes), pictures)
    assert "annotations[0]: unknown image_id 5" in said
    assert "annotations[1]: unknown category_id 8" in said


def test_without_pictures_what_is_missing_is_said(pictures: Path) -> None:
    read("coco", "x.json", coco(), pictures)
    with pytest.raises(BadLabels) as caught:
        FORMATS["coco"].read(pictures.parent / "set")
    assert str(caught.value) == "images[0]: the sha256 of 'a.png' is not given; say where the pictures are"


def test_two_files_are_not_guessed_between(pictures: Path) -> None:
    read("coco", "train.json", coco(), pictures)
    assert "it has 2 others, name one: train.json, val.json" in refused("coco", "val.json", coco(), pictures)


def voc(
    objects: str = "", size: str = "<size><width>100</width><height>50</height></size>", name: str = "a.png"
) -> str:
    return f"<annotation><folder>x</folder><filename>{name}</filename>{size}{objects}</annotation>"


def voc_object(xmin: object = 11, xmax: object = 40, more: str = "", name: str = " shoe ") -> str:
    edges = f"<xmin>{xmin}</xmin><ymin>21</ymin><xmax>{xmax}</xmax><ymax>32</ymax>"
    return f"<object><name>{name}</name><bndbox>{edges}</bndbox>{more}</object>"


def test_voc(pictures: Path) -> None:
    remarks: list[str] = []
    more = "<difficult>1</difficult><occluded>1</occluded><part><name>lace</name></part>"
    objects = voc_object(more=more) + voc_object("10.5", 40.25) + "<object><name>x</name><polygon/></object>"
    (image,) = read("voc", "Annotations/a.xml", voc(objects), pictures, remarks=remarks, known_marks={"shoe"})
    first, second = image.labels
    assert (first.box, first.mark_id, first.provenance) == ((10, 20, 40, 32), "shoe", ())
    assert (first.ignore, first.occluded, first.truncated) == (True, True, False)
    assert (second.box, second.ignore) == ((9.5, 20, 40.25, 32), False)
    assert [remark.split(":")[0] for remark in remarks] == [
        "parts of an object not read",
        "object without bndbox not read",
    ]


def test_voc_in_sub_folders_without_sizes(pictures: Path) -> None:
    (image,) = read("voc", "Annotations/sub/b.xml", voc(voc_object(), size="", name="b.jpg"), pictures)
    assert (image.file_name, image.width, image.height) == ("sub/b.jpg", 64, 64)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (voc(voc_object("one")), "a.xml, object 1: xmin is 'one', expected a number"),
        (voc(voc_object("nan")), "has a number that is not finite"),
        (voc(voc_object(50, 40)), "box [49, 20, 40, 32] is inverted"),
        (voc(voc_object(name=" ")), "a.xml, object 1: it has no class"),
        (voc(voc_object(more="<difficult>maybe</difficult>")), "difficult is 'maybe', expected 0 or 1"),
        (voc(name=""), "a.xml: it has no filename"),
        (voc(size="<size><width>1.5</width></size>"), "size/width is 1.5, expected a whole number of pixels"),
        ("<annotations/>", "a.xml: it begins with <annotations>, expected <annotation>"),
        ("<annotation>", "a.xml: it is no XML"),
        ('<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>', "a.xml: it is refused: DTDForbidden"),
        ('<?xml version="1.0" encoding="klingon"?><annotation/>', "a.xml: it is no XML"),
        (voc("<tidewaiter>{</tidewaiter>"), "a.xml: it is no JSON"),
    ],
)
def test_voc_that_cannot_be_used(text: str, why: str, pictures: Path) -> None:
    assert why in refused("voc", "a.xml", text, pictures)


def cvat(inner: str, head: str = 'id="0" name="a.png" width="100" height="50"') -> str:
    return f"<annotations><version>1.1</version><meta/><image {head}>{inner}</image></annotations>"


BOX = '<box label="shoe" source="auto" occluded="1" xtl="10.00" ytl="20.00" xbr="40.00" ybr="32.50" z_order="0"'


def test_cvat(pictures: Path) -> None:
    remarks: list[str] = []
    others = '<polygon label="shoe" points="1,2;3,4;5,6"/><tag label="wet"/><ellipse/><polygon/>'
    inner = f'{BOX}><attribute name="colour">red</attribute></box>{others}'
    (image,) = read("cvat", "annotations.xml", cvat(inner), pictures, remarks=remarks)
    (label,) = image.labels
    assert (label.box, label.occluded) == ((10, 20, 40, 32.5), True)
    assert label.provenance == (("attribute:colour", "red"), *CLASS)
    assert remarks == [
        "polygon not read: 2 (first: image 1, polygon 2)",
        "tag not read: 1 (first: image 1, tag 3)",
        "ellipse not read: 1 (first: image 1, ellipse 4)",
    ]


def test_a_turned_box_of_cvat_is_read_as_the_upright_one_around_it(pictures: Path) -> None:
    remarks: list[str] = []
    (image,) = read("cvat", "a.xml", cvat(f'{BOX} rotation="90"/>'), pictures, remarks=remarks)
    assert image.labels[0].box == pytest.approx((18.75, 11.25, 31.25, 41.25))  # about its centre, 25 and 26.25
    assert remarks == ["turned box read as the upright one around it: 1 (first: image 1, box 1)"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (cvat('<box label="shoe" xtl="1" ytl="2" xbr="x" ybr="4"/>'), "image 1, box 1: xbr is 'x', expected a number"),
        (cvat(f'{BOX} rotation="inf"/>'), "image 1, box 1: it is turned by inf degrees"),
        (cvat(BOX.replace('"1"', '"perhaps"') + "/>"), "occluded is 'perhaps', expected true or false"),
        (cvat("", 'width="100"'), "image 1: it has no name"),
        (cvat("", 'name="a.png" width="-1" height="50"'), "image 1: width is -1, expected a whole number of pixels"),
    ],
)
def test_cvat_that_cannot_be_used(text: str, why: str, pictures: Path) -> None:
    assert why in refused("cvat", "a.xml", text, pictures)


def region(**changes: Any) -> dict[str, Any]:
    value = {"x": 10, "y": 40, "width": 30, "height": 25, "rotation": 0, "rectanglelabels": ["shoe"]}
    whole = {"id": "r", "type": "rectanglelabels", "original_width": 100, "original_height": 50, "image_rotation": 0}
    return whole | {"value": value | changes.pop("value", {})} | changes


def task(*regions: Any, address: str = "/data/upload/3/0a1b2c3d-a.png", **annotation: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": address}, "annotations": [{"id": 5, "result": list(regions), **annotation}]}


def test_label_studio(pictures: Path) -> None:
    (image,) = read("labelstudio", "x.json", [task(region())], pictures)
    assert (image.file_name, image.width, image.height) == ("a.png", 100, 50)
    assert image.labels[0].box == pytest.approx((10, 20, 40, 32.5))
    assert image.labels[0].provenance == CLASS


def test_of_several_annotations_one_is_read_and_the_others_are_counted(pictures: Path) -> None:
    whole = task()
    whole["predictions"] = [{"result": []}]
    chosen = region(value={"rectanglelabels": ["boot", "shoe"]})
    whole["annotations"] = [
        {"id": 1, "result": [region()], "updated_at": "2026-01-01"},
        {"id": 2, "result": [chosen, {"type": "polygonlabels"}], "updated_at": "2026-03-01"},
        {"id": 3, "result": [region()], "updated_at": "2026-09-01", "was_cancelled": True},
        {"id": 4, "result": [region()], "updated_at": "2026-02-01"},
    ]
    remarks: list[str] = []
    (image,) = read("labelstudio", "x.json", [whole], pictures, remarks=remarks)
    assert [label.provenance for label in image.labels] == [(("class", "boot"),)]
    assert remarks == [
        "prediction not read: 1 (first: task 1)",
        "cancelled annotation not read: 1 (first: task 1)",
        "further annotation of a task not read: 2 (first: task 1)",
        "further class of a region not read: 1 (first: task 1, region 1)",
        "polygonlabels not read: 1 (first: task 1, region 2)",
    ]
    whole["annotations"][0]["ground_truth"] = True
    (image,) = read("labelstudio", "x.json", [whole], pictures)
    assert [label.provenance for label in image.labels] == [CLASS]


def test_a_turned_region_is_read_as_the_upright_one_around_it(pictures: Path) -> None:
    turned = region(value={"x": 50, "y": 20, "width": 10, "height": 40, "rotation": 90})  # about its first corner
    (image,) = read("labelstudio", "x.json", [task(turned)], pictures)
    assert image.labels[0].box == pytest.approx((30, 10, 50, 20))


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/data/local-files/?d=sub/b.jpg", "sub/b.jpg"),
        ("/data/local-files/?d=sub%2Fb.jpg", "sub/b.jpg"),
        ("https://bucket/a.png?token=1", "a.png"),
        ("s3://bucket/deep/a.png", "a.png"),
        ("sub/b.jpg", "sub/b.jpg"),
    ],
)
def test_the_picture_of_a_task_is_found_by_its_address(address: str, name: str, pictures: Path) -> None:
    (image,) = read("labelstudio", "x.json", [task(address=address)], pictures)
    assert image.file_name == name


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"data": {}}, "it is no list of tasks"),
        ([{"image": "a.png", "label": [{"x": 1}]}], "it may be JSON-MIN"),
        ([{"data": {}}], "task 1: its data has no image"),
        ([task(address="http://[")], "task 1: its image 'http://[' is no address"),
        ([task(address="/data/local-files/?d=../../etc/passwd")], "there is no picture '../../etc/passwd'"),
        ([task(region(value={"x": "left"}))], "task 1, region 1: its value"),
        ([task(region(value={"rectanglelabels": []}))], "task 1, region 1: it has no class"),
        ([task(region(image_rotation=90))], "task 1, region 1: its picture was turned by 90 degrees"),
        ([task(region(original_width=None, value={"rotation": 5}))], "does not say the size of its picture"),
        ([task(region(), region(original_width=7))], "its regions are of pictures of different sizes"),
        ([task(region(original_width=0))], "0.annotations.0.result.0.original_width"),
        ([task(region(value={"x": 90}))], "is outside the picture of 100x50"),
    ],
)
def test_label_studio_that_cannot_be_used(content: object, why: str, pictures: Path) -> None:
    assert why in refused("labelstudio", "x.json", content, pictures)


def yolo(root: Path, files: dict[str, str]) -> Path:
    for name, text in ({"data.yaml": "names: [shoe, boot]\n"} | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def test_yolo(pictures: Path) -> None:
    root = yolo(pictures.parent, {"labels/a.txt": "0 0.25 0.5 0.3 0.2\n\n1 0.1 0.1 0.2 0.2 0.97\n"})
    remarks: list[str] = []
    first, second = FORMATS["yolo"].read(root / "data.yaml", pictures=pictures, known_marks={"boot"}, remarks=remarks)
    assert (first.file_name, first.width, first.height) == ("a.png", 100, 50)
    assert [label.box for label in first.labels] == [pytest.approx((10, 20, 40, 30)), pytest.approx((0, 0, 20, 10))]
    assert [(label.mark_id, label.provenance) for label in first.labels] == [(None, CLASS), ("boot", ())]
    assert (second.file_name, second.labels) == ("sub/b.jpg", ())  # without a text file: nothing is on it
    assert remarks == ["confidence not read: 1 (first: labels/a.txt line 3)"]


@pytest.mark.parametrize("layout", ["{}", "train/images/{}", "images/train/{}"])
def test_folders_of_other_yolo_tools(layout: str, pictures: Path) -> None:
    picture = layout.format("a.png")
    text = picture.replace("images/", "labels/").replace(".png", ".txt")
    root = yolo(pictures.parent / "set", {text: "0 0.1 0.1 0.9 0.1 0.9 0.9 0.1 0.9"})
    (root / picture).parent.mkdir(parents=True, exist_ok=True)
    (root / picture).write_bytes((pictures / "a.png").read_bytes())
    (image,) = FORMATS["yolo"].read(root)
    assert image.labels[0].box == pytest.approx((10, 5, 90, 45))


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"labels/a.txt": "7 0.5 0.5 0.1 0.1"}, "labels/a.txt line 1: unknown class 7, the names have 2"),
        ({"labels/a.txt": "0 0.5 0.5 0.1"}, "labels/a.txt line 1: it has 3 numbers after the class"),
        ({"labels/a.txt": "0 nan 0.5 0.1 0.1"}, "has a number that is not finite"),
        ({"labels/a.txt": "shoe 0.5 0.5 0.1 0.1"}, "is no class and numbers"),
        ({"labels/a.txt": "0 50 25 10 10"}, "is outside the picture of 100x50"),
        ({"labels/z.txt": ""}, "labels/z.txt: it is of no picture"),
        ({"data.yaml": "nc: 2\n"}, "data.yaml: it has no names"),
        ({"data.yaml": "names: [a]\ntrain: ../../list.txt\n"}, "its list '../../list.txt' is outside the set's folder"),
        ({"labels.jsonl": "{}"}, "labels.jsonl, line 1: the field 'file_name' is missing"),
    ],
)
def test_yolo_that_cannot_be_used(files: dict[str, str], why: str, pictures: Path) -> None:
    root = yolo(pictures.parent / "set", files)
    with pytest.raises(BadLabels) as caught:
        FORMATS["yolo"].read(root, pictures=pictures)
    assert why in str(caught.value)


def test_a_box_that_sticks_out_by_rounding_is_cut(pictures: Path) -> None:
    remarks: list[str] = []
    note = {"image_id": 4, "category_id": 1, "bbox": [-0.4, 10, 101, 40.5]}
    (image,) = read("coco", "x.json", coco(annotations=[note]), pictures, remarks=remarks)
    assert image.labels[0].box == (0, 10, 100, 50)
    assert remarks == ["box cut at the picture's edge: 1 (first: annotations[0])"]


def test_a_file_that_is_no_picture_is_refused(pictures: Path) -> None:
    (pictures / "a.png").write_bytes(b"II*\0 a tiff")
    assert "the picture 'a.png' is a TIFF" in refused("coco", "x.json", coco(), pictures)
