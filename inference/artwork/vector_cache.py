"""Artwork vectors on disk, so that a registry is embedded once and not at each inspection or evaluation.

One `.npz` per recipe (embedder and code that made the vectors); in it, keyed by the picture's sha256, its vectors.
"""

import logging
import zipfile
import zlib
from pathlib import Path

import numpy as np

from inference.artwork.replacing import replacing
from inference.vocabulary import Vectors

log = logging.getLogger(__name__)

# what numpy and zipfile raise on damaged files: each byte of one was changed in turn to find out
_DAMAGE = (OSError, ValueError, KeyError, EOFError, TypeError, RuntimeError, zipfile.BadZipFile, zlib.error)


class VectorCache:
    """A dictionary sha256 of a picture -> vectors (v, d), kept in `folder` under the name of `recipe`."""

    def __init__(self, folder: Path, recipe: str) -> None:
        self.path = folder / f"artwork-{recipe[:32]}.npz"
        self._vectors = _load(self.path)
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
        """Write what is new; the file is replaced in one step, so an interrupted run leaves the old one whole.

        Raises OSError if it cannot be written.
        """
        if len(self._vectors) == self._saved:
            return
        self._vectors = _load(self.path) | self._vectors  # another run may have saved since this one began
        counts = np.array([len(v) for v in self._vectors.values()], np.int64)
        with replacing(self.path) as file:
            np.savez(
                file,
                pictures=np.array(list(self._vectors)),
                counts=counts,
                vectors=np.concatenate(list(self._vectors.values())),
            )
        self._saved = len(self._vectors)


def _load(path: Path) -> dict[str, Vectors]:
    """What is kept in `path`; nothing if there is no file, or none that can be used."""
    if not path.is_file():
        return {}
    try:
        # opened here: np.load leaves a file that it cannot read open
        with path.open("rb") as file, np.load(file, allow_pickle=False) as table:
            pictures, counts, vectors = table["pictures"], table["counts"], table["vectors"]
    except _DAMAGE as error:
        log.warning("the cache %s cannot be read and is made anew: %s", path, error)
        return {}
    if vectors.ndim != 2 or vectors.dtype != np.float32 or counts.sum() != len(vectors) or len(pictures) != len(counts):
        log.warning("the cache %s contradicts itself and is made anew", path)
        return {}
    return dict(zip(pictures.tolist(), np.split(vectors, counts.cumsum()[:-1]), strict=True))
