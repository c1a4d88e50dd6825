"""Measure the deployed models on this machine's cores.

    python -m training.bench [--models DIR] [--samples DIR] [--out FILE]

Prints a table and writes one JSON object a line to `var/bench/speed.jsonl`. What is missing (no models deployed,
no sample parcels) is a line with `value: null` and `why`. Progress is on standard error. Needs no torch.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import onnxruntime
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from inference.artwork.table import read_table
from inference.errors import TidewaiterError
from inference.inspector import Inspector, load_inspector
from training.bench import measures
from training.bench.figures import Figure, as_table, missing, write
from training.evaluation.timing import this_machine

SEARCH_ROUNDS = 50
DIMENSION = 256  # of random vectors, where no embedder says another


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, write; return the exit status: 0 also if something could not be measured."""
    chosen = parser().parse_args(arguments)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        figures = measure(chosen, progress)
    write(figures, chosen.out)
    console = Console(file=sys.stdout)
    console.print(as_table(figures, this_machine(f"ONNX Runtime {onnxruntime.__version__}").name))
    console.print(f"written to {chosen.out}", highlight=False)
    return 0


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="tidewaiter bench", description="Measure the deployed models on this machine.")
    made.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    made.add_argument("--samples", type=Path, default=Path("datasets/samples"), metavar="DIR")
    made.add_argument("--out", type=Path, default=Path("var/bench/speed.jsonl"), metavar="FILE")
    made.add_argument("--rounds", type=int, default=3, help="passes over the sample parcels (default 3)")
    made.add_argument("--marks", type=int, default=10_000, help="marks of the search (default 10000)")
    made.add_argument("--threads", type=int, help="cores one inspection may use (default: two, or all if fewer)")
    return made


def measure(chosen: argparse.Namespace, progress: Progress) -> list[Figure]:
    """All figures, in the order of the table."""
    try:
        inspector = load_inspector(chosen.models, threads=chosen.threads)
    except TidewaiterError as error:
        inspector, why = None, error.detail
    figures: list[Figure] = []
    if inspector is None:
        names = ("embed_artwork", "photograph", *measures.STEPS)
        figures += [missing(name, "ms", why) for name in names]
    else:
        figures += artwork_figures(inspector, chosen.samples, progress)
        figures += photograph_figures(inspector, chosen.samples, chosen.rounds, progress)
    dimension = inspector.embedder.dimension if inspector else DIMENSION
    step = stepper(progress, "searching", SEARCH_ROUNDS)
    figures += measures.search(dimension, chosen.marks, SEARCH_ROUNDS, step)
    figures += measures.bundle_sizes(chosen.models)
    return [*figures, measures.resident(chosen.models)]


def artwork_figures(inspector: Inspector, samples: Path, progress: Progress) -> list[Figure]:
    """Figures of the sample registry, which fills the gallery too."""
    try:
        rows, _ = read_table(samples / "registry.csv")
        return measures.artwork(inspector, rows, stepper(progress, "embedding artwork", len(rows)))
    except TidewaiterError as error:
        return [missing("embed_artwork", "ms", error.detail)]


def photograph_figures(inspector: Inspector, samples: Path, rounds: int, progress: Progress) -> list[Figure]:
    """Figures of the sample parcels."""
    files = sorted((samples / "parcels").glob("*.jpg"))
    if not files:
        why = f"no *.jpg in {samples / 'parcels'}"
        return [missing(name, "ms", why) for name in ("photograph", *measures.STEPS)]
    return measures.photographs(inspector, files, rounds, stepper(progress, "inspecting", len(files) * rounds))


def stepper(progress: Progress, name: str, total: int) -> Callable[[], None]:
    """A new bar, and what to call after each of its steps."""
    bar = progress.add_task(name, total=total)
    return lambda: progress.advance(bar)


if __name__ == "__main__":
    sys.exit(main())
