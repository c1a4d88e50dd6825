"""Fill the inspector's gallery with the artwork of a registry table, for the evaluation and the calibration."""

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from rich.progress import Progress

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.filling import fill_gallery
from inference.artwork.pixels import CachedArtworks
from inference.artwork.table import BadRow, read_table
from inference.errors import BadRegistryTable
from inference.fitting import Fitter
from training.evaluation.interfaces import Inspector

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where `tidewaiter inspect` keeps its caches too: `cache` in $TIDEWAITER_VAR_DIR, by default `var`."""
    return Path(os.environ.get("TIDEWAITER_VAR_DIR", "var")) / "cache"


def register(
    registry: Path, inspector: Inspector, folder: Path, progress: Progress, *, lay: bool = True
) -> frozenset[str]:
    """Fill the inspector's gallery from a registry table, and give it the artwork to `lay` on given boxes.

    Returns the right holders; `folder` keeps the caches. Nothing is laid on X-ray scans.

    Rows that cannot be used are logged and left out. If only the artwork of a row is bad, its right holder still counts
    as registered: a mark that the registry names but the pipeline cannot read is a miss, not an excuse. Raises
    BadRegistryTable.
    """
    rows, bad = read_table(registry)
    _warn(registry, bad)
    if not rows:
        raise BadRegistryTable(f"{registry} has no usable row", field="registry")
    task = progress.add_task("registry", total=len(rows))
    artwork = ArtworkEmbedder.remembering(inspector.embedder, folder)
    if lay:
        inspector.fitter = Fitter(artworks=CachedArtworks(rasters=artwork.rasters))
    bad = fill_gallery(rows, inspector.gallery, artwork, lambda done, _all: progress.update(task, completed=done))
    _warn(registry, bad)
    return frozenset(row.holder for row in rows)


def _warn(registry: Path, bad: Sequence[BadRow]) -> None:
    for row in bad:
        log.warning("%s, line %d is left out: %s", registry, row.line, row.reason)
