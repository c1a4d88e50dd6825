"""How well the detector finds marks, whosever they are: recall among 20 detections, and average precision.

Only pictures with `boxes_complete` count (pictures without any recorded mark are complete too: each detection on them
is a false one). A logo that is no recorded mark has no box, so finding it counts as false: AP is a lower bound.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Boxes, Scores
from training.evaluation.proportions import Figure, proportion
from training.evaluation.records import Observation
from training.evaluation.resampling import Weights, resampled

OVERLAP = 0.5
BEST = 20


def iou(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Intersection over union (n, m) of boxes (n, 4) and (m, 4); 0 for boxes without area."""
    a, b = first.astype(np.float64)[:, None], second.astype(np.float64)[None]  # (n, 1, 4), (1, m, 4)
    sides = np.clip(np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2]), 0, None)  # (n, m, 2)
    shared = sides.prod(-1)  # (n, m)
    union: NDArray[np.float64] = (a[..., 2:] - a[..., :2]).prod(-1) + (b[..., 2:] - b[..., :2]).prod(-1) - shared
    return np.asarray(np.divide(shared, union, out=np.zeros_like(shared), where=union > 0), np.float64)


def recall20(observations: Sequence[Observation]) -> Figure:
    """Share of the boxes that one of the picture's 20 best detections overlaps with IoU >= 0.5.

    One detection may cover two boxes: the question is whether the mark was looked at.
    """
    found = total = 0
    for seen in observations:
        if seen.boxes_complete and seen.detections is not None:
            boxes, _ = seen.detections
            found += int((iou(seen.truth, boxes[:BEST]) >= OVERLAP).any(1).sum())
            total += len(seen.boxes)
    return proportion(found, total)


def matched(truth: Boxes, boxes: Boxes, scores: Scores) -> NDArray[np.bool_]:
    """Which detections (n,) are true: greedily by score, each takes the free box that it overlaps most.

    A box is taken once; a second detection on it is false.
    """
    overlaps = iou(boxes, truth)  # (n, m)
    right = np.zeros(len(boxes), bool)
    for index in np.argsort(-scores, kind="stable"):
        if overlaps.shape[1] == 0:
            break
        best = int(overlaps[index].argmax())
        if overlaps[index, best] >= OVERLAP:
            right[index] = True
            overlaps[:, best] = -1.0
    return right


def average_precision(right: NDArray[np.float64], wrong: NDArray[np.float64], total: float) -> float:
    """Area under the precision-recall curve, all-point interpolation (precision made falling from the right).

    `right` and `wrong` (n,) are the weights with which each detection, best first, is true or false.
    """
    if total == 0:
        return float("nan")
    hits, misses = right.cumsum(), wrong.cumsum()
    precision = np.divide(hits, hits + misses, out=np.zeros_like(hits), where=hits + misses > 0)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float((right * envelope).sum() / total)


def ap50(observations: Sequence[Observation]) -> Figure:
    """Average precision at IoU 0.5 over all detections of all complete pictures, whosever mark it is; `n` = boxes."""
    seen = [o for o in observations if o.boxes_complete and o.detections is not None]
    owner, scores, right = _pooled(seen)
    order = np.argsort(-scores, kind="stable")
    owner, right = owner[order], right[order]
    boxes = np.array([len(o.boxes) for o in seen], np.int64)

    def statistic(weights: Weights) -> float:
        weight = weights[owner].astype(np.float64)
        return average_precision(weight * right, weight * ~right, float(weights @ boxes))

    return resampled(statistic, pictures=len(seen), n=int(boxes.sum()), most=1.0)


def _pooled(
    observations: Sequence[Observation],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.bool_]]:
    """For all detections: index of the picture, score, whether true; each (n,)."""
    owner = [np.zeros(0, np.int64)]
    pooled = [np.zeros(0)]
    right = [np.zeros(0, bool)]
    for index, seen in enumerate(observations):
        if seen.detections is not None:
            boxes, scores = seen.detections
            owner.append(np.full(len(boxes), index))
            pooled.append(scores.astype(np.float64))
            right.append(matched(seen.truth, boxes, scores))
    return np.concatenate(owner), np.concatenate(pooled), np.concatenate(right)
