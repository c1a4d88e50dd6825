"""Measure X-ray recognition and the physics under it: `make bench-xray`, or with SCANS=100 in some minutes.

Scans are rendered from their seeds. The real cartons come from CARTONS, the marks from REGISTRY; what is not there is a
line with `value: null` and `why`. The splits by size, form and contrast go beside the figures, to xray.sets.json.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from time import perf_counter

import numpy as np
from rich.console import Console

from datasets.training_artwork import load_artwork
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.parcels import pack
from datasets.xray.scanners import HELD_OUT, TRAINED
from datasets.xray.scanning import scan
from datasets.xray.trials import BINS, Trials, rendered
from inference.bundles import deployed_roles
from inference.xray.inspector import DETECTOR, XrayInspector, load_xray_inspector
from inference.xray.reading import read_scan
from inference.xray.relief import flat_relief
from tests.benchmarks.xray import declarations, phantoms
from tests.benchmarks.xray.slabs import slab_error
from training.bench.figures import SHARE, Figure, amount, as_table, missing, timing, write
from training.evaluation.__main__ import progress_on
from training.evaluation.proportions import Figure as Proportion
from training.evaluation.registry import cache_folder, register
from training.evaluation.report import Tree, as_json
from training.evaluation.timing import this_machine
from training.xray import cartons, fusing
from training.xray.evaluation import SEED, Observer, measure

LARGE = (1000, 1500)  # px of the scan that is timed
TIMED = 40
PERCENT = 1.0  # of parcels without marks that may raise an alert, where the gain of fusion is measured
SLAB_LIMIT = 0.001
NEEDED = ("xray_crops_top1", "xray_recall20", "xray_profile_drop", "cartons_recall20", "cartons_false_scans")
LEAST_SCANS = 60
FEWER = 4  # a quarter of the scans is enough for the drop between two scanners, and for the cartons
PARCELS = 100  # of each kind, whose declarations are held against their scans


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return the exit status: 0 also if something could not be measured."""
    chosen = parser().parse_args(arguments)
    figures = [*physics()]
    if DETECTOR in deployed_roles(chosen.models):
        figures += recognition(chosen)
    else:
        figures += [missing(name, SHARE, "no models for X-ray scans are deployed") for name in NEEDED]
        figures.append(missing("xray_scan_ms", "ms", "no models for X-ray scans are deployed"))
        figures.append(missing("fusion_gain", "points", "no models for X-ray scans are deployed"))
    for name, (doubted, count) in declarations.measured(min(PARCELS, chosen.scans)).items():
        figures.append(share(name, cartons.proportion(doubted, count)))
    write(figures, chosen.out)
    Console(file=sys.stdout, width=160).print(as_table(figures, this_machine("onnxruntime, CPUExecutionProvider").name))
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    own = argparse.ArgumentParser(prog="python -m tests.benchmarks.xray", description=__doc__)
    own.add_argument("--registry", type=Path, default=Path("var/artwork/artwork.csv"), metavar="CSV")
    own.add_argument("--cartons", type=Path, default=Path("var/evaluation/xray-cartons"), metavar="DIR")
    own.add_argument("--set", type=Path, default=Path("var/evaluation/photographs"), metavar="DIR")
    own.add_argument("--clean", type=Path, default=Path("var/evaluation/clean"), metavar="DIR")
    own.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    own.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    own.add_argument("--scans", type=int, default=2000, help="of the frozen set; default: %(default)s")
    own.add_argument("--out", type=Path, default=Path("var/bench/xray.jsonl"), metavar="FILE")
    return own


def physics() -> Iterator[Figure]:
    """The physics against what is known."""
    error, count = slab_error()
    yield amount("physics_slab_error", error, SHARE, n=count, limit=SLAB_LIMIT)
    try:
        zncc, mape = phantoms.compare()
    except ImportError as problem:
        why = f"gVirtualXray is not installed ({problem})"
        yield missing("physics_zncc", "", why)
        yield missing("physics_mape", "%", why)
        return
    yield amount("physics_zncc", zncc, "")
    yield amount("physics_mape", mape, "%")


