"""Fourth step: what a score of the champion means, a score of the candidate means too.

The champion's calibration was fitted on photographs that are not at hand here, so it is not thrown away for one fitted
on renderings. Both look at the same rendered parcels; a line is fitted to the odds of each; and the candidate's scores
are moved so that both lines agree. The threshold stays, or is raised until no more clean parcels raise an alert than
before; it is never lowered.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress as Bars

from datasets.evaluation_set import read_evaluation_set
from inference.bundles import CURRENT
from inference.calibration import Calibration, odds
from training.calibration import looked_at, newton, rounded, threshold_for
from training.deployed import amend
from training.evaluation.observing import clean_pictures
from training.export import deploy
from training.retraining.champion import deployed_names
from training.retraining.context import Context
from training.retraining.eyes import Eyes
from training.retraining.files import folder_whole, read_json, write_json
from training.retraining.golden import Sets, fitted
from training.retraining.steps import export

OUTPUT, FOLDER = "calibration.json", "models"
LEAST = 12  # right ones, and wrong ones, without which nothing is fitted
STEEPEST = 1.5  # a slope of more, or of less than its inverse, is chance and not the net
FARTHEST = 2.0  # units of odds that scores are moved, at most


@dataclass(frozen=True, kw_only=True)
class Scores:
    """Of each finding of a set the odds of its best match, and whether it is right (n,); each clean picture's best."""

    odds: NDArray[np.float64]
    right: NDArray[np.bool_]
    clean: tuple[float, ...]


def run(context: Context) -> None:
    """Put the candidate's bundles together, beside the champion's others, and fit the embedder's scores."""
    made = read_json(context.run / export.OUTPUT)
    folder_whole(context.run / FOLDER, lambda folder: assemble(context, made, folder))
    result: dict[str, Any] = {"fitted": False, "why": "no embedder was trained"}
    if "embedder" in made:
        result = fit(context, context.run / FOLDER / made["embedder"]["name"])
    write_json(context.run / OUTPUT, result)


def assemble(context: Context, made: dict[str, Any], folder: Path) -> None:
    """The champion's bundles but for those that were trained, and a current.toml that names all."""
    for role, entry in deployed_names(context.champion).items():
        if role not in made:
            shutil.copytree(context.champion / entry["name"], folder / entry["name"])
    shutil.copy(context.champion / CURRENT, folder / CURRENT)
    for role, what in made.items():
        source = context.run / export.FOLDER / what["name"]
        shutil.copytree(source, folder / what["name"])
        sha256 = json.loads((source / "bundle.json").read_text(encoding="utf-8"))["sha256"]
        deploy(folder, role, what["name"], sha256)


def fit(context: Context, bundle: Path) -> dict[str, Any]:
    """Fit the embedder's calibration and threshold; returns what was done."""
    sets = fitted(context)
    champion = scores_of(context, context.champion, sets, "calibrate champion")
    candidate = scores_of(context, context.run / FOLDER, sets, "calibrate candidate")
    slope, shift, why = agreeing(champion, candidate)

    def change(description: dict[str, Any]) -> None:
        config = description["config"]
        moved = scaled(Calibration.from_config(config["calibration"]), slope, shift)
        config["calibration"] = {key: value for key, value in rounded(moved).items() if key in config["calibration"]}
        config["threshold"] = round(least_threshold(config["threshold"], champion, candidate, slope, shift), 6)

    amend(bundle, change)
    told = {"slope": round(slope, 6), "shift": round(shift, 6), "why": why}
    return {"fitted": not why, "findings": len(candidate.right), "right": int(candidate.right.sum()), **told}


def scores_of(context: Context, models: Path, sets: Sets, name: str) -> Scores:
    """What a set of bundles says of the fitted set."""
    eyes = Eyes.of(models, context.registry, context.cache)
    pictures = read_evaluation_set(sets.marked).pictures
    clean = clean_pictures(sets.clean) if sets.clean is not None else []
    rows: list[float] = []
    right: list[bool] = []
    best: list[float] = []
    with Bars(console=Console(stderr=True), disable=True) as bars:
        for index, one in enumerate(looked_at(eyes.inspector, pictures, clean, bars)):
            scores = [finding.matches[0].score for finding in one.verdict.findings if finding.matches]
            rows += [odds(score) for score in scores]
            right += [] if one.right is None else one.right.tolist()
            if one.clean:
                best.append(max(scores, default=0.0))
            context.progress.say(name, index + 1, len(pictures) + len(clean))
            context.progress.breathe()
    return Scores(odds=np.array(rows), right=np.array(right, np.bool_), clean=tuple(best))


def agreeing(champion: Scores, candidate: Scores) -> tuple[float, float, str]:
    """Slope and shift of the candidate's odds that make both agree, and why they are left as they are, or empty."""
    for scores in (champion, candidate):
        if min(int(scores.right.sum()), int((~scores.right).sum())) < LEAST:
            return 1.0, 0.0, f"fewer than {LEAST} right or wrong findings: scores are left as they are"
    (a, b), (c, d) = line(champion), line(candidate)
    if min(b, d) <= 0:
        return 1.0, 0.0, "scores do not tell right from wrong here: they are left as they are"
    slope = min(STEEPEST, max(1 / STEEPEST, d / b))
    shift = min(FARTHEST, max(-FARTHEST, (c - a) / b))
    return slope, shift, ""


def line(scores: Scores) -> tuple[float, float]:
    """Intercept and slope of the odds of being right over the odds that were stated."""
    intercept, slope = newton(scores.odds[:, None], scores.right).tolist()
    return intercept, slope


def scaled(calibration: Calibration, slope: float, shift: float) -> Calibration:
    """The calibration whose odds are `slope` times the old ones and `shift` more."""
    weights = {name: value * slope for name, value in asdict(calibration).items()}
    weights["intercept"] += shift
    return Calibration(**weights)


def least_threshold(shipped: float, champion: Scores, candidate: Scores, slope: float, shift: float) -> float:
    """The shipped threshold, or the least one at which no more clean pictures alert than with the champion."""
    allowed = sum(score >= shipped for score in champion.clean)
    moved = [1 / (1 + float(np.exp(-(slope * odds(score) + shift)))) for score in candidate.clean]
    if sum(score >= shipped for score in moved) <= allowed or not moved:
        return shipped
    return max(shipped, threshold_for(moved, 100 * allowed / len(moved)))
