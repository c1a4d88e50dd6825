"""Measure alignment and deviation on renderings of the sample marks.

    python -m training.deviations [--registry CSV] [--rounds N] [--seed N]

Prints a table: how often artwork is aligned with its own rendering and with that of another mark, how often a known
deviation is found, how often one is found that is not there, and the milliseconds of each step. Needs no model.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from inference.artwork.rasterise import rasterise
from inference.artwork.table import read_table
from training.deviations.trials import Filed, Trials, run
from training.evaluation.proportions import wilson


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure as the command line says and print the table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.deviations", description=__doc__)
    parser.add_argument("--registry", type=Path, default=Path("datasets/samples/registry.csv"), metavar="CSV")
    parser.add_argument("--rounds", type=int, default=300, help="artworks tried (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same table (default 7)")
    chosen = parser.parse_args(arguments)
    cv2.setNumThreads(1)
    rows, _ = read_table(chosen.registry)
    artworks = [
        Filed(mark_id=row.mark_id, picture=rasterise(row.file.read_bytes(), name=row.file.name)) for row in rows
    ]
    with Progress(console=Console(stderr=True)) as progress:
        bar = progress.add_task("rendering", total=chosen.rounds)
        trials = run(artworks, chosen.seed, chosen.rounds, lambda: progress.advance(bar))
    show(trials, Console(file=sys.stdout))
    return 0


def show(trials: Trials, console: Console) -> None:
    """Print the rates with their 95 % intervals (Wilson), and the times."""
    table = Table("what", "rate", "95 %", "n", "could be said")
    for name, rate in sorted(trials.rates.items()):
        low, high = wilson(rate.hits, rate.tried)
        cells = (f"{rate.hits / rate.tried:.3f}", f"{low:.3f} - {high:.3f}", str(rate.tried))
        table.add_row(name, *cells, f"{rate.said / rate.tried:.3f}")
    console.print(table)
    for name, times in trials.milliseconds.items():
        console.print(f"{name}: {np.median(times):.0f} ms, p95 {np.quantile(times, 0.95):.0f}", highlight=False)


if __name__ == "__main__":
    sys.exit(main())
