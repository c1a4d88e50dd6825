"""Artwork that models may be trained on: rows of an artwork table with split=train, and no other.

Rasterising ten thousand drawings takes minutes, so the pictures are kept in one file of plain arrays (no pickle).
"""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow, read_table
from inference.errors import BadArtwork


@dataclass(frozen=True, kw_only=True)
class TrainingArtwork:
    """One artwork picture of a mark: (h, w, 4) RGBA."""

    mark_id: str
    holder: str
    picture: NDArray[np.uint8]


def load_training_artwork(table: Path, *, cache: Path, longest: int) -> list[TrainingArtwork]:
    """Artwork of all rows with split=train, longest side `longest` px; rows that cannot be drawn are left out."""
    rows = [row for row in read_table(table)[0] if row.split == "train"]
    pictures = cached_pictures(rows, cache, longest)
    return [
        TrainingArtwork(mark_id=row.mark_id, holder=row.holder, picture=picture)
        for row, picture in zip(rows, pictures, strict=True)
        if picture is not None
    ]


def cached_pictures(rows: list[ArtworkRow], cache: Path, longest: int) -> list[NDArray[np.uint8] | None]:
    """The rows' pictures, from the cache file of exactly these rows if there is one."""
    if not rows:
        return []
    states = [(row.file, row.file.stat()) for row in rows]
    names = "\n".join(f"{file} {state.st_size} {state.st_mtime_ns}" for file, state in states) + f"\n{longest}"
    path = cache / f"artwork-{hashlib.sha256(names.encode()).hexdigest()[:12]}.npz"
    if not path.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            drawn = list(pool.map(draw, [row.file for row in rows], [longest] * len(rows), chunksize=50))
        shapes = np.array([picture.shape[:2] if picture is not None else (0, 0) for picture in drawn], np.int32)
        flat = np.concatenate([np.zeros(0, np.uint8), *(picture.ravel() for picture in drawn if picture is not None)])
        part = path.with_suffix(f".{os.getpid()}.part.npz")  # moved to its place when whole
        np.savez(part, shapes=shapes, flat=flat)
        part.replace(path)
    with np.load(path, allow_pickle=False) as stored:
        shapes, flat = stored["shapes"], stored["flat"]
    ends = np.cumsum(shapes.prod(1) * 4)
    return [
        flat[end - h * w * 4 : end].reshape(h, w, 4) if h else None for (h, w), end in zip(shapes, ends, strict=True)
    ]


def draw(file: Path, longest: int) -> NDArray[np.uint8] | None:
    """Rasterise one file to `longest` px, or None if it is no usable artwork."""
    try:
        picture = rasterise(file.read_bytes(), name=file.name)
    except BadArtwork:
        return None
    scale = longest / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
