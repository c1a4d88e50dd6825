"""The whole way of one X-ray scan: its picture for the nets, then as for photographs (inference/inspector.py).

    inspector = load_xray_inspector(Path("models"))
    verdict = inspector.inspect_scan(scan)

Nothing is read: lettering in relief has too few pixels. Nothing is laid on: artwork has no edges where metal ends.
"""

import os
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from inference.batching import Batched
from inference.bundles import load_bundle
from inference.calibration import Calibration
from inference.cohort import Cohort
from inference.detector import Detector
from inference.engine import OrtSession
from inference.errors import BadBundle
from inference.fusion import Gain
from inference.gallery import Gallery
from inference.inspector import Inspector, cohort_of, ordinary_of
from inference.tiling import Tiling
from inference.vocabulary import Verdict
from inference.xray.contents import contents_of
from inference.xray.contrast import told
from inference.xray.embedder import ReliefEmbedder
from inference.xray.picture import net_picture
from inference.xray.scan import XrayScan

DETECTOR, EMBEDDER = "xray_detector", "xray_embedder"  # roles in models/current.toml


class XrayInspector(Inspector):
    """Judges X-ray scans against a gallery of reliefs. Safe to use from several threads at once."""

    gain: Gain | None = None  # by which they count together with photographs of the parcel

    def inspect_scan(self, scan: XrayScan, at: float | None = None) -> Verdict:
        """The verdict on one scan; boxes are in its pixels. `at` is as for `Inspector.inspect`."""
        start = perf_counter()
        picture = net_picture(scan.high, scan.low, self._beside)
        contents = contents_of(scan)
        spent = {"picture": (perf_counter() - start) * 1000}
        verdict = self.inspect(picture, at)
        suspicions = tuple(
            replace(one, reasons=(*one.reasons, told(scan.high, one.detection))) for one in verdict.suspicions
        )
        steps = {**spent, **verdict.milliseconds}
        return replace(
            verdict, suspicions=suspicions, modality="xray", contents=contents, remarks=scan.remarks, milliseconds=steps
        )


def load_xray_inspector(
    models_dir: Path, gallery: Gallery | None = None, *, threads: int | None = None, threshold: float | None = None
) -> XrayInspector:
    """An inspector of the X-ray bundles that `models_dir/current.toml` names, as `load_inspector`. Raises BadBundle."""
    cores = threads or min(2, os.cpu_count() or 1)
    finder, describer = load_bundle(models_dir, DETECTOR), load_bundle(models_dir, EMBEDDER)
    try:
        detector = Detector(
            OrtSession(finder.model, threads=cores),
            side=int(finder.config["side"]),
            least=float(finder.config["least"]),
            most=int(finder.config["most"]),
            sha256=finder.sha256,
            tiling=Tiling.from_config(finder.config.get("tiling", {})),
        )
        embedder = ReliefEmbedder(
            Batched(OrtSession(describer.model, threads=cores), lanes=max(1, (os.cpu_count() or 1) // cores)),
            side=int(describer.config["side"]),
            dimension=int(describer.config["dimension"]),
            sha256=describer.sha256,
        )
        shipped = float(describer.config["threshold"])
        calibration = Calibration.from_config(describer.config["calibration"])
        cohort = cohort_of(describer, Cohort, embedder.dimension)
        ordinary = ordinary_of(describer, calibration, embedder.dimension)
        fusion = describer.config.get("fusion")
        gain = None if fusion is None else Gain.from_config(fusion)
    except (KeyError, TypeError, ValueError) as error:
        raise BadBundle(
            f"bundle.json of {finder.name} or {describer.name}: config lacks or misstates {error}"
        ) from error
    inspector = XrayInspector(
        detector=detector,
        embedder=embedder,
        gallery=Gallery(embedder.dimension) if gallery is None else gallery,
        calibration=calibration,
        threshold=shipped if threshold is None else threshold,
        cohort=cohort,
        ordinary=ordinary,
        cores=cores,
    )
    inspector.gain = gain
    inspector.models = {DETECTOR: detector.sha256, EMBEDDER: embedder.sha256}
    inspector.models.update(xray_finding=finder.config_sha256, xray_judging=describer.config_sha256)
    return inspector
