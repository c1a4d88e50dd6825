"""Does a score of 0.8 mean "right four times in five"? Expected calibration error over 10 equal-mass bins.

Items are the best candidates, one per detection. A candidate is right if a box of its right holder overlaps it with
IoU >= 0.5; that can only be said where every recorded mark has a box, so pictures without `boxes_complete` are left
out. Among equal scores the order means nothing, so each takes the share of right ones among its equals.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.evaluation.detection import OVERLAP, iou
from training.evaluation.proportions import Figure
from training.evaluation.records import Candidate, Observation
from training.evaluation.resampling import Weights, resampled

BINS = 10


def is_right(candidate: Candidate, seen: Observation) -> bool:
    """True if an annotated box of the candidate's right holder overlaps its detection with IoU >= 0.5."""
    truth = [box.box for box in seen.boxes if box.holder == candidate.holder]
    if not truth:
        return False
    box = np.array([candidate.box], np.float32)
    return bool((iou(box, np.array(truth, np.float32)) >= OVERLAP).any())


def calibration_error(scores: NDArray[np.float64], right: NDArray[np.float64]) -> float:
    """Sum over the bins of (items in bin / items) x |mean right - mean score|; NaN without items.

    Bins hold equally many items, or one more in the first ones if they do not divide by 10.
    """
    if len(scores) == 0:
        return float("nan")
    order = np.argsort(scores, kind="stable")
    _, group = np.unique(scores[order], return_inverse=True)
    shared = (np.bincount(group, weights=right[order]) / np.bincount(group))[group]
    bins = zip(np.array_split(scores[order], BINS), np.array_split(shared, BINS), strict=True)
    return float(sum(abs(float((r - s).sum())) for s, r in bins) / len(scores))


def ece(observations: Sequence[Observation]) -> Figure:
    """The expected calibration error; `n` is the number of candidates."""
    seen = [o for o in observations if o.boxes_complete]
    items = [(i, c.score, is_right(c, o)) for i, o in enumerate(seen) for c in o.candidates]
    owner = np.array([item[0] for item in items], np.int64)
    scores = np.array([item[1] for item in items], np.float64)
    right = np.array([item[2] for item in items], np.float64)

    def statistic(weights: Weights) -> float:
        times = weights[owner]
        return calibration_error(scores.repeat(times), right.repeat(times))

    return resampled(statistic, pictures=len(seen), n=len(items), most=1.0)
