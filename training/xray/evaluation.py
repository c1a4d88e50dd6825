"""Measure the X-ray models: `python -m training.xray.evaluation --registry CSV [--scans N] [--scanner NAME] [--json]`.

Scans are rendered as they are needed (`datasets.xray.trials`), with held-out marks; all marks of the registry compete.
The report has the names of `tidewaiter evaluate`, over metal and relief marks of at least 48 px, and splits by size,
form and contrast.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
from rich.console import Console

from datasets.training_artwork import load_artwork
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.scanners import HELD_OUT, SCANNERS
from datasets.xray.trials import Trial, TrialMark, Trials, rendered
from inference.errors import TidewaiterError
from inference.xray.inspector import XrayInspector, load_xray_inspector
from inference.xray.picture import net_picture
from inference.xray.reading import read_scan
from inference.xray.relief import flat_relief
from training.evaluation.__main__ import progress_on
from training.evaluation.crops import SIZES
from training.evaluation.detection import BEST, OVERLAP, iou
from training.evaluation.proportions import Figure, proportion
from training.evaluation.registry import cache_folder, register
from training.evaluation.report import Tree, as_json, as_table

LEAST = 48.0  # px, square root of the box's area: smaller marks are reported apart
SEED = 20_261  # of the frozen set
RANKED = 10
CONTRASTS = {"lt1": (0.0, 1.0), "1_3": (1.0, 3.0), "3_10": (3.0, 10.0), "ge10": (10.0, float("inf"))}


@dataclass(frozen=True, kw_only=True)
class Looked:
    """A mark in a scan, and whether it was found and recognised."""

    mark: TrialMark
    size: float  # px, square root of the box's area
    found: bool  # one of the 20 best detections overlaps with it
    rank: int | None  # of its right holder among the ten best, 0 is first; None: not among them

    @property
    def counts(self) -> bool:
        """Whether it is a mark that X-rays can show, and large enough for the headline figures."""
        return not self.mark.faint and self.size >= LEAST


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What came of one scan."""

    marks: tuple[Looked, ...]
    raised: bool  # any suspicion, at the shipped threshold
    milliseconds: float


class Observer:
    """Looks at rendered scans; `holders` are the right holders by the rows of the set's reliefs."""

    def __init__(self, inspector: XrayInspector, scanner: str, holders: Sequence[str]) -> None:
        self._inspector, self._scanner, self._holders = inspector, SCANNERS[scanner], holders

    def look(self, trial: Trial) -> Seen:
        """Inspect the scan from its file's bytes, timed; then search each given box."""
        data = as_tiff(trial.raw, sidecar_of(self._scanner, trial.raw))
        start = perf_counter()
        (scan,) = read_scan([data])
        verdict = self._inspector.inspect_scan(scan)
        spent = (perf_counter() - start) * 1000
        marks = tuple(self._marks(trial, net_picture(scan.high, scan.low)))
        return Seen(marks=marks, raised=bool(verdict.suspicions), milliseconds=spent)

    def _marks(self, trial: Trial, picture: np.ndarray) -> list[Looked]:
        if not trial.marks:
            return []
        truth = np.array([mark.box for mark in trial.marks], np.float32)
        boxes, _ = self._inspector.detector.detect(picture)
        covered = np.any(iou(truth, boxes[:BEST]) >= OVERLAP, axis=1).tolist()
        looked = []
        for mark, found, hits in zip(
            trial.marks, covered, self._inspector.recognise(picture, truth, RANKED), strict=True
        ):
            ranking = [hit.mark.holder for hit in hits]
            holder = self._holders[mark.row]
            x1, y1, x2, y2 = mark.box
            size = float(((x2 - x1) * (y2 - y1)) ** 0.5)
            rank = ranking.index(holder) if holder in ranking else None
            looked.append(Looked(mark=mark, size=size, found=bool(found), rank=rank))
        return looked


def measure(seen: Sequence[Seen]) -> Tree:
    """All figures of a set."""
    marks = [mark for one in seen for mark in one.marks]
    headline = [mark for mark in marks if mark.counts]
    times = np.array([one.milliseconds for one in seen])
    return {
        "crops": {"top1": _top(headline, 1), "top10": _top(headline, RANKED)},
        "detection": {"recall20": _found(headline)},
        "by_size": {name: _both([m for m in marks if low <= m.size < high]) for name, (low, high) in SIZES.items()},
        "by_form": {
            form: _both([m for m in marks if m.mark.form == form]) for form in sorted({m.mark.form for m in marks})
        },
        "by_contrast": {
            name: _both([m for m in headline if low <= m.mark.contrast < high])
            for name, (low, high) in CONTRASTS.items()
        },
        "scans": {"raised": proportion(sum(one.raised for one in seen), len(seen))},
        "ms": {"median": float(np.median(times)), "p95": float(np.percentile(times, 95))},
    }


def _top(marks: Sequence[Looked], k: int) -> Figure:
    return proportion(sum(mark.rank is not None and mark.rank < k for mark in marks), len(marks))


def _found(marks: Sequence[Looked]) -> Figure:
    return proportion(sum(mark.found for mark in marks), len(marks))


def _both(marks: Sequence[Looked]) -> Tree:
    return {"top1": _top(marks, 1), "recall20": _found(marks)}


def evaluate(
    chosen: argparse.Namespace, stderr: Console, inspector: XrayInspector | None = None
) -> tuple[Tree, list[Seen]]:
    """Render and look at the set that the command line names."""
    inspector = inspector or load_xray_inspector(chosen.models)
    with progress_on(stderr) as progress:
        register(chosen.registry, inspector, chosen.cache, progress, lay=False)
        artwork = load_artwork(chosen.registry, split="held_out", cache=chosen.cache, longest=192)
        reliefs = [flat_relief(row.picture) for row in artwork]
        trials = Trials(seed=chosen.seed, reliefs=reliefs, scanner=chosen.scanner, clean=chosen.clean)
        observer = Observer(inspector, chosen.scanner, [row.holder for row in artwork])
        scans = rendered(trials, chosen.scans)
        seen = [observer.look(trial) for trial in progress.track(scans, total=chosen.scans, description="scans")]
    return measure(seen), seen


def parser() -> argparse.ArgumentParser:
    """The command line."""
    own = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    own.add_argument("--registry", type=Path, required=True, metavar="CSV", help="table of the recorded marks")
    own.add_argument("--scans", type=int, default=2000, metavar="N", help="default: %(default)s")
    own.add_argument(
        "--scanner", choices=sorted(SCANNERS), default=HELD_OUT.name, help="default: %(default)s, never trained on"
    )
    own.add_argument("--seed", type=int, default=SEED, help="default: %(default)s, that of the frozen set")
    own.add_argument("--clean", action="store_true", help="scans without marks")
    own.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="default: models")
    own.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR", help="default: %(default)s")
    own.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    return own


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate as the command line says; return the exit status."""
    chosen, stderr = parser().parse_args(arguments), Console(stderr=True)
    try:
        tree, _ = evaluate(chosen, stderr)
    except TidewaiterError as error:
        stderr.print(f"{error.code}: {error.title} {error.detail}", markup=False, style="red")
        return 2
    if chosen.json:
        sys.stdout.write(json.dumps(as_json(tree), allow_nan=False) + "\n")
    else:
        Console(file=sys.stdout).print(as_table(tree))
    return 0


if __name__ == "__main__":
    sys.exit(main())
