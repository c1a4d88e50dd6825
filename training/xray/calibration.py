"""Fit the score of X-ray scans: `python -m training.xray.calibration --registry CSV --cartons DIR [--scans 200]`.

Runs the deployed X-ray models over rendered scans of the scanners that were trained on, with marks of one fold of the
held-out artwork (right holders whose name hashes to an even number), and fits the probability that a match is right, as
`training.calibration` does for photographs, but on runners-up too: where rarity counts, one of them may come first. The
threshold is set on scans without marks, rendered ones and one half of the real cartons: at most `--percent` of them
raise an alert. All goes to the bundle.json of the deployed X-ray embedder. Which scanner is never trained on, the other
fold's marks and the other half of the cartons are for measuring (training/xray/evaluation.py).
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from datasets.training_artwork import TrainingArtwork, load_artwork
from datasets.xray.cartons import load_cartons
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.scanners import SCANNERS, TRAINED
from datasets.xray.trials import Trial, Trials, rendered
from inference.calibration import Calibration
from inference.ranking import lead
from inference.vocabulary import Finding, Verdict
from inference.xray.inspector import EMBEDDER, XrayInspector, load_xray_inspector
from inference.xray.reading import read_scan
from inference.xray.relief import flat_relief
from training.calibration import feature_row, fit, in_calibration_fold, rounded, table, threshold_for
from training.deployed import amend, deployed_folder
from training.evaluation.__main__ import progress_on
from training.evaluation.detection import OVERLAP, iou
from training.evaluation.registry import cache_folder, register
from training.xray.cartons import SAID, png, projected

SEED = 20_263  # of the scans to calibrate on: not those of the frozen set
TRUSTING = Calibration(intercept=0.0, similarity=1.0)  # any: what is fitted does not depend on it


@dataclass(frozen=True, kw_only=True)
class Judged:
    """One scan's verdict, which of its matches are right (n,), and whether no mark is in it."""

    verdict: Verdict
    right: NDArray[np.bool_]
    clean: bool


def fold_of(artwork: Sequence[TrainingArtwork], *, calibrating: bool) -> list[TrainingArtwork]:
    """The held-out artwork that may be calibrated on, or that which may not."""
    return [row for row in artwork if in_calibration_fold(row.holder) == calibrating]


def judged(verdict: Verdict, boxes: NDArray[np.float32], holders: Sequence[str]) -> Judged:
    """A verdict against the marks that are in the scan: their boxes (m, 4) and right holders."""
    right = np.array([_is_right(finding, rank, boxes, holders) for finding, rank in ranked(verdict)], bool)
    return Judged(verdict=verdict, right=right, clean=not holders)


def ranked(verdict: Verdict) -> list[tuple[Finding, int]]:
    """All matches of a verdict, as their finding and their rank in it."""
    return [(finding, rank) for finding in verdict.findings for rank in range(len(finding.matches))]


def _is_right(finding: Finding, rank: int, boxes: NDArray[np.float32], holders: Sequence[str]) -> bool:
    own = [box for box, holder in zip(boxes, holders, strict=True) if holder == finding.matches[rank].mark.holder]
    seen = np.array([finding.detection.box], np.float32)
    return bool(own) and bool((iou(seen, np.array(own, np.float32)) >= OVERLAP).any())


def of_trial(inspector: XrayInspector, scanner: str, trial: Trial, holders: Sequence[str]) -> Judged:
    """One rendered scan, from its file's bytes; `holders` are the right holders by the rows of the set's reliefs."""
    (scan,) = read_scan([as_tiff(trial.raw, sidecar_of(SCANNERS[scanner], trial.raw))])
    boxes = np.array([mark.box for mark in trial.marks], np.float32).reshape(-1, 4)
    return judged(inspector.inspect_scan(scan), boxes, [holders[mark.row] for mark in trial.marks])


