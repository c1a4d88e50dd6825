"""The bootstrap interval: against the normal approximation, and at its ends."""

import numpy as np
import pytest

from training.evaluation.proportions import UNKNOWN
from training.evaluation.resampling import Weights, resampled


def mean_of(values: list[float]):  # type: ignore[no-untyped-def]
    array = np.array(values)
    return lambda weights: float(weights @ array / weights.sum())


def test_nothing_is_unknown() -> None:
    assert resampled(mean_of([]), pictures=0, n=0) is UNKNOWN
    assert resampled(mean_of([1.0]), pictures=1, n=0) is UNKNOWN


def test_a_statistic_that_is_known_on_no_resample_keeps_its_bounds() -> None:
    def only_whole(weights: Weights) -> float:
        return 0.25 if (weights == 1).all() else float("nan")

    figure = resampled(only_whole, pictures=30, n=3, most=1.0)
    assert (figure.value, figure.low, figure.high) == (0.25, 0.0, 1.0)


def test_one_picture_has_an_interval_of_no_width() -> None:
    figure = resampled(mean_of([4.0]), pictures=1, n=1)
    assert (figure.value, figure.low, figure.high) == (4.0, 4.0, 4.0)


def test_the_mean_s_interval_is_the_normal_one() -> None:
    values = np.random.default_rng(0).normal(10, 2, 400).tolist()
    figure = resampled(mean_of(values), pictures=400, n=400)
    reach = 1.96 * float(np.std(values)) / 20  # standard error: s / sqrt(400)
    assert figure.low == pytest.approx(np.mean(values) - reach, abs=0.05)
    assert figure.high == pytest.approx(np.mean(values) + reach, abs=0.05)


def test_the_same_items_give_the_same_interval() -> None:
    values = [1.0, 5.0, 2.0, 8.0]
    assert resampled(mean_of(values), pictures=4, n=4) == resampled(mean_of(values), pictures=4, n=4)


def test_the_interval_stays_within_the_bounds() -> None:
    figure = resampled(mean_of([0.0, 1.0]), pictures=2, n=2, most=0.9)
    assert figure.low == 0.0
    assert figure.high == 0.9
