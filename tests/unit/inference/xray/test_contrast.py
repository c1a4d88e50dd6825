"""Contrast to noise, on reliefs of known depth in noise of known deviation."""

import numpy as np
import pytest

from inference.vocabulary import Detection
from inference.xray.contrast import LEAST, contrast_in, told


def striped(depth: float, noise: float) -> np.ndarray:
    """Attenuation (120, 120) with stripes of 10 px that are `depth` deeper, in the middle."""
    own = np.full((120, 120), 0.8, np.float32)
    for x in range(30, 90, 20):
        own[30:90, x : x + 10] += depth
    return own + np.random.default_rng(1).normal(0, noise, own.shape).astype(np.float32)


PLACE = Detection(box=(30.0, 30.0, 90.0, 90.0), score=0.9)


@pytest.mark.parametrize(("depth", "noise"), [(0.2, 0.01), (0.1, 0.01), (0.1, 0.02)])
def test_it_is_half_the_depth_over_the_noise(depth: float, noise: float) -> None:
    assert contrast_in(striped(depth, noise), PLACE) == pytest.approx(depth / 2 / noise, rel=0.2)


def test_what_is_faint_speaks_against_and_what_stands_out_for() -> None:
    faint, clear = told(striped(0.0, 0.01), PLACE), told(striped(0.3, 0.01), PLACE)
    assert (faint.code, clear.code) == ("relief_faint", "relief_stands_out")
    assert faint.weight < 0 < clear.weight
    assert contrast_in(striped(0.0, 0.01), PLACE) < LEAST


@pytest.mark.parametrize("box", [(5.0, 5.0, 5.0, 90.0), (200.0, 200.0, 300.0, 300.0), (-50.0, -50.0, -1.0, -1.0)])
def test_a_box_of_no_size_has_no_contrast(box: tuple[float, float, float, float]) -> None:
    assert contrast_in(striped(0.3, 0.01), Detection(box=box, score=0.5)) == 0.0


def test_a_flat_place_without_noise_is_no_division_by_zero() -> None:
    assert contrast_in(np.zeros((50, 50), np.float32), Detection(box=(0.0, 0.0, 50.0, 50.0), score=0.5)) == 0.0
