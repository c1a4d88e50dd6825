"""Tiling: every mark is found once, in px of the image, within the budget; a small image is one pass."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.detector import Detector
from inference.tiling import Look, Tile, Tiling, look, merged
from inference.vocabulary import Boxes, Image

SIDE = 128
SEEN = 8  # px of the net: smaller marks are lost on it
MARK = (255, 0, 255)
Rectangle = tuple[int, int, int, int]


class Blobs:
    """A full session: the boxes of all magenta blobs that are large enough, the largest first."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.shapes.append(pictures.shape)
        (picture,) = pictures.astype(int)
        mask = (picture[..., 0] > 150) & (picture[..., 1] < 70) & (picture[..., 2] > 150)
        _, _, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
        found = [row[:4] for row in stats[1:] if min(row[2], row[3]) >= SEEN]
        boxes = np.array([(x, y, x + w, y + h) for x, y, w, h in found], np.float32).reshape(-1, 4)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        order = np.argsort(-areas, kind="stable")
        return [boxes[order], (0.5 + areas[order] / SIDE**2 / 4).astype(np.float32)]


def detector(session: Blobs, tiling: Tiling | None = None, *, most: int = 50) -> Detector:
    return Detector(session, side=SIDE, least=0.1, most=most, sha256="d" * 64, tiling=tiling)


def scene(height: int, width: int, *marks: Rectangle) -> Image:
    image = np.full((height, width, 3), 90, np.uint8)
    for x1, y1, x2, y2 in marks:
        image[y1:y2, x1:x2] = MARK
    return image


def overlap(box: NDArray[np.float32], mark: Rectangle) -> float:
    x1, y1, x2, y2 = mark
    wide, high = min(box[2], x2) - max(box[0], x1), min(box[3], y2) - max(box[1], y1)
    shared = max(wide, 0) * max(high, 0)
    return float(shared / ((box[2] - box[0]) * (box[3] - box[1]) + (x2 - x1) * (y2 - y1) - shared))


@st.composite
def scenes(draw: st.DrawFn) -> tuple[int, int, list[Rectangle]]:
    """Height, width and marks of 60 px and more, at most 9 px to one of the net; one mark to a cell of 160 px."""
    height, width = draw(st.integers(170, 1150)), draw(st.integers(780, 1150))
    if draw(st.booleans()):
        height, width = width, height
    marks = []
    for top in range(0, height - 159, 160):
        for left in range(0, width - 159, 160):
            if draw(st.integers(0, 3)) == 0:
                w, h = draw(st.integers(60, 128)), draw(st.integers(60, 128))
                x, y = left + draw(st.integers(0, 130 - w)), top + draw(st.integers(0, 130 - h))
                marks.append((x, y, x + w, y + h))
    return height, width, marks


@settings(max_examples=60, deadline=None)
@given(scenes())
def test_every_mark_is_found_once_and_nothing_else(given_: tuple[int, int, list[Rectangle]]) -> None:
    height, width, marks = given_
    session = Blobs()
    boxes, scores = detector(session, Tiling()).detect(scene(height, width, *marks))
    assert len(session.shapes) - 1 <= 1 + Tiling().most  # the first run warmed it up
    assert len(boxes) == len(marks)
    for mark in marks:
        assert sum(overlap(box, mark) > 0.6 for box in boxes) == 1
    assert (np.diff(scores) <= 0).all()


def test_small_marks_are_found_that_one_pass_misses() -> None:
    mark = (700, 500, 745, 545)
    image = scene(900, 1150, mark)
    assert len(detector(Blobs()).detect(image)[0]) == 0
    boxes, _ = detector(Blobs(), Tiling()).detect(image)
    assert len(boxes) == 1
    assert overlap(boxes[0], mark) > 0.7


@pytest.mark.parametrize("mark", [(100, 100, 1000, 800), (0, 0, 1150, 900), (500, 0, 640, 900)])
def test_a_mark_that_all_tiles_cut_comes_from_the_whole(mark: Rectangle) -> None:
    boxes, _ = detector(Blobs(), Tiling()).detect(scene(900, 1150, mark))
    assert len(boxes) == 1
    assert overlap(boxes[0], mark) > 0.9


