"""Artwork and photographs for the renderer's tests, ugliest first."""

import cv2
import numpy as np
from numpy.typing import NDArray


def invisible() -> NDArray[np.uint8]:
    return np.zeros((20, 30, 4), np.uint8)


def hairline() -> NDArray[np.uint8]:
    """One row of pixels, 144 wide."""
    return np.full((1, 144, 4), 255, np.uint8)


def speck() -> NDArray[np.uint8]:
    return np.full((1, 1, 4), 255, np.uint8)


def faint() -> NDArray[np.uint8]:
    picture = np.full((60, 60, 4), 90, np.uint8)
    picture[..., 3] = 3
    return picture


def disc() -> NDArray[np.uint8]:
    """A white disc: one colour."""
    picture = np.zeros((100, 100, 4), np.uint8)
    cv2.circle(picture, (50, 50), 48, (255, 255, 255, 255), -1)
    return picture


def flag() -> NDArray[np.uint8]:
    """Red, white and blue, opaque to its edges."""
    picture = np.full((80, 144, 4), 255, np.uint8)
    for index, colour in enumerate([(200, 20, 30), (250, 250, 250), (20, 40, 160)]):
        picture[:, index * 48 : (index + 1) * 48, :3] = colour
    return picture


def ugly_artwork() -> list[NDArray[np.uint8]]:
    return [invisible(), hairline(), speck(), faint(), disc(), flag()]


def photographs() -> list[NDArray[np.uint8]]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (6, 9, 3), np.uint8)
    return [cv2.resize(coarse, (90, 60), interpolation=cv2.INTER_CUBIC), rng.integers(0, 256, (40, 40, 3), np.uint8)]
