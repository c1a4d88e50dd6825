"""What an officer would see: the alerts of the whole pipeline on each picture.

An alert is a (picture, right holder) with a calibrated score >= t. Clean pictures are those whose `marks` is empty.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from training.evaluation.proportions import UNKNOWN, Figure, proportion
from training.evaluation.records import Observation
from training.evaluation.resampling import Weights, resampled

LEVELS = {"fpir10": 100, "fpir1": 10, "fpir01": 1}  # false alerts allowed per 1,000 clean pictures
LEAST_CLEAN = {"fpir10": 1, "fpir1": 1, "fpir01": 1000}  # clean pictures without which the level is not reported


@dataclass(frozen=True)
class Photos:
    """The photographs' figures; `registered` are the right holders that the registry has: no others can be found."""

    observations: Sequence[Observation]
    registered: Collection[str]

    @cached_property
    def clean(self) -> list[float]:
        """Each clean picture's highest score, highest first; minus infinity where there is no candidate at all."""
        highest = [max(o.alerts.values(), default=-np.inf) for o in self.observations if not o.marks]
        return sorted(highest, reverse=True)

    @cached_property
    def pairs(self) -> list[float]:
        """Score of each (picture, registered right holder in it); minus infinity where it is no candidate."""
        return [
            o.alerts.get(holder, -np.inf) for o in self.observations for holder in o.marks if holder in self.registered
        ]

    def fpir(self, threshold: float) -> Figure:
        """Share of the clean pictures that raise any alert."""
        return proportion(sum(score >= threshold for score in self.clean), len(self.clean))

    def recall(self, threshold: float) -> Figure:
        """Share of the (picture, right holder) pairs that are raised."""
        return proportion(sum(score >= threshold for score in self.pairs), len(self.pairs))

    def wrong(self, threshold: float) -> Figure:
        """Alerts per picture, over all pictures, for right holders that are not in it."""
        counts = np.array(
            [sum(s >= threshold and h not in o.marks for h, s in o.alerts.items()) for o in self.observations]
        )

        def statistic(weights: Weights) -> float:
            return float(weights @ counts / weights.sum())

        return resampled(statistic, pictures=len(counts), n=len(counts))

    def threshold_at(self, level: str) -> float | None:
        """The smallest threshold at which at most the level's share of the clean pictures raises an alert.

        None if there are too few clean pictures to say.
        """
        if len(self.clean) < LEAST_CLEAN[level]:
            return None
        allowed = len(self.clean) * LEVELS[level] // 1000  # whole numbers: 0.1 * 30 is not 3 in floating point
        if allowed >= len(self.clean) or self.clean[allowed] < 0:
            return 0.0
        return float(np.nextafter(self.clean[allowed], np.inf))  # just above the first picture that is one too many

    def recall_at(self, level: str) -> Figure:
        """Recall at `threshold_at(level)`; UNKNOWN if that is None."""
        threshold = self.threshold_at(level)
        return UNKNOWN if threshold is None else self.recall(threshold)
