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
from inference.artwork.rasterise import rasterise
from inference.artwork.vector_cache import VectorCache
from inference.artwork.views import Kind, Views, kind_of, vectors_of
from inference.vocabulary import Vectors


class Embedding(Views, Protocol):
    """Turns artwork into vectors; `inference.embedder.Embedder` does."""

    @property
    def sha256(self) -> str:
        """Identity of the network."""


def recipe(embedder: Embedding, rasterise: Rasterise) -> str:
    """sha256 over what a cached vector depends on: the network, and the code of the three modules around it."""
    sources = (_source(type(embedder).__module__), _source(rasterise.__module__), _source(vectors_of.__module__))
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

    def vectors(self, data: bytes, *, name: str, variant: str = "artwork") -> tuple[str, Vectors]:
        """sha256 of the picture's file `data` and its vectors (v, d); `name` is used in messages.

        The same bytes as artwork and as a photograph are different vectors. Raises BadArtwork, or OSError if its pixels
        cannot be kept.
        """
        sha256, kind = hashlib.sha256(data).hexdigest(), kind_of(variant)
        key = cache_key(sha256, kind)
        vectors = self.cache.get(key)
        if vectors is None:
            vectors = vectors_of(self.rasters.drawn(data, sha256, name=name), kind, self.embedder)
            self.cache.put(key, vectors)
        return sha256, vectors


def cache_key(sha256: str, kind: Kind) -> str:
    """Under what the vectors of a picture are kept."""
    return sha256 if kind == "artwork" else f"{sha256}:{kind}"
