"""Give the deployed X-ray embedder its ordinary things: `python -m training.xray.ordinary --cartons DIR [--scans 90]`.

What the deployed detector finds in scans without marks, as the deployed embedder sees it (see `inference.ordinary`): in
rendered ones, of the scanners that are trained on, and in every other one of the real cartons that may be trained on.
Run it after `training.export` and before `training.xray.calibration`, whose scans and cartons are others.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from datasets.xray.cartons import load_cartons
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.scanners import TRAINED
from datasets.xray.trials import Trials, rendered
from inference.inspector import Inspector, promising
from inference.ordinary import FILE, NEAREST
from inference.vocabulary import Image, Vectors
from inference.xray.inspector import EMBEDDER, load_xray_inspector
from inference.xray.picture import net_picture
from inference.xray.reading import read_scan
from training.cohort import write
from training.evaluation.__main__ import progress_on
from training.xray.cartons import SAID, png

SEED = 20_300  # and the next two; of scans that nothing else is fitted or measured on


def pictures(scans: int, cartons: Path | None, progress: Progress) -> Iterator[Image]:
    """The pictures (h, w, 3) of scans without marks."""
    for place, scanner in enumerate(TRAINED):
        count = scans // len(TRAINED)
        trials = Trials(seed=SEED + place, reliefs=(), scanner=scanner.name, clean=True)
        for trial in progress.track(rendered(trials, count), total=count, description=scanner.name):
            (scan,) = read_scan([as_tiff(trial.raw, sidecar_of(scanner, trial.raw))])
            yield net_picture(scan.high, scan.low)
    real = [] if cartons is None else list(load_cartons(cartons, "train").values())[::2]
    for grey in progress.track(real, description="real cartons"):
        (scan,) = read_scan([png(grey)], SAID)
        yield net_picture(scan.high)


def found_in(inspector: Inspector, picture: Image) -> Vectors:
    """Rows (n, d) of what is detected in a picture (h, w, 3)."""
    boxes, _ = promising(*inspector.detector.detect(picture))
    return inspector.embedder.embed(picture, boxes)


def chosen_of(found: Sequence[Vectors], size: int, seed: int) -> Vectors:
    """At most `size` of the rows by chance. Raises ValueError if there are too few."""
    rows = np.concatenate([*found, np.zeros((0, found[0].shape[1] if found else 1), np.float32)])
    if len(rows) < NEAREST:
        raise ValueError(f"{len(rows)} things were found; at least {NEAREST} are needed")
    picked = np.sort(np.random.default_rng(seed).permutation(len(rows))[:size])
    return np.asarray(rows[picked], np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cartons", type=Path, metavar="DIR", help="real scans without marks; one half counts")
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    parser.add_argument("--scans", type=int, default=90, help="rendered without marks")
    parser.add_argument("--size", type=int, default=1000, help="things kept at most")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    inspector, console = load_xray_inspector(args.models), Console(stderr=True)
    with progress_on(console) as progress:
        found = [found_in(inspector, picture) for picture in pictures(args.scans, args.cartons, progress)]
    vectors = chosen_of(found, args.size, args.seed)
    console.print(f"{write(args.models, vectors, EMBEDDER, FILE)}: {vectors.shape[0]} vectors of {vectors.shape[1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
