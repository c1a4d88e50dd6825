"""Measure how well marks are recognised, against peers, on an annotated set of photographs.

    python -m training.recognition --set DIR --registry CSV [--clean DIR] [--trunk FILE] [--limit N]

Prints a table and writes one JSON object a line to `var/bench/recognition.jsonl`. What could not be measured (no set,
no trunk) is a line with `value: null` and `why`. Progress and warnings are on standard error. Torch is needed for the
ImageNet trunk alone.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import cv2
import onnxruntime
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datasets.evaluation_set import read_evaluation_set
from inference.artwork.table import read_table
from inference.errors import TidewaiterError
from inference.inspector import Inspector, load_inspector
from training.bench.figures import Figure, as_table, missing, write
from training.evaluation.observing import clean_pictures
from training.evaluation.registry import cache_folder, register
from training.evaluation.timing import this_machine
from training.recognition import large_photograph
from training.recognition.measures import own_figures, peer_figures
from training.recognition.observing import Contest
from training.recognition.records import Results
from training.recognition.rivals import gathered, kinds_of
from training.recognition.samples import read_samples

log = logging.getLogger(__name__)

Item = TypeVar("Item")
TIMED = 30  # photographs that SIFT looks at as a whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return the exit status: 0 also if something could not be measured."""
    chosen = parser().parse_args(arguments)
    stderr = Console(stderr=True)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[RichHandler(console=stderr)])
    cv2.setNumThreads(chosen.threads)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr) as progress:
        figures = measure(chosen, progress)
    write(figures, chosen.out)
    console = Console(file=sys.stdout)
    console.print(as_table(figures, machine()))
    console.print(f"written to {chosen.out}", highlight=False)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m training.recognition", description="Recognition and peers.")
    made.add_argument("--set", type=Path, required=True, metavar="DIR", help="annotations.json and its pictures")
    made.add_argument("--registry", type=Path, required=True, metavar="CSV", help="table of the recorded marks")
    made.add_argument("--clean", type=Path, metavar="DIR", help="further pictures without recorded marks")
    made.add_argument("--trunk", type=Path, metavar="FILE", help="packed MobileNet v1 weights of ImageNet")
    made.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    made.add_argument("--samples", type=Path, default=Path("datasets/samples"), metavar="DIR")
    made.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    made.add_argument("--out", type=Path, default=Path("var/bench/recognition.jsonl"), metavar="FILE")
    made.add_argument("--limit", type=int, metavar="N", help="look at N pictures of each folder only, for trying")
    made.add_argument("--marks", type=int, default=100, help="of each random registry (default 100)")
    made.add_argument("--draws", type=int, default=10, help="random registries (default 10)")
    made.add_argument("--threads", type=int, default=2, help="cores used (default 2)")
    return made


def machine() -> str:
    """What took the time."""
    return this_machine(f"ONNX Runtime {onnxruntime.__version__}").name


def measure(chosen: argparse.Namespace, progress: Progress) -> list[Figure]:
    """All figures, in the order of the table."""
    try:
        inspector = load_inspector(chosen.models, threads=chosen.threads)
        registered = register(chosen.registry, inspector, chosen.cache, progress)
    except TidewaiterError as error:
        log.warning("nothing can be measured: %s", error.detail)
        own, peers = unmeasured(error.detail)
        return [*own, missing(large_photograph.NAME, "ms", error.detail), *peers]
    large = large_figure(inspector, chosen.samples, progress)
    try:
        results = looked(chosen, inspector, registered, progress)
    except TidewaiterError as error:
        log.warning("the photographs cannot be used: %s", error.detail)
        own, peers = unmeasured(error.detail)
    else:
        own, peers = own_figures(results), peer_figures(results)
    return [on_machine(figure) for figure in (*own, large, *peers)]


def unmeasured(why: str) -> tuple[list[Figure], list[Figure]]:
    """All figures of the pipeline and of the peers, none of them measured."""
    nothing = Results(seen=(), clean=(), registered=frozenset(), kinds={}, marks=(0, 0), absent={})
    own, peers = own_figures(nothing), peer_figures(nothing)
    return [replace(figure, why=why) for figure in own], [replace(figure, why=why) for figure in peers]


def on_machine(figure: Figure) -> Figure:
    """Timings say what took them."""
    if figure.unit != "ms" or figure.value is None:
        return figure
    return replace(figure, note="; ".join(part for part in (figure.note, machine()) if part))


def large_figure(inspector: Inspector, samples: Path, progress: Progress) -> Figure:
    """The time of the large photograph."""
    try:
        data = large_photograph.photograph(read_samples(samples))
    except (TidewaiterError, OSError) as error:
        return missing(large_photograph.NAME, "ms", str(error))
    bar = progress.add_task("large photograph", total=large_photograph.RUNS)
    return large_photograph.timed(inspector, data, lambda: progress.advance(bar))


def looked(chosen: argparse.Namespace, inspector: Inspector, registered: frozenset[str], progress: Progress) -> Results:
    """Show all pictures to all who take part; raises a TidewaiterError for a set that cannot be used."""
    pictures = limited(read_evaluation_set(chosen.set).pictures, chosen.limit)
    clean = limited(further(chosen.clean), chosen.limit)
    rows, _ = read_table(chosen.registry)
    annotated = sorted({box.holder for picture in pictures for box in picture.boxes} & registered)
    kinds = kinds_of(annotated, rows, inspector, chosen.cache, progress)
    field = gathered(inspector, rows, chosen, progress)
    contest = Contest(
        inspector, registered, variants=field.variants, peers=field.peers, small=field.small, sift=field.sift
    )
    contest.warm_up(pictures[0].path)
    timed = set(limited(pictures, TIMED))
    tracked = progress.track(pictures, description="photographs")
    return Results(
        seen=[contest.picture(picture, timed=picture in timed) for picture in tracked],
        clean=[contest.clean(path) for path in progress.track(clean, description="clean photographs")],
        registered=registered,
        kinds=kinds,
        marks=(len(inspector.gallery), chosen.marks),
        absent=field.absent,
    )


def further(folder: Path | None) -> Sequence[Path]:
    """The pictures of the folder of clean ones; none, and a warning, if it has none."""
    if folder is None:
        return []
    try:
        return clean_pictures(folder)
    except TidewaiterError as error:
        log.warning("only the set's own clean photographs count: %s", error.detail)
        return []


def limited(items: Sequence[Item], most: int | None) -> Sequence[Item]:
    """At most `most` of the items, evenly spread; all if that is None."""
    if most is None or len(items) <= most:
        return items
    return [items[i * len(items) // most] for i in range(most)]


if __name__ == "__main__":
    sys.exit(main())
