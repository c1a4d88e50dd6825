"""The camera: places prints where it says, and never returns what is no picture."""

import cv2
import numpy as np
import pytest

from datasets.renderer import camera


def opaque(h: int, w: int) -> np.ndarray:
    return np.full((h, w, 4), 1, np.float32)


@pytest.mark.parametrize("size", [(60, 80), (200, 300), (900, 1000)])  # about as large, reduced, reduced a lot
def test_a_print_covers_its_quad_and_nothing_else(size: tuple[int, int]) -> None:
    quad = np.array([[20, 30], [90, 20], [100, 80], [30, 70]], np.float32)
    layer = camera.place(opaque(*size), quad, 120, 130)
    assert layer.shape == (120, 130, 4)
    expected = np.zeros((120, 130), np.uint8)
    cv2.fillConvexPoly(expected, quad.astype(np.int32), 1)
    outside = cv2.dilate(expected, np.ones((5, 5), np.uint8)) == 0
    inside = cv2.erode(expected, np.ones((5, 5), np.uint8)) == 1
    assert (layer[outside] == 0).all()
    assert (layer[inside] > 0.99).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 144), (144, 1), (3, 400)])
def test_the_thinnest_prints_are_placed_too(size: tuple[int, int]) -> None:
    quad = np.array([[20, 30], [90, 30], [90, 70], [20, 70]], np.float32)
    layer = camera.place(opaque(*size), quad, 100, 110)
    assert np.isfinite(layer).all()
    assert layer[50, 55, 3] > 0.2
    assert layer.max() <= 1 + 1e-5


def test_a_print_half_outside_is_cut() -> None:
    quad = np.array([[-40, 10], [40, 10], [40, 50], [-40, 50]], np.float32)
    layer = camera.place(opaque(40, 80), quad, 60, 60)
    assert layer[30, 5, 3] == pytest.approx(1)
    assert layer[30, 50, 3] == 0


def test_quads_are_around_the_origin_and_about_as_large_as_asked() -> None:
    spans = []
    for seed in range(300):
        quad = camera.random_quad(np.random.default_rng(seed), 100, 60)
        assert quad.shape == (4, 2)
        assert quad.dtype == np.float32
        assert cv2.isContourConvex(quad)
        assert np.abs(quad.mean(0)).max() < 25
        spans.append(np.linalg.norm(quad[1] - quad[0]))
    assert 90 < np.median(spans) < 110


def test_without_severity_a_quad_is_the_rectangle() -> None:
    quad = camera.random_quad(np.random.default_rng(1), 100, 60, severity=0.0)
    np.testing.assert_allclose(quad, [[-50, -30], [50, -30], [50, 30], [-50, 30]], atol=1e-4)


def test_bending_moves_pixels_by_no_more_than_about_the_amount() -> None:
    layer = np.zeros((80, 80, 4), np.float32)
    layer[38:42, 38:42] = 1
    for seed in range(30):
        bent = camera.bend(np.random.default_rng(seed), layer, 0.05)  # 4 px
        ys, xs = np.nonzero(bent[..., 3] > 0.2)
        if len(ys):
            assert max(abs(ys - 39.5).max(), abs(xs - 39.5).max()) < 2 + 4 * 2 + 2
    np.testing.assert_allclose(camera.bend(np.random.default_rng(0), layer, 0.0), layer, atol=1e-5)


@pytest.mark.parametrize("side", [24, 64, 200])
def test_all_that_light_lens_and_sensor_do_leaves_a_picture(side: int) -> None:
    start = np.full((side, side, 3), 128, np.float32)
    start[: side // 2] = 20
    for seed in range(80):
        rng = np.random.default_rng(seed)
        lit = camera.tone(rng, camera.light(rng, start))
        assert lit.shape == start.shape
        assert np.isfinite(lit).all()
        shot = camera.sensor(rng, camera.blur(rng, np.clip(lit, 0, 255).astype(np.uint8)))
        assert shot.shape == start.shape
        assert shot.dtype == np.uint8


def test_blur_keeps_the_mean_of_a_plain_picture() -> None:
    for seed in range(60):
        blurred = camera.blur(np.random.default_rng(seed), np.full((50, 50, 3), 77, np.uint8))
        assert np.abs(blurred.astype(int) - 77).max() <= 1