def of_cartons(inspector: XrayInspector, folder: Path, artwork: Sequence[TrainingArtwork]) -> Iterator[Judged]:
    """Half of the real cartons that may be trained on: as they are, and with a mark or two in each."""
    cartons = list(load_cartons(folder, "train").values())[1::2]  # the others are `training.xray.ordinary`'s
    for grey in cartons:
        (scan,) = read_scan([png(grey)], SAID)
        yield judged(inspector.inspect_scan(scan), np.zeros((0, 4), np.float32), [])
    reliefs = [flat_relief(row.picture) for row in artwork]
    for one in projected(cartons, reliefs, 2 * len(cartons), seed=SEED):
        (scan,) = read_scan([one.data], SAID)
        yield judged(inspector.inspect_scan(scan), one.boxes, [artwork[row].holder for row in one.rows])


def looked_at(
    inspector: XrayInspector, artwork: Sequence[TrainingArtwork], chosen: argparse.Namespace, progress: Progress
) -> Iterator[Judged]:
    """All that is calibrated on: `--scans` rendered scans with marks, as many without, and the cartons."""
    reliefs, holders = [flat_relief(row.picture) for row in artwork], [row.holder for row in artwork]
    for clean in (False, True):
        for place, scanner in enumerate(TRAINED):
            count = chosen.scans // len(TRAINED)
            trials = Trials(seed=SEED + place, reliefs=reliefs, scanner=scanner.name, clean=clean)
            told = f"{scanner.name}, {'clean' if clean else 'marks'}"
            for trial in progress.track(rendered(trials, count), total=count, description=told):
                yield of_trial(inspector, scanner.name, trial, holders)
    yield from of_cartons(inspector, chosen.cartons, artwork)


def calibrate(seen: Sequence[Judged], percent: float) -> tuple[Calibration, float, dict[str, object]]:
    """The calibration, the threshold, and what they were fitted on."""
    rows = table([feature_row(*one) for scan in seen for one in ranked(scan.verdict)])  # (n, 7)
    right = np.concatenate([one.right for one in seen])  # (n,)
    calibration = fit(rows, right)
    spotless = [best_score(one.verdict, calibration) for one in seen if one.clean]
    told: dict[str, object] = {"matches": len(right), "right": int(right.sum()), "clean": len(spotless), "seed": SEED}
    return calibration, threshold_for(spotless, percent), told


def best_score(verdict: Verdict, calibration: Calibration) -> float:
    """The strongest score of a verdict's matches by another calibration, runners-up too; 0 without any."""
    return max((_score(finding, rank, calibration) for finding, rank in ranked(verdict)), default=0.0)


def _score(finding: Finding, rank: int, calibration: Calibration) -> float:
    """What another calibration makes of one of a finding's matches."""
    match = finding.matches[rank]
    margin = lead([other.similarity for other in finding.matches], rank, finding.cohort)
    return calibration.score(similarity=match.similarity, margin=margin, rarity=match.rarity, seen=finding.detection)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--registry", type=Path, required=True, metavar="CSV")
    parser.add_argument("--cartons", type=Path, required=True, metavar="DIR")
    parser.add_argument("--scans", type=int, default=200, help="rendered with marks, and as many without")
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    parser.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    parser.add_argument("--percent", type=float, default=0.5, help="of scans without marks may raise an alert")
    chosen = parser.parse_args()
    inspector, console = load_xray_inspector(chosen.models), Console(stderr=True)
    inspector.calibration = TRUSTING
    artwork = load_artwork(chosen.registry, split="held_out", cache=chosen.cache, longest=192)
    with progress_on(console) as progress:
        register(chosen.registry, inspector, chosen.cache, progress, lay=False)
        seen = list(looked_at(inspector, fold_of(artwork, calibrating=True), chosen, progress))
    calibration, threshold, told = calibrate(seen, chosen.percent)

    def change(description: dict[str, Any]) -> None:
        description["config"]["calibration"] = rounded(calibration)
        description["config"]["threshold"] = round(threshold, 6)
        description.setdefault("trained", {})["calibration"] = told

    amend(deployed_folder(chosen.models, EMBEDDER), change)
    console.print(f"{calibration}, threshold {threshold:.3f}, fitted on {told}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
