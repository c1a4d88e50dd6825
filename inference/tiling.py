"""Tiling: a large photograph is looked at as a whole, and once more in parts, at a finer scale.

The net sees a picture reduced to its side: of a 4000 px photograph a mark of 160 px is left with 16. Parts overlap, so
that what one of them cuts another has whole; what is cut at a part's inner edge gives way to what was seen whole.

    for tile in tiling.tiles(height, width, side): ...
    boxes, scores = merged(looks, most=20)
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Boxes, Scores

CUT = 2.0  # px of the net: nearer to a tile's inner edge a box counts as cut
SAME = 0.5  # IoU from which on two boxes show one thing
COVERED = 0.5  # share of a cut box that another box covers, if it shows the same thing


@dataclass(frozen=True, kw_only=True)
class Tile:
    """A part of an image: pixels x1 <= x < x2, y1 <= y < y2."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True, kw_only=True)
class Tiling:
    """When an image is looked at in parts, and in how many."""

    most: int = 6  # tiles of one image at most, 0 for none: each costs a pass
    from_: float = 6.0  # px of the image to one of the net from which on it is too coarse: 2304 px for a side of 384
    coarsest: float = 5.0  # px of a tile to one of the net, unless that takes more than `most` tiles
    overlap: float = 0.15  # of a tile's side, with its neighbour

    def __post_init__(self) -> None:
        if self.most < 0:
            raise ValueError(f"most must be at least 0, got {self.most}")
        if not 0.0 <= self.overlap <= 0.5:
            raise ValueError(f"overlap must be in 0..0.5, got {self.overlap}")
        if not 0.0 < self.coarsest <= self.from_:
            raise ValueError(f"coarsest must be in 0..from_ ({self.from_}), got {self.coarsest}")

    @classmethod
    def from_config(cls, config: Mapping[str, float]) -> "Tiling":
        """The tiling in a bundle's config, with the keys most, from, coarsest, overlap; ValueError for unknown ones."""
        names = {field.name.rstrip("_"): field.name for field in fields(cls)}
        unknown = sorted(set(config) - set(names))
        if unknown:
            raise ValueError(f"tiling: unknown keys {', '.join(unknown)}; known: {', '.join(names)}")
        values = {names[key]: float(value) for key, value in config.items()}
        return cls(**{**values, "most": round(values["most"])} if "most" in values else values)  # type: ignore[arg-type]

    def tiles(self, height: int, width: int, side: int) -> list[Tile]:
        """The tiles of an image for a net whose input is `side` px long; none if the whole is fine enough."""
        if max(height, width) <= self.from_ * side or self.most < 2:
            return []
        columns, rows = self._grid(height, width, side)
        if columns * rows < 2:
            return []
        across, along = _cuts(width, columns, self.overlap), _cuts(height, rows, self.overlap)
        return [Tile(x1=x1, y1=y1, x2=x2, y2=y2) for y1, y2 in along for x1, x2 in across]

    def _grid(self, height: int, width: int, side: int) -> tuple[int, int]:
        """Columns and rows: the fewest with which tiles are fine enough, or the finest that `most` allows."""

        def longest(grid: tuple[int, int]) -> float:
            columns, rows = grid
            return max(_length(width, columns, self.overlap), _length(height, rows, self.overlap))

        grids = [(c, r) for c in range(1, self.most + 1) for r in range(1, self.most // c + 1)]
        fine = [grid for grid in grids if longest(grid) <= self.coarsest * side]
        return min(fine or grids, key=lambda grid: (grid[0] * grid[1] if fine else 0, longest(grid), grid))


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was found in one tile, or in the whole image."""

    boxes: Boxes  # (n, 4) px of the image
    scores: Scores  # (n,)
    cut: NDArray[np.bool_]  # (n,) whether the box ends at an inner edge


def look(tile: Tile, boxes: Boxes, scores: Scores, *, image: tuple[int, int], pixel: float) -> Look:
    """What was found in a tile of an image (height, width): `boxes` (n, 4) in px of the tile, moved to the image's.

    `pixel` is the size of one of the net's pixels, in px of the image.
    """
    height, width = image
    near = CUT * pixel
    inner = np.array([tile.x1 > 0, tile.y1 > 0, tile.x2 < width, tile.y2 < height])
    size = np.array([tile.x2 - tile.x1, tile.y2 - tile.y1], np.float32)
    ends = np.concatenate([boxes[:, :2] <= near, boxes[:, 2:] >= size - near], 1)  # (n, 4)
    moved = boxes + np.array([tile.x1, tile.y1, tile.x1, tile.y1], np.float32)
    return Look(boxes=moved.astype(np.float32), scores=scores, cut=(ends & inner).any(1))


def merged(looks: Sequence[Look], *, most: int) -> tuple[Boxes, Scores]:
    """All boxes of all looks, best first, each thing once: (n, 4) and (n,), n <= `most`.

    Whole boxes first, by score; a box with an overlap of SAME with a kept one goes. Then cut ones: they also go if a
    kept one covers COVERED of them.
    """
    boxes = np.concatenate([one.boxes for one in looks])  # (n, 4)
    scores = np.concatenate([one.scores for one in looks])  # (n,)
    cut = np.concatenate([one.cut for one in looks])
    kept: list[int] = []
    for index in np.lexsort((-scores, cut)):
        others = boxes[kept]
        shared = _shared(boxes[index], others)
        own = float((boxes[index, 2:] - boxes[index, :2]).prod())
        union = own + (others[:, 2:] - others[:, :2]).prod(1) - shared
        same = shared >= SAME * np.maximum(union, 1e-6)
        if cut[index]:
            same |= shared >= COVERED * max(own, 1e-6)
        if not same.any():
            kept.append(int(index))
    chosen = sorted(kept, key=lambda index: -scores[index])[:most]
    return boxes[chosen].reshape(-1, 4), scores[chosen]


def _shared(box: NDArray[np.float32], others: Boxes) -> NDArray[np.float32]:
    """Area (n,) that the box has in common with each of the others (n, 4)."""
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    return np.asarray(np.clip(high - low, 0, None).prod(1), np.float32)


def _length(whole: int, count: int, overlap: float) -> float:
    """Length of each of `count` tiles of one direction, that overlap by a share of it."""
    return whole / (count - (count - 1) * overlap)


def _cuts(whole: int, count: int, overlap: float) -> list[tuple[int, int]]:
    """Begin and end of each of `count` tiles, from edge to edge."""
    length = min(whole, math.ceil(_length(whole, count, overlap)))
    starts = np.linspace(0, whole - length, count).round().astype(int).tolist()
    return [(start, start + length) for start in starts]
