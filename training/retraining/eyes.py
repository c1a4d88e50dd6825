"""A set of bundles at work on the registry, as the service would load it; and what it says of crops alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress as Bars

from inference.inspector import Inspector, load_inspector
from inference.suspicion import match
from inference.verifier import CANDIDATES
from inference.vocabulary import Boxes, Detection, Image, Vectors
from training.evaluation.registry import register

USUAL = Detection(box=(0.0, 0.0, 64.0, 64.0), score=0.7)  # what a crop without a photograph is taken for
PIECE = 64  # crops at a time


@dataclass(frozen=True, kw_only=True)
class Said:
    """The best right holder of a crop, and the score of that."""

    holder: str
    score: float


@dataclass(frozen=True, kw_only=True)
class Eyes:
    """An inspector whose gallery is filled; `holders` are those of the registry."""

    inspector: Inspector
    holders: frozenset[str]

    @classmethod
    def of(cls, models: Path, registry: Path, cache: Path) -> "Eyes":
        """Load the bundles of a folder and file the registry's artwork with them."""
        inspector = load_inspector(models, threads=2)
        with Bars(console=Console(stderr=True), disable=True) as bars:
            holders = register(registry, inspector, cache, bars)
        return cls(inspector=inspector, holders=holders)

    def say(self, crops: Sequence[Image]) -> list[Said]:
        """What the embedder makes of crops (side, side, 3), unread, compared place by place."""
        embedder = self.inspector.embedder
        return [
            said
            for start in range(0, len(crops), PIECE)
            for said in self._judged(embedder.embed_pictures(crops[start : start + PIECE]))
        ]

    def say_boxes(self, image: Image, boxes: Boxes) -> list[Said]:
        """As `say`, of the n boxes (n, 4) of one image."""
        return self._judged(self.inspector.embedder.embed(image, boxes, thorough=len(boxes)))

    def _judged(self, rows: Vectors) -> list[Said]:
        inspector = self.inspector
        hits = inspector.gallery.search(rows, CANDIDATES + 1)
        if inspector.verifier is not None:
            hits = inspector.verifier.verify(rows, hits)
        crowd: list[float | None] = [None] * len(rows)
        if inspector.cohort is not None and len(rows):
            crowd = [float(v) for v in inspector.cohort.likeness(rows[:, : inspector.embedder.dimension])]
        told = []
        for own, like in zip(hits, crowd, strict=True):
            best = match(own, seen=USUAL, calibration=inspector.calibration, cohort=like)[0]
            told.append(Said(holder=best.mark.holder, score=best.score))
        return told


def boxes_array(boxes: Sequence[tuple[float, float, float, float]]) -> Boxes:
    """Boxes as (n, 4)."""
    return np.array(boxes, np.float32).reshape(-1, 4)
