"""`tidewaiter inspect IMAGE…`: judge photographs and X-ray scans here and now; nothing is stored in the database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.filling import fill_gallery
from inference.artwork.pixels import CachedArtworks
from inference.artwork.table import read_table
from inference.artwork.views import KINDS, Kind, kind_of
from inference.comparison import draw_compared
from inference.decoding import DEFAULT_LIMITS, check_bytes
from inference.fitting import Fitter
from inference.vocabulary import Verdict
from inference.xray.display import shown
from inference.xray.scan import XrayScan
from service.bootstrap import bootstrap, load
from service.cli.screen import draw_to, out, progress, warn
from service.errors import CannotStart, InvalidRequest
from service.inspecting import Inspecting, Searching, XrayInspecting, load_xray_models
from service.logs import configure_logs
from service.scans.eyes import DRAWN
from service.scans.schemas import SuspicionOut, VerdictOut
from service.scans.sights import Sight, modality_of, read_sight
from service.scans.verdicts import combine
from service.settings import Settings, cores, load_settings

NO_XRAY = "no models for X-ray scans are deployed"


def inspect(
    images: Annotated[
        list[Path], typer.Argument(metavar="IMAGE…", help="Photographs (JPEG, PNG, WebP), X-ray scans (TIFF, DICOM).")
    ],
    registry: Annotated[Path | None, typer.Option(help="Registry table (CSV); else the service's database.")] = None,
    draw: Annotated[Path | None, typer.Option(metavar="OUT.png", help="Draw the findings of one photograph.")] = None,
    xray: Annotated[bool, typer.Option("--xray", help="They are all X-ray scans, whatever their files are.")] = False,
    sidecar: Annotated[
        Path | None,
        typer.Option(metavar="JSON", help="What is known of them, if they are X-ray scans that cannot say it."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Find recorded marks in photographs and X-ray scans, and print the suspicions with their reasons."""
    configure_logs()
    if draw is not None and len(images) != 1:
        raise InvalidRequest(f"{len(images)} images given", field="--draw", limit="one image")
    settings = load_settings()
    said = None if sidecar is None else _bytes(sidecar, "--sidecar").decode("utf-8", "replace")
    sights = {path: _sight(path, said, xray=xray or said is not None) for path in images}
    scans = {path: sight for path, sight in sights.items() if isinstance(sight, XrayScan)}
    photographs = {path: sight for path, sight in sights.items() if not isinstance(sight, XrayScan)}
    verdicts: dict[Path, Verdict] = {}
    if scans:
        with opened_xray(settings, registry) as judge:
            verdicts |= {path: judge.inspect_scan(scan) for path, scan in scans.items()}
    if photographs:
        with opened(settings, registry) as inspector:
            verdicts |= {path: inspector.inspect(photograph) for path, photograph in photographs.items()}
            if draw is not None:
                draw_to(draw, draw_compared(photographs[images[0]], verdicts[images[0]], inspector.artworks))
    elif draw is not None:
        draw_to(draw, draw_compared(shown(scans[images[0]]), verdicts[images[0]], None))
    results = {str(path): combine([verdicts[path]]) for path in sights}
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
    artwork = _fill(inspector, table, settings, KINDS)
    inspector.artworks = CachedArtworks(rasters=artwork.rasters)
    inspector.fitter = Fitter(artworks=inspector.artworks)
    yield inspector


@contextmanager
def opened_xray(settings: Settings, table: Path | None) -> Iterator[XrayInspecting]:
    """The same for X-ray scans. Raises CannotStart if no models for them are deployed."""
    settings = settings.model_copy(update={"threads": max(settings.threads, cores())})
    if table is None:
        parts = bootstrap(settings)
        try:
            if parts.eyes.xray is None:
                raise CannotStart(NO_XRAY, field="IMAGE")
            parts.eyes.refresh({"xray"})
            yield parts.eyes.xray
        finally:
            parts.close()
        return
    inspector = load_xray_models(settings.models_dir, settings.threads)
    if inspector is None:
        raise CannotStart(NO_XRAY, field="IMAGE")
    _fill(inspector, table, settings, DRAWN)
    yield inspector


def _fill(inspector: Searching, table: Path, settings: Settings, kinds: frozenset[Kind]) -> ArtworkEmbedder:
    """Put a table's artwork of these `kinds` into the gallery. Raises CannotStart if none can be used."""
    rows, bad = read_table(table)
    artwork = ArtworkEmbedder.remembering(inspector.embedder, settings.var_dir / "cache")
    wanted = [row for row in rows if kind_of(row.variant) in kinds]
    with progress("Embedding artwork") as moved:
        bad += fill_gallery(wanted, inspector.gallery, artwork, moved)
    for row in sorted(bad, key=lambda row: row.line):
        warn(f"{table}, line {row.line}: {row.reason}")
    if not len(inspector.gallery):
        raise CannotStart(f"{table} has no usable row", field="--registry")
    return artwork


def _sight(path: Path, sidecar: str | None, *, xray: bool) -> Sight:
    data = _bytes(path, "IMAGE")
    check_bytes(data, DEFAULT_LIMITS, str(path))
    modality = modality_of(data, "xray" if xray else None)
    return read_sight(data, modality, limits=DEFAULT_LIMITS, field=str(path), sidecar=sidecar)


def _bytes(path: Path, field: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CannotStart(f"{path} cannot be read: {error.strerror}", field=field) from error


def _show(name: str, verdict: VerdictOut) -> None:
    console = out()
    spent = sum(verdict.milliseconds.values())
    console.print(f"[bold]{escape(name)}[/bold]: {verdict.decision} ({spent:.0f} ms)")
    for remark in verdict.remarks:
        console.print(f"[dim]{escape(remark.text)}[/dim]")
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
