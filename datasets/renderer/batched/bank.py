"""What a batch is rendered from: artwork with its holes and parts told apart, patches of photographs, textures.

Connected components cannot be found batch-wise, so they are found once, when the bank is made.
"""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from datasets.renderer.fills import LEAST, framed
from datasets.renderer.inks import Artwork, is_single_colour

ALPHA, HOLES, PARTS = 3, slice(4, 6), 6  # planes after red, green and blue
EDGE = 2  # px of the square left free around the artwork, so that it can grow and fade
TILE = 256  # px: side of the textures


@dataclass(frozen=True, kw_only=True)
class ArtworkBatch:
    """Artwork fitted into squares, with its aspect kept.

    planes (n, 7, s, s) 0..1: red, green, blue, alpha (straight), every other hole, the rest of the holes, every other
    part; reach (n, 2): half width and height of what is drawn, where half the square is 1; single (n,): one colour.
    """

    planes: Tensor
    reach: Tensor
    single: Tensor

    def __post_init__(self) -> None:
        if self.planes.ndim != 4 or self.planes.shape[1] != 7:
            raise ValueError(f"planes must be (n, 7, s, s), but are {tuple(self.planes.shape)}")

    def __len__(self) -> int:
        return len(self.planes)

    def rows(self, index: Tensor) -> "ArtworkBatch":
        """Only the artwork of `index` (m,), in its order."""
        return ArtworkBatch(planes=self.planes[index], reach=self.reach[index], single=self.single[index])


@dataclass(frozen=True, kw_only=True)
class ArtworkBank:
    """As `ArtworkBatch`, but planes in uint8 0..255; wide (l,): rows that may stand in for lettering."""

    planes: Tensor
    reach: Tensor
    single: Tensor
    wide: Tensor

    def __len__(self) -> int:
        return len(self.planes)

    @classmethod
    def of(cls, pictures: Sequence[Artwork], side: int = 128) -> "ArtworkBank":
        """A bank of artwork pictures (h, w, 4) RGBA of any size, each fitted into (side, side)."""
        with ThreadPoolExecutor(os.cpu_count()) as threads:  # OpenCV and numpy work outside of Python's lock
            fitted = list(threads.map(partial(fitted_square, side=side), pictures))
            stacked = np.stack(list(threads.map(lambda item: planes(item[0]), fitted)))
            single = list(threads.map(is_single_colour, pictures))
        reach = np.array([size for _, size in fitted], np.float32) / side
        covered = (
            stacked[:, ALPHA].mean((1, 2)) / 255 / np.maximum(reach.prod(1), 1e-6)
        )  # share of the artwork's own rectangle
        wide = np.nonzero((reach[:, 0] > 2.5 * reach[:, 1]) & (covered > 0.1) & (covered < 0.7))[0]
        return cls(
            planes=torch.from_numpy(stacked),
            reach=torch.from_numpy(reach),
            single=torch.tensor(single),
            wide=torch.from_numpy(wide if len(wide) else np.arange(len(pictures))),
        )

    def take(self, rows: Tensor) -> ArtworkBatch:
        """The artwork of `rows` (n,)."""
        planes = self.planes[rows].float().div_(255)
        return ArtworkBatch(planes=planes, reach=self.reach[rows], single=self.single[rows])

    def colours(self, rows: Tensor) -> Tensor:
        """Red, green, blue and straight alpha (n, 4, s, s) 0..1 of `rows` (n,), without what only inks need."""
        return self.planes[:, :4][rows].float().div_(255)

    def to(self, device: torch.device) -> "ArtworkBank":
        """The same on `device`."""
        tensors = (self.planes, self.reach, self.single, self.wide)
        planes, reach, single, wide = (tensor.to(device) for tensor in tensors)
        return ArtworkBank(planes=planes, reach=reach, single=single, wide=wide)


