"""The whole way of one photograph: detect, crop, embed, search, judge. Start reading here.

inspector = load_inspector(Path("models"))
inspector.gallery.add(mark, inspector.embedder.embed_artwork(artwork), references)
verdict = inspector.inspect(decode(data))
"""

import time
from dataclasses import replace
from pathlib import Path

from inference.bundles import load_bundle
from inference.detector import Detector
from inference.embedder import Embedder
from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.gallery import Gallery
from inference.suspicion import Calibration, judge, match
from inference.vocabulary import Detection, Finding, Image, Verdict

CANDIDATES = 4  # right holders kept per detection: the best, and three for the officer to compare


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
    ) -> None:
        if not 0.0 <= threshold <= 1.0:
            raise ValueError(f"threshold must be in 0..1, got {threshold}")
        self.detector, self.embedder, self.gallery = detector, embedder, gallery
        self.calibration, self.threshold = calibration, threshold
        self.models = {"detector": detector.sha256, "embedder": embedder.sha256}

    def inspect(self, image: Image) -> Verdict:
        """Return the verdict on one photograph, with all findings, models and the milliseconds of each step."""
        started = time.perf_counter()
        boxes, scores = self.detector.detect(image)
        detected = time.perf_counter()
        vectors = self.embedder.embed(image, boxes)
        embedded = time.perf_counter()
        findings = []
        for box, score, hits in zip(boxes, scores, self.gallery.search(vectors, CANDIDATES), strict=True):
            x1, y1, x2, y2 = (float(v) for v in box)
            detection = Detection(box=(x1, y1, x2, y2), score=float(score))
            findings.append(
                Finding(
                    detection=detection,
                    matches=match(hits, size=detection.size, calibration=self.calibration),
                )
            )
        verdict = judge(findings, self.threshold)
        steps = {"detect": detected - started, "embed": embedded - detected, "match": time.perf_counter() - embedded}
        return replace(verdict, models=self.models, milliseconds={step: 1000 * s for step, s in steps.items()})


def load_inspector(
    models_dir: Path, gallery: Gallery | None = None, *, threads: int | None = None, threshold: float | None = None
) -> Inspector:
    """Return an inspector of the bundles that `models_dir/current.toml` names; raises BadBundle.

    `threads` is the number of cores one inspection may use; `threshold` overrides the shipped one, 0..1.
    """
    finder, describer = load_bundle(models_dir, "detector"), load_bundle(models_dir, "embedder")
    try:
        detector = Detector(
            OrtSession(finder.model, threads=threads),
            side=int(finder.config["side"]),
            least=float(finder.config["least"]),
            most=int(finder.config["most"]),
            sha256=finder.sha256,
        )
        embedder = Embedder(
            OrtSession(describer.model, threads=threads),
            side=int(describer.config["side"]),
            dimension=int(describer.config["dimension"]),
            sha256=describer.sha256,
        )
        shipped = float(describer.config["threshold"])
        calibration = Calibration.from_config(describer.config["calibration"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadBundle(
            f"bundle.json of {finder.name} or {describer.name}: config lacks or misstates {error}"
        ) from error
    if gallery is None:
        gallery = Gallery(embedder.dimension)
    return Inspector(
        detector=detector,
        embedder=embedder,
        gallery=gallery,
        calibration=calibration,
        threshold=shipped if threshold is None else threshold,
    )
