"""Badges: of the ugliest prints too, repeatable, and the mark still shows on them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.renderer import badges, inks
from datasets.renderer.badges import CANVAS, lettering, mount, split, trimmed
from tests.unit.datasets.renderer.drawings import disc, flag, ugly_artwork

GREY = np.full(3, 128, np.float32)


def mounted(seed: int, artwork: NDArray[np.uint8], others: list[NDArray[np.uint8]]) -> NDArray[np.float32]:
    return mount(np.random.default_rng(seed), inks.own_colours(artwork), GREY, others)


def test_hundreds_of_badges_of_the_ugliest_artwork_are_prints() -> None:
    others = ugly_artwork()
    for seed in range(300):
        badge = mounted(seed, others[seed % len(others)], others)
        assert badge.dtype == np.float32
        assert badge.ndim == 3
        assert badge.shape[2] == 4
        assert 1 <= min(badge.shape[:2]) <= max(badge.shape[:2]) <= CANVAS
        assert np.isfinite(badge).all()
        assert (badge >= 0).all()
        assert (badge[..., 3] <= 1.001).all()
        assert (badge[..., :3] <= 255.5 * np.maximum(badge[..., 3:], 1e-3) + 0.5).all()  # premultiplied


def test_the_same_seed_gives_the_same_badge_and_another_seed_another() -> None:
    others = [disc(), flag()]
    for seed in range(30):
        first, again, next_one = (mounted(s, flag(), others) for s in (seed, seed, seed + 1))
        np.testing.assert_array_equal(first, again)
        assert first.shape != next_one.shape or (first != next_one).any()


@pytest.mark.parametrize("artwork", [disc(), flag()])
def test_the_mark_shows_on_its_badge(artwork: NDArray[np.uint8]) -> None:
    """Painted in a green that nothing else has, it covers a fair part of the badge, and not all of it."""
    green = np.array([1.0, 254.0, 2.0], np.float32)
    shares = []
    for seed in range(100):
        badge = mount(np.random.default_rng(seed), inks.one_colour(artwork, green), GREY, [disc(), flag()])
        opaque = badge[..., 3] > 0.99
        shown = opaque & (np.abs(badge[..., :3] - green).max(2) < 3)
        shares.append(float(shown.sum()) / badge[..., 3].size)
    assert min(shares) > 0.03
    assert 0.1 < np.median(shares) < 0.7
    assert max(shares) < 0.97


@pytest.mark.parametrize("place", ["none", "below", "above", "right"])
def test_mark_and_lettering_share_the_room_without_overlap(place: str) -> None:
    for seed in range(50):
        mark, letters = split(np.random.default_rng(seed), place, 60.0)
        frames = [mark] if letters is None else [mark, letters]
        assert (letters is None) == (place == "none")
        for x1, y1, x2, y2 in frames:
            assert CANVAS / 2 - 60 <= x1 < x2 <= CANVAS / 2 + 60
            assert CANVAS / 2 - 60 <= y1 < y2 <= CANVAS / 2 + 60
        if letters is not None:
            apart = letters[0] >= mark[2] or letters[1] >= mark[3] or letters[3] <= mark[1]
            assert apart


def test_a_ring_of_lettering_leaves_the_middle_free() -> None:
    for seed in range(40):
        canvas = np.zeros((CANVAS, CANVAS, 4), np.float32)
        share = badges.draw_ring(np.random.default_rng(seed), canvas, 70.0, GREY)
        assert 0.5 < share <= 1.0
        y, x = np.indices((CANVAS, CANVAS)) - CANVAS / 2
        written = canvas[..., 3] > 0.5
        assert written.any()
        assert np.hypot(x, y)[written].min() > 70.0 * share * 0.95
        assert (canvas[0] == 0).all()  # nothing beyond the ring


def test_lettering_is_a_mask_even_without_wide_artwork() -> None:
    for seed in range(50):
        mask = lettering(np.random.default_rng(seed), [disc()])
        assert mask.ndim == 2
        assert 0 < mask.mean() < 1
        assert mask.max() <= 1


def test_an_empty_canvas_stays_whole() -> None:
    assert trimmed(np.zeros((9, 7, 4), np.float32)).shape == (9, 7, 4)
