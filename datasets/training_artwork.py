"""Artwork that models may be trained on: rows of an artwork table with split=train, and no other.

Drawing ten thousand SVGs takes minutes, so it is done by all cores, and once: the cache is the registry's.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from inference.artwork.raster_cache import RasterCache
from inference.artwork.rasterise import Rgba, rasterise
from inference.artwork.table import read_table
from inference.artwork.views import kind_of
from inference.errors import TidewaiterError

FEW = 50  # files; so many are drawn sooner than processes for them are started


@dataclass(frozen=True, kw_only=True)
class TrainingArtwork:
    """One artwork picture of a mark: (h, w, 4) RGBA."""

    mark_id: str
    holder: str
    picture: Rgba


def load_training_artwork(table: Path, *, cache: Path, longest: int) -> list[TrainingArtwork]:
    """Artwork of all rows with split=train, longest side `longest` px; rows that cannot be drawn are left out.

    So are photographs of goods: there is nothing in them that could be printed on others.

    `cache` is the folder of the registry's caches. Raises BadRegistryTable, or OSError if a file cannot be read or a
    drawing not be kept.
    """
    return load_artwork(table, split="train", cache=cache, longest=longest)


def load_artwork(table: Path, *, split: str, cache: Path, longest: int) -> list[TrainingArtwork]:
    """As `load_training_artwork`, of the rows of one split; what is not `train` is for evaluation alone."""
    rows = [row for row in read_table(table)[0] if row.split == split and kind_of(row.variant) == "artwork"]
    pictures = _pictures([row.file for row in rows], RasterCache(cache, rasterise), longest)
    return [
        TrainingArtwork(mark_id=row.mark_id, holder=row.holder, picture=picture)
        for row, picture in zip(rows, pictures, strict=True)
        if picture is not None
    ]


def _pictures(files: Sequence[Path], rasters: RasterCache, longest: int) -> list[Rgba | None]:
    """The pictures of `files`, longest side `longest` px; None for what is no usable artwork."""
    with ThreadPoolExecutor(os.cpu_count()) as threads:  # decoding and resizing happen outside of Python's lock
        pictures = list(threads.map(partial(_known, rasters, longest), files))
    missing = [index for index, picture in enumerate(pictures) if picture is None]
    drawn = _draw_all([files[index] for index in missing], partial(_drawn, rasters, longest))
    for index, picture in zip(missing, drawn, strict=True):
        pictures[index] = picture
    return pictures


def _draw_all(files: Sequence[Path], draw: Callable[[Path], Rgba | None]) -> list[Rgba | None]:
    if len(files) <= FEW:
        return [draw(file) for file in files]
    with ProcessPoolExecutor() as processes:  # each with a renderer of its own
        return list(processes.map(draw, files, chunksize=FEW))


def _known(rasters: RasterCache, longest: int, file: Path) -> Rgba | None:
    known = rasters.known(hashlib.sha256(file.read_bytes()).hexdigest())
    return None if known is None else _resized(known, longest)


def _drawn(rasters: RasterCache, longest: int, file: Path) -> Rgba | None:
    data = file.read_bytes()
    try:
        return _resized(rasters.drawn(data, hashlib.sha256(data).hexdigest(), name=file.name), longest)
    except TidewaiterError:
        return None


def _resized(picture: Rgba, longest: int) -> Rgba:
    scale = longest / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
