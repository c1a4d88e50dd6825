"""Fit and measure how views count together: `python -m training.xray.fusing SET --registry CSV --clean DIR [--fit]`.

A parcel here is a real photograph of an evaluation set, and a rendered scan with marks of the same right holder in it;
a parcel without marks is a clean photograph and a rendered scan without any. With `--fit` the gain of a second view
(`inference.fusion`) is fitted on the fold that calibrations may look at, on trained scanners, and written to the
deployed X-ray embedder's bundle.json. Without it the other fold is measured, on the scanner that nothing was trained
on: recall of photographs alone, of scans alone and of both, each at the threshold that raises an alert for at most
`--percent` of the parcels without marks.
"""

import argparse
import json
import math
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from datasets.evaluation_set import Picture, read_evaluation_set
from datasets.training_artwork import TrainingArtwork, load_artwork
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.scanners import HELD_OUT, SCANNERS, TRAINED
from datasets.xray.trials import Trials
from inference.calibration import odds
from inference.decoding import decode
from inference.fusion import Gain, fuse, words_of
from inference.inspector import Inspector, load_inspector
from inference.raising import raised
from inference.vocabulary import Verdict
from inference.xray.inspector import EMBEDDER, XrayInspector, load_xray_inspector
from inference.xray.reading import read_scan
from inference.xray.relief import flat_relief
from training.calibration import in_calibration_fold
from training.deployed import amend, deployed_folder
from training.evaluation.__main__ import progress_on
from training.evaluation.observing import clean_pictures
from training.evaluation.proportions import Figure, proportion
from training.evaluation.registry import cache_folder, register
from training.evaluation.report import Tree, as_json
from training.evaluation.resampling import Weights, resampled

SEED = 20_264
STEPS = 50
RIDGE = 1e-2
SYSTEMS = ("photo", "xray", "both")


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """What both views said, and whose mark is in it; None: no recorded mark is."""

    photo: Verdict
    xray: Verdict
    holder: str | None

    def scores(self, system: str, gain: Gain | None) -> dict[str, float]:
        """Right holder -> score, by one view alone or by both."""
        views = {"photo": [self.photo], "xray": [self.xray], "both": [self.photo, self.xray]}[system]
        return {one.holder: one.score for one in fuse(views, gain)}


class Parcels:
    """Makes parcels of photographs and renderings, and looks at them."""

    def __init__(self, photo: Inspector, xray: XrayInspector, artwork: Sequence[TrainingArtwork]) -> None:
        self._photo, self._xray = photo, xray
        self._reliefs: dict[str, list[NDArray[np.uint8]]] = {}
        for row in artwork:
            self._reliefs.setdefault(row.holder, []).append(flat_relief(row.picture))

    def of_picture(self, picture: Picture, scanner: str, index: int) -> Parcel | None:
        """The parcel of a photograph of one right holder's marks; None if no artwork of it is held out."""
        holders = sorted(holder for holder in picture.marks if holder in self._reliefs)
        return self._look(picture.path, holders[0], scanner, index) if holders else None

    def of_clean(self, path: Path, scanner: str, index: int) -> Parcel:
        """A parcel without marks."""
        return self._look(path, None, scanner, index)

    def _look(self, path: Path, holder: str | None, scanner: str, index: int) -> Parcel:
        reliefs = [] if holder is None else self._reliefs[holder]
        trial = Trials(seed=SEED, reliefs=reliefs, scanner=scanner, clean=holder is None).scan(index)
        (scan,) = read_scan([as_tiff(trial.raw, sidecar_of(SCANNERS[scanner], trial.raw))])
        return Parcel(
            photo=self._photo.inspect(decode(path.read_bytes(), field=path.name)),
            xray=self._xray.inspect_scan(scan),
            holder=holder,
        )


