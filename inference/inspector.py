"""The whole way of one photograph: detect, crop, embed, read, search, judge. Start reading here.

inspector = load_inspector(Path("models"))
inspector.gallery.add(mark, inspector.embedder.embed_artwork(artwork), references)
verdict = inspector.inspect(decode(data))
"""

import copy
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from inference.batching import Batched
from inference.beside import Beside
from inference.bundles import Bundle, load_bundle
from inference.calibration import REFERENCE_SIZE, Calibration, SecondLook
from inference.cohort import Cohort, Kind, read_cohort
from inference.detector import Detector
from inference.embedder import Embedder
from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.explaining import Artworks, explained
from inference.fitting import CANDIDATES as FITTED
from inference.fitting import Fits, fitted
from inference.gallery import Gallery, Hit
from inference.lines import Lines
from inference.ordinary import Ordinary
from inference.reader import CLOSER, QUICK, THOROUGH, Limits, load_reader
from inference.second_look import can_be_laid, in_doubt, settled
from inference.steps import Steps
from inference.suspicion import judge, match
from inference.tiling import Tiling
from inference.verifier import CANDIDATES as VERIFIED
from inference.verifier import FILE as VERIFIER_FILE
from inference.verifier import Verifier
from inference.vocabulary import Boxes, Detection, Finding, Image, Reading, Scores, Vectors, Verdict

PROMISING = 0.2  # of the best box's score: beside a clear mark, boxes below it are noise (docs/adr/0012)
CANDIDATES = 4  # right holders kept per detection: the best, and three for the officer to compare


@dataclass(frozen=True, kw_only=True)
class _Seen:
    """What the first look saw of an image: n boxes (n, 4), their scores (n,) and vectors (n, d), and its lines."""

    image: Image
    boxes: Boxes
    scores: Scores
    vectors: Vectors
    lines: Lines | None
    at: float | None  # moment at which marks have to be in force


class Reads(Protocol):
    """Reads what is written at boxes; `inference.reader.Reader` does."""

    @property
    def sha256(self) -> dict[str, str]:
        """Identity of its models, by their roles."""

    def find(self, image: Image) -> Lines:
        """Where lines are written, wherever the boxes are."""

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        """What is written at each of the n boxes (n, 4), best first."""


