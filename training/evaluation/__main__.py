"""Measure the shipped models on an annotated set of photographs.

    python -m training.evaluation SET --registry CSV [--json] [--clean DIR] [--models DIR] [--cache DIR]

The report is on standard output (a table, or with --json one JSON object and nothing else); progress and warnings
are on standard error. Exit status: 0, or 2 if the set, the registry or a model cannot be used.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import onnxruntime
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from datasets.evaluation_set import EvaluationSet, read_evaluation_set
from inference.decoding import decode
from inference.errors import TidewaiterError
from inference.inspector import load_inspector
from training.evaluation.interfaces import Inspector
from training.evaluation.observing import Observer, clean_pictures
from training.evaluation.registry import cache_folder, register
from training.evaluation.report import Tree, as_json, as_table, measure
from training.evaluation.timing import this_machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Evaluate as the command line says; return the exit status."""
    chosen = _parser().parse_args(arguments)
    stderr = Console(stderr=True)
    logging.basicConfig(level=logging.WARNING, format="%(message)s", handlers=[RichHandler(console=stderr)])
    try:
        tree = evaluate(chosen, stderr)
    except TidewaiterError as error:
        message = f"{error.code}: {error.title} {error.detail}"
        stderr.print(message, markup=False, highlight=False, soft_wrap=True, style="red")
        return 2
    if chosen.json:
        sys.stdout.write(json.dumps(as_json(tree), allow_nan=False) + "\n")
    else:
        Console(file=sys.stdout).print(as_table(tree))
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tidewaiter evaluate", description="Measure the shipped models on a set.")
    parser.add_argument("set", type=Path, metavar="SET", help="folder with annotations.json and its pictures")
    parser.add_argument("--registry", type=Path, required=True, metavar="CSV", help="table of the recorded marks")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    parser.add_argument("--clean", type=Path, metavar="DIR", help="folder of further pictures without recorded marks")
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR", help="default: models")
    parser.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR", help="default: %(default)s")
    return parser


def evaluate(chosen: argparse.Namespace, stderr: Console) -> Tree:
    """Read everything, look at every picture, and return the figures; raise a TidewaiterError on unusable input."""
    pictures = read_evaluation_set(chosen.set)
    further = clean_pictures(chosen.clean) if chosen.clean else []
    inspector: Inspector = load_inspector(chosen.models)
    with progress_on(stderr) as progress:
        registered = register(chosen.registry, inspector, chosen.cache, progress)
        return _measured(pictures, further, inspector, registered, progress)


def _measured(
    chosen: EvaluationSet,
    further: Sequence[Path],
    inspector: Inspector,
    registered: frozenset[str],
    progress: Progress,
) -> Tree:
    observer = Observer(inspector, decode, registered)
    observer.warm_up(chosen.pictures[0].path)
    observations = [observer.picture(p) for p in progress.track(chosen.pictures, description="pictures")]
    clean = [observer.clean(path) for path in progress.track(further, description="clean pictures")] if further else []
    machine = this_machine(f"onnxruntime {onnxruntime.__version__}, CPUExecutionProvider")
    return measure(observations, clean, registered=registered, threshold=inspector.threshold, machine=machine)


@contextmanager
def progress_on(stderr: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=stderr) as progress:
        yield progress


if __name__ == "__main__":
    sys.exit(main())
