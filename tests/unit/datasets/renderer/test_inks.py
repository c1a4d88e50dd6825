"""Prints are premultiplied: colour never exceeds 255 times alpha, and each way of printing does what it says."""

import numpy as np
import pytest

from datasets.renderer import inks
from tests.unit.datasets.renderer.drawings import disc, faint, flag, hairline, invisible, ugly_artwork

RED = np.array([220, 30, 20], np.float32)
WHITE = np.full(3, 255, np.float32)


def test_every_print_is_premultiplied_and_as_large_as_its_artwork() -> None:
    for seed in range(60):
        for artwork in ugly_artwork():
            printed, ground = inks.ink(np.random.default_rng(seed), artwork)
            assert printed.shape == artwork.shape
            assert printed.dtype == np.float32
            alpha = printed[..., 3:]
            assert 0 <= float(alpha.min()) <= float(alpha.max()) <= 1
            assert (printed[..., :3] <= 270 * alpha + 1e-3).all()  # random greys reach a little beyond 255
            assert np.isfinite(ground).all()


def test_one_colour_is_the_silhouette() -> None:
    printed = inks.one_colour(disc(), RED)
    np.testing.assert_allclose(printed[50, 50], [*RED, 1])
    np.testing.assert_allclose(printed[0, 0], 0)


def test_own_colours_are_the_filed_ones_times_alpha() -> None:
    artwork = flag()
    artwork[..., 3] = 102  # 0.4
    np.testing.assert_allclose(inks.own_colours(artwork)[10, 10], [80, 8, 12, 0.4], rtol=1e-5)


def test_two_colours_give_the_darkest_part_one_ink_and_the_lightest_the_other() -> None:
    printed = inks.two_colours(flag(), RED, WHITE)
    luma = {column: float(flag()[0, column, :3] @ np.array([0.299, 0.587, 0.114])) for column in (10, 60, 130)}
    assert min(luma, key=luma.__getitem__) == 130
    np.testing.assert_allclose(printed[40, 130, :3], RED, atol=1)
    np.testing.assert_allclose(printed[40, 60, :3], WHITE, atol=1)
    share = (luma[10] - luma[130]) / (luma[60] - luma[130])
    np.testing.assert_allclose(printed[40, 10, :3], RED * (1 - share) + WHITE * share, atol=1)


def test_the_outline_is_a_ring_inside_the_silhouette() -> None:
    printed = inks.outline(disc(), RED)
    assert printed[50, 50, 3] == 0  # hollow
    assert printed[50, 3, 3] == 1  # the edge
    assert (printed[..., 3] <= disc()[..., 3] / 255 + 1e-6).all()


@pytest.mark.parametrize(
    ("artwork", "single"), [(disc(), True), (flag(), False), (invisible(), True), (faint(), True), (hairline(), True)]
)
def test_single_colour_is_told_from_several(artwork: np.ndarray, single: bool) -> None:
    assert inks.is_single_colour(artwork) is single


def test_hidden_colours_do_not_count() -> None:
    artwork = disc()
    artwork[:20, :20, :3] = (255, 0, 0)  # transparent there
    artwork[:10, :10, :3] = 7
    assert inks.is_single_colour(artwork)


def test_the_mean_colour_is_that_of_the_printed_part() -> None:
    np.testing.assert_allclose(inks.mean_colour(inks.one_colour(disc(), RED)), RED, rtol=1e-4)
    np.testing.assert_array_equal(inks.mean_colour(inks.own_colours(invisible())), 0)


def test_the_ground_stands_out_from_the_print() -> None:
    for seed in range(100):
        printed, ground = inks.ink(np.random.default_rng(seed), flag())
        luma = np.array([0.299, 0.587, 0.114])
        assert abs(float(inks.mean_colour(printed) @ luma) - float(ground @ luma)) >= 54.9


def test_relief_of_one_colour_is_its_alpha_and_of_several_their_luma() -> None:
    print_of_one = inks.one_colour(disc(), RED)
    np.testing.assert_array_equal(inks.relief(print_of_one), print_of_one[..., 3])
    height = inks.relief(inks.own_colours(flag()))
    assert height[40, 60] == pytest.approx(1.0)  # white, the lightest
    assert height[40, 130] == pytest.approx(0.3)  # blue, the darkest


def test_emboss_leaves_the_ground_away_from_the_relief_alone() -> None:
    ground = np.full((64, 64, 3), 120, np.float32)
    alpha = np.zeros((64, 64), np.float32)
    alpha[24:40, 24:40] = 1
    for seed in range(10):
        lit = inks.emboss(np.random.default_rng(seed), ground, alpha)
        np.testing.assert_allclose(lit[:12], 120, atol=1e-3)
        assert np.abs(lit[20:44, 20:44] - 120).max() > 10
