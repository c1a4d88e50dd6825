"""What one run over the pictures leaves behind: plain records, from which every measure is computed."""

from dataclasses import dataclass

import numpy as np

from datasets.evaluation_set import AnnotatedBox
from inference.vocabulary import Boxes, Scores

Box = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """The best match of one detection."""

    box: Box
    holder: str
    score: float  # calibrated, 0..1


@dataclass(frozen=True, kw_only=True)
class RankedCrop:
    """An annotated box that was cropped and searched."""

    holder: str  # the annotated right holder
    size: float  # square root of the box's area, in pixels
    ranking: tuple[str, ...]  # right holders found, best first, at most ten


@dataclass(frozen=True, kw_only=True)
class Observation:
    """What was seen on one picture. `detections` is None where the detector alone was not run (clean pictures)."""

    name: str
    marks: frozenset[str] = frozenset()
    boxes_complete: bool = True
    boxes: tuple[AnnotatedBox, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    detections: tuple[Boxes, Scores] | None = None  # best first
    crops: tuple[RankedCrop, ...] = ()
    milliseconds: float = 0.0  # whole pipeline, from bytes

    @property
    def alerts(self) -> dict[str, float]:
        """Right holder -> best calibrated score: what the picture raises at any threshold up to that score.

        Only the best match of each detection counts, since only that can raise an alert.
        """
        best: dict[str, float] = {}
        for candidate in self.candidates:
            best[candidate.holder] = max(candidate.score, best.get(candidate.holder, 0.0))
        return best

    @property
    def truth(self) -> Boxes:
        """The annotated boxes as an array (n, 4)."""
        return np.array([box.box for box in self.boxes], np.float32).reshape(-1, 4)
