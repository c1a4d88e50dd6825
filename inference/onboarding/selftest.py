"""The self-test of a mark: what its rendered positives score, and which other marks are like it.

Both are put through the calibrated score of the first look, without words read and without a closer look, so real
photographs may do better or worse: the figures compare marks, they promise nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.artwork.rasterise import Rgba
from inference.artwork.views import Kind
from inference.gallery import Gallery
from inference.onboarding.positives import positives
from inference.onboarding.quality import Quality, quality
from inference.onboarding.reliefs import reliefs
from inference.vocabulary import Boxes, Image, Mark, Vectors

RENDERED = 12  # positives of one mark
CONFUSABLE = 5  # right holders listed
ENOUGH = 0.5  # expected recall from which a mark counts as detectable in photographs
HEADROOM = 0.02  # of score, above the best impostor
GIVEN_UP = 0.2  # share of the rendered positives that a suggested threshold may cost


class Judging(Protocol):
    """What of an inspector the self-test needs."""

    threshold: float

    @property
    def embedder(self) -> "Embeds":
        """Turns boxes into vectors."""

    @property
    def gallery(self) -> Gallery:
        """All marks in force."""

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """Calibrated scores (n,) of n crops that are this similar to a mark, and this similar to the best other.

        `filed` (n, d) are the mark's vectors that they are likest to.
        """


class Embeds(Protocol):
    """Turns boxes into vectors."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        """Vectors (n, d) of the n boxes of one image."""


@dataclass(frozen=True, kw_only=True)
class Confusable:
    """Another right holder's mark that is like the tested one."""

    mark: Mark
    similarity: float  # cosine of their artwork
    score: float  # what its artwork would score as the tested mark, were it not recorded itself


@dataclass(frozen=True, kw_only=True)
class SelfTest:
    """The outcome of a self-test."""

    qualities: tuple[Quality, ...]  # of its pictures, in their order
    scores: tuple[float, ...]  # of the rendered positives
    threshold: float  # the one in use
    suggested_threshold: float  # above the confusable marks' scores, as far as that keeps most of the positives
    confusable: tuple[Confusable, ...]  # likest first

    def recall(self, threshold: float) -> float:
        """The share of rendered positives that score `threshold` or more."""
        return float(np.mean([score >= threshold for score in self.scores])) if self.scores else 0.0

    @property
    def in_photographs(self) -> bool:
        """Whether the mark can be expected to be found in photographs."""
        return self.recall(self.threshold) >= ENOUGH


def self_test(
    pictures: Sequence[tuple[Rgba, Kind]], vectors: Vectors, holder: str, judging: Judging, seed: int
) -> SelfTest:
    """Test a mark of `holder` with these pictures, whose vectors (n, d + e) are those it has in the gallery."""
    own = vectors[:, : judging.embedder.dimension]  # (n, d)
    drawn = [picture for picture, _ in pictures]
    each = max(1, RENDERED // max(1, len(drawn)))
    seen = [
        _crop(one, judging.embedder) for n, picture in enumerate(drawn) for one in positives(picture, each, seed + n)
    ]
    crops = np.concatenate(seen) if seen else np.zeros((0, vectors.shape[1]), np.float32)  # (r, d + e)
    scores = _scores(crops, own, holder, judging) if len(crops) else []
    confusable = _confusable(vectors, holder, judging)
    return SelfTest(
        qualities=tuple(quality(picture) for picture in drawn),
        scores=tuple(scores),
        threshold=judging.threshold,
        suggested_threshold=_suggested(scores, confusable, judging.threshold),
        confusable=confusable,
    )


def recall_in_xrays(pictures: Sequence[Rgba], vectors: Vectors, holder: str, judging: Judging, seed: int) -> float:
    """The share of rendered reliefs of a mark that score the threshold or more, by its `vectors` (n, d) in X-rays."""
    each = max(1, RENDERED // max(1, len(pictures)))
    seen = [
        _crop(one, judging.embedder) for n, picture in enumerate(pictures) for one in reliefs(picture, each, seed + n)
    ]
    if not seen:
        return 0.0
    scores = _scores(np.concatenate(seen), vectors, holder, judging)
    return float(np.mean([score >= judging.threshold for score in scores]))


def _crop(rendered: tuple[Image, tuple[float, float, float, float]], embedder: Embeds) -> Vectors:
    image, box = rendered
    return embedder.embed(image, np.array([box], np.float32))


def _scores(crops: Vectors, own: Vectors, holder: str, judging: Judging) -> list[float]:
    """The score of each crop as the tested mark, with the best other right holder as its rival."""
    each = crops[:, : own.shape[1]] @ own.T  # (r, n)
    hits = judging.gallery.search(crops, 2)
    rivals = [next((hit.similarity for hit in row if hit.mark.holder != holder), -1.0) for row in hits]
    return judging.rate(crops, each.max(1).astype(np.float32), np.array(rivals, np.float32), own[each.argmax(1)])


def _suggested(scores: Sequence[float], confusable: Sequence[Confusable], shipped: float) -> float:
    """The threshold above all confusable marks' scores, or the highest that keeps most of the rendered positives."""
    worst = max((item.score for item in confusable), default=-1.0) + HEADROOM
    keeps = float(np.quantile(scores, GIVEN_UP, method="lower")) if scores else shipped
    return max(shipped, min(worst, keeps))


def _confusable(vectors: Vectors, holder: str, judging: Judging) -> tuple[Confusable, ...]:
    """The other right holders' marks that are likest to any of the tested one's pictures."""
    best: dict[str, Confusable] = {}
    width = judging.embedder.dimension
    for row, hits in zip(vectors, judging.gallery.search(vectors, CONFUSABLE + 1), strict=True):
        for hit in hits:
            if hit.mark.holder == holder or best.get(hit.mark.holder, _NOTHING).similarity >= hit.similarity:
                continue
            none = np.array([-1.0], np.float32)
            (score,) = judging.rate(row[None], np.array([hit.similarity], np.float32), none, row[None, :width])
            best[hit.mark.holder] = Confusable(mark=hit.mark, similarity=hit.similarity, score=score)
    return tuple(sorted(best.values(), key=lambda item: -item.similarity)[:CONFUSABLE])


_NOTHING = Confusable(mark=Mark(mark_id="-", title="-", holder="-"), similarity=-2.0, score=0.0)
