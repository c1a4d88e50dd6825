"""The archive of past detections: what is kept of each, so that a mark recorded later can still be looked for.

A detection of d = 256 takes 256 bytes of vector and 40 of facts. Vectors are bytes (`inference.cohort.packed`): each
row by its own largest part, and brought back to length 1 by the length that is among its facts. That moves a cosine by
0.0004 in the mean and by 0.0033 at most (a million pairs of the 1,023 vectors of the deployed embedder's cohort).

    kept = packed(verdict.findings)
    seen = stacked([(kept.count, kept.vectors, kept.facts)], dimension).seen
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import compress

import numpy as np
from numpy.typing import NDArray

from inference import cohort
from inference.vocabulary import Finding, Match

NOBODY = float("nan")  # a similarity to somebody who is not there


class Fact(IntEnum):
    """The columns of the facts (n, 10) float32."""

    X1 = 0  # the box, px
    Y1 = 1
    X2 = 2
    Y2 = 3
    DETECTION = 4  # the detector's score, 0..1
    SCORE = 5  # of the best match, 0..1; 0 if there is none
    SIMILARITY = 6  # of the best match; nan if there is none
    RIVAL = 7  # the highest similarity to another right holder; nan if there is none
    COHORT = 8  # similarity to other marks in general; nan if the embedder knows none
    LENGTH = 9  # of the row of bytes


@dataclass(frozen=True, kw_only=True)
class Packed:
    """The detections of one view as they are stored."""

    count: int  # detections, n
    vectors: bytes  # (n, d) int8
    facts: bytes  # (n, 10) float32, little-endian, see `Fact`
    marks: list[list[str]]  # n: the best match's mark, then that of the likest other right holder, as far as there are


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Detections that were kept: vectors (n, d) int8 and facts (n, 10) float32."""

    vectors: NDArray[np.int8]
    facts: NDArray[np.float32]

    def __len__(self) -> int:
        """How many there are."""
        return len(self.vectors)

    def fact(self, which: Fact) -> NDArray[np.float32]:
        """One column of the facts (n,)."""
        return self.facts[:, which]

    def take(self, chosen: NDArray[np.intp]) -> "Seen":
        """Some of them, by their places (m,)."""
        return Seen(vectors=self.vectors[chosen], facts=self.facts[chosen])


@dataclass(frozen=True, kw_only=True)
class Stacked:
    """The detections of many views: of which view each is (n,), and how many views were damaged and left out."""

    seen: Seen
    views: NDArray[np.intp]
    damaged: int


def packed(findings: Sequence[Finding]) -> Packed:
    """What is kept of findings, in their order; those without a vector that can be compared are left out."""
    kept = [one for one in findings if one.vector is not None and np.isfinite(one.vector).all()]
    if not kept:
        return Packed(count=0, vectors=b"", facts=b"", marks=[])
    rows = np.stack([one.vector for one in kept if one.vector is not None])  # (n, d)
    vectors = cohort.packed(rows)
    facts = np.array([_facts(one) for one in kept], "<f4")  # (n, 9)
    lengths = np.linalg.norm(vectors.astype(np.float32), axis=1).astype("<f4")  # (n,)
    return Packed(
        count=len(kept),
        vectors=vectors.tobytes(),
        facts=np.column_stack([facts, lengths]).astype("<f4").tobytes(),
        marks=[[match.mark.mark_id for match in _leading(one)] for one in kept],
    )


def stacked(rows: Sequence[tuple[int, bytes, bytes]], dimension: int) -> Stacked:
    """The detections of stored views, each given as (count, vectors, facts); `dimension` d is the embedder's.

    Views whose sizes do not agree are counted as damaged.
    """
    width = len(Fact) * 4
    whole = [len(v) == n * dimension and len(f) == n * width for n, v, f in rows]
    good = list(compress(rows, whole))
    vectors = np.frombuffer(b"".join([v for _, v, _ in good]), np.int8).reshape(-1, dimension)  # (n, d)
    facts = np.frombuffer(b"".join([f for _, _, f in good]), "<f4").reshape(-1, len(Fact))  # (n, 10)
    counts = [n for n, _, _ in good]
    views = np.repeat(np.flatnonzero(whole), counts)
    return Stacked(seen=Seen(vectors=vectors, facts=facts), views=views, damaged=len(rows) - len(good))


def facts_of(data: bytes) -> NDArray[np.float32]:
    """The facts (n, 10) of one view; none if they are damaged."""
    width = len(Fact) * 4
    whole = data if len(data) % width == 0 else b""
    return np.frombuffer(whole, "<f4").reshape(-1, len(Fact))


def _facts(finding: Finding) -> tuple[float, ...]:
    """All but the length."""
    leading = _leading(finding)
    best = leading[0] if leading else None
    return (
        *finding.detection.box,
        finding.detection.score,
        0.0 if best is None else best.score,
        NOBODY if best is None else best.similarity,
        leading[1].similarity if len(leading) > 1 else NOBODY,
        NOBODY if finding.cohort is None else finding.cohort,
    )


def _leading(finding: Finding) -> tuple[Match, ...]:
    """The best match, and the likest of the others: there is one per right holder."""
    if len(finding.matches) < 2:
        return finding.matches
    return finding.matches[0], max(finding.matches[1:], key=lambda match: match.similarity)
