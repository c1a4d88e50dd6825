"""Filling a gallery from a registry table, with the vectors of earlier runs kept in one file per embedder."""

import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import structlog

from inference.artwork.table import BadRow, read_table
from inference.vocabulary import Vectors
from service.inspecting import Inspecting
from service.registry.importing import Progress, embed_rows, group

log = structlog.get_logger()


def fill_gallery(inspector: Inspecting, table: Path, cache_dir: Path, progress: Progress) -> list[BadRow]:
    """Add each mark of `table` to the gallery; returns the rows that could not be used."""
    rows, bad = read_table(table)
    embedder = inspector.embedder
    file = cache_dir / f"vectors-{embedder.sha256[:12]}.npz"
    vectors = read_cache(file, embedder.dimension)
    good, pictures, made, worse = embed_rows(rows, embedder, set(vectors), progress)
    if made:
        vectors |= made
        write_cache(file, vectors)
    for entry in group(good, pictures):
        own = [vectors[picture.sha256] for picture in entry.pictures]
        references = [p.sha256 for p, part in zip(entry.pictures, own, strict=True) for _ in range(len(part))]
        inspector.gallery.add(entry.mark, np.concatenate(own), references)
    return sorted([*bad, *worse], key=lambda row: row.line)


def read_cache(file: Path, dimension: int) -> dict[str, Vectors]:
    """Picture sha256 -> vectors (v, dimension); empty if there is no usable file, which is then made anew."""
    try:
        with np.load(file) as saved:
            keys, counts, rows = saved["keys"], saved["counts"], saved["rows"]  # (n,), (n,), (sum of counts, d)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        log.warning("vector_cache_ignored", file=str(file), error=str(error))
        return {}
    if rows.ndim != 2 or rows.shape[1] != dimension or counts.sum() != len(rows):
        log.warning("vector_cache_ignored", file=str(file), shape=list(rows.shape))
        return {}
    parts = np.split(rows.astype(np.float32), np.cumsum(counts)[:-1])
    return dict(zip((str(key) for key in keys), parts, strict=True))


def write_cache(file: Path, vectors: dict[str, Vectors]) -> None:
    """Save all vectors; a reader sees the old file or the new one, never half."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, suffix=".npz")
    try:
        with os.fdopen(handle, "wb") as out:
            counts = np.array([len(rows) for rows in vectors.values()])
            np.savez(out, keys=np.array(list(vectors)), counts=counts, rows=np.concatenate(list(vectors.values())))
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
