"""Fit the score: `python -m training.calibration SET --registry CSV --clean DIR [--models DIR] [--percent 1]`.

Runs the deployed pipeline over one fold of an evaluation set (the pictures whose name hashes to an even number, about
half) and over clean pictures, and fits the probability that a detection's best match is right (logistic regression, see
`inference.calibration`): first what one look says, then what laying the artwork on findings in doubt adds. Last it sets
the threshold so that at most `--percent` of the clean pictures raise an alert. All goes to the embedder's bundle.json.
Figures measured on the same fold afterwards flatter the calibration; the other fold is the honest one.
"""

import argparse
import hashlib
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from datasets.evaluation_set import Picture, read_evaluation_set
from inference.calibration import NEVER_AGAINST, REFERENCE_SIZE, Calibration, SecondLook, odds, told
from inference.decoding import decode
from inference.fitting import beyond_chance
from inference.inspector import Inspector, load_inspector
from inference.ranking import lead, unread
from inference.vocabulary import Finding, Match, Verdict
from training.deployed import amend, deployed_folder
from training.evaluation.calibration_error import is_right
from training.evaluation.observing import clean_pictures
from training.evaluation.records import Candidate, Observation
from training.evaluation.registry import cache_folder, register

FEATURES = ("similarity", "margin", "wording", "verified", "detection", "size", "rarity")
RIDGE = 1e-3  # keeps a feature that separates perfectly from growing without end
UNSETTLED = SecondLook(intercept=0.0, first=1.0, fitted=0.0)  # a second look that leaves all scores as they are
TRUST = 0.6  # of a fit's weight: it is chosen among ever more artwork the larger the registry (docs/adr/0015)
NEVER_BELOW = 0.3  # a threshold under this would call a long shot a suspicion


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """The calibrations of both looks."""

    first: Calibration
    second: SecondLook


@dataclass(frozen=True, kw_only=True)
class Looked:
    """One picture and what was found in it."""

    verdict: Verdict
    right: NDArray[np.bool_] | None  # of the findings that have a match; None if not all of its marks are annotated
    clean: bool  # it shows no recorded mark


def in_calibration_fold(name: str) -> bool:
    """Whether the picture belongs to the fold that calibration may look at."""
    return hashlib.sha256(name.encode()).digest()[0] % 2 == 0


def features_of(verdict: Verdict) -> NDArray[np.float64]:
    """FEATURES of each finding's best match: (n, 7); wording as `told`, the size in octaves."""
    return table([feature_row(finding, 0) for finding in verdict.findings if finding.matches])


def table(rows: Sequence[tuple[float, ...]]) -> NDArray[np.float64]:
    """Rows of FEATURES as (n, 7)."""
    return np.array(rows, np.float64).reshape(-1, len(FEATURES))


def feature_row(finding: Finding, rank: int) -> tuple[float, ...]:
    """FEATURES of one of a finding's matches."""
    match = finding.matches[rank]
    margin = unread(lead([other.similarity for other in finding.matches], rank, finding.cohort), match.wording)
    octaves = math.log2(max(finding.detection.size, 1.0) / REFERENCE_SIZE)
    likeness = (match.similarity, margin, told(match.wording), match.verified)
    return (*likeness, finding.detection.score, octaves, match.rarity)


