"""Artwork files to vectors, remembered from one run to the next.

Whoever fills a gallery (`tidewaiter inspect`, the evaluation, the calibration) comes by here, so that artwork that one
of them embedded is not embedded again by another.
"""

import hashlib
import inspect
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

from inference.artwork.raster_cache import RasterCache, Rasterise
from inference.artwork.rasterise import Rgba, rasterise
from inference.artwork.vector_cache import VectorCache
from inference.vocabulary import Vectors


class Embedding(Protocol):
    """Turns artwork into vectors; `inference.embedder.Embedder` does."""

    @property
    def sha256(self) -> str:
        """Identity of the network."""

    def embed_artwork(self, artwork: Rgba) -> Vectors:
        """Vectors (v, d), v >= 1, of one artwork picture (h, w, 4) RGBA."""


def recipe(embedder: Embedding, rasterise: Rasterise) -> str:
    """sha256 over what a cached vector depends on: the network, and the code of the two modules around it."""
    sources = (_source(type(embedder).__module__), _source(rasterise.__module__))
    return hashlib.sha256("\0".join([embedder.sha256, *sources]).encode()).hexdigest()


def _source(module: str) -> str:
    return inspect.getsource(sys.modules[module])


@dataclass(frozen=True, kw_only=True)
class ArtworkEmbedder:
    """Turns an artwork file into vectors, or remembers them."""

    embedder: Embedding
    rasters: RasterCache
    cache: VectorCache

    @classmethod
    def remembering(cls, embedder: Embedding, folder: Path, draw: Rasterise = rasterise) -> Self:
        """`embedder` with what is known of it in `folder`, where everybody's caches are."""
        cache = VectorCache(folder, recipe(embedder, draw))
        return cls(embedder=embedder, rasters=RasterCache(folder, draw), cache=cache)

    def vectors(self, data: bytes, *, name: str) -> tuple[str, Vectors]:
        """sha256 of the artwork file `data` and its vectors (v, d); `name` is used in messages.

        Raises BadArtwork, or OSError if its pixels cannot be kept.
        """
        sha256 = hashlib.sha256(data).hexdigest()
        vectors = self.cache.get(sha256)
        if vectors is None:
            vectors = self.embedder.embed_artwork(self.rasters.drawn(data, sha256, name=name))
            self.cache.put(sha256, vectors)
        return sha256, vectors
