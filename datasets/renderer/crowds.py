"""Crowds for the detector: stacked goods, sheets of stickers, sponsors' walls, prints all over a cloth.

Many marks stand close together, each of them one mark: neither the crowd nor two neighbours are, nor the carton that
bears one.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import surfaces
from datasets.renderer.surfaces import Ground

MOST = 45  # marks of one crowd


@dataclass(frozen=True, kw_only=True)
class Lattice:
    """Where the members of a crowd are: centres (n, 2) in px, front to back, and the room (n,) px that each one has."""

    centres: NDArray[np.float64]
    room: NDArray[np.float64]


def lattice(rng: Generator, side: int) -> Lattice:
    """Rows seen at a slant: the farther, the closer together; sometimes shaken. At most MOST inside the picture."""
    pitch = side * float(np.exp(rng.uniform(np.log(0.07), np.log(0.34))))
    columns, lines = (int(v) for v in rng.integers(2, (10, 11)))
    x, y = np.meshgrid(np.arange(columns) - (columns - 1) / 2, np.arange(lines) - (lines - 1) / 2)
    x = x + 0.5 * (y % 2) * (rng.random() < 0.2)  # every second row is shifted
    flat = np.stack([x, y * rng.uniform(0.5, 1.3)], 2).reshape(-1, 2)
    flat += rng.normal(0, rng.uniform(0, 0.25) if rng.random() < 0.35 else 0.02, flat.shape)
    angle = rng.normal(0, 0.15)
    turned = flat @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    lean = rng.normal(0, 0.06, 2) if rng.random() < 0.5 else np.zeros(2)
    nearness = np.clip(1 + turned @ lean, 0.5, 2.0)  # a vanishing line somewhere outside the picture
    centres = turned * nearness[:, None] * pitch + side * rng.uniform(0.3, 0.7, 2)
    inside = ((centres > 0) & (centres < side)).all(1)
    chosen = np.flatnonzero(inside)[:MOST]
    return Lattice(centres=centres[chosen], room=(pitch * nearness)[chosen])


def draw_goods(rng: Generator, ground: Ground, places: Lattice) -> None:
    """A carton, cap, card or key of one kind at each place, in place: what bears the mark is no mark."""
    h, w = (max(8, round(float(v))) for v in 64 * rng.uniform(0.6, 1.1, 2))
    round_one = rng.random() < 0.3
    tint = surfaces.random_colour(rng)
    good = surfaces.plain(rng, h, w, tint).astype(np.float32)
    if rng.random() < 0.5:
        cv2.rectangle(good, (0, 0), (w - 1, h - 1), (tint * rng.uniform(0.5, 1.4)).clip(0, 255).tolist(), 2)
    alpha = np.ones((h, w), np.float32)
    if round_one:
        alpha[:] = 0
        cv2.ellipse(alpha, (w // 2, h // 2), (w // 2 - 1, h // 2 - 1), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    shade = np.float32(rng.uniform(0, 0.5))
    for (x, y), room in zip(places.centres, places.room, strict=True):
        scale = room / 64
        size = (max(4, round(w * scale)), max(4, round(h * scale)))
        left, top = round(x - size[0] / 2), round(y - size[1] / 2)
        thing, cover = cv2.resize(good, size), cv2.resize(alpha, size)
        below = (left + max(1, size[0] // 16), top + max(1, size[1] // 16))
        paste(ground, np.zeros_like(thing), shade * cover, below)  # its shadow
        paste(ground, thing, cover, (left, top))


def paste(ground: Ground, thing: Ground, alpha: NDArray[np.float32], corner: tuple[int, int]) -> None:
    """Lay a thing (h, w, 3) with its left top at `corner` over the ground, as far as `alpha` (h, w) covers it."""
    (left, top), (h, w) = corner, alpha.shape
    x1, y1, x2, y2 = max(left, 0), max(top, 0), min(left + w, ground.shape[1]), min(top + h, ground.shape[0])
    if x1 < x2 and y1 < y2:
        own = (slice(y1 - top, y2 - top), slice(x1 - left, x2 - left))
        cover, seen = alpha[own][..., None], ground[y1:y2, x1:x2]
        seen[:] = seen * (1 - cover) + thing[own] * cover


def assortment(rng: Generator, artworks: int, members: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which artwork each member shows (members,), and the seed (members,) of its print and pose.

    Mostly one mark, or two by turns, each printed as the last one was; else each in its own colours, or all different.
    """
    kind = rng.random()
    if kind < 0.25:
        rows = rng.integers(artworks, size=members)
    else:
        rows = np.resize(rng.integers(artworks, size=1 if kind < 0.85 else 2), members)
    if kind < 0.25 or rng.random() < 0.25:
        return rows, rng.integers(2**32, size=members)
    seeds = dict(zip(np.unique(rows).tolist(), rng.integers(2**32, size=len(np.unique(rows))).tolist(), strict=True))
    return rows, np.array([seeds[row] for row in rows.tolist()], np.int64)
