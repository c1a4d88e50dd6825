"""Fill a gallery with the artwork of a registry table.

rows, bad = read_table(Path("registry.csv"))
artwork = ArtworkEmbedder.remembering(inspector.embedder, Path("var/cache"))
bad += fill_gallery(rows, inspector.gallery, artwork)
"""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.table import ArtworkRow, BadRow
from inference.artwork.views import Kind, kind_of
from inference.errors import BadArtwork, TidewaiterError
from inference.vocabulary import Mark, Vectors

SAVE_EVERY = 2000  # rows between two savings of the cache


class Gallery(Protocol):
    """Takes marks; `inference.gallery.Gallery` does."""

    def add(self, mark: Mark, vectors: Vectors, references: Sequence[str]) -> None:
        """Add `mark` with one reference per row of `vectors` (n, d)."""


def fill_gallery(
    rows: Sequence[ArtworkRow],
    gallery: Gallery,
    artwork: ArtworkEmbedder,
    progress: Callable[[int, int], object] = lambda _done, _all: None,
) -> list[BadRow]:
    """Embed the artwork of `rows`, add each mark to the gallery at once, and return the rows that cannot be used.

    A mark gets each picture once (as artwork, and once more as a photograph, if rows say both) and the title of its
    first usable row. `progress` is called with the rows done and the rows in all. Raises OSError if a cache cannot be
    written.
    """
    found: dict[str, dict[tuple[str, Kind], Vectors]] = {}  # mark_id -> sha256 and kind of a picture -> its vectors
    marks: dict[str, Mark] = {}
    bad: list[BadRow] = []
    for done, row in enumerate(rows, start=1):
        try:
            sha256, vectors = artwork.vectors(_read(row), name=row.file.name, variant=row.variant)
        except TidewaiterError as error:
            bad.append(BadRow(line=row.line, reason=str(error)))
        else:
            marks.setdefault(row.mark_id, Mark(mark_id=row.mark_id, title=row.title, holder=row.holder))
            found.setdefault(row.mark_id, {})[sha256, kind_of(row.variant)] = vectors
        progress(done, len(rows))
        if done % SAVE_EVERY == 0:
            artwork.cache.save()
    artwork.cache.save()
    for mark_id, pictures in found.items():
        references = [sha256 for (sha256, _), vectors in pictures.items() for _ in vectors]
        gallery.add(marks[mark_id], np.concatenate(list(pictures.values())), references)
    return bad


def _read(row: ArtworkRow) -> bytes:
    try:
        return row.file.read_bytes()
    except OSError as error:
        raise BadArtwork(f"{row.file.name} cannot be read: {error.strerror}", field="artwork") from error
