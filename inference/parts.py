"""Parts: what an embedder says of each place of a picture, beside the vector of the whole, and how they are kept.

A row of an embedder is the vector (d), of length 1, and after it the parts (e): each place's numbers, one place after
the other, in -1..1. An embedder without parts has e = 0.
"""

import numpy as np
from numpy.typing import NDArray

SCALE = 127.0  # a byte's reach


def as_bytes(parts: NDArray[np.float32]) -> NDArray[np.int8]:
    """Parts (..., e) in -1..1 in a quarter of the room."""
    return np.asarray(np.clip(np.round(parts * SCALE), -SCALE, SCALE), np.int8)


def from_bytes(parts: NDArray[np.int8]) -> NDArray[np.float32]:
    """Parts (..., e) as they were, within half a hundredth."""
    return np.asarray(parts / np.float32(SCALE), np.float32)
