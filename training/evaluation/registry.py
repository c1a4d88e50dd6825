"""Fill the inspector's gallery with the artwork of a registry table."""

import hashlib
import inspect
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.errors import BadArtwork
from inference.vocabulary import Mark, Vectors
from training.evaluation.interfaces import Embedder, Gallery, Row
from training.evaluation.raster_cache import RasterCache, Rasterise
from training.evaluation.vector_cache import VectorCache

log = logging.getLogger(__name__)

SAVE_EVERY = 2000  # rows between two savings of the cache


def recipe(embedder: Embedder, rasterise: Rasterise) -> str:
    """sha256 over what a cached vector depends on: the network, and the code of the two modules around it."""
    sources = (_source(type(embedder).__module__), _source(rasterise.__module__))
    return hashlib.sha256("\0".join([embedder.sha256, *sources]).encode()).hexdigest()


def _source(module: str) -> str:
    return inspect.getsource(sys.modules[module])


@dataclass(frozen=True, kw_only=True)
class ArtworkEmbedder:
    """Turns an artwork file into vectors, or remembers them."""

    embedder: Embedder
    rasters: RasterCache
    cache: VectorCache

    def vectors(self, file: Path) -> tuple[str, Vectors]:
        """sha256 of the file and its vectors (v, d); raises BadArtwork, or OSError if it cannot be read."""
        data = file.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        vectors = self.cache.get(sha256)
        if vectors is None:
            vectors = self.embedder.embed_artwork(self.rasters.drawn(data, sha256, name=file.name))
            self.cache.put(sha256, vectors)
        return sha256, vectors


def fill_gallery(
    rows: Sequence[Row], gallery: Gallery, artwork: ArtworkEmbedder, step: Callable[[], None] = lambda: None
) -> frozenset[str]:
    """Embed the artwork of all `rows`, add each mark to the gallery, and return the right holders of all rows.

    Artwork that cannot be used is logged and left out. Its right holder still counts as registered: a mark that the
    registry names but the pipeline cannot read is a miss, not an excuse. `step` is called after each row.
    """
    found: dict[str, list[tuple[str, Vectors]]] = {}
    marks: dict[str, Mark] = {}
    for index, row in enumerate(rows, start=1):
        marks.setdefault(row.mark_id, Mark(mark_id=row.mark_id, title=row.title, holder=row.holder))
        try:
            found.setdefault(row.mark_id, []).append(artwork.vectors(row.file))
        except (BadArtwork, OSError) as error:
            log.warning("line %d: %s is left out: %s", row.line, row.file.name, error)
        step()
        if index % SAVE_EVERY == 0:
            artwork.cache.save()
    artwork.cache.save()
    for mark_id, pictures in found.items():
        if pictures:
            references = [sha256 for sha256, vectors in pictures for _ in vectors]
            gallery.add(marks[mark_id], np.concatenate([vectors for _, vectors in pictures]), references)
    return frozenset(row.holder for row in rows)
