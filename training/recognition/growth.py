"""How false alarms grow with the registry: the same clean pictures against all marks, and against few random ones.

Without a remedy, a hundred times the marks are a hundred times the chances of a false alarm (identification, ISO/IEC
19795-1: FPIR grows with the size of the gallery). The pictures are the same in both, so the ratio says what more
marks alone do.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.artwork.table import ArtworkRow
from training.evaluation.proportions import UNKNOWN, Figure
from training.evaluation.resampling import Weights, resampled

SEED = 20_240_607  # the same registry gives the same draws
ALARMING = 5  # of 100 clean pictures alarm with the whole registry: what fixes the threshold


@dataclass(frozen=True, kw_only=True)
class Alarms:
    """Strongest scores of p clean pictures: with the whole registry (p,), and with d random ones (p, d)."""

    whole: NDArray[np.float64]
    small: NDArray[np.float64]

    def counts(self, threshold: float) -> tuple[int, int]:
        """Pictures that alarm with the whole registry; (picture, draw) pairs that do with the random ones."""
        return int((self.whole >= threshold).sum()), int((self.small >= threshold).sum())


def random_registries(rows: Sequence[ArtworkRow], *, marks: int, draws: int) -> list[list[ArtworkRow]]:
    """The rows of `draws` registries of `marks` marks each, drawn without replacement; none if there are too few."""
    known = sorted({row.mark_id for row in rows})
    if len(known) <= marks:
        return []
    generator = np.random.default_rng(SEED)
    chosen = [set(generator.choice(known, marks, replace=False).tolist()) for _ in range(draws)]
    return [[row for row in rows if row.mark_id in own] for own in chosen]


def alarms(strongest: Sequence[Sequence[float]]) -> Alarms:
    """From each clean picture's strongest scores: the whole registry first, then the random ones."""
    table = np.array(strongest, np.float64).reshape(len(strongest), -1)
    return Alarms(whole=table[:, 0], small=table[:, 1:])


def growth(scores: Alarms, threshold: float) -> Figure:
    """FPIR with the whole registry / mean FPIR with the random ones, with a bootstrap over the pictures.

    UNKNOWN if no picture alarms with the random ones: there is nothing to divide by. `n` = pictures.
    """
    if scores.counts(threshold)[1] == 0:
        return UNKNOWN
    whole = (scores.whole >= threshold).astype(np.float64)
    small = (scores.small >= threshold).mean(1)  # (p, d) -> (p,)

    def statistic(weights: Weights) -> float:
        below = float(weights @ small)
        return float(weights @ whole) / below if below > 0 else math.nan

    return resampled(statistic, pictures=len(whole), n=len(whole))


def threshold_for(whole: NDArray[np.float64], percent: int) -> float | None:
    """The threshold at which `percent` of the pictures (p,) alarm, rounded down; None if that is no picture.

    More of them alarm where several have just this score; none does where nothing was found on so many.
    """
    alarming = len(whole) * percent // 100  # whole numbers: 0.05 * 60 is more than 3 in floating point
    if alarming == 0 or not np.isfinite(np.sort(whole)[-alarming]):
        return None
    return float(np.sort(whole)[-alarming])