def pairs_of(parcels: Sequence[Parcel]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Of every right holder that both views bring to mind: log-odds (n, 2), the stronger first, and truth (n,)."""
    rows, right = [], []
    for parcel in parcels:
        photo, xray = words_of([parcel.photo]), words_of([parcel.xray])
        for holder in photo.keys() & xray.keys():
            both = [odds(words[holder][0].match.score) for words in (photo, xray)]
            rows.append(sorted(both, reverse=True))
            right.append(holder == parcel.holder)
    return np.array(rows, np.float64).reshape(-1, 2), np.array(right, np.bool_)


def fit(rows: NDArray[np.float64], right: NDArray[np.bool_]) -> Gain:
    """Logistic regression of what the weaker view adds to the stronger one's log-odds: rows (n, 2), right (n,).

    Newton's method with the stronger log-odds as an offset. Raises ValueError if there is nothing to tell apart.
    """
    if not len(right) or right.all() or not right.any():
        raise ValueError(f"a gain needs right and wrong pairs; {int(right.sum())} of {len(right)} are right")
    design = np.column_stack([np.ones(len(rows)), rows[:, 1]])
    weights = np.zeros(2)
    for _ in range(STEPS):
        chance = 1 / (1 + np.exp(-np.clip(rows[:, 0] + design @ weights, -30, 30)))
        slope = design.T @ (right - chance) - RIDGE * weights
        curve = (design * (chance * (1 - chance))[:, None]).T @ design + RIDGE * np.eye(2)
        step = np.linalg.solve(curve, slope)
        weights += np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-8:
            break
    return Gain(intercept=float(weights[0]), slope=max(0.0, float(weights[1])))


def measure(parcels: Sequence[Parcel], gain: Gain | None, percent: float) -> Tree:
    """Recall of each system at equal false alerts, and by how many points both beat the better one alone.

    Under `shipped`: at the thresholds that are deployed.
    """
    marked = [parcel for parcel in parcels if parcel.holder is not None]
    clean = [parcel for parcel in parcels if parcel.holder is None]
    allowed = math.floor(len(clean) * percent / 100)
    hits = {}
    for system in SYSTEMS:
        highest = sorted((max(p.scores(system, gain).values(), default=0.0) for p in clean), reverse=True)
        bar = highest[allowed] if allowed < len(highest) else 0.0
        hits[system] = np.array([p.scores(system, gain).get(str(p.holder), 0.0) > bar for p in marked], np.float64)
    alerts = [bool(raised([p.photo, p.xray], gain)) for p in clean]
    found = [any(one.suspicion.mark.holder == p.holder for one in raised([p.photo, p.xray], gain)) for p in marked]
    return {
        "shipped": {"recall": proportion(sum(found), len(found)), "false": proportion(sum(alerts), len(alerts))},
        "recall": {system: _share(own) for system, own in hits.items()},
        "gain_points": _gain(hits),
        "clean": Figure(value=float(len(clean)), n=len(clean), low=None, high=None),
    }


def _share(hits: NDArray[np.float64]) -> Figure:
    return resampled(lambda weights: _mean(hits, weights), pictures=len(hits), n=len(hits), most=1.0)


def _gain(hits: Mapping[str, NDArray[np.float64]]) -> Figure:
    def statistic(weights: Weights) -> float:
        one = {system: _mean(own, weights) for system, own in hits.items()}
        return 100 * (one["both"] - max(one["photo"], one["xray"]))

    count = len(hits["both"])
    return resampled(statistic, pictures=count, n=count, least=-100.0, most=100.0)


def _mean(hits: NDArray[np.float64], weights: Weights) -> float:
    return float(weights @ hits / weights.sum())


def seen(chosen: argparse.Namespace, console: Console, *, fitting: bool) -> tuple[XrayInspector, list[Parcel]]:
    """The parcels of one fold, looked at."""
    photo, xray = load_inspector(chosen.models), load_xray_inspector(chosen.models)
    pictures = [p for p in read_evaluation_set(chosen.set).pictures if in_calibration_fold(p.name) == fitting]
    paths = [p for p in clean_pictures(chosen.clean) if in_calibration_fold(p.name) == fitting]
    artwork = load_artwork(chosen.registry, split="held_out", cache=chosen.cache, longest=192)
    with progress_on(console) as progress:
        register(chosen.registry, photo, chosen.cache, progress)
        register(chosen.registry, xray, chosen.cache, progress, lay=False)
        made = Parcels(photo, xray, artwork)
        return xray, list(_all(made, pictures, paths, progress, fitting=fitting))


def _all(
    made: Parcels, pictures: Sequence[Picture], paths: Sequence[Path], progress: Progress, *, fitting: bool
) -> Iterator[Parcel]:
    def scanner(index: int) -> str:
        return TRAINED[index % len(TRAINED)].name if fitting else HELD_OUT.name

    for index, picture in enumerate(progress.track(pictures, description="parcels")):
        if not picture.marks:
            yield made.of_clean(picture.path, scanner(index), index)
        elif (parcel := made.of_picture(picture, scanner(index), index)) is not None:
            yield parcel
    for index, path in enumerate(progress.track(paths, description="without marks"), len(pictures)):
        yield made.of_clean(path, scanner(index), index)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    own = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("set", type=Path, metavar="SET", help="photographs with marks")
    own.add_argument("--registry", type=Path, required=True, metavar="CSV")
    own.add_argument("--clean", type=Path, required=True, metavar="DIR", help="photographs without recorded marks")
    own.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    own.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    own.add_argument("--percent", type=float, default=1.0, help="of parcels without marks may raise an alert")
    own.add_argument("--fit", action="store_true", help="fit the gain and write it, instead of measuring it")
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit or measure as the command line says; return the exit status."""
    chosen, console = parser().parse_args(arguments), Console(stderr=True)
    xray, parcels = seen(chosen, console, fitting=chosen.fit)
    if not chosen.fit:
        sys.stdout.write(json.dumps(as_json(measure(parcels, xray.gain, chosen.percent)), allow_nan=False) + "\n")
        return 0
    rows, right = pairs_of(parcels)
    gain = fit(rows, right)

    def change(description: dict[str, Any]) -> None:
        description["config"]["fusion"] = {"intercept": round(gain.intercept, 6), "slope": round(gain.slope, 6)}
        told = {"pairs": len(right), "right": int(right.sum()), "parcels": len(parcels), "seed": SEED}
        description.setdefault("trained", {})["fusion"] = told

    amend(deployed_folder(chosen.models, EMBEDDER), change)
    console.print(f"{gain}, fitted on {len(right)} pairs of {len(parcels)} parcels, {int(right.sum())} of them right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
