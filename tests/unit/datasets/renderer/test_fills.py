from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.renderer import fills, surfaces

RED = np.array([200, 20, 30], np.float32)
SIDE = 96
SEEDS = range(30)


def ring(hole: int = 20) -> NDArray[np.uint8]:
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(alpha, (48, 48), 40, 255, -1)
    cv2.circle(alpha, (48, 48), hole, 0, -1)
    return alpha


def bars() -> NDArray[np.uint8]:
    alpha = np.zeros((SIDE, SIDE), np.uint8)
    for x, width in ((8, 10), (30, 30), (74, 12)):
        alpha[10:86, x : x + width] = 255
    return alpha


def test_a_hole_is_filled_with_one_colour_that_stands_out_and_what_lies_outside_stays_open() -> None:
    filled = 0
    for seed in SEEDS:
        printed = fills.filled(np.random.default_rng(seed), ring(), RED)
        assert (printed[:6, :6] == 0).all()
        np.testing.assert_allclose(printed[48, 80], [*RED, 1])  # one part only: it keeps its colour
        if printed[48, 48, 3] == 0:
            continue
        filled += 1
        hole = printed[40:56, 40:56]
        np.testing.assert_allclose(hole, np.broadcast_to(hole[0, 0], hole.shape), atol=1e-3)
        assert abs(surfaces.luminance(hole[0, 0, :3]) - surfaces.luminance(RED)) >= 34.9
    assert 20 <= filled < len(SEEDS)


def test_a_filled_hole_has_no_seam() -> None:
    for seed in SEEDS:
        printed = fills.filled(np.random.default_rng(seed), cv2.GaussianBlur(ring(), (0, 0), 0.7), RED)
        if printed[48, 48, 3] > 0:
            assert printed[48, 20:76, 3].min() > 0.99


@pytest.mark.parametrize("alpha", [ring(hole=1), bars()], ids=["pin hole", "no hole"])
def test_what_has_no_hole_to_speak_of_is_not_filled(alpha: NDArray[np.uint8]) -> None:
    for seed in SEEDS:
        printed = fills.filled(np.random.default_rng(seed), alpha, RED)
        np.testing.assert_array_equal(printed[..., 3], alpha.astype(np.float32) / 255)


def test_two_holes_can_differ_in_colour_and_each_has_its_own_to_the_edge() -> None:
    alpha = np.full((SIDE, SIDE), 255, np.uint8)
    alpha[10:86, 10:40] = alpha[10:86, 56:86] = 0
    differed = 0
    for seed in SEEDS:
        holes, fill = fills.painted_holes(np.random.default_rng(seed), alpha, RED)
        for columns in (slice(10, 40), slice(56, 86)):
            inside = fill[10:86, columns]
            if holes[48, columns.start] > 0:
                np.testing.assert_allclose(inside, np.broadcast_to(inside[0, 0], inside.shape), atol=1e-3)
        differed += holes[48, 20] > 0 and holes[48, 70] > 0 and np.abs(fill[48, 20] - fill[48, 70]).max() > 10
    assert differed >= 5


def test_the_greatest_part_keeps_the_colour_and_the_others_have_their_own() -> None:
    paint = fills.painted_parts(np.random.default_rng(1), bars(), RED)
    np.testing.assert_array_equal(paint[48, 45], RED)
    seen = {tuple(paint[48, x].round()) for x in (12, 45, 80)}
    assert len(seen) == 3


@pytest.mark.parametrize("paint", [fills.striped, fills.metallic])
def test_stripes_and_metal_keep_the_silhouette_and_vary_within_it(
    paint: Callable[[np.random.Generator, NDArray[np.uint8], NDArray[np.float32]], NDArray[np.float32]],
) -> None:
    for seed in SEEDS:
        printed = paint(np.random.default_rng(seed), ring(), RED)
        np.testing.assert_allclose(printed[..., 3], ring() / 255, atol=1e-6)
        assert (printed[printed[..., 3] == 0] == 0).all()
        assert printed[..., :3].min() >= 0
        assert printed[..., :3].max() <= 255
        assert printed[printed[..., 3] == 1][:, :3].std(0).max() > 4


def test_bolder_or_thinner_by_a_sixtieth_at_most() -> None:
    areas = []
    for seed in SEEDS:
        alpha = fills.weighted(np.random.default_rng(seed), ring())
        assert not alpha[:5].any()
        assert alpha[48, 78] == 255
        areas.append(int((alpha > 0).sum()) - int((ring() > 0).sum()))
    assert min(areas) < 0 < max(areas)


def test_a_hairline_does_not_vanish() -> None:
    hairline = np.zeros((SIDE, SIDE), np.uint8)
    hairline[48] = 255
    for seed in SEEDS:
        assert fills.weighted(np.random.default_rng(seed), hairline)[48].all()


@pytest.mark.parametrize("value", [0, 255])
def test_nothing_and_everything_can_be_printed(value: int) -> None:
    alpha = np.full((7, 5), value, np.uint8)
    rng = np.random.default_rng(0)
    for print_ in (fills.filled, fills.striped, fills.metallic):
        printed = print_(rng, alpha, RED)
        assert printed.shape == (7, 5, 4)
        assert np.isfinite(printed).all()
        assert (printed[..., 3] == value / 255).all()
    assert fills.weighted(rng, alpha).shape == (7, 5)
