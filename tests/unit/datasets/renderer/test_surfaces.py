"""Surfaces: right size and type whatever is asked, and what their docstrings promise."""

import cv2
import numpy as np
import pytest

from datasets.renderer import surfaces
from tests.unit.datasets.renderer.drawings import photographs


@pytest.mark.parametrize(("h", "w"), [(8, 8), (8, 200), (200, 8), (64, 64), (101, 37)])
def test_any_surface_is_a_picture_of_the_asked_size(h: int, w: int) -> None:
    for seed in range(60):
        picture = surfaces.any_surface(np.random.default_rng(seed), photographs(), h, w)
        assert picture.shape == (h, w, 3)
        assert picture.dtype == np.uint8


def test_the_same_seed_gives_the_same_surface() -> None:
    for seed in range(30):
        first, again = (surfaces.any_surface(np.random.default_rng(seed), photographs(), 48, 64) for _ in range(2))
        np.testing.assert_array_equal(first, again)


def test_random_colours_are_finite_and_of_three_channels() -> None:
    rng = np.random.default_rng(1)
    colours = np.array([surfaces.random_colour(rng) for _ in range(2000)])
    assert colours.shape == (2000, 3)
    assert colours.dtype == np.float32
    assert np.isfinite(colours).all()
    assert colours.min() > -15
    assert colours.max() < 270


def test_luminance_is_rec_601() -> None:
    rng = np.random.default_rng(2)
    for _ in range(20):
        colour = rng.integers(0, 256, 3).astype(np.float32)
        grey = cv2.cvtColor(colour.astype(np.uint8)[None, None], cv2.COLOR_RGB2GRAY)[0, 0]
        assert abs(surfaces.luminance(colour) - float(grey)) <= 1


@pytest.mark.parametrize("luma", [0.0, 60.0, 127.0, 128.0, 255.0])
def test_contrasting_colours_stand_out(luma: float) -> None:
    rng = np.random.default_rng(3)
    other = np.full(3, luma, np.float32)
    for _ in range(300):
        assert abs(surfaces.luminance(surfaces.contrasting_colour(rng, other)) - luma) >= 54.9


def test_a_contrast_that_no_colour_has_ends_in_black_or_white() -> None:
    rng = np.random.default_rng(4)
    dark, light = (np.full(3, luma, np.float32) for luma in (100.0, 200.0))
    assert (surfaces.contrasting_colour(rng, dark, least=400) == 255).all()
    assert (surfaces.contrasting_colour(rng, light, least=400) == 0).all()


def test_a_ramp_is_linear_and_within_its_range() -> None:
    for seed in range(40):
        ramp = surfaces.ramp(np.random.default_rng(seed), 30, 50)
        assert ramp.shape == (30, 50)
        assert np.abs(ramp).max() <= 0.5 * np.sqrt(2) + 1e-5
        np.testing.assert_allclose(np.diff(ramp, 2, axis=1), 0, atol=1e-6)
        assert abs(float(ramp.mean())) < 1e-5


def test_noise_and_grain_stay_near_what_they_multiply() -> None:
    for seed in range(60):
        noise = surfaces.noise_field(np.random.default_rng(seed), 40, 70)
        grain = surfaces.grain(np.random.default_rng(seed), 40, 70)
        assert noise.shape == grain.shape == (40, 70)
        assert np.abs(noise).max() < 2
        assert abs(float(grain.mean()) - 1) < 0.25
        assert np.isfinite(grain).all()
