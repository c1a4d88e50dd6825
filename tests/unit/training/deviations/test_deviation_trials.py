"""The measurement itself: renderings have the deviations that they claim, and what is measured is what is known."""

import io
import re

import cv2
import numpy as np
import pytest
from numpy.random import default_rng
from rich.console import Console

from datasets.renderer.inks import Artwork
from tests.unit.inference.shapes import arrow, cross
from training.deviations import cases
from training.deviations.__main__ import show
from training.deviations.renderings import render, undeviated
from training.deviations.trials import Filed, Rate, Trials, off, run


def ink(artwork: Artwork) -> float:
    return float((artwork[..., 3] > 127).sum())


@pytest.mark.parametrize("seed", range(8))
def test_cases_change_as_much_as_they_say(seed: int) -> None:
    artwork = arrow()
    before = artwork.copy()
    less, more = cases.without_part(default_rng(seed), artwork), cases.with_part(default_rng(seed), artwork)
    assert 0.14 <= 1 - ink(less) / ink(artwork) <= 0.41
    assert 0.1 <= cases.added_share(artwork, more) <= 0.41
    assert ((more[..., 3] > 127) >= (artwork[..., 3] > 127)).all()
    np.testing.assert_array_equal(artwork, before)


def test_a_full_turn_of_hues_changes_nothing_and_half_a_turn_the_opposite() -> None:
    artwork = arrow((200, 30, 40))
    seen = artwork[..., 3] > 0
    assert np.abs(cases.turned(artwork, 360)[seen].astype(int) - artwork[seen]).max() <= 6
    assert (cases.turned(artwork, 180)[seen][:, 0] < 60).all()


@pytest.mark.parametrize("seed", range(5))
def test_the_warp_of_a_rendering_is_where_the_ink_is(seed: int) -> None:
    rng, artwork = default_rng(seed), cross()
    printed, ground, coloured = undeviated(rng, artwork)
    shot = render(rng, printed, ground, coloured=coloured)
    h, w = shot.image.shape[:2]
    mask = cv2.warpPerspective(artwork[..., 3], shot.warp, (w, h))
    ys, xs = np.nonzero(mask > 127)
    box = np.array([xs.min(), ys.min(), xs.max(), ys.max()])
    size = np.sqrt((box[2] - box[0]) * (box[3] - box[1]))
    assert np.abs(np.array(shot.box) - box).max() < 0.25 * size
    apart = shot.image[mask > 250].mean(0) - shot.image[mask < 5].mean(0)
    assert np.abs(apart).max() > 8


def test_the_distance_of_corners_is_a_share_of_the_marks_size() -> None:
    rng, artwork = default_rng(3), cross()
    printed, ground, coloured = undeviated(rng, artwork)
    shot = render(rng, printed, ground, coloured=coloured)
    x1, y1, x2, y2 = shot.box
    aside = np.array([[1, 0, 0.5 * np.sqrt((x2 - x1) * (y2 - y1))], [0, 1, 0], [0, 0, 1]])
    assert off(shot.warp, shot, artwork) == pytest.approx(0, abs=1e-9)
    assert off(aside @ shot.warp, shot, artwork) == pytest.approx(0.5)


def test_rates_count_what_could_not_be_said() -> None:
    rate = Rate()
    for hit in (True, False, None, None):
        rate.add(hit)
    assert (rate.hits, rate.said, rate.tried) == (1, 2, 4)


def test_a_seed_gives_the_same_table_and_the_right_artwork_aligns() -> None:
    filed = [
        Filed(mark_id="arrow", picture=arrow((200, 30, 40), (30, 60, 190))),
        Filed(mark_id="cross", picture=cross()),
    ]
    first, again = run(filed, 5, 2), run(filed, 5, 2)
    assert first.rates == again.rates
    assert first.rates["aligned with its own artwork"].hits == 2
    assert first.rates["aligned with another mark's"].hits == 0
    assert first.rates["false alarm: part missing"].hits == 0
    assert first.rates["found: aspect x 1.1"].tried == 2


def test_the_table_is_printed_with_intervals() -> None:
    trials = Trials(milliseconds={"measure": [1.0, 3.0]})
    trials.count("found: part added", True)
    trials.count("found: part added", None)
    out = io.StringIO()
    show(trials, Console(width=120, file=out))
    text = out.getvalue()
    assert re.search(r"found: part added.*0\.500.*2.*0\.500", text)
    assert "measure: 2 ms" in text
