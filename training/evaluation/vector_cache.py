"""Artwork vectors on disk, so that a second evaluation does not embed ten thousand pictures again.

One `.npz` per recipe (embedder and code that made the vectors); in it, keyed by the picture's sha256, its vectors.
"""

import logging
import os
import zipfile
from pathlib import Path

import numpy as np

from inference.vocabulary import Vectors

log = logging.getLogger(__name__)


class VectorCache:
    """A dictionary sha256 of a picture -> vectors (v, d), kept in `folder` under the name of `recipe`."""

    def __init__(self, folder: Path, recipe: str) -> None:
        self.path = folder / f"artwork-{recipe[:32]}.npz"
        self._vectors = _load(self.path) if self.path.is_file() else {}
        self._saved = len(self._vectors)

    def __len__(self) -> int:
        return len(self._vectors)

    def get(self, picture: str) -> Vectors | None:
        """The vectors of the picture with this sha256, or None."""
        return self._vectors.get(picture)

    def put(self, picture: str, vectors: Vectors) -> None:
        """Keep the vectors (v, d), v >= 1, of the picture with this sha256."""
        self._vectors[picture] = vectors

    def save(self) -> None:
        """Write what is new; the file is replaced in one step, so an interrupted run leaves the old one whole."""
        if len(self._vectors) == self._saved:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(f"{self.path.stem}.{os.getpid()}.partial.npz")
        counts = np.array([len(v) for v in self._vectors.values()], np.int64)
        np.savez(
            partial,
            pictures=np.array(list(self._vectors)),
            counts=counts,
            vectors=np.concatenate(list(self._vectors.values())),
        )
        partial.replace(self.path)
        self._saved = len(self._vectors)


def _load(path: Path) -> dict[str, Vectors]:
    try:
        # opened here: np.load leaves a file that it cannot read open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
            pictures, counts, vectors = table["pictures"], table["counts"], table["vectors"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        log.warning("the cache %s cannot be read and is made anew: %s", path, error)
        return {}
    if counts.sum() != len(vectors) or len(pictures) != len(counts):
        log.warning("the cache %s contradicts itself and is made anew", path)
        return {}
    return dict(zip(pictures.tolist(), np.split(vectors, counts.cumsum()[:-1]), strict=True))
