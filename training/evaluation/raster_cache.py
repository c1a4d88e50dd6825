"""Rasterised artwork on disk: drawing ten thousand SVGs takes minutes, and does not depend on the embedder.

One PNG a picture, named by the sha256 of its source, in a folder named by the code that drew it.
"""

import hashlib
import inspect
import os
import sys
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]  # (h, w, 4)


class Rasterise(Protocol):
    """Draws the bytes of an artwork file as (h, w, 4) RGBA; raises BadArtwork."""

    def __call__(self, data: bytes, *, name: str) -> Rgba: ...


class RasterCache:
    """Draws artwork with `rasterise`, or reads again what it drew before from a folder under `folder`."""

    def __init__(self, folder: Path, rasterise: Rasterise) -> None:
        code = inspect.getsource(sys.modules[rasterise.__module__])
        self.folder = folder / f"rasters-{hashlib.sha256(code.encode()).hexdigest()[:16]}"
        self._rasterise = rasterise

    def drawn(self, data: bytes, sha256: str, *, name: str) -> Rgba:
        """The artwork in `data`, whose sha256 is given, as (h, w, 4) RGBA; raises BadArtwork.

        Artwork that cannot be drawn is not remembered: it is tried, and named, each time.
        """
        path = self.folder / sha256[:2] / f"{sha256}.png"
        known = cv2.imread(str(path), cv2.IMREAD_UNCHANGED) if path.is_file() else None
        if known is not None and known.ndim == 3 and known.shape[2] == 4:  # noqa: PLR2004 - a file cut short is drawn anew
            return np.asarray(known, np.uint8)
        pixels = self._rasterise(data, name=name)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.partial.png")
        if not cv2.imwrite(str(partial), pixels):  # the order of its channels is the same in both directions
            raise OSError(f"{partial} could not be written")
        partial.replace(path)
        return pixels