def fitted_square(picture: Artwork, side: int) -> tuple[NDArray[np.uint8], tuple[int, int]]:
    """The artwork in the middle of a clear (side, side, 4), and its width and height there in px."""
    h, w = picture.shape[:2]
    scale = (side - 2 * EDGE) / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    alpha = picture[..., 3:].astype(np.float32) / 255
    flat = np.concatenate([picture[..., :3] * alpha, alpha], 2)  # premultiplied: clear pixels have no colour to bleed
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    straight = np.concatenate([small[..., :3] / np.maximum(small[..., 3:], 1e-3), small[..., 3:] * 255], 2)
    square = np.zeros((side, side, 4), np.uint8)
    y, x = (side - size[1]) // 2, (side - size[0]) // 2
    square[y : y + size[1], x : x + size[0]] = np.clip(straight + 0.5, 0, 255)
    return square, size


def planes(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The seven planes (7, s, s) of a fitted artwork (s, s, 4)."""
    alpha = square[..., 3]
    found = np.zeros((3, *alpha.shape), np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(framed(alpha < 128), connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] > LEAST * alpha.size
    holes = [label for label in range(1, count) if label != labels[0, 0] and large[label]]
    kernel = np.ones((3, 3), np.uint8)  # a little larger: under the edge's half pixels
    for turn in (0, 1):
        found[turn] = cv2.dilate(_painted(labels[1:-1, 1:-1], count, holes[turn::2]), kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((cv2.dilate(alpha, kernel) > 60).astype(np.uint8))
    order = 1 + np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")
    found[2] = _painted(labels, count, order[1::2].tolist())  # the greatest part keeps its colour
    return np.concatenate([square.transpose(2, 0, 1), found])


def _painted(labels: NDArray[np.int32], count: int, chosen: list[int]) -> NDArray[np.uint8]:
    """255 where a label (h, w), 0..count - 1, is one of the chosen."""
    table = np.zeros(count, np.uint8)
    table[chosen] = 255
    return table[labels]


@dataclass(frozen=True, kw_only=True)
class Banks:
    """What lies around a mark: other artwork, patches of photographs (k, 3, p, p) uint8, textures (5, t, t).

    Textures: three planes of white noise (deviation 1), fibres, and white noise -1..1; the same in every bank.
    """

    artwork: ArtworkBank
    photographs: Tensor
    textures: Tensor

    @classmethod
    def of(cls, artwork: ArtworkBank, photographs: Sequence[NDArray[np.uint8]], count: int = 768) -> "Banks":
        """Cut `count` patches out of the photographs, turned and mirrored by a fixed chance."""
        rng = np.random.default_rng(0)
        patches = np.stack([patch(rng, photographs[index % len(photographs)]) for index in range(count)])
        return cls(artwork=artwork, photographs=torch.from_numpy(patches), textures=textures())

    def to(self, device: torch.device) -> "Banks":
        """The same on `device`."""
        return Banks(
            artwork=self.artwork.to(device),
            photographs=self.photographs.to(device),
            textures=self.textures.to(device),
        )


def patch(rng: np.random.Generator, photograph: NDArray[np.uint8], side: int = 160) -> NDArray[np.uint8]:
    """A random square of a photograph (h, w, 3) as (3, side, side)."""
    h, w = photograph.shape[:2]
    size = int(rng.uniform(0.25, 1.0) * min(h, w))
    y, x = int(rng.integers(h - size + 1)), int(rng.integers(w - size + 1))
    square = np.ascontiguousarray(np.rot90(photograph[y : y + size, x : x + size], int(rng.integers(4))))
    return cv2.resize(square, (side, side), interpolation=cv2.INTER_AREA).transpose(2, 0, 1)


def textures() -> Tensor:
    """(5, TILE, TILE) float: see `Banks`."""
    rng = np.random.default_rng(0)
    white = rng.standard_normal((3, TILE, TILE), dtype=np.float32)
    fibres = rng.standard_normal((TILE, TILE), dtype=np.float32)
    fibres = cv2.blur(fibres, (7, 1), borderType=cv2.BORDER_REFLECT) * 2
    even = rng.uniform(-1, 1, (TILE, TILE)).astype(np.float32)
    return torch.from_numpy(np.concatenate([white, fibres[None], even[None]]))
