"""Drawing: on any picture, of any size, whatever the boxes and names; then that it can be seen."""

import numpy as np
import pytest

from inference.drawing import SUSPECTED, UNSUSPECTED, draw, plain
from inference.suspicion import judge
from inference.vocabulary import Detection, Finding, Image, Mark, Match, Verdict

Box = tuple[float, float, float, float]


def blank(height: int, width: int, level: int = 128) -> Image:
    return np.full((height, width, 3), level, np.uint8)


def finding(box: Box, score: float | None = 0.9, holder: str = "Acme") -> Finding:
    matches: tuple[Match, ...] = ()
    if score is not None:
        mark = Mark(mark_id="acme-1", title="Wave", holder=holder)
        matches = (Match(mark=mark, reference="r", similarity=score, score=score),)
    return Finding(detection=Detection(box=box, score=0.5), matches=matches)


def verdict(*findings: Finding) -> Verdict:
    return judge(findings, 0.5)


def has(image: Image, colour: tuple[int, int, int]) -> bool:
    return bool((image == colour).all(axis=2).any())


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 500), (500, 1), (7, 9), (60, 40)])
@pytest.mark.parametrize("box", [(0, 0, 0, 0), (-50, -50, 5, 5), (0, 0, 9999, 9999), (700, 700, 800, 800)])
def test_no_picture_is_too_small_and_no_box_too_far_out(height: int, width: int, box: Box) -> None:
    drawn = draw(blank(height, width), verdict(finding(box, holder="A very long name of a right holder " * 9)))
    assert drawn.shape == (height, width, 3)
    assert drawn.dtype == np.uint8


def test_the_picture_given_is_left_as_it_was() -> None:
    image = blank(100, 200)
    drawn = draw(image, verdict(finding((20, 50, 90, 90))))
    assert (image == 128).all()
    assert not np.array_equal(drawn, image)


def test_a_read_only_strided_picture_can_be_drawn_on() -> None:
    image = blank(200, 400)[::2, ::2]
    image.flags.writeable = False
    assert has(draw(image, verdict(finding((20, 50, 90, 90)))), SUSPECTED)


def test_without_findings_nothing_is_drawn() -> None:
    assert (draw(blank(50, 50), verdict()) == 128).all()


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="image must be"):
        draw(np.zeros((5, 5), np.uint8), verdict())


@pytest.mark.parametrize("score", [0.4, None])
def test_an_unsuspected_finding_is_thin_and_has_no_name(score: float | None) -> None:
    drawn = draw(blank(200, 300), verdict(finding((50, 100, 150, 150), score)))
    assert has(drawn, UNSUSPECTED)
    assert not has(drawn, SUSPECTED)
    assert (drawn[:95] == 128).all()  # no label above


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_suspicion_stands_out_on_any_background(level: int) -> None:
    drawn = draw(blank(200, 300, level), verdict(finding((50, 100, 150, 150))))
    assert has(drawn, SUSPECTED)
    line = drawn[125, 40:60].astype(int)  # across the left edge of the box
    assert np.abs(line - level).max() > 100
    label = drawn[60:96, 55:140]
    assert label.min() < 30  # dark plate
    assert label.max() > 240  # light letters


def test_the_label_stays_inside_the_picture() -> None:
    corner = draw(blank(200, 300), verdict(finding((280, 0, 299, 20))))
    assert has(corner[:, 150:], (255, 255, 255))
    cut = corner[:, -1] == 255  # letters would touch the edge
    assert not cut.all(axis=1).any()


def test_the_stronger_of_two_findings_is_drawn_over_the_weaker() -> None:
    box: Box = (50, 100, 150, 150)
    drawn = draw(blank(200, 300), verdict(finding(box, 0.9), finding(box, 0.1)))
    assert tuple(drawn[150, 100]) == SUSPECTED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café Zürich", "Cafe Zurich"),
        ("零一万物 01", "01"),
        ("零一万物", ""),
        ("two\nlines\x07", "two lines"),
        ("x" * 50, "x" * 37 + "..."),
    ],
)
def test_names_become_plain_letters(text: str, expected: str) -> None:
    assert plain(text) == expected


def test_a_name_without_plain_letters_is_replaced_by_the_mark_id() -> None:
    by_name = draw(blank(200, 300), verdict(finding((50, 100, 150, 150), holder="acme-1")))
    by_id = draw(blank(200, 300), verdict(finding((50, 100, 150, 150), holder="零一万物")))
    assert np.array_equal(by_name, by_id)


def test_of_several_boxes_at_one_place_the_strongest_is_drawn() -> None:
    strong = finding((20, 50, 90, 120), 0.9)
    image = blank(200, 300)
    alone = draw(image, verdict(strong))
    for holder in ("Acme", "Bolt"):
        weak = finding((22, 52, 92, 122), 0.8, holder=holder)
        np.testing.assert_array_equal(draw(image, verdict(weak, strong)), alone)
    elsewhere = finding((200, 50, 260, 120), 0.8)
    assert not np.array_equal(draw(image, verdict(elsewhere, strong)), alone)


def test_a_suspicion_is_drawn_though_a_box_that_fell_to_a_stronger_one_overlaps_it() -> None:
    strong, fallen = finding((20, 50, 90, 120), 0.9), finding((50, 50, 130, 120), 0.8, holder="Bolt")
    free = finding((95, 50, 165, 120), 0.7, holder="Core")  # shares its place with the fallen one only
    judged = verdict(strong, fallen, free)
    assert [s.mark.holder for s in judged.suspicions] == ["Acme", "Core"]
    image = blank(200, 300)
    np.testing.assert_array_equal(draw(image, judged), draw(image, verdict(strong, free)))
