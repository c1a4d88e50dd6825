"""Rendered crops: repeatable, of the right size, and they show the mark."""

import numpy as np
import pytest

from datasets.renderer import camera
from datasets.renderer.crops import fit_into_crop, render_crop
from tests.unit.datasets.renderer.drawings import disc, flag, photographs, ugly_artwork


def test_hundreds_of_crops_of_the_ugliest_artwork_are_pictures() -> None:
    others, backgrounds = ugly_artwork(), photographs()
    for seed in range(300):
        crop = render_crop(np.random.default_rng(seed), others[seed % len(others)], others, backgrounds, 48)
        assert crop.shape == (48, 48, 3)
        assert crop.dtype == np.uint8


def test_the_same_seed_gives_the_same_crop_and_another_seed_another() -> None:
    def crop(seed: int) -> np.ndarray:
        return render_crop(np.random.default_rng(seed), flag(), [disc(), flag()], photographs(), 64)

    for seed in range(25):
        np.testing.assert_array_equal(crop(seed), crop(seed))
        assert (crop(seed) != crop(seed + 1)).any()


def test_rendering_changes_neither_artwork_nor_photographs() -> None:
    artwork, others, backgrounds = flag(), ugly_artwork(), photographs()
    for seed in range(60):
        render_crop(np.random.default_rng(seed), artwork, others, backgrounds, 40)
    np.testing.assert_array_equal(artwork, flag())
    for now, before in zip([*others, *backgrounds], [*ugly_artwork(), *photographs()], strict=True):
        np.testing.assert_array_equal(now, before)


def test_a_mark_fills_its_crop_as_a_detectors_box_would() -> None:
    fills, offsets = [], []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        quad = fit_into_crop(rng, camera.random_quad(rng, 90, 50), 100)
        fills.append(float((quad.max(0) - quad.min(0)).max()) / 100)
        offsets.append(np.abs((quad.max(0) + quad.min(0)) / 2 - 50).max())
    assert 0.5 <= min(fills) <= max(fills) <= 1.4
    assert 0.85 < np.median(fills) < 1.0
    assert np.median(offsets) < 8


@pytest.mark.parametrize("artwork", [disc(), flag()])
def test_crops_of_a_mark_differ_from_crops_without_it(artwork: np.ndarray) -> None:
    """With the same seed the mark is the only difference between artwork and nothing, unless shapes steer chance."""
    blank = artwork.copy()
    blank[..., 3] = np.where(blank[..., 3] > 0, 1, 0)  # next to invisible, the same colours
    shown = 0
    for seed in range(60):
        pictures = [
            render_crop(np.random.default_rng(seed), drawn, [disc()], photographs(), 64).astype(int)
            for drawn in (artwork, blank)
        ]
        shown += bool(np.abs(pictures[0] - pictures[1]).mean() > 4)
    assert shown > 50
