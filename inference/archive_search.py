"""Looks for a mark among kept detections: likeness first, by the score that an inspection would give it.

A million detections take a quarter of a second on one core; reading them from the database takes longer. Nothing that
was read then is kept, and nothing is compared place by place, so a score is the first look's (`Inspector.rate`), but
for the box, the detector's score, the rivals and the cohort, which are those of then.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.archive import NOBODY, Fact, Seen
from inference.calibration import REFERENCE_SIZE, Calibration
from inference.cohort import unpacked
from inference.ordinary import Ordinary
from inference.vocabulary import Scores, Vectors

AT_ONCE = 4096  # rows made floats together: 4 MiB stay in the cache
FARTHEST = 80.0  # log-odds beyond which a float32 has no exponential

Similarities = NDArray[np.float32]  # (n,) cosine, -1..1


class Rates(Protocol):
    """Scores detections as an inspector does."""

    def __call__(
        self, seen: Seen, similarities: Similarities, margins: Similarities, filed: Vectors, likest: NDArray[np.intp]
    ) -> Scores:
        """Scores (n,) of n detections, by their leads (n,) over rivals; `filed` (v, d) are the mark's vectors.

        `likest` (n,) says to which of these each detection is as similar as given.
        """


class Rating(Protocol):
    """What of an inspector is needed; `inference.inspector.Inspector` is one."""

    def rate(self, vectors: Vectors, similarities: Similarities, rivals: Similarities, filed: Vectors) -> list[float]:
        """Scores (n,) of n crops, see `Inspector.rate`."""


@dataclass(frozen=True, kw_only=True)
class Calibrated:
    """Scores by a calibration, all detections at once."""

    calibration: Calibration
    ordinary: Ordinary | None = None

    def __call__(
        self, seen: Seen, similarities: Similarities, margins: Similarities, filed: Vectors, likest: NDArray[np.intp]
    ) -> Scores:
        """As `Calibration.score` of each; nan for facts that make no sense."""
        fitted = self.calibration
        rarities = np.ones(len(filed), np.float32) if self.ordinary is None else self.ordinary.rarity(filed)  # (v,)
        with np.errstate(invalid="ignore", over="ignore"):
            logit = np.float32(fitted.intercept) + np.float32(fitted.similarity) * similarities
            logit += np.float32(fitted.margin) * margins + np.float32(fitted.rarity) * rarities[likest]
            logit += np.float32(fitted.detection) * seen.fact(Fact.DETECTION) + np.float32(fitted.size) * _octaves(seen)
            return np.asarray(1 / (1 + np.exp(-np.clip(logit, -FARTHEST, FARTHEST))), np.float32)


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Scores by asking an inspector that shows no calibration: slower, and by crops of the usual size."""

    inspector: Rating

    def __call__(
        self, seen: Seen, similarities: Similarities, margins: Similarities, filed: Vectors, likest: NDArray[np.intp]
    ) -> Scores:
        """As `Rating.rate`."""
        rivals = similarities - margins
        return np.array(
            self.inspector.rate(unpacked(seen.vectors), similarities, rivals, filed[likest]), np.float32
        ).reshape(-1)


def rates_of(inspector: Rating) -> Rates:
    """How an inspector scores: by its calibration, if it has one to show."""
    calibration = getattr(inspector, "calibration", None)
    if not isinstance(calibration, Calibration):
        return Asking(inspector=inspector)
    return Calibrated(calibration=calibration, ordinary=getattr(inspector, "ordinary", None))


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """Detections that may be of the mark, whoever their rivals turn out to be."""

    places: NDArray[np.intp]  # (m,) among those that were searched
    seen: Seen  # m
    similarities: Similarities  # (m,)
    likest: NDArray[np.intp]  # (m,) which of the mark's vectors


def similarities_of(seen: Seen, filed: Vectors) -> NDArray[np.float32]:
    """Cosines (n, v) of n detections and vectors (v, d) of length 1; nan where a row is of no length."""
    found = np.empty((len(seen), len(filed)), np.float32)
    floats = np.empty((min(AT_ONCE, len(seen)), filed.shape[1]), np.float32)
    for start in range(0, len(seen), AT_ONCE):
        rows = seen.vectors[start : start + AT_ONCE]
        np.copyto(floats[: len(rows)], rows)  # (b, d)
        np.matmul(floats[: len(rows)], filed.T, out=found[start : start + len(rows)])
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(found / seen.fact(Fact.LENGTH)[:, None], np.float32)


def candidates(seen: Seen, cosines: NDArray[np.float32], filed: Vectors, rates: Rates, least: float) -> Candidates:
    """Those detections that score `least` or more as the mark, if their nearest rival is its own right holder.

    `cosines` (n, v) are to the vectors (v, d) that are `filed` of the mark.
    """
    likest = cosines.argmax(1)  # (n,)
    best = cosines[np.arange(len(cosines)), likest]  # (n,)
    none = np.zeros(len(seen), np.bool_)
    ways = [margins_of(seen, best, np.column_stack(own)) for own in ((~none, none), (none, ~none))]
    scores = rates(seen, best, np.maximum(*ways), filed, likest)
    with np.errstate(invalid="ignore"):
        places = np.flatnonzero(scores >= least)
    return Candidates(places=places, seen=seen.take(places), similarities=best[places], likest=likest[places])


def scores_of(found: Candidates, own: NDArray[np.bool_], filed: Vectors, rates: Rates) -> Scores:
    """The scores (m,) of candidates; `own` (m, 2) says whether their matches are of the mark's own right holder."""
    margins = margins_of(found.seen, found.similarities, own)
    return rates(found.seen, found.similarities, margins, filed, found.likest)


def margins_of(seen: Seen, similarities: Similarities, own: NDArray[np.bool_]) -> Similarities:
    """The leads (n,) over the likest other right holder and the cohort, 0 without either, as `inference.ranking.lead`.

    `own` (n, 2) says which of the two matches that were kept are no rivals.
    """
    first = np.where(own[:, 0], np.float32(NOBODY), seen.fact(Fact.SIMILARITY))
    second = np.where(own[:, 1], np.float32(NOBODY), seen.fact(Fact.RIVAL))
    rivals = np.fmax(np.fmax(first, second), seen.fact(Fact.COHORT))
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(np.isnan(rivals), 0, similarities - rivals), np.float32)


def _octaves(seen: Seen) -> NDArray[np.float32]:
    """By how many doublings each box (n,) is larger than the usual size."""
    width, height = seen.fact(Fact.X2) - seen.fact(Fact.X1), seen.fact(Fact.Y2) - seen.fact(Fact.Y1)
    area = np.maximum(width * height, np.float32(1))
    return np.asarray(np.log2(area) / 2 - np.log2(REFERENCE_SIZE), np.float32)
