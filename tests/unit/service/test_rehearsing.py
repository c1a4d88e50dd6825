"""Officers that exist only in rehearsals: what they say where it is known what is on a parcel."""

import json
from pathlib import Path
from typing import Any

import pytest

from service.cli.rehearsing import Known, annotated, outcome, overlap
from service.errors import CannotStart

KNOWN = Known(marks=(("Fox", (10, 10, 110, 60)), ("Owl", (200, 10, 260, 60))))


@pytest.mark.parametrize(
    ("box", "there"),
    [
        ((10, 10, 110, 60), "Fox"),
        ((0, 5, 115, 65), "Fox"),
        ((205, 0, 270, 60), "Owl"),
        ((110, 10, 199, 60), None),
        ((0, 0, 400, 400), None),
        ((500, 500, 500, 500), None),
    ],
)
def test_what_is_at_a_box(box: Any, there: str | None) -> None:
    assert KNOWN.at(box) == there
    assert Known(marks=()).at(box) is None


@pytest.mark.parametrize(("there", "action"), [("Fox", "suspend"), (None, "not_a_logo"), ("Owl", "other_mark")])
def test_what_is_said_of_an_alert_for_the_fox(there: str | None, action: str) -> None:
    assert outcome(there, "Fox")["action"] == action


def test_overlap_is_none_where_boxes_only_touch() -> None:
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (0, 0, 10, 5)) == pytest.approx(0.5)


@pytest.mark.parametrize("content", [None, "", "[]", "{}", '{"images": [], "annotations": [{}], "categories": []}'])
def test_a_folder_without_annotations_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "annotations.json").write_text(content, encoding="utf-8")
    with pytest.raises(CannotStart, match="no set of annotated parcels"):
        annotated(tmp_path)


def test_annotations_are_read_in_their_order(tmp_path: Path) -> None:
    document = {
        "images": [{"id": 2, "file_name": "b.jpg"}, {"id": 1, "file_name": "a.jpg"}],
        "annotations": [{"image_id": 1, "category_id": 7, "bbox": [1, 2, 3, 4]}],
        "categories": [{"id": 7, "name": "Fox"}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(document), encoding="utf-8")
    known = annotated(tmp_path)
    assert list(known) == ["b.jpg", "a.jpg"]
    assert known["a.jpg"].marks == (("Fox", (1.0, 2.0, 4.0, 6.0)),)
    assert known["b.jpg"].marks == ()
