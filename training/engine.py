"""What every training job shares: the learning rate's course, crash-proof checkpoints, the progress bar."""

import argparse
import math
import os
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import torch
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from torch.utils.data import DataLoader, Dataset

CHECKPOINT_EVERY = 50  # steps


class Run(Protocol):
    """The state of one training run."""

    step: int

    def advance(self, batch: Any) -> float:
        """Do one step on a batch, count it, and return the loss."""
        ...

    def save(self) -> None:
        """Write the checkpoint."""
        ...


class JobParser(argparse.ArgumentParser):
    """The command line of a job; `@FILE` stands for the arguments in a recipe (training/recipes): `#` is a remark."""

    def __init__(self, doc: str | None) -> None:
        super().__init__(
            description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, fromfile_prefix_chars="@"
        )
        self.add_argument(
            "--minutes", type=float, help="stop after so long, with a checkpoint; the same command goes on"
        )

    def convert_arg_line_to_args(self, arg_line: str) -> list[str]:
        """Several arguments on a line, as on the command line."""
        return shlex.split(arg_line, comments=True)


def add_common_arguments(parser: argparse.ArgumentParser, *, rendered: bool = False) -> None:
    """The arguments that every job takes; one whose pictures are all `rendered` goes on from another one's net."""
    parser.add_argument("--artwork", required=True, help="artwork.csv; only rows with split=train are used")
    if not rendered:
        parser.add_argument("--photographs", required=True, help="folder of photographs without marks")
        parser.add_argument("--trunk", required=True, help="packed ImageNet weights")
    parser.add_argument("--out", default="var/training", help="folder of the checkpoint")
    parser.add_argument("--cache", default="var/cache", help="folder of rasterised artwork")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="rendering processes")
    parser.add_argument(
        "--start", required=rendered, help="checkpoint whose net a new run starts from, in place of --trunk alone"
    )
    parser.add_argument("--frozen", type=int, default=0, help="first blocks of the trunk that learn no more")
    parser.add_argument("--compile", action=argparse.BooleanOptionalAction, default=True)


def learning_rate(step: int, steps: int, warmup: int = 40) -> float:
    """Factor 0..1: linear warm-up, then half a cosine down to 2 %."""
    if step < warmup:
        return (step + 1) / warmup
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def set_learning_rates(optimiser: torch.optim.Optimizer, bases: tuple[float, ...], factor: float) -> None:
    """Give each parameter group its own base rate times the course's factor."""
    for group, base in zip(optimiser.param_groups, bases, strict=True):
        group["lr"] = base * factor


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write beside its place, then move it there: a crash leaves the old checkpoint whole."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)


def load_checkpoint(path: Path) -> dict[str, Any] | None:
    """The saved state, tensors and plain values only, or None if there is none."""
    if not path.exists():
        return None
    state: dict[str, Any] = torch.load(path, weights_only=True, map_location="cpu")
    return state


def load_start(path: Path) -> dict[str, Any]:
    """The saved state that something starts from; FileNotFoundError names the missing file."""
    state = load_checkpoint(path)
    if state is None:
        raise FileNotFoundError(f"there is no checkpoint {path}")
    return state


@contextmanager
def progress_bar(name: str, total: int, done: int) -> Iterator[Any]:
    """A bar with the time left; yields `update(completed, loss)`."""
    columns = (SpinnerColumn(), *Progress.get_default_columns()[:3], TimeRemainingColumn())
    with Progress(*columns, TextColumn("{task.fields[loss]}"), console=Console(stderr=True)) as progress:
        bar = progress.add_task(name, total=total, completed=done, loss="")
        yield lambda completed, loss: progress.update(bar, completed=completed, loss=f"loss {loss:.3f}")


def run_to(
    run: Run,
    batches: Dataset[Any],
    steps: int,
    *,
    name: str,
    workers: int,
    log: Path,
    minutes: float | None = None,
) -> None:
    """Advance `run` to `steps`, rendering batches in `workers` processes; a line of loss per step goes to `log`.

    After `minutes` it stops early, with a checkpoint: machines are lent for so long.
    """
    stop = math.inf if minutes is None else time.monotonic() + 60 * minutes
    loader = DataLoader(
        batches,
        batch_size=None,
        sampler=range(run.step, steps),
        num_workers=workers,
        prefetch_factor=2 if workers else None,
    )
    with progress_bar(name, steps, run.step) as update, log.open("a") as lines:
        for batch in loader:
            loss = run.advance(batch)
            update(run.step, loss)
            lines.write(f"{run.step} {loss:.4f}\n")
            lines.flush()
            late = time.monotonic() > stop
            if run.step % CHECKPOINT_EVERY == 0 or run.step == steps or late:
                run.save()
            if late:
                break