def recognition(chosen: argparse.Namespace) -> Iterator[Figure]:
    """The models on the frozen set, on a trained scanner, in cartons, and by the clock."""
    inspector = load_xray_inspector(chosen.models)
    artwork = load_artwork(chosen.registry, split="held_out", cache=chosen.cache, longest=192)
    reliefs, holders = [flat_relief(row.picture) for row in artwork], [row.holder for row in artwork]
    tops: Tree = {}
    with progress_on(Console(stderr=True)) as progress:
        register(chosen.registry, inspector, chosen.cache, progress, lay=False)
        for scanner, count in ((HELD_OUT.name, chosen.scans), (TRAINED[0].name, fewer(chosen.scans))):
            trials = Trials(seed=SEED, reliefs=reliefs, scanner=scanner)
            observer = Observer(inspector, scanner, holders)
            scans = progress.track(rendered(trials, count), total=count, description=scanner)
            tops[scanner] = measure([observer.look(trial) for trial in scans])
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.with_suffix(".sets.json").write_text(json.dumps(as_json(tops), indent=1) + "\n", encoding="utf-8")
        held_out, trained = tops[HELD_OUT.name], tops[TRAINED[0].name]
        yield share("xray_crops_top1", held_out["crops"]["top1"])
        yield share("xray_recall20", held_out["detection"]["recall20"])
        yield profile_drop(trained["crops"]["top1"], held_out["crops"]["top1"])
        yield from in_cartons(inspector, chosen, reliefs)
    yield timing("xray_scan_ms", timed(inspector, reliefs))
    yield fusion(chosen)


def fewer(scans: int) -> int:
    """How many scans stand beside `scans` of the frozen set."""
    return max(LEAST_SCANS, scans // FEWER)


def fusion(chosen: argparse.Namespace) -> Figure:
    """By how many points photograph and scan together find more than the better one alone."""
    if not (chosen.set.is_dir() and chosen.clean.is_dir()):
        return missing("fusion_gain", "points", f"there are no photographs in {chosen.set} and {chosen.clean}")
    judge, parcels = fusing.seen(chosen, Console(stderr=True), fitting=False)
    gain: Proportion = fusing.measure(parcels, judge.gain, PERCENT)["gain_points"]
    return Figure(name="fusion_gain", value=gain.value, unit="points", n=gain.n, low=gain.low, high=gain.high)


def profile_drop(trained: Proportion, held_out: Proportion) -> Figure:
    """By how many points crops are recognised worse on the scanner that nothing was trained on."""
    if trained.value is None or held_out.value is None:
        return missing("xray_profile_drop", "points", "nothing counted")
    drop = 100 * (trained.value - held_out.value)
    return amount("xray_profile_drop", drop, "points", n=trained.n + held_out.n)


def in_cartons(inspector: XrayInspector, chosen: argparse.Namespace, reliefs: list[np.ndarray]) -> Iterator[Figure]:
    """Marks projected into the real cartons, and the cartons as they are."""
    if not chosen.cartons.is_dir():
        why = f"there are no scans in {chosen.cartons}"
        yield missing("cartons_recall20", SHARE, why)
        yield missing("cartons_false_scans", SHARE, why)
        return
    half = cartons.evaluation_half(chosen.cartons)
    whole, visible = cartons.recall20(inspector, cartons.projected(half, reliefs, fewer(chosen.scans)))
    yield share("cartons_recall20", whole)
    yield share("cartons_recall20_seen", visible)
    verdicts = list(cartons.untouched(inspector, chosen.cartons))
    raised = sum(bool(verdict.suspicions) for verdict in verdicts)
    yield share("cartons_false_scans", cartons.proportion(raised, len(verdicts)))


def timed(inspector: XrayInspector, reliefs: list[np.ndarray]) -> list[float]:
    """Milliseconds from a file's bytes to the verdict, of scans of LARGE."""
    spent = []
    for index in range(TIMED):
        rng = np.random.default_rng([SEED, 1, index])
        belt = pack(rng, HELD_OUT, reliefs, rng.integers(0, len(reliefs), 2).tolist(), shape=LARGE)
        raw = scan(rng, HELD_OUT, belt.maps, belt.shape, bins=BINS)
        data = as_tiff(raw, sidecar_of(HELD_OUT, raw))
        start = perf_counter()
        (own,) = read_scan([data])
        inspector.inspect_scan(own)
        spent.append((perf_counter() - start) * 1000)
    return spent[3:]  # the first ones pay for warming up


def share(name: str, figure: Proportion) -> Figure:
    """A proportion with its interval."""
    if figure.value is None:
        return missing(name, SHARE, "nothing counted")
    return Figure(name=name, value=figure.value, unit=SHARE, n=figure.n, low=figure.low, high=figure.high)


if __name__ == "__main__":
    sys.exit(main())
