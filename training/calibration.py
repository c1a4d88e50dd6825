"""Fit the score: `python -m training.calibration SET --registry CSV --clean DIR [--models DIR] [--percent 1]`.

Runs the deployed pipeline over one fold of an evaluation set (the pictures whose name hashes to an even number, about
half) and over clean pictures, fits the probability that a detection's best match is right (logistic regression on what
`inference.suspicion.Calibration` says), and sets the threshold so that at most `--percent` of the clean pictures raise
an alert. Both go into the embedder's bundle.json. Figures measured on the same fold afterwards flatter the calibration;
the other fold is the honest one.
"""

import argparse
import hashlib
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from datasets.evaluation_set import Picture, read_evaluation_set
from inference.decoding import decode
from inference.inspector import Inspector, load_inspector
from inference.suspicion import NEVER_AGAINST, REFERENCE_SIZE, Calibration, lead_of, told, unread
from inference.vocabulary import Detection, Verdict
from training.deployed import amend, deployed_folder
from training.evaluation.calibration_error import is_right
from training.evaluation.observing import clean_pictures
from training.evaluation.records import Candidate, Observation
from training.evaluation.registry import cache_folder, register

FEATURES = ("similarity", "margin", "wording", "verified", "detection", "size")
RIDGE = 1e-3  # keeps a feature that separates perfectly from growing without end
NEVER_BELOW = 0.3  # a threshold under this would call a long shot a suspicion


def in_calibration_fold(name: str) -> bool:
    """Whether the picture belongs to the fold that calibration may look at."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def features_of(verdict: Verdict) -> NDArray[np.float64]:
    """FEATURES of each finding's best match: (n, 6); wording as `told`, the size in octaves."""
    rows = []
    for finding in verdict.findings:
        if finding.matches:
            octaves = math.log2(max(finding.detection.size, 1.0) / REFERENCE_SIZE)
            best = finding.matches[0]
            margin = unread(lead_of(finding), best.wording)
            match = (best.similarity, margin, told(best.wording), best.verified)
            rows.append((*match, finding.detection.score, octaves))
    return np.array(rows, np.float64).reshape(-1, len(FEATURES))


