"""A picture in few numbers: a 64-bit perceptual hash for finding, a small sketch for comparing.

The hash is of the lowest frequencies (DCT), which copies of another size, quality or brightness keep. The slope of the
light across the picture is taken out first: cameras over a belt all have it, and it says nothing of the parcel.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image, check_image

SIDE = 64  # px of a sketch
LOWEST = 8  # frequencies each way
FLAT = 4.0  # grey levels: a sketch that varies less has no content

Sketch = NDArray[np.uint8]  # (SIDE, SIDE), half grey levels around 128: small, as there may be many


@dataclass(frozen=True, kw_only=True)
class Print:
    """What a picture is recognised by."""

    bits: int  # 64
    sketch: Sketch
    flat: bool  # nothing is on it: it is like every other picture of nothing


def print_of(image: Image) -> Print:
    """The print of a picture (H, W, 3)."""
    level = levelled(image)
    waves = np.asarray(cv2.dct(level))[:LOWEST, :LOWEST].ravel()  # (64,)
    bits = np.packbits(waves > np.median(waves[1:]))  # (8,)
    sketch = np.asarray(np.clip(np.round(level / 2 + 128), 0, 255), np.uint8)
    return Print(bits=int.from_bytes(bits.tobytes(), "big"), sketch=sketch, flat=bool(level.std() < FLAT))


def levelled(image: Image) -> NDArray[np.float32]:
    """The picture (H, W, 3) in grey levels around 0, (SIDE, SIDE), without the slope of its light."""
    grey = cv2.cvtColor(check_image(image), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()  # (SIDE²,)
    slope = _slopes()
    return np.asarray(small - slope @ (slope.T @ small), np.float32).reshape(SIDE, SIDE)


@cache
def _slopes() -> NDArray[np.float32]:
    """An orthonormal basis of the planes over a sketch: (SIDE², 3)."""
    y, x = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    basis, _ = np.linalg.qr(np.stack([np.ones(SIDE * SIDE), x.ravel(), y.ravel()], 1))
    return np.asarray(basis, np.float32)
