"""Artwork as reliefs: what is drawn is high, colours do not count, and it is filed in all ways it can lie."""

import cv2
import numpy as np
import pytest

from inference.embedder import MARGIN, square_crop
from inference.xray.embedder import TURNS, ReliefEmbedder, relief_views
from inference.xray.relief import filed_view, flat_relief


def artwork(fill: tuple[int, int, int] = (20, 20, 20), ground: tuple[int, int, int] | None = None) -> np.ndarray:
    """An L on a clear ground, or on one of a colour."""
    picture = np.zeros((100, 80, 4), np.uint8)
    if ground is not None:
        picture[...] = (*ground, 255)
    cv2.rectangle(picture, (20, 10), (34, 89), (*fill, 255), -1)
    cv2.rectangle(picture, (20, 75), (59, 89), (*fill, 255), -1)
    return picture


@pytest.mark.parametrize("fill", [(0, 0, 0), (250, 250, 250), (200, 30, 60)])
def test_one_colour_is_its_silhouette_whatever_it_is(fill: tuple[int, int, int]) -> None:
    flat = flat_relief(artwork(fill))
    assert flat.shape == (80, 40)  # cut to what is drawn
    assert flat[0, 0] == flat[-1, -1] == 255
    assert flat[0, -1] == 0


@pytest.mark.parametrize(("fill", "ground"), [((20, 20, 20), (240, 240, 240)), ((250, 250, 0), (30, 10, 120))])
def test_a_picture_with_its_own_ground_is_what_is_drawn_on_it(
    fill: tuple[int, int, int], ground: tuple[int, int, int]
) -> None:
    flat = flat_relief(artwork(fill, ground))
    assert flat.shape == (80, 40)
    assert flat[40, 5] > 200
    assert flat[20, 30] < 40


def test_several_colours_are_several_heights() -> None:
    picture = artwork((10, 10, 10))
    cv2.rectangle(picture, (40, 20), (59, 40), (240, 240, 240, 255), -1)
    flat = flat_relief(picture)
    assert len({int(value) // 30 for value in np.unique(flat)}) >= 3


def test_clear_artwork_is_no_error() -> None:
    assert flat_relief(np.zeros((30, 40, 4), np.uint8)).shape == (30, 40)


def test_views_are_turns_and_mirror_images_in_a_margin() -> None:
    views = relief_views(artwork(), 96)
    assert len(views) == 2 * TURNS
    assert all(view.shape == (96, 96, 3) and view.dtype == np.uint8 for view in views)
    assert np.abs(np.rot90(views[0]).astype(int) - views[1]).max() <= 2
    assert np.abs(views[0][:, ::-1].astype(int) - views[TURNS]).max() <= 2
    dark = np.nonzero((views[0][..., 0] < 100).any(1))[0]
    assert np.ptp(dark) + 1 == pytest.approx(96 / MARGIN, abs=1.5)


def test_a_view_is_dark_where_the_relief_is_high() -> None:
    view = filed_view(np.full((10, 10), 255, np.uint8), 64)
    assert view[32, 32, 0] < 60 < view[1, 1, 0]


def test_a_crop_is_looked_at_once_about_as_wide_as_artwork_is_filed() -> None:
    taken: list[np.ndarray] = []

    class Session:
        def run(self, pictures: np.ndarray) -> list[np.ndarray]:
            taken.extend(pictures)
            return [np.eye(len(pictures), 4, dtype=np.float32)]

    embedder = ReliefEmbedder(Session(), side=32, dimension=4, sha256="e" * 64)
    taken.clear()  # of the warming up
    image = np.random.default_rng(1).integers(0, 256, (90, 90, 3)).astype(np.uint8)
    box = np.array([30, 30, 60, 60], np.float32)
    assert embedder.embed(image, box[None]).shape == (1, 4)
    (seen,) = taken
    np.testing.assert_array_equal(seen, square_crop(image, box, 32, 1.1))
    assert pytest.approx(MARGIN, abs=0.06) == 1.1
