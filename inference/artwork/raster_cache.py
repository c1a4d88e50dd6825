"""Rasterised artwork on disk: drawing ten thousand SVGs takes minutes, and does not depend on the embedder.

One PNG a picture, named by the sha256 of its source, in a folder named by the code that drew it. Safe to use from
several threads and processes at once.
"""

import hashlib
import inspect
import sys
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from inference.artwork.rasterise import Rgba
from inference.artwork.replacing import replacing


class Rasterise(Protocol):
    """Draws the bytes of an artwork file as (h, w, 4) RGBA; raises BadArtwork."""

    def __call__(self, data: bytes, *, name: str) -> Rgba: ...


class RasterCache:
    """Draws artwork with `rasterise`, or reads again what it drew before from a folder under `folder`."""

    def __init__(self, folder: Path, rasterise: Rasterise) -> None:
        code = inspect.getsource(sys.modules[rasterise.__module__])
        self.folder = folder / f"rasters-{hashlib.sha256(code.encode()).hexdigest()[:16]}"
        self._rasterise = rasterise

    def known(self, sha256: str) -> Rgba | None:
        """The artwork whose file has this sha256 as (h, w, 4) RGBA, or None if it is not there whole."""
        path = self._path(sha256)
        pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None  # None if damaged
        if pixels is None or pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 4:
            return None
        return np.asarray(pixels, np.uint8)

    def drawn(self, data: bytes, sha256: str, *, name: str) -> Rgba:
        """The artwork in `data`, whose sha256 is given, as (h, w, 4) RGBA; `name` is used in messages.

        Raises BadArtwork, or OSError if the picture cannot be kept. Artwork that cannot be drawn is not remembered:
        it is tried, and named, each time.
        """
        known = self.known(sha256)
        if known is not None:
            return known
        pixels = self._rasterise(data, name=name)
        _, encoded = cv2.imencode(".png", pixels)  # the order of its channels is the same in both directions
        with replacing(self._path(sha256)) as file:
            file.write(encoded.tobytes())
        return pixels

    def _path(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / f"{sha256}.png"
