"""`tidewaiter inspect IMAGE…`: judge photographs here and now; nothing is stored in the database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.markup import escape
from rich.table import Table

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.filling import fill_gallery
from inference.artwork.pixels import CachedArtworks
from inference.artwork.table import read_table
from inference.comparison import draw_compared
from inference.decoding import decode
from inference.fitting import Fitter
from inference.vocabulary import Image, Verdict
from service.bootstrap import bootstrap, load
from service.cli.screen import err, out, progress, warn
from service.errors import CannotStart, InvalidRequest
from service.inspecting import Inspecting
from service.logs import configure_logs
from service.scans.schemas import SuspicionOut, VerdictOut
from service.scans.verdicts import combine
from service.settings import Settings, cores, load_settings


def inspect(
    images: Annotated[list[Path], typer.Argument(metavar="IMAGE…", help="JPEG, PNG or WebP photographs.")],
    registry: Annotated[Path | None, typer.Option(help="Registry table (CSV); else the service's database.")] = None,
    draw: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Draw the findings of one photograph.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Find recorded marks in photographs and print the suspicions with their reasons."""
    configure_logs()
    if draw is not None and len(images) != 1:
        raise InvalidRequest(f"{len(images)} photographs given", field="--draw", limit="one photograph")
    with opened(load_settings(), registry) as inspector:
        judged = [(path, *_judge(inspector, path)) for path in images]
        if draw is not None:
            _write(draw, draw_compared(judged[0][1], judged[0][2], inspector.artworks))
    results = {str(path): combine([verdict]) for path, _image, verdict in judged}
    if as_json:
        listed = [{"image": name, "verdict": verdict.model_dump(mode="json")} for name, verdict in results.items()]
        out().print(json.dumps(listed, indent=2, ensure_ascii=False), markup=False)
        return
    for name, verdict in results.items():
        _show(name, verdict)


@contextmanager
def opened(settings: Settings, table: Path | None) -> Iterator[Inspecting]:
    """An inspector whose gallery is filled from `table`, or from the service's database."""
    settings = settings.model_copy(update={"threads": max(settings.threads, cores())})  # one photograph at a time
    if table is None:
        parts = bootstrap(settings)
        try:
            if not len(parts.inspector.gallery):
                warn("The registry is empty: import one with `tidewaiter registry import CSV`, or give --registry CSV.")
            yield parts.inspector
        finally:
            parts.close()
        return
    inspector = load(settings)
    rows, bad = read_table(table)
    artwork = ArtworkEmbedder.remembering(inspector.embedder, settings.var_dir / "cache")
    with progress("Embedding artwork") as moved:
        bad += fill_gallery(rows, inspector.gallery, artwork, moved)
    inspector.artworks = CachedArtworks(rasters=artwork.rasters)
    inspector.fitter = Fitter(artworks=inspector.artworks)
    for row in sorted(bad, key=lambda row: row.line):
        warn(f"{table}, line {row.line}: {row.reason}")
    if not len(inspector.gallery):
        raise CannotStart(f"{table} has no usable row", field="--registry")
    yield inspector


def _judge(inspector: Inspecting, path: Path) -> tuple[Image, Verdict]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}", field="IMAGE") from error
    image = decode(data, field=str(path))
    return image, inspector.inspect(image)


def _write(path: Path, image: Image) -> None:
    fine, data = cv2.imencode(".png", image[..., ::-1])
    if not fine:
        raise CannotStart(f"{path} cannot be encoded", field="--draw")
    path.write_bytes(data.tobytes())
    err().print(f"drawn: {escape(str(path))}")


def _show(name: str, verdict: VerdictOut) -> None:
    console = out()
    spent = sum(verdict.milliseconds.values())
    console.print(f"[bold]{escape(name)}[/bold]: {verdict.decision} ({spent:.0f} ms)")
    if not verdict.suspicions:
        return
    table = Table("right holder", "mark", "score", "box", "reasons", "else")
    for item in verdict.suspicions:
        table.add_row(*_cells(item))
    console.print(table)


def _cells(item: SuspicionOut) -> tuple[str, ...]:
    box = ", ".join(f"{edge:.0f}" for edge in item.box)
    reasons = "\n".join(reason.text for reason in item.reasons)
    others = "\n".join(f"{c.mark.holder} {c.score:.2f}" for c in item.candidates[1:4])
    holder, title = escape(item.mark.holder), escape(item.mark.title)
    return holder, title, f"{item.score:.2f}", box, escape(reasons), escape(others)
