"""The registry's artwork as pictures, for whoever has to learn it by heart: drawn once, kept in the common cache."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba
from inference.artwork.table import ArtworkRow
from inference.artwork.views import kind_of
from inference.errors import TidewaiterError


@dataclass(frozen=True, kw_only=True)
class Filed:
    """One usable artwork picture (h, w, 4) RGBA of a registry."""

    row: ArtworkRow
    picture: Rgba


def filed(rows: Sequence[ArtworkRow], rasters: RasterCache) -> Iterator[Filed | None]:
    """Draw the artwork of each of `rows` in turn; None for what cannot be drawn, and for photographs of goods."""
    for row in rows:
        yield _drawn(row, rasters) if kind_of(row.variant) == "artwork" else None


def _drawn(row: ArtworkRow, rasters: RasterCache) -> Filed | None:
    try:
        data = row.file.read_bytes()
        picture = rasters.drawn(data, hashlib.sha256(data).hexdigest(), name=row.file.name)
    except (TidewaiterError, OSError):  # whoever filled the gallery has named it
        return None
    return Filed(row=row, picture=picture)


def fingerprint(rows: Sequence[ArtworkRow]) -> str:
    """sha256 over which pictures are filed for whom, in order: what an index of them depends on."""
    digest = hashlib.sha256()
    for row in rows:
        content = hashlib.sha256(row.file.read_bytes()).hexdigest()
        digest.update(f"{row.mark_id}\0{row.holder}\0{row.variant}\0{content}\n".encode())
    return digest.hexdigest()