def test_at_most_so_many_boxes_come_back() -> None:
    marks = [(160 * n, 160 * m, 160 * n + 70, 160 * m + 70) for n in range(7) for m in range(5)]
    boxes, _ = detector(Blobs(), Tiling(), most=9).detect(scene(900, 1150, *marks))
    assert len(boxes) == 9


@pytest.mark.parametrize(
    ("width", "height", "tiles"),
    [
        (1920, 1080, 0),  # one pass: the speed limit is for these
        (2304, 1296, 0),
        (1, 1, 0),
        (3000, 2250, 4),
        (4000, 3000, 6),
        (16000, 12000, 6),
        (12000, 500, 6),
        (500, 12000, 6),
        (16384, 1, 6),
    ],
)
def test_the_default_budget(width: int, height: int, tiles: int) -> None:
    assert len(Tiling().tiles(height, width, 384)) == tiles


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 12), st.floats(0, 0.5), st.integers(64, 640))
def test_tiles_cover_the_image_and_stay_inside(height: int, width: int, most: int, overlap: float, side: int) -> None:
    tiles = Tiling(most=most, overlap=overlap).tiles(height, width, side)
    assert len(tiles) <= most
    if not tiles:
        return
    assert max(height, width) > 6 * side
    for axis, length in (("x", width), ("y", height)):
        spans = sorted({(getattr(tile, f"{axis}1"), getattr(tile, f"{axis}2")) for tile in tiles})
        assert spans[0][0] == 0
        assert spans[-1][1] == length
        for (_, end), (start, _) in zip(spans[:-1], spans[1:], strict=True):
            assert start <= end  # neighbours meet
    assert len({(tile.x1, tile.y1) for tile in tiles}) == len(tiles)


def test_no_tiles_if_none_are_allowed() -> None:
    session = Blobs()
    detector(session, Tiling(most=0)).detect(scene(900, 1150))
    assert len(session.shapes) == 2


def shown(*boxes: tuple[float, ...], scores: tuple[float, ...], cut: tuple[bool, ...]) -> Look:
    table: Boxes = np.array(boxes, np.float32).reshape(-1, 4)
    return Look(boxes=table, scores=np.array(scores, np.float32), cut=np.array(cut, bool))


def test_a_cut_box_gives_way_to_the_whole_one_even_if_it_scores_higher() -> None:
    whole = shown((0, 0, 100, 100), scores=(0.3,), cut=(False,))
    part = shown((0, 0, 100, 40), scores=(0.9,), cut=(True,))
    boxes, scores = merged([part, whole], most=5)
    assert boxes.tolist() == [[0, 0, 100, 100]]
    np.testing.assert_allclose(scores, [0.3])


def test_a_cut_box_that_nobody_has_whole_stays() -> None:
    boxes, _ = merged([shown((0, 0, 50, 50), scores=(0.4,), cut=(True,))], most=5)
    assert boxes.tolist() == [[0, 0, 50, 50]]


def test_nothing_found_anywhere_is_empty_tables() -> None:
    boxes, scores = merged([shown(scores=(), cut=()), shown(scores=(), cut=())], most=5)
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_only_inner_edges_cut() -> None:
    tile = Tile(x1=0, y1=0, x2=100, y2=100)
    boxes = np.array([[0, 0, 50, 50], [60, 20, 100, 50], [20, 50, 40, 99]], np.float32)
    found = look(tile, boxes, np.ones(3, np.float32), image=(100, 180), pixel=1.0)
    assert found.cut.tolist() == [False, True, False]  # at the right there is more image, below there is none


@pytest.mark.parametrize(
    "config", [{"most": -1}, {"overlap": 0.6}, {"coarsest": 7.0}, {"coarsest": 0.0}, {"tiles": 4.0}, {"from_": 3.0}]
)
def test_a_senseless_config_is_refused(config: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="most|overlap|coarsest|tiling"):
        Tiling.from_config(config)


def test_a_config_is_read_and_an_empty_one_is_the_default() -> None:
    assert Tiling.from_config({}) == Tiling()
    assert Tiling.from_config({"most": 4, "from": 8.0}) == Tiling(most=4, from_=8.0)
