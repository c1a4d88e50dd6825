"""Rendered reliefs: deterministic, in their box, of all ways a thing may lie."""

import numpy as np
import pytest

from inference.gallery import Gallery
from inference.onboarding.reliefs import SIDE, SPAN, reliefs
from inference.onboarding.selftest import recall_in_xrays
from inference.vocabulary import Boxes, Image, Vectors


def ring() -> np.ndarray:
    """A ring with a gap, (200, 200, 4), black on nothing."""
    y, x = np.mgrid[-100:100, -100:100]
    drawn = (np.abs(np.hypot(x, y) - 70) < 15) & ~((x > 0) & (np.abs(y) < 20))
    return np.dstack([np.zeros((200, 200, 3), np.uint8), drawn.astype(np.uint8) * 255])


def test_reliefs_depend_on_the_seed_alone() -> None:
    one, same, other = (reliefs(ring(), 3, seed) for seed in (1, 1, 2))
    assert all((a[0] == b[0]).all() and a[1] == b[1] for a, b in zip(one, same, strict=True))
    assert any((a[0] != b[0]).any() for a, b in zip(one, other, strict=True))


def test_the_relief_is_in_its_box() -> None:
    for picture, (x1, y1, x2, y2) in reliefs(ring(), 12, 3):
        assert picture.shape == (SIDE, SIDE, 3)
        assert picture.dtype == np.uint8
        assert SPAN[0] * 0.9 <= max(x2 - x1, y2 - y1) <= SPAN[1] * 1.45
        assert picture[int(y1) : int(y2), int(x1) : int(x2), 1].std() > 5


@pytest.mark.parametrize("picture", [np.zeros((1, 1, 4), np.uint8), np.full((3, 500, 4), 255, np.uint8)])
def test_artwork_of_any_shape_is_rendered(picture: np.ndarray) -> None:
    assert len(reliefs(picture, 4, 0)) == 4


class Judge:
    """Sees the same vector in every crop; its scores are similarities."""

    threshold = 0.5

    def __init__(self, seen: list[float]) -> None:
        self._seen, self.embedder = np.array([seen], np.float32), self
        self.dimension, self.gallery = 2, Gallery(2)

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        return self._seen

    def rate(self, vectors: Vectors, similarities: np.ndarray, rivals: np.ndarray, filed: Vectors) -> list[float]:
        return [float(similarity) for similarity in similarities]


@pytest.mark.parametrize(("seen", "recall"), [([1.0, 0.0], 1.0), ([0.0, 1.0], 0.0)])
def test_recall_is_the_share_that_is_told_right(seen: list[float], recall: float) -> None:
    own = np.array([[1.0, 0.0]], np.float32)
    assert recall_in_xrays([ring()], own, "Holder", Judge(seen), seed=1) == recall


def test_without_a_drawing_nothing_is_recalled() -> None:
    assert recall_in_xrays([], np.array([[1.0, 0.0]], np.float32), "Holder", Judge([1.0, 0.0]), seed=1) == 0.0
