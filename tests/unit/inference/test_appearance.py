"""How a view looks: figures that follow the lamp, the lens and the scanner, and not the picture's size."""

import time
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.appearance import appearance_of
from inference.vocabulary import Image
from inference.xray.scan import XrayScan


def scene(height: int = 600, width: int = 800, seed: int = 0) -> Image:
    """Print on a parcel: coarse and fine detail, mostly in the middle, on a plain belt."""
    rng = np.random.default_rng(seed)
    image = np.full((height, width, 3), 120, np.uint8)
    coarse = rng.integers(0, 255, (height // 40, width // 40, 3), dtype=np.uint8)
    fine = rng.integers(0, 255, (height // 2, width // 2, 3), dtype=np.uint8)
    detail = cv2.resize(coarse, (width // 2, height // 2)) // 2 + fine // 2
    image[height // 4 : height // 4 + height // 2, width // 4 : width // 4 + width // 2] = detail
    return image


def test_a_dim_lamp_is_darker_and_nothing_else() -> None:
    bright = appearance_of(scene())
    dim = appearance_of((scene() * 0.7).astype(np.uint8))
    assert dim.brightness == pytest.approx(bright.brightness * 0.7, rel=0.03)
    assert dim.megapixels == bright.megapixels
    assert dim.saturation == pytest.approx(bright.saturation, abs=0.02)


@pytest.mark.parametrize("size", [(600, 800), (3000, 4000)])
def test_a_lens_out_of_focus_is_seen_at_full_resolution(size: tuple[int, int]) -> None:
    image = scene(*size)
    blurred = np.asarray(cv2.GaussianBlur(image, (0, 0), 1.5), np.uint8)  # nothing of it is left at 256 px
    assert appearance_of(blurred).sharpness < appearance_of(image).sharpness - 0.5
    assert appearance_of(blurred).brightness == pytest.approx(appearance_of(image).brightness, abs=2)


def test_greys_have_no_colours() -> None:
    grey = np.repeat(scene()[..., :1], 3, 2)
    assert appearance_of(grey).colour_map == "grey"
    assert appearance_of(grey).saturation == 0
    assert appearance_of(scene()).colour_map == "colour"


def test_a_scan_is_measured_as_its_grey_picture() -> None:
    rng = np.random.default_rng(1)
    thin = XrayScan(high=(rng.random((90, 70)) * 0.5).astype(np.float32))
    thick = XrayScan(high=(rng.random((90, 70)) * 0.5 + 2).astype(np.float32))
    assert appearance_of(thick).brightness < appearance_of(thin).brightness - 50
    assert appearance_of(thick).colour_map == "grey"
    assert appearance_of(thick).megapixels == pytest.approx(0.0063)


def test_what_a_scan_cannot_have_is_a_figure_too() -> None:
    """Dead detectors count as they are: a row of nothing is white, of far too much is black."""
    high = np.zeros((40, 40), np.float32)
    high[:20] = 60.0
    assert appearance_of(XrayScan(high=high)).brightness == pytest.approx(127.5)


SIDES = st.integers(1, 90)


@given(
    image=st.tuples(SIDES, SIDES).flatmap(
        lambda size: arrays(np.uint8, (*size, 3), elements=st.integers(0, 255), fill=st.integers(0, 255))
    )
)
def test_any_picture_has_finite_figures(image: Any) -> None:
    seen = appearance_of(image)
    assert 0 <= seen.brightness <= 255
    assert 0 <= seen.contrast <= 127.5 + 1e-6
    assert 0 <= seen.saturation <= 1
    assert 0 <= seen.sharpness < 6.1
    assert seen.megapixels == image.shape[0] * image.shape[1] / 1e6


def test_one_pixel_and_one_line() -> None:
    for shape in ((1, 1, 3), (1, 9000, 3), (9000, 1, 3)):
        assert appearance_of(np.full(shape, 7, np.uint8)).brightness == pytest.approx(7)


@pytest.mark.parametrize("kind", ["photograph", "scan"])
def test_measuring_is_quick(kind: str) -> None:
    """About 1.5 ms for 12 MP and for a large scan; the limit leaves room for a machine that does other things too."""
    if kind == "photograph":
        sight: Any = scene(3000, 4000)
    else:
        sight = XrayScan(high=np.random.default_rng(0).random((1000, 1500), np.float32) * 4)
    spent = []
    for _ in range(7):
        begun = time.perf_counter()
        appearance_of(sight)
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 0.006
