"""`tidewaiter train|evaluate|bench`: starts `python -m training…` as a process; the service never imports it."""

import importlib.util
import subprocess
import sys
from collections.abc import Sequence

import typer

from service.errors import CannotStart

PASS_ON = {"allow_extra_args": True, "ignore_unknown_options": True}
train_app = typer.Typer(help="Train a model (needs torch).", no_args_is_help=True)


def install(app: typer.Typer) -> None:
    """Add the commands to `app`; all their arguments, --help too, go to the started process."""
    for name, command in TRAINED.items():
        train_app.command(name, context_settings=PASS_ON, add_help_option=False)(command)
    app.add_typer(train_app, name="train")
    for name, command in (("evaluate", evaluate), ("bench", bench)):
        app.command(name, context_settings=PASS_ON, add_help_option=False)(command)


def train_detector(context: typer.Context) -> None:
    """Train the detector."""
    _need_torch()
    start("training.detector_job", context.args)


def train_embedder(context: typer.Context) -> None:
    """Train the embedder."""
    _need_torch()
    start("training.embedder_job", context.args)


def train_xray_detector(context: typer.Context) -> None:
    """Train the detector for X-ray scans, on rendered ones."""
    _need_torch()
    start("training.xray.detector_job", context.args)


def train_xray_embedder(context: typer.Context) -> None:
    """Train the embedder for X-ray scans, on rendered ones."""
    _need_torch()
    start("training.xray.embedder_job", context.args)


TRAINED = {
    "detector": train_detector,
    "embedder": train_embedder,
    "xray-detector": train_xray_detector,
    "xray-embedder": train_xray_embedder,
}


def evaluate(context: typer.Context) -> None:
    """Measure on a set of photographs, SET --registry CSV [--json] [--clean DIR], or on scans: xray --registry CSV.

    X-ray scans are rendered as they are needed: [--scans N] [--scanner NAME] [--clean] [--json].
    """
    if context.args[:1] == ["xray"]:
        start("training.xray.evaluation", context.args[1:])
    start("training.evaluation", context.args)


def bench(context: typer.Context) -> None:
    """Measure speed on this machine."""
    start("training.bench", context.args)


def _need_torch() -> None:
    if importlib.util.find_spec("torch") is None:
        raise CannotStart("training needs torch, which is not installed: run `uv sync --group train`")


def start(module: str, arguments: Sequence[str]) -> None:
    finished = subprocess.run([sys.executable, "-m", module, *arguments], check=False)  # noqa: S603 - no shell
    raise typer.Exit(finished.returncode)
