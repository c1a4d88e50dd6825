"""`tidewaiter xray render|show|pack`: X-ray scans on the command line. Nothing is stored in the database."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.markup import escape

from inference.xray.display import MODES, shown
from inference.xray.materials import CLASSES, classes, effective_number
from inference.xray.packing import pack as packed
from inference.xray.reading import read_scan
from inference.xray.scan import XrayScan
from inference.xray.sidecar import document_of
from service.cli.screen import draw_to, err, out
from service.cli.training import PASS_ON, start
from service.errors import CannotStart, InvalidRequest

app = typer.Typer(help="X-ray scans: render, look at, pack.", no_args_is_help=True)
FILES = typer.Argument(metavar="FILE…", help="One file of a scan, or its high and its low image.")
SIDECAR = typer.Option(metavar="JSON", help="What is said of the scan beside its files; see docs/xray.md.")


@app.command("render", context_settings=PASS_ON, add_help_option=False)
def render(context: typer.Context) -> None:
    """Render labelled scans of parcels with marks, by physics: --registry CSV --out DIR [--count N]."""
    start("datasets.xray", context.args)


@app.command("show")
def show(
    files: Annotated[list[Path], FILES],
    sidecar: Annotated[Path | None, SIDECAR] = None,
    mode: Annotated[str, typer.Option(help=f"How it is drawn: {', '.join(MODES)}.")] = "colour",
    draw: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Draw the scan's first view.")] = None,
) -> None:
    """Read a scan, check it, and say what is known of it and what is not."""
    if mode not in MODES:
        raise InvalidRequest(f"no mode {mode!r}", field="--mode", limit=", ".join(MODES))
    scans = read(files, sidecar)
    for index, scan in enumerate(scans):
        out().print(f"[bold]view {index}[/bold]: {_facts(scan)}")
        for remark in scan.remarks:
            out().print(f"  {remark.text}", markup=False)
    if draw is not None:
        draw_to(draw, shown(scans[0], mode))


@app.command("pack")
def pack(
    high: Annotated[Path, typer.Argument(help="Image of the high energy.")],
    low: Annotated[Path, typer.Argument(help="Image of the low energy.")],
    to: Annotated[Path, typer.Argument(metavar="OUT.tif", help="The file that stations post.")],
    sidecar: Annotated[Path | None, SIDECAR] = None,
) -> None:
    """Put both energies and their sidecar into one file, once they were checked."""
    (scan,) = read([high, low], sidecar)
    data = packed(scan.counts[0], scan.counts[1], document_of(scan.said))
    read_scan([data], fields=[str(to)])  # what stations post is read as its parts were
    to.write_bytes(data)
    err().print(f"packed: {escape(str(to))}")


def read(files: Sequence[Path], sidecar: Path | None) -> tuple[XrayScan, ...]:
    """The views in these files. Raises BadImage, or CannotStart if a file cannot be read."""
    said = None if sidecar is None else _bytes(sidecar)
    names = [str(path) for path in files]
    return read_scan([_bytes(path) for path in files], said, fields=[*names, *names])


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}", field="FILE") from error


def _facts(scan: XrayScan) -> str:
    height, width = scan.shape
    size = f"{width} x {height} pixels" + ("" if scan.pitch is None else f" of {scan.pitch:g} mm")
    return f"{size}, {'one energy' if scan.low is None else f'two energies; {_shares(scan)}'}"


def _shares(scan: XrayScan) -> str:
    """How much of the scan is of each class, by pixels."""
    if scan.low is None or scan.curves is None:
        return "materials unknown"
    found = classes(scan.high, effective_number(scan.high, scan.low, scan.curves))
    shares = np.bincount(found.ravel(), minlength=len(CLASSES)) / found.size
    return ", ".join(f"{name} {share:.1%}" for name, share in zip(CLASSES, shares, strict=True))