class Inspector:
    """Judges photographs against a gallery of recorded marks. Safe to use from several threads at once."""

    def __init__(
        self,
        *,
        detector: Detector,
        embedder: Embedder,
        gallery: Gallery,
        calibration: Calibration,
        threshold: float,
        cohort: Cohort | None = None,
        ordinary: Ordinary | None = None,
        reader: Reads | None = None,
        verifier: Verifier | None = None,
        artworks: Artworks | None = None,
        fitter: Fits | None = None,
        second_look: SecondLook | None = None,
        cores: int = 1,
    ) -> None:
        if not 0.0 <= threshold <= 1.0:
            raise ValueError(f"threshold must be in 0..1, got {threshold}")
        self.detector, self.embedder, self.gallery = detector, embedder, gallery
        self.calibration, self.threshold, self.cohort = calibration, threshold, cohort
        self.ordinary = ordinary
        self.reader, self.verifier = reader, verifier
        self._beside = Beside(cores)
        self.fitter = fitter  # with it, given boxes and findings in doubt are compared with the artwork itself
        self.second_look = second_look
        self.artworks = artworks  # with them, suspicions are explained by the filed artwork
        self.models = {"detector": detector.sha256, "embedder": embedder.sha256}
        if reader is not None:
            self.models.update(reader.sha256)

    def over(self, gallery: Gallery, threshold: float) -> Self:
        """Return an inspector with the same models that searches another gallery, by a threshold of its own."""
        other = copy.copy(self)
        other.gallery, other.threshold = gallery, threshold
        return other

    def inspect(self, image: Image, at: float | None = None) -> Verdict:
        """Return the verdict on one photograph, with all findings, models and the milliseconds of each step.

        Only marks that are in force at the moment `at` (seconds since 1970) are looked for; all marks if None.
        Reading goes on beside the other steps where there is a second core; its step is how long it was waited for. To
        settle is to look again at what is in doubt.
        """
        steps = Steps()
        lines = self._lines(image)
        boxes, scores = promising(*self.detector.detect(image))
        steps.done("detect")
        reading = self._beside.start(lambda: self._read(image, boxes, found=lines()))
        vectors = self.embedder.embed(image, boxes)
        steps.done("embed")
        readings = reading()
        steps.done("read")
        findings = self._findings(boxes, scores, vectors, readings, at)
        steps.done("match")
        seen = _Seen(image=image, boxes=boxes, scores=scores, vectors=vectors, lines=lines(), at=at)
        verdict = judge(self._settled(seen, findings), self.threshold)
        steps.done("settle")
        if self.artworks is not None:
            verdict = explained(image, verdict, self.artworks)
            steps.done("explain")
        return replace(verdict, models=self.models, milliseconds=steps.milliseconds)

    def recognise(self, image: Image, boxes: Boxes, k: int, at: float | None = None) -> list[list[Hit]]:
        """Return the `k` best right holders for each of the boxes (n, 4) of one image: given boxes get all the time.

        `at` is as for `inspect`.
        """
        vectors = self.embedder.embed(image, boxes, thorough=len(boxes))
        hits = self._hits(vectors, max(k, FITTED), self._read(image, boxes, THOROUGH), at)
        return [own[:k] for own in self._fitted(image, boxes, hits)]

    def rate(
        self,
        vectors: Vectors,
        similarities: NDArray[np.float32],
        rivals: NDArray[np.float32],
        filed: Vectors,
    ) -> list[float]:
        """Return the first look's scores (n,) of n crops with rows `vectors` (n, d + e), of the usual size and unread.

        `similarities` (n,) are to the mark in question, of which `filed` (n, d) are the likest vectors, `rivals` (n,)
        to the best mark of another right holder.
        """
        crowd = [-1.0] * len(vectors)
        if self.cohort is not None:
            crowd = self.cohort.likeness(vectors[:, : self.embedder.dimension]).tolist()
        seen = Detection(box=(0.0, 0.0, REFERENCE_SIZE, REFERENCE_SIZE), score=1.0)
        rarities = [1.0] * len(vectors)
        if self.ordinary is not None:
            rarities = self.ordinary.rarity(filed).tolist()
        given = zip(similarities.tolist(), rivals.tolist(), crowd, rarities, strict=True)
        return [
            self.calibration.score(similarity=near, margin=near - max(rival, other), seen=seen, rarity=rarity)
            for near, rival, other, rarity in given
        ]

    def _fitted(self, image: Image, boxes: Boxes, hits: list[list[Hit]]) -> list[list[Hit]]:
        """The hits of each of the boxes (n, 4), once artwork was laid on the photograph, if it is at hand."""
        if self.fitter is None:
            return hits
        laid = [partial(self.fitter.support, image, (x1, y1, x2, y2)) for x1, y1, x2, y2 in boxes.tolist()]
        pending = [self._beside.start(partial(fitted, own, place)) for own, place in zip(hits, laid, strict=True)]
        return [wait() for wait in pending]

    def _settled(self, seen: _Seen, findings: list[Finding]) -> list[Finding]:
        """The findings, once those in doubt were read more closely and, if still in doubt, had artwork laid on them."""
        if self.fitter is None or self.second_look is None:
            return findings
        doubtful = in_doubt(findings)
        if not doubtful:
            return findings
        boxes = seen.boxes[doubtful]
        readings = self._read(seen.image, boxes, CLOSER, seen.lines)
        told = self._findings(boxes, seen.scores[doubtful], seen.vectors[doubtful], readings, seen.at)
        laid = [(one.detection.box, one.matches[0].reference) if can_be_laid(one) else None for one in told]
        support = partial(self.fitter.support, seen.image)
        pending = [None if place is None else self._beside.start(partial(support, *place)) for place in laid]
        after = list(findings)
        for index, finding, agreement in zip(doubtful, told, pending, strict=True):
            after[index] = finding if agreement is None else settled(finding, agreement(), self.second_look)
        return after

    def _lines(self, image: Image) -> Callable[[], Lines | None]:
        """Start looking for lines, before it is known where the boxes are."""
        reader = self.reader
        return (lambda: None) if reader is None else self._beside.start(lambda: reader.find(image))

    def _read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        return [()] * len(boxes) if self.reader is None else self.reader.read(image, boxes, limits, found)

    def _hits(self, vectors: Vectors, k: int, readings: list[tuple[Reading, ...]], at: float | None) -> list[list[Hit]]:
        """Return the `k` best right holders of each row of `vectors`: searched, then compared place by place."""
        if self.verifier is None:
            return self._rated(self.gallery.search(vectors, k, readings, at=at))
        hits = self.gallery.search(vectors, max(k, VERIFIED), readings, at=at)
        return self._rated([own[:k] for own in self.verifier.verify(vectors, hits)])

    def _rated(self, hits: list[list[Hit]]) -> list[list[Hit]]:
        """The hits, with how unlike ordinary things their artwork is, if the embedder knows some."""
        vectors = [hit.vector for own in hits for hit in own]
        if self.ordinary is None or not vectors:
            return hits
        rarities = iter(self.ordinary.rarity(np.stack(vectors)).tolist())
        return [[replace(hit, rarity=next(rarities)) for hit in own] for own in hits]

    def _findings(
        self,
        boxes: Boxes,
        scores: Scores,
        vectors: Vectors,
        readings: list[tuple[Reading, ...]],
        at: float | None,
    ) -> list[Finding]:
        """Return the n detections with what each is like: boxes (n, 4), scores (n,), vectors (n, d), readings n."""
        crowd = (
            [None] * len(boxes)
            if self.cohort is None
            else self.cohort.likeness(vectors[:, : self.embedder.dimension]).tolist()
        )
        findings = []
        hits = self._hits(vectors, CANDIDATES, readings, at)
        columns = zip(boxes.tolist(), scores.tolist(), hits, crowd, readings, vectors, strict=True)
        for (x1, y1, x2, y2), score, own, like, read, row in columns:
            detection = Detection(box=(x1, y1, x2, y2), score=score)
            matches = match(own, seen=detection, calibration=self.calibration, cohort=like)
            vector = row[: self.embedder.dimension]
            findings.append(Finding(detection=detection, matches=matches, cohort=like, readings=read, vector=vector))
        return findings


