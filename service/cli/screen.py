"""What the commands write to the terminal: results on standard output, everything else on standard error."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
from pydantic import BaseModel
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from inference.vocabulary import Image
from service.errors import CannotStart
from service.marks.importing import Progress as Report


def out() -> Console:
    """Standard output."""
    return Console(highlight=False, soft_wrap=True)


def err() -> Console:
    """Standard error."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def as_json(answer: BaseModel) -> None:
    """What the service would answer, on standard output."""
    out().print(json.dumps(answer.model_dump(mode="json"), indent=2, ensure_ascii=False), markup=False)


def warn(message: str) -> None:
    """One message on standard error."""
    err().print(f"[red]{escape(message)}[/red]")


def draw_to(path: Path, image: Image) -> None:
    """Write a picture (h, w, 3) as a PNG, and say so. Raises CannotStart."""
    fine, data = cv2.imencode(".png", image[..., ::-1])
    if not fine:
        raise CannotStart(f"{path} cannot be encoded", field="--draw")
    path.write_bytes(data.tobytes())
    err().print(f"drawn: {escape(str(path))}")


@contextmanager
def steps() -> Iterator[Callable[[str, int, int | None], None]]:
    """A line on standard error; the block is given a function (step, done, total or None) that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda step, done, total: bar.update(task, description=step, completed=done, total=total)


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A bar on standard error; the block is given a function (done, total) that moves it."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
