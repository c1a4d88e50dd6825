"""The cohort: vectors of artwork that nobody is looking for, so that a lead means the same in a registry of any size.

Among five right holders even a tree is clearly more like one than like the next. Compared with a thousand other marks
it is like none. This is cohort normalisation (T-norm, Auckenthaler et al. 2000, doi:10.1006/dspr.1999.0360); the cohort
comes with the embedder and holds one artwork of each of many right holders of the training part.
"""

import io
from typing import ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from inference.errors import BadBundle
from inference.vocabulary import Vectors

FILE = "cohort.npy"  # (n, d) float16, or bytes to be brought to length 1, in the embedder's bundle
NEAREST = 5  # members that count: one alone may be the very mark in question, recorded meanwhile


class Cohort:
    """Says how much a crop is like other marks in general."""

    file: ClassVar[str] = FILE
    nearest: ClassVar[int] = NEAREST

    def __init__(self, vectors: Vectors) -> None:
        """`vectors` (n, d), n >= nearest, each of length 1 (within what float16 can hold)."""
        if vectors.ndim != 2 or len(vectors) < self.nearest:
            raise ValueError(f"a cohort is (n, d) with n at least {self.nearest}, got {vectors.shape}")
        lengths = np.linalg.norm(vectors.astype(np.float32), axis=1)  # (n,)
        if not (np.abs(lengths - 1) < 0.01).all():  # also false for nan
            raise ValueError(f"each vector must have length 1, got {lengths.min():.4g} to {lengths.max():.4g}")
        self._vectors = vectors.astype(np.float32)

    def likeness(self, queries: Vectors) -> NDArray[np.float32]:
        """Mean similarity (q,) of each query (q, d) to its `nearest` members."""
        similarities = queries @ self._vectors.T  # (q, n)
        return np.asarray(np.partition(similarities, -self.nearest, axis=1)[:, -self.nearest :].mean(1), np.float32)


def packed(vectors: Vectors) -> NDArray[np.int8]:
    """Vectors (n, d) in half the room, each as fine as a byte allows; they come back within half a degree."""
    most = np.maximum(np.abs(vectors).max(1, keepdims=True), 1e-6)
    return np.asarray(np.rint(vectors / most * 127), np.int8)


def unpacked(stored: NDArray[np.int8]) -> Vectors:
    """What `packed` stored (n, d), brought to length 1; a row of nothing becomes nan."""
    wide = stored.astype(np.float32)
    with np.errstate(invalid="ignore"):
        return np.asarray(wide / np.linalg.norm(wide, axis=1, keepdims=True), np.float32)


Kind = TypeVar("Kind", bound=Cohort)


def read_cohort(data: bytes, kind: type[Kind], *, dimension: int) -> Kind:
    """A cohort in the bytes of a bundle's file; BadBundle if it is none, or of another embedder's dimension."""
    try:
        vectors = np.lib.format.read_array(io.BytesIO(data), allow_pickle=False)  # no .npz, no pickle
        if vectors.ndim != 2 or vectors.shape[1] != dimension or vectors.dtype not in (np.float16, np.int8):
            raise ValueError(f"expected (n, {dimension}) float16 or int8, got {vectors.shape} {vectors.dtype}")
        return kind(unpacked(vectors) if vectors.dtype == np.int8 else vectors)
    except (ValueError, EOFError, OSError) as error:
        raise BadBundle(f"{kind.file}: {error}") from error
