"""The score's fit: does it recover known weights, and does the threshold keep its promise?"""

import math

import numpy as np
import pytest

from inference.suspicion import Calibration
from training.calibration import FEATURES, NEVER_BELOW, fit, in_calibration_fold, newton, score, threshold_for


def test_nothing_to_tell_apart_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 of 5"):
        fit(np.zeros((5, 6)), np.zeros(5, bool))


def test_newton_recovers_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(3)
    features = rng.normal(size=(40_000, 3))
    true = np.array([-1.0, 2.0, 0.7, -0.4])
    right = rng.random(40_000) < 1 / (1 + np.exp(-(true[0] + features @ true[1:])))
    assert newton(features, right) == pytest.approx(true, abs=0.06)


@pytest.mark.parametrize(("name", "column"), [("margin", 1), ("wording", 2), ("verified", 3), ("detection", 4)])
def test_what_may_not_count_against_a_match_is_dropped(name: str, column: int) -> None:
    rng = np.random.default_rng(4)
    features = rng.normal(size=(5_000, 6))
    right = rng.random(5_000) < 1 / (1 + np.exp(-(2 * features[:, 0] + features[:, 5] - features[:, column])))
    calibration = fit(features, right)
    assert getattr(calibration, name) == 0
    assert calibration.similarity > 1
    assert calibration.size > 0.5


def test_a_fit_finds_what_each_feature_says() -> None:
    rng = np.random.default_rng(6)
    features = rng.normal(size=(40_000, 6))
    right = rng.random(40_000) < 1 / (1 + np.exp(-(features @ [2.0, 0.7, 1.1, 0.8, 0.5, -0.4] - 1)))
    found = fit(features, right)
    weights = [getattr(found, name) for name in ("intercept", *FEATURES)]
    assert weights == pytest.approx([-1.0, 2.0, 0.7, 1.1, 0.8, 0.5, -0.4], abs=0.06)


def test_perfectly_separable_data_stays_finite() -> None:
    features = np.column_stack([np.linspace(-1, 1, 100), np.zeros((100, 5))])
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


def test_a_row_scores_as_the_service_would_score_it() -> None:
    calibration = Calibration(
        intercept=-3.0, similarity=5.0, margin=2.0, wording=4.0, verified=2.5, detection=1.5, size=0.5
    )
    expected = 1 / (1 + math.exp(-(-3.0 + 5.0 * 0.8 + 2.0 * 0.1 + 4.0 * 0.3 + 2.5 * 0.2 + 1.5 * 0.6 + 0.5 * 1.0)))
    assert score(calibration, np.array([0.8, 0.1, 0.3, 0.2, 0.6, 1.0])) == pytest.approx(expected)


def test_about_half_of_the_pictures_are_in_the_fold() -> None:
    share = np.mean([in_calibration_fold(f"{n}.jpg") for n in range(2_000)])
    assert 0.45 < share < 0.55
