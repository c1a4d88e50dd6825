"""Artwork by the hundred thousand: flat shapes, each mark its own, drawn as pixels in a fraction of a millisecond.

They stand for the bulk of a large registry; whoever wants to look at marks draws them as `fictitious.marks` does.
"""

from random import Random

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 128  # pixels


def quick_artwork(rng: Random) -> tuple[bytes, bytes]:
    """Two PNG files of one mark: in colour on white, and dark on a transparent ground."""
    shapes = [_shape(rng) for _ in range(rng.randint(3, 6))]
    colour = np.full((SIDE, SIDE, 3), 255, np.uint8)
    dark = np.zeros((SIDE, SIDE, 4), np.uint8)
    for points, tone in shapes:
        cv2.fillPoly(colour, [points], tone)
        cv2.fillPoly(dark, [points], (30, 30, 30, 255))
    return _png(colour), _png(dark)


def _shape(rng: Random) -> tuple[NDArray[np.int32], tuple[int, int, int]]:
    """A star, polygon or bar somewhere, and its colour."""
    centre = np.array([rng.uniform(30, 98), rng.uniform(30, 98)])
    corners, inner = rng.randint(3, 9), rng.uniform(0.35, 1.0)
    radius, turn = rng.uniform(12, 44), rng.uniform(0, 6.28)
    angles = turn + np.arange(2 * corners) * np.pi / corners  # (2c,)
    reach = np.where(np.arange(2 * corners) % 2, radius * inner, radius)
    stretch = np.array([1.0, rng.uniform(0.4, 1.0)])
    points = centre + np.stack([np.cos(angles), np.sin(angles)], 1) * reach[:, None] * stretch  # (2c, 2)
    tone = (rng.randint(0, 220), rng.randint(0, 220), rng.randint(0, 220))
    return points.round().astype(np.int32), tone


def _png(picture: NDArray[np.uint8]) -> bytes:
    fine, data = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    if not fine:
        raise ValueError("a picture could not be encoded")
    return data.tobytes()
