"""A full inspector without trained models: the same interface, deterministic, and good enough to match clean pictures.

It takes the whole photograph for one detection and compares an 8 x 8 thumbnail with the artwork's. Use it wherever a
test is about the service and not about the models.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.explaining import Artworks
from inference.fitting import Fits
from inference.fusion import Gain
from inference.gallery import Gallery, Hit
from inference.vocabulary import (
    Boxes,
    Detection,
    Finding,
    Image,
    Mark,
    Match,
    Reason,
    Scores,
    Suspicion,
    Vectors,
    Verdict,
    check_image,
)
from inference.xray.contents import contents_of
from inference.xray.display import shown
from inference.xray.scan import XrayScan
from service.inspecting import Loader

CELLS = 8
THRESHOLD = 0.9
XRAY_THRESHOLD = 0.7  # reliefs are less like artwork than prints are


class FakeEmbedder:
    """Thumbnails as vectors: (CELLS * CELLS * 3 + 1,), grey level and colour kept, of length 1."""

    dimension = CELLS * CELLS * 3 + 1

    def __init__(self, sha256: str = "fa" * 32) -> None:
        self.sha256 = sha256
        self.pictures = 0  # how many artwork pictures were embedded

    def embed_artwork(self, artwork: NDArray[np.uint8]) -> Vectors:
        """Vectors (2, d): the artwork (h, w, 4) RGBA on white and on black."""
        self.pictures += 1
        alpha = artwork[..., 3:].astype(np.float32) / 255
        views = [artwork[..., :3] * alpha + ground * (1 - alpha) for ground in (255.0, 0.0)]  # (h, w, 3) each
        return np.stack([self.embed_image(view.astype(np.uint8)) for view in views])

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        """Vectors (n, d) of the n boxes of one image."""
        cuts = [image[int(y1) : int(y2), int(x1) : int(x2)] for x1, y1, x2, y2 in boxes]
        return np.array([self.embed_image(cut) for cut in cuts], np.float32).reshape(-1, self.dimension)

    def embed_image(self, image: Image) -> NDArray[np.float32]:
        """One vector (d,) of a whole picture."""
        small = cv2.resize(image, (CELLS, CELLS), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()  # (192,)
        vector = np.append(small - small.mean(), np.float32(1)).astype(np.float32)
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class FakeDetector:
    """Finds one mark, as large as the photograph."""

    def detect(self, image: Image) -> tuple[Boxes, Scores]:
        """Boxes (1, 4) and scores (1,)."""
        height, width = check_image(image).shape[:2]
        return np.array([[0, 0, width, height]], np.float32), np.ones(1, np.float32)


class FakeInspector:
    """Says `divert` if the whole photograph looks like recorded artwork."""

    def __init__(self, *, threshold: float = THRESHOLD, embedder: FakeEmbedder | None = None) -> None:
        self.detector = FakeDetector()
        self.embedder = embedder or FakeEmbedder()
        self.gallery = Gallery(self.embedder.dimension)
        self.threshold = threshold
        self.artworks: Artworks | None = None  # it explains nothing
        self.fitter: Fits | None = None  # and has no doubts
        self.models = {"detector": "fd" * 32, "embedder": self.embedder.sha256}

    def recognise(self, image: Image, boxes: Boxes, k: int) -> list[list[Hit]]:
        """The `k` best right holders for each of the boxes (n, 4)."""
        return self.gallery.search(self.embedder.embed(image, boxes), k)

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """Similarities are scores, as everywhere here."""
        assert filed.shape == (len(vectors), self.embedder.dimension)
        return [clipped(similarity) for similarity in similarities.tolist()]

    def over(self, gallery: Gallery, threshold: float) -> "FakeInspector":
        """Another one like this."""
        other = FakeInspector(threshold=threshold, embedder=self.embedder)
        other.gallery, other.artworks, other.fitter = gallery, self.artworks, self.fitter
        return other

    def inspect(self, image: Image, at: float | None = None) -> Verdict:
        """The verdict on one photograph (H, W, 3) RGB, by the marks in force at the moment `at`."""
        boxes, scores = self.detector.detect(image)
        x1, y1, x2, y2 = boxes[0].tolist()
        detection = Detection(box=(x1, y1, x2, y2), score=float(scores[0]))
        vectors = self.embedder.embed(image, boxes)  # (1, d)
        hits = self.gallery.search(vectors, 3, at=at)[0] if len(self.gallery) else []
        matches = tuple(
            Match(mark=hit.mark, reference=hit.reference, similarity=hit.similarity, score=clipped(hit.similarity))
            for hit in hits
        )
        finding = Finding(detection=detection, matches=matches, vector=vectors[0])
        suspicions = self._suspicions(finding)
        return Verdict(
            decision="divert" if suspicions else "pass",
            suspicions=suspicions,
            findings=(finding,),
            threshold=self.threshold,
            models=self.models,
            milliseconds={"detect": 0.1, "embed": 0.2, "match": 0.3},
        )

    def _suspicions(self, finding: Finding) -> tuple[Suspicion, ...]:
        if not finding.matches or finding.matches[0].score < self.threshold:
            return ()
        best = finding.matches[0]
        reason = Reason(code="looks_like_mark", text=f"Looks like {best.mark.title}.", weight=best.similarity)
        return (Suspicion(detection=finding.detection, matches=finding.matches, reasons=(reason,), score=best.score),)


class FakeXrayInspector:
    """Says `divert` if the whole scan looks like recorded artwork: its grey picture is a photograph to it."""

    gain: Gain | None = None

    def __init__(self, *, threshold: float = XRAY_THRESHOLD, embedder: FakeEmbedder | None = None) -> None:
        self._photo = FakeInspector(threshold=threshold, embedder=embedder or FakeEmbedder("fb" * 32))
        self._photo.models = {"xray_detector": "fc" * 32, "xray_embedder": self.embedder.sha256}

    @property
    def threshold(self) -> float:
        return self._photo.threshold

    @threshold.setter
    def threshold(self, value: float) -> None:
        self._photo.threshold = value

    @property
    def embedder(self) -> FakeEmbedder:
        return self._photo.embedder

    @property
    def gallery(self) -> Gallery:
        return self._photo.gallery

    @property
    def models(self) -> dict[str, str]:
        return self._photo.models

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """Similarities are scores, as everywhere here."""
        return self._photo.rate(vectors, similarities, rivals, filed)

    def over(self, gallery: Gallery, threshold: float) -> "FakeXrayInspector":
        """Another one like this."""
        other = FakeXrayInspector(threshold=threshold, embedder=self.embedder)
        other._photo.gallery, other.gain = gallery, self.gain
        return other

    def inspect_scan(self, scan: XrayScan, at: float | None = None) -> Verdict:
        """The verdict on one scan, by the marks in force at the moment `at`."""
        verdict = self._photo.inspect(shown(scan, "grey"), at)
        return replace(verdict, modality="xray", contents=contents_of(scan), remarks=scan.remarks)


def clipped(similarity: float) -> float:
    """A similarity as a score in 0..1."""
    return min(1.0, max(0.0, similarity))


def load_fake(models_dir: Path, threads: int, threshold: float | None) -> FakeInspector:
    """Like the service's loader of models, but needs none."""
    return FakeInspector(threshold=THRESHOLD if threshold is None else threshold)


@dataclass
class RecordingGallery:
    """Remembers what was added."""

    entries: list[tuple[Mark, Vectors, tuple[str, ...]]] = field(default_factory=list)

    def add(
        self, mark: Mark, vectors: Vectors, references: Sequence[str], *, since: float = -inf, until: float = inf
    ) -> None:
        assert len(vectors) == len(references)
        self.entries.append((mark, vectors, tuple(references)))


def load_no_xray(models_dir: Path, threads: int) -> None:
    """Like the service's loader of models for X-ray scans, where none are deployed."""


def without_models(patch: pytest.MonkeyPatch, loader: Loader = load_fake) -> None:
    """Let the service start with `loader`'s inspector of photographs, and with none of X-ray scans."""
    patch.setattr("service.bootstrap.load_models", loader)
    patch.setattr("service.bootstrap.load_xray_models", load_no_xray)