def fit(features: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Logistic regression by Newton's method; features (n, 6), right (n,). What may not count against is dropped.

    Raises ValueError if all or none are right: there is nothing to tell apart.
    """
    if right.all() or not right.any():
        raise ValueError(f"calibration needs right and wrong matches; {int(right.sum())} of {len(right)} are right")
    kept = list(FEATURES)
    while True:
        weights = newton(features[:, [FEATURES.index(name) for name in kept]], right)
        named = dict(zip(kept, weights[1:].tolist(), strict=True))
        against = [name for name in NEVER_AGAINST if named.get(name, 0.0) < 0]
        if not against:
            break
        kept.remove(min(against, key=named.__getitem__))
    return Calibration(intercept=float(weights[0]), **named)


def newton(features: NDArray[np.float64], right: NDArray[np.bool_], rounds: int = 50) -> NDArray[np.float64]:
    """Weights (1 + k,), intercept first, that maximise the ridge-penalised likelihood."""
    design = np.column_stack([np.ones(len(features)), features])
    penalty = RIDGE * np.eye(design.shape[1])
    penalty[0, 0] = 0
    weights = np.zeros(design.shape[1])
    for _ in range(rounds):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -30, 30)))
        slope = design.T @ (right - chance) - penalty @ weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + penalty + 1e-9 * np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights += step * min(1.0, 4.0 / max(float(np.abs(step).max()), 1e-9))  # no leaps far from the optimum
        if np.abs(step).max() < 1e-8:
            break
    return weights


def threshold_for(best_scores: Sequence[float], percent: float) -> float:
    """Smallest threshold at which at most `percent` % of the clean pictures raise an alert, never below 0.3.

    `best_scores` holds each clean picture's strongest score, 0 where nothing was found.
    """
    allowed = math.floor(len(best_scores) * percent / 100)
    ranked = sorted(best_scores, reverse=True)
    if allowed >= len(ranked):
        return NEVER_BELOW
    return min(1.0, max(NEVER_BELOW, math.nextafter(ranked[allowed], 1.0)))


def judged(picture: Picture, verdict: Verdict) -> NDArray[np.bool_]:
    """Whether each finding's best match is right (n,)."""
    seen = Observation(name=picture.name, marks=picture.marks, boxes=picture.boxes)
    found = [finding for finding in verdict.findings if finding.matches]
    candidates = [
        Candidate(box=f.detection.box, holder=f.matches[0].mark.holder, score=f.matches[0].score) for f in found
    ]
    return np.array([is_right(candidate, seen) for candidate in candidates], bool)


def calibrate(
    inspector: Inspector, pictures: Sequence[Picture], clean: Sequence[Path], percent: float, progress: Progress
) -> tuple[Calibration, float, dict[str, object]]:
    """Look at all pictures; return the calibration, the threshold, and what they were fitted on."""
    features, right, spotless = [], [], []
    for picture in progress.track(pictures, description="calibration fold"):
        verdict = inspector.inspect(decode(picture.path.read_bytes()))
        rows = features_of(verdict)
        if picture.boxes_complete:
            features.append(rows)
            right.append(judged(picture, verdict))
        if not picture.marks:
            spotless.append(rows)
    for path in progress.track(clean, description="clean pictures"):
        rows = features_of(inspector.inspect(decode(path.read_bytes())))
        features.append(rows)
        right.append(np.zeros(len(rows), bool))
        spotless.append(rows)
    calibration = fit(np.concatenate(features), np.concatenate(right))
    best = [max((score(calibration, row) for row in rows), default=0.0) for rows in spotless]
    fitted_on: dict[str, object] = {
        "matches": int(sum(map(len, right))),
        "right": int(np.concatenate(right).sum()),
        "clean": len(best),
    }
    return calibration, threshold_for(best, percent), fitted_on


def score(calibration: Calibration, row: NDArray[np.float64]) -> float:
    """The calibrated score of one row of features."""
    similarity, margin, said, verified, detection, octaves = row.tolist()
    side = REFERENCE_SIZE * 2.0**octaves
    seen = Detection(box=(0.0, 0.0, side, side), score=detection)
    return calibration.score(similarity=similarity, margin=margin, wording=said**2, verified=verified, seen=seen)


def write(models: Path, calibration: Calibration, threshold: float, fitted_on: dict[str, object]) -> None:
    """Put calibration and threshold into the deployed embedder's bundle.json; the model's sha256 is untouched."""
    names = ("intercept", *FEATURES)

    def change(description: dict[str, Any]) -> None:
        description["config"]["calibration"] = {key: round(getattr(calibration, key), 6) for key in names}
        description["config"]["threshold"] = round(threshold, 6)
        description.setdefault("trained", {})["calibration"] = fitted_on

    amend(deployed_folder(models, "embedder"), change)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", type=Path, metavar="SET")
    parser.add_argument("--registry", type=Path, required=True, metavar="CSV")
    parser.add_argument("--clean", type=Path, metavar="DIR")
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    parser.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    parser.add_argument("--percent", type=float, default=1.0, help="of clean pictures may raise an alert")
    args = parser.parse_args()
    pictures = [p for p in read_evaluation_set(args.set).pictures if in_calibration_fold(p.name)]
    inspector = load_inspector(args.models)
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        register(args.registry, inspector, args.cache, progress)
        clean = clean_pictures(args.clean) if args.clean else []
        calibration, threshold, fitted_on = calibrate(inspector, pictures, clean, args.percent, progress)
    write(args.models, calibration, threshold, fitted_on)
    console.print(f"{calibration}, threshold {threshold:.3f}, fitted on {fitted_on}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