def fit(features: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Logistic regression by Newton's method; features (n, 7), right (n,).

    What may not count against is dropped, and what is the same everywhere.

    Raises ValueError if all or none are right: there is nothing to tell apart.
    """
    if right.all() or not right.any():
        raise ValueError(f"calibration needs right and wrong matches; {int(right.sum())} of {len(right)} are right")
    kept = [name for name, column in zip(FEATURES, features.T, strict=True) if np.ptp(column) > 0]
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


def looked_at(
    inspector: Inspector, pictures: Sequence[Picture], clean: Sequence[Path], progress: Progress
) -> Iterator[Looked]:
    """What the inspector makes of each picture of the fold and of each clean one."""
    for picture in progress.track(pictures, description="calibration fold"):
        verdict = inspector.inspect(decode(picture.path.read_bytes()))
        right = judged(picture, verdict) if picture.boxes_complete else None
        yield Looked(verdict=verdict, right=right, clean=not picture.marks)
    for path in progress.track(clean, description="clean pictures"):
        verdict = inspector.inspect(decode(path.read_bytes()))
        yield Looked(verdict=verdict, right=np.zeros(len(features_of(verdict)), bool), clean=True)


def first_look(looked: Iterable[Looked]) -> tuple[Calibration, dict[str, object]]:
    """The calibration of the first look, and what it was fitted on."""
    judged_ones = [(features_of(one.verdict), one.right) for one in looked if one.right is not None]
    rows, right = (np.concatenate(column) for column in zip(*judged_ones, strict=True))
    return fit(rows, right), {"matches": len(right), "right": int(right.sum())}


def second_look(looked: Iterable[Looked]) -> tuple[SecondLook, list[list[float]], dict[str, object]]:
    """The calibration of the second look, each clean picture's scores by it, and what it was fitted on.

    The pictures must have been looked at by an inspector that is UNSETTLED: what is laid down changes no score.
    """
    rows: list[tuple[float, float]] = []
    right: list[bool] = []
    spotless: list[list[Match]] = []
    for one in looked:
        best = [finding.matches[0] for finding in one.verdict.findings if finding.matches]
        if one.right is not None:
            laid = [(m, bool(fine)) for m, fine in zip(best, one.right, strict=True) if m.fitted is not None]
            rows += [(odds(m.score), beyond_chance(m.fitted or 0.0)) for m, _ in laid]
            right += [fine for _, fine in laid]
        if one.clean:
            spotless.append(best)
    second = fit_second(np.array(rows, np.float64).reshape(-1, 2), np.array(right, np.bool_))
    scores = [[m.score if m.fitted is None else second.score(m.score, m.fitted) for m in best] for best in spotless]
    return second, scores, {"doubtful": len(rows), "doubtful_right": sum(right), "clean": len(scores)}


def fit_second(rows: NDArray[np.float64], right: NDArray[np.bool_]) -> SecondLook:
    """Logistic regression on the odds of the first look and the agreement beyond chance: rows (n, 2), right (n,).

    Of what an agreement weighs beside the odds, TRUST counts; then both are fitted together. Raises ValueError if there
    is nothing to tell apart, or if the first look's order would be turned round.
    """
    if not len(right) or right.all() or not right.any():
        raise ValueError(f"a second look needs right and wrong matches; {int(right.sum())} of {len(right)} are right")
    _, odds_weigh, agreement_weighs = newton(rows, right).tolist()
    believed = TRUST * max(0.0, agreement_weighs) / odds_weigh if odds_weigh > 0 else 0.0
    intercept, first = newton(rows[:, :1] + believed * rows[:, 1:], right).tolist()
    return SecondLook(intercept=intercept, first=first, fitted=believed * first)


def calibrate(
    inspector: Inspector, pictures: Sequence[Picture], clean: Sequence[Path], percent: float, progress: Progress
) -> tuple[Fitted, float, dict[str, object]]:
    """Look at all pictures, twice; return the calibrations, the threshold, and what they were fitted on.

    Raises ValueError for an inspector without a fitter: there is no second look without one.
    """
    if inspector.fitter is None:
        raise ValueError("calibration needs an inspector that can lay artwork on photographs")
    inspector.second_look = None  # each look is fitted on what comes before it
    first, told_of = first_look(looked_at(inspector, pictures, clean, progress))
    inspector.calibration, inspector.second_look = first, UNSETTLED
    second, spotless, more = second_look(looked_at(inspector, pictures, clean, progress))
    best = [max(scores, default=0.0) for scores in spotless]
    return Fitted(first=first, second=second), threshold_for(best, percent), {**told_of, **more}


def write(models: Path, fitted: Fitted, threshold: float, fitted_on: dict[str, object]) -> None:
    """Put calibrations and threshold into the deployed embedder's bundle.json; the model's sha256 is untouched."""

    def change(description: dict[str, Any]) -> None:
        description["config"]["calibration"] = rounded(fitted.first)
        description["config"]["second_look"] = rounded(fitted.second)
        description["config"]["threshold"] = round(threshold, 6)
        description.setdefault("trained", {})["calibration"] = fitted_on

    amend(deployed_folder(models, "embedder"), change)


def rounded(calibration: Calibration | SecondLook) -> dict[str, float]:
    """The weights, as bundle.json keeps them."""
    return {name: round(value, 6) for name, value in asdict(calibration).items()}


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
        fitted, threshold, fitted_on = calibrate(inspector, pictures, clean, args.percent, progress)
    write(args.models, fitted, threshold, fitted_on)
    console.print(f"{fitted.first}, {fitted.second}, threshold {threshold:.3f}, fitted on {fitted_on}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
