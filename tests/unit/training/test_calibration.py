"""The score's fit: does it recover known weights, and does the threshold keep its promise?"""

import math
from dataclasses import replace

import numpy as np
import pytest

from inference.fitting import CHANCE
from inference.vocabulary import Finding, Verdict
from tests.unit.inference.findings import finding
from training.calibration import (
    FEATURES,
    NEVER_BELOW,
    TRUST,
    UNSETTLED,
    Looked,
    first_look,
    fit,
    fit_second,
    in_calibration_fold,
    newton,
    second_look,
    threshold_for,
)


def test_nothing_to_tell_apart_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 of 5"):
        fit(np.zeros((5, 7)), np.zeros(5, bool))


def test_newton_recovers_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(40_000, 3))
    true = np.array([-1.0, 2.0, 0.7, -0.4])
    right = rng.random(40_000) < 1 / (1 + np.exp(-(true[0] + features @ true[1:])))
    assert newton(features, right) == pytest.approx(true, abs=0.06)


@pytest.mark.parametrize(
    ("name", "column"), [("margin", 1), ("wording", 2), ("verified", 3), ("detection", 4), ("rarity", 6)]
)
def test_what_may_not_count_against_a_match_is_dropped(name: str, column: int) -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(size=(5_000, 7))
    right = rng.random(5_000) < 1 / (1 + np.exp(-(2 * features[:, 0] + features[:, 5] - features[:, column])))
    calibration = fit(features, right)
    assert getattr(calibration, name) == 0
    assert calibration.similarity > 1
    assert calibration.size > 0.5


def test_a_fit_finds_what_each_feature_says() -> None:
    rng = np.random.default_rng(6)
    features = rng.normal(size=(40_000, 7))
    right = rng.random(40_000) < 1 / (1 + np.exp(-(features @ [2.0, 0.7, 1.1, 0.8, 0.5, -0.4, 0.9] - 1)))
    found = fit(features, right)
    weights = [getattr(found, name) for name in ("intercept", *FEATURES)]
    assert weights == pytest.approx([-1.0, 2.0, 0.7, 1.1, 0.8, 0.5, -0.4, 0.9], abs=0.06)


def test_what_is_the_same_everywhere_says_nothing() -> None:
    rng = np.random.default_rng(7)
    features = np.column_stack([rng.normal(size=(2_000, 6)), np.ones(2_000)])  # no ordinary things: all are as rare
    calibration = fit(features, rng.random(2_000) < 1 / (1 + np.exp(-features[:, 0])))
    assert calibration.rarity == 0


def test_perfectly_separable_data_stays_finite() -> None:
    features = np.column_stack([np.linspace(-1, 1, 100), np.zeros((100, 6))])
    calibration = fit(features, features[:, 0] > 0)
    assert math.isfinite(calibration.similarity)
    assert calibration.similarity > 0


@pytest.mark.parametrize(("percent", "alerts"), [(0.0, 0), (1.0, 2), (10.0, 20)])
def test_the_threshold_lets_through_at_most_the_promised_share(percent: float, alerts: int) -> None:
    scores = (0.3 + 0.5 * np.random.default_rng(5).random(200)).tolist()
    threshold = threshold_for(scores, percent)
    assert sum(s >= threshold for s in scores) == alerts


def test_the_threshold_is_never_a_long_shot() -> None:
    assert threshold_for([0.01] * 50, 1.0) == NEVER_BELOW
    assert threshold_for([], 1.0) == NEVER_BELOW


def test_about_half_of_the_pictures_are_in_the_fold() -> None:
    share = np.mean([in_calibration_fold(f"{n}.jpg") for n in range(2_000)])
    assert 0.45 < share < 0.55


# --- the second look ---


def doubts(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rows (n, 2) of odds and agreement beyond chance, and whether each is right (n,), by known weights."""
    rng = np.random.default_rng(seed)
    rows = np.column_stack([rng.normal(-1, 1, count), rng.uniform(0, 0.6, count)])
    return rows, rng.random(count) < 1 / (1 + np.exp(-(-0.4 + 0.9 * rows[:, 0] + 5.0 * rows[:, 1])))


def test_a_second_look_finds_what_the_fit_says() -> None:
    found = fit_second(*doubts(40_000, 7))
    assert found.fitted / found.first == pytest.approx(TRUST * 5.0 / 0.9, rel=0.05)  # a fit is believed in part only
    rows, right = doubts(40_000, 9)
    scores = [found.score(1 / (1 + math.exp(-odds)), CHANCE + beyond) for odds, beyond in rows]
    assert np.mean(scores) == pytest.approx(right.mean(), abs=0.01)  # and the score is calibrated all the same


def test_a_fit_that_would_speak_against_is_dropped() -> None:
    rows, right = doubts(5_000, 8)
    rows[:, 1] = 0.6 - rows[:, 1]
    found = fit_second(rows, right)
    assert found.fitted == 0
    assert found.first > 0.5


@pytest.mark.parametrize("right", [[], [True], [False, False]])
def test_a_second_look_needs_right_and_wrong_matches(right: list[bool]) -> None:
    with pytest.raises(ValueError, match=f"{sum(right)} of {len(right)} are right"):
        fit_second(np.zeros((len(right), 2)), np.array(right, bool))


def laid(holder: str, score: float, agreement: float) -> Finding:
    """A finding whose artwork was laid down by an inspector that is UNSETTLED."""
    found = finding((holder, score))
    return replace(found, matches=(replace(found.matches[0], fitted=agreement),))


def looked(*findings: Finding, right: list[bool] | None, clean: bool = False) -> Looked:
    verdict = Verdict(decision="pass", suspicions=(), findings=findings)
    told = None if right is None else np.array(right, bool)
    return Looked(verdict=verdict, right=told, clean=clean)


def test_the_second_look_is_fitted_on_what_was_laid_down_where_all_is_known() -> None:
    second, clean, told = second_look(
        [
            looked(laid("A", 0.3, 0.8), finding(), finding(("C", 0.9)), laid("B", 0.2, 0.5), right=[True, True, False]),
            looked(laid("A", 0.2, 0.7), right=[True]),
            looked(laid("A", 0.4, 0.5), right=[True]),
            looked(laid("A", 0.5, 0.9), right=None),  # not all annotated: nobody knows what is right
            looked(laid("A", 0.3, 0.6), right=[False], clean=True),
            looked(finding(("A", 0.02)), finding(("B", 0.7)), right=[False, False], clean=True),
        ]
    )
    assert told == {"doubtful": 5, "doubtful_right": 3, "clean": 2}
    assert clean == [[pytest.approx(second.score(0.3, 0.6))], [0.02, 0.7]]
    assert second.fitted > 0


def test_unsettled_leaves_every_score_as_it_is() -> None:
    for score in (0.03, 0.3, 0.6):
        assert UNSETTLED.score(score, 0.9) == pytest.approx(score)


def test_the_first_look_is_fitted_on_all_that_is_known() -> None:
    known = looked(finding(("A", 0.9)), finding(), finding(("B", 0.2)), finding(("C", 0.4)), right=[True, False, True])
    unknown = looked(finding(("A", 0.9)), right=None)
    clean = looked(finding(("A", 0.5)), right=[False], clean=True)
    found, told = first_look([known, unknown, clean])
    assert told == {"matches": 4, "right": 2}
    assert found.similarity > 0
