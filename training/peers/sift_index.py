"""Features of all filed artwork in one table, and kept on disk: finding them takes minutes.

Each picture is shown on a light and on a dark ground, as our embedder sees it (`inference.embedder.artwork_views`), and
only its strongest features are kept: 40 of each of twenty thousand views are 400 MB as numbers with a point.
"""

import inspect as source
import sys
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.artwork.raster_cache import RasterCache
from inference.artwork.replacing import replacing
from inference.artwork.table import ArtworkRow
from inference.embedder import artwork_views
from inference.vocabulary import Image
from training.peers.filed import filed, fingerprint

SIDE = 200  # px of a view
KEPT = 40  # features of a view, the strongest
LENGTH = 128  # of a descriptor


@dataclass(frozen=True, kw_only=True)
class Features:
    """Places (n, 2) in px and descriptors (n, 128), whole numbers as SIFT makes them."""

    places: NDArray[np.float32]
    descriptors: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if self.descriptors.shape != (len(self.places), LENGTH) or self.places.shape != (len(self.places), 2):
            raise ValueError(f"expected (n, 2) and (n, 128), got {self.places.shape} and {self.descriptors.shape}")

    def __len__(self) -> int:
        return len(self.places)


@dataclass(frozen=True, kw_only=True)
class SiftIndex:
    """Features of v views, view after view: `starts` (v + 1,) where each begins; `holders` (v,) whose it is."""

    features: Features
    starts: NDArray[np.int64]
    holders: NDArray[np.str_]

    def __post_init__(self) -> None:
        if len(self.starts) != len(self.holders) + 1 or self.starts[-1] != len(self.features):
            raise ValueError(f"{len(self.holders)} views need as many starts and {len(self.features)} at the end")

    def __len__(self) -> int:
        """Return the number of views."""
        return len(self.holders)

    @cached_property
    def view_of(self) -> NDArray[np.int64]:
        """Number of the view of each feature (n,)."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.starts))

    @cached_property
    def holder_numbers(self) -> NDArray[np.int64]:
        """Number of the right holder of each view (v,)."""
        return np.unique(self.holders, return_inverse=True)[1].astype(np.int64)

    def holder_of(self, view: int) -> str:
        """Right holder of a view."""
        return str(self.holders[view])

    def features_of(self, view: int) -> Features:
        """Features of a view."""
        own = slice(int(self.starts[view]), int(self.starts[view + 1]))
        return Features(places=self.features.places[own], descriptors=self.features.descriptors[own])


def describe(picture: Image, *, most: int) -> Features:
    """At most `most` SIFT features of a picture (h, w, 3) RGB, the strongest by their response."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    points, descriptors = cv2.SIFT.create().detectAndCompute(grey, None)
    if descriptors is None or len(points) == 0:
        return Features(places=np.zeros((0, 2), np.float32), descriptors=np.zeros((0, LENGTH), np.uint8))
    kept = np.argsort([-point.response for point in points], kind="stable")[:most]
    places = np.array([points[i].pt for i in kept], np.float32)
    return Features(places=places, descriptors=descriptors[kept].round().clip(0, 255).astype(np.uint8))


def build_index(rows: Sequence[ArtworkRow], rasters: RasterCache, step: Callable[[], object]) -> SiftIndex:
    """Find the features of all usable artwork; `step` is called after each row."""
    found: list[Features] = []
    holders: list[str] = []
    for artwork in filed(rows, rasters):
        for view in artwork_views(artwork.picture, SIDE) if artwork else []:
            assert artwork is not None  # noqa: S101 - there is no view without
            found.append(describe(view, most=KEPT))
            holders.append(artwork.row.holder)
        step()
    starts = np.cumsum([0, *map(len, found)]).astype(np.int64)
    places = np.concatenate([np.zeros((0, 2), np.float32), *(one.places for one in found)])
    descriptors = np.concatenate([np.zeros((0, LENGTH), np.uint8), *(one.descriptors for one in found)])
    features = Features(places=places, descriptors=descriptors)
    return SiftIndex(features=features, starts=starts, holders=np.array(holders, np.str_))


def remembered_index(
    rows: Sequence[ArtworkRow], rasters: RasterCache, folder: Path, step: Callable[[], object]
) -> SiftIndex:
    """The index of `rows`, from `folder` if this code made it there of the same artwork, else built and kept there."""
    code = "".join(source.getsource(sys.modules[f.__module__]) for f in (build_index, filed, artwork_views))
    recipe = sha256(f"{code}\0{rasters.folder.name}\0{fingerprint(rows)}".encode()).hexdigest()
    path = folder / f"sift-{recipe[:32]}.npz"
    known = _read(path)
    if known is not None:
        return known
    index = build_index(rows, rasters, step)
    with replacing(path) as file:
        np.savez(
            file,
            places=index.features.places,
            descriptors=index.features.descriptors,
            starts=index.starts,
            holders=index.holders,
        )
    return index


def _read(path: Path) -> SiftIndex | None:
    """The index in a file, or None if it is not there whole."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            features = Features(places=kept["places"], descriptors=kept["descriptors"])
            return SiftIndex(features=features, starts=kept["starts"], holders=kept["holders"])
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile):
        return None