def promising(boxes: Boxes, scores: Scores) -> tuple[Boxes, Scores]:
    """The boxes (n, 4), best first, that are worth looking at, with their scores (n,)."""
    worth = scores >= PROMISING * scores.max(initial=0.0)
    return boxes[worth], scores[worth]


def load_inspector(
    models_dir: Path, gallery: Gallery | None = None, *, threads: int | None = None, threshold: float | None = None
) -> Inspector:
    """Return an inspector of the bundles that `models_dir/current.toml` names; raises BadBundle.

    `threads` is the number of cores one inspection may use, 2 unless said otherwise; `threshold` overrides the shipped
    one, 0..1.
    """
    cores = threads or min(2, os.cpu_count() or 1)
    looking = max(1, cores - 1)  # reading goes on beside it
    finder, describer = load_bundle(models_dir, "detector"), load_bundle(models_dir, "embedder")
    try:
        detector = Detector(
            OrtSession(finder.model, threads=looking),
            side=int(finder.config["side"]),
            least=float(finder.config["least"]),
            most=int(finder.config["most"]),
            sha256=finder.sha256,
            tiling=Tiling.from_config(finder.config.get("tiling", {})),
        )
        embedder = Embedder(
            Batched(OrtSession(describer.model, threads=looking), lanes=max(1, (os.cpu_count() or 1) // looking)),
            side=int(describer.config["side"]),
            dimension=int(describer.config["dimension"]),
            sha256=describer.sha256,
            parts=int(describer.config.get("parts", 0)),
        )
        shipped = float(describer.config["threshold"])
        calibration = Calibration.from_config(describer.config["calibration"])
        second = describer.config.get("second_look")
        second_look = None if second is None else SecondLook.from_config(second)
        cohort = cohort_of(describer, Cohort, embedder.dimension)
        ordinary = ordinary_of(describer, calibration, embedder.dimension)
        verifier = verifier_of(describer, embedder.parts, cores)
    except (KeyError, TypeError, ValueError) as error:
        raise BadBundle(
            f"bundle.json of {finder.name} or {describer.name}: config lacks or misstates {error}"
        ) from error
    if gallery is None:
        gallery = Gallery(embedder.dimension, embedder.parts)
    inspector = Inspector(
        detector=detector,
        embedder=embedder,
        gallery=gallery,
        calibration=calibration,
        threshold=shipped if threshold is None else threshold,
        cohort=cohort,
        ordinary=ordinary,
        reader=load_reader(threads=cores),
        cores=cores,
        verifier=verifier,
        second_look=second_look,
    )
    inspector.models.update(finding=finder.config_sha256, judging=describer.config_sha256)
    return inspector


def ordinary_of(bundle: Bundle, calibration: Calibration, dimension: int) -> Ordinary | None:
    """Return the ordinary things that came with an embedder, or None if none did.

    Raises BadBundle if the calibration counts on them: without them every mark would be rarer than any is.
    """
    ordinary = cohort_of(bundle, Ordinary, dimension)
    if ordinary is None and calibration.rarity:
        raise BadBundle(f"{bundle.name}: its calibration counts rarity, but {Ordinary.file} is missing")
    return ordinary


def cohort_of(bundle: Bundle, kind: type[Kind], dimension: int) -> Kind | None:
    """Return the cohort of a kind that came with an embedder, or None if none did; raises BadBundle."""
    data = bundle.attachments.get(kind.file)
    return None if data is None else read_cohort(data, kind, dimension=dimension)


def verifier_of(bundle: Bundle, parts: int, threads: int | None) -> Verifier | None:
    """Return the verifier that came with an embedder of `parts`, or None if none did."""
    data = bundle.attachments.get(VERIFIER_FILE)
    return None if data is None else Verifier(OrtSession(data, threads=threads, varied=True), parts=parts)
