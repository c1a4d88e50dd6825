"""95 % intervals for figures that are no proportions (average precision, calibration error, times): bootstrap.

Whole pictures are drawn again with replacement, since what is on one picture hangs together. The percentile interval
is moved so that the resamples' mean falls on the measured value: calibration error, for one, only grows by resampling.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from training.evaluation.proportions import UNKNOWN, Figure

ROUNDS = 500
SEED = 20_240_501  # the same set gives the same interval
Weights = NDArray[np.int64]  # (pictures,) how often each picture was drawn
Statistic = Callable[[Weights], float]


def resampled(statistic: Statistic, *, pictures: int, n: int, least: float = 0.0, most: float = np.inf) -> Figure:
    """The figure of `statistic` over `pictures` pictures, reported with `n` items; UNKNOWN if `n` is 0.

    `statistic` maps how often each picture counts to the value; `least` and `most` bound what the value can be.
    """
    if n == 0 or pictures == 0:
        return UNKNOWN
    value = statistic(np.ones(pictures, np.int64))
    generator = np.random.default_rng(SEED)
    rounds = [statistic(_drawn(generator, pictures)) for _ in range(ROUNDS)]
    known = np.array([each for each in rounds if np.isfinite(each)])
    if len(known) == 0:
        return Figure(value=value, n=n, low=least, high=most if np.isfinite(most) else value)
    low, high = np.percentile(known, [2.5, 97.5]) + (value - known.mean())
    return Figure(value=value, n=n, low=float(np.clip(low, least, value)), high=float(np.clip(high, value, most)))


def _drawn(generator: np.random.Generator, pictures: int) -> Weights:
    return np.bincount(generator.integers(0, pictures, pictures), minlength=pictures)
