"""The marks that are looked for: their pictures' vectors, made where they are missing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import structlog

from inference.artwork.rasterise import rasterise
from inference.artwork.views import Kind, vectors_of
from inference.errors import TidewaiterError
from inference.vocabulary import Vectors
from service.database import Database
from service.inspecting import Embedding
from service.registry import repository as registry
from service.registry.repository import WORDS, Picture, PictureKey
from service.storage import FileStore
from service.tables import MarkRow

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Filed:
    """A mark as one embedder sees it."""

    mark_id: str
    holder: str
    vectors: Vectors  # (v, d), v at least 1


def comparable(row: MarkRow, kinds: Collection[Kind]) -> list[Picture]:
    """The pictures that kept detections can be compared with.

    Letters that the service drew for words are none: such a mark is found where it is read, and nothing read is kept.
    """
    own = registry.pictures_of(row)
    return [one for one in own if one.matched and one.purpose != WORDS and one.kind in kinds]


class FiledMarks:
    """Gives the vectors of marks."""

    def __init__(self, *, database: Database, files: FileStore) -> None:
        self._database, self._files = database, files

    def of(self, rows: Sequence[MarkRow], embedder: Embedding, kinds: Collection[Kind]) -> list[Filed]:
        """Those marks that have a picture of these `kinds`; what the embedder has not seen is embedded and kept."""
        pictures = {row.mark_id: comparable(row, kinds) for row in rows}
        keys = sorted({one.key for own in pictures.values() for one in own})
        with self._database.read() as session:
            known = registry.vectors(session, embedder.sha256, keys)
        known |= self._made([key for key in keys if key not in known], embedder)
        filed = []
        for row in rows:
            own = [known[one.key][:, : embedder.dimension] for one in pictures[row.mark_id] if one.key in known]
            if own:
                filed.append(Filed(mark_id=row.mark_id, holder=row.holder, vectors=np.concatenate(own)))
        return filed

    def _made(self, missing: Sequence[PictureKey], embedder: Embedding) -> dict[PictureKey, Vectors]:
        made = {key: vectors for key in missing if (vectors := self._embedded(key, embedder)) is not None}
        if made:
            with self._database.write() as session:
                registry.add_vectors(session, embedder.sha256, made)
        return made

    def _embedded(self, key: PictureKey, embedder: Embedding) -> Vectors | None:
        try:
            return vectors_of(rasterise(self._files.get(key[0]), name=key[0]), key[1], embedder)
        except (TidewaiterError, OSError) as error:
            log.error("picture_not_embedded", picture=key[0], error=str(error))
            return None
