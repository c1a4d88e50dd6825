"""The detector's way to the net's canvas and back, with a session that finds a magenta mark for real."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.detector import PADDING, Detector
from inference.vocabulary import Boxes, Image, Scores

SIDE = 128
MARK = (255, 0, 255)


class MagentaFinder:
    """A full session: the boxes of magenta rows and columns, one for each separate run of columns, best first."""

    def __init__(self) -> None:
        self.shapes: list[tuple[int, ...]] = []

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.shapes.append(pictures.shape)
        (picture,) = pictures.astype(int)
        mask = (picture[..., 0] > 128) & (picture[..., 1] < 64) & (picture[..., 2] > 128)  # (s, s)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.any(0).astype(int), [0]])))
        found = []
        for left, right in edges.reshape(-1, 2):
            rows = np.flatnonzero(mask[:, left:right].any(1))
            found.append((left, rows[0], right, rows[-1] + 1))
        boxes = np.array(found, np.float32).reshape(-1, 4)
        areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
        order = np.argsort(-areas, kind="stable")
        return [boxes[order], (areas[order] / SIDE**2).astype(np.float32)]


class Says:
    """A session that gives the same answer to every picture."""

    def __init__(self, boxes: list[list[float]], scores: list[float]) -> None:
        self.boxes, self.scores = np.array(boxes, np.float32).reshape(-1, 4), np.array(scores, np.float32)

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        return [self.boxes.copy(), self.scores.copy()]


def scene(h: int, w: int, *boxes: tuple[int, int, int, int]) -> Image:
    image = np.full((h, w, 3), 90, np.uint8)
    for x1, y1, x2, y2 in boxes:
        image[y1:y2, x1:x2] = MARK
    return image


def says(boxes: list[list[float]], scores: list[float], *, least: float = 0.05, most: int = 20) -> Detector:
    return Detector(Says(boxes, scores), side=SIDE, least=least, most=most, sha256="d" * 64)


def found(detector: Detector, image: Image) -> tuple[Boxes, Scores]:
    boxes, scores = detector.detect(image)
    assert boxes.dtype == scores.dtype == np.float32
    assert len(boxes) == len(scores)
    return boxes, scores


@pytest.mark.parametrize(
    ("h", "w", "box"),
    [
        (600, 800, (100, 200, 400, 350)),  # reduced
        (800, 600, (0, 0, 600, 100)),  # upright, at the corner
        (90, 120, (30, 20, 60, 50)),  # enlarged a little
        (40, 30, (10, 10, 20, 30)),  # enlarged at most twice
        (128, 128, (64, 64, 128, 128)),  # as it is
        (1000, 300, (100, 900, 300, 1000)),  # long
    ],
)
def test_boxes_come_back_in_the_pixels_of_the_image(h: int, w: int, box: tuple[int, int, int, int]) -> None:
    detector = Detector(MagentaFinder(), side=SIDE, least=0.0, most=20, sha256="d" * 64)
    boxes, _ = found(detector, scene(h, w, box))
    assert boxes.shape == (1, 4)
    pixel = max(h, w) / SIDE  # one pixel of the net's canvas
    np.testing.assert_allclose(boxes[0], box, atol=max(1.0, 1.01 * pixel))


def test_two_marks_come_back_best_first() -> None:
    detector = Detector(MagentaFinder(), side=SIDE, least=0.0, most=20, sha256="d" * 64)
    boxes, scores = found(detector, scene(256, 256, (10, 10, 40, 40), (100, 100, 200, 200)))
    np.testing.assert_allclose(boxes, [[100, 100, 200, 200], [10, 10, 40, 40]], atol=2)
    assert scores[0] > scores[1]


@pytest.mark.parametrize(
    ("h", "w", "canvas"),
    [
        (1, 1, (128, 128)),  # never smaller
        (1, 5000, (128, 448)),
        (5000, 1, (448, 128)),
        (224, 224, (448, 448)),
        (64, 65, (128, 160)),  # enlarged twice, to 128 x 130, and then whole cells
        (3000, 4000, (352, 448)),  # 336 is 10.5 cells
        (1280, 960, (448, 352)),
        (285, 400, (320, 448)),  # 319.2: just within ten cells
    ],
)
def test_fit_fills_the_top_left_of_whole_cells_and_leaves_grey(h: int, w: int, canvas: tuple[int, int]) -> None:
    detector = Detector(Says([], []), side=448, least=0.05, most=20, sha256="d" * 64)
    fitted, scale = detector.fit(np.full((h, w, 3), 7, np.uint8))
    assert fitted.shape == (*canvas, 3)
    assert scale == min(448 / max(h, w), 2.0)
    high, wide = max(1, round(h * scale)), max(1, round(w * scale))
    assert (fitted[:high, :wide] == 7).all()
    assert (fitted[high:] == PADDING).all()
    assert (fitted[:, wide:] == PADDING).all()


def test_boxes_are_clipped_to_the_image_and_not_to_the_square() -> None:
    detector = says([[-20, -20, 500, 500], [10, 10, 90, 120]], [0.9, 0.8])
    boxes, _ = found(detector, scene(60, 100))  # scale 1.28: the image ends at 128 x 76.8 of the square
    np.testing.assert_allclose(boxes[0], [0, 0, 100, 60])
    np.testing.assert_allclose(boxes[1], [10 / 1.28, 10 / 1.28, 90 / 1.28, 60], rtol=1e-6)


def test_boxes_in_the_padding_or_thinner_than_two_pixels_are_left_out() -> None:
    in_padding, thin, good = [10, 100, 100, 120], [10, 10, 12, 60], [10, 10, 40, 60]
    boxes, scores = found(says([in_padding, thin, good], [0.9, 0.8, 0.7]), scene(60, 100))
    assert len(boxes) == 1
    assert scores[0] == pytest.approx(0.7)


def test_boxes_that_are_no_numbers_are_left_out() -> None:
    nan = float("nan")
    boxes, scores = found(says([[nan, 0, 50, 50], [0, 0, 50, 50]], [0.9, 0.8]), scene(128, 128))
    np.testing.assert_allclose(boxes, [[0, 0, 50, 50]])
    np.testing.assert_allclose(scores, [0.8])


def test_least_is_the_lowest_score_kept_and_most_counts_what_is_kept() -> None:
    boxes = [[0, 0, 10 + i, 10] for i in range(6)]
    scores = [0.9, 0.75, 0.5, 0.5, 0.25, 0.125]
    _, kept = found(says(boxes, scores, least=0.25), scene(128, 128))
    np.testing.assert_allclose(kept, scores[:5])
    first, kept = found(says([[0, 0, 1, 1], *boxes], [0.95, *scores], most=2), scene(128, 128))
    np.testing.assert_allclose(kept, [0.9, 0.75])  # the hopeless first one did not use up a place
    np.testing.assert_allclose(first[:, 2], [10, 11])


def test_nothing_found_is_empty_tables() -> None:
    boxes, scores = found(says([], []), scene(128, 128))
    assert boxes.shape == (0, 4)
    assert scores.shape == (0,)


def test_the_net_sees_one_canvas_and_is_warmed_up_when_loaded() -> None:
    session = MagentaFinder()
    detector = Detector(session, side=SIDE, least=0.0, most=20, sha256="d" * 64)
    assert session.shapes == [(1, SIDE, SIDE, 3)]
    detector.detect(scene(300, 200))
    assert session.shapes == [(1, SIDE, SIDE, 3)] * 2


def test_what_is_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="image must be"):
        says([], []).detect(np.zeros((10, 10, 4), np.uint8))
