"""Random directions for every picture of a registry, stored as if they had been embedded: embedding takes hours."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select

from service.database import Database
from service.inspecting import Inspecting
from service.tables import MarkRow, PictureRow, VectorRow

VIEWS = 2  # vectors of a picture
BATCH = 1000  # pictures of one transaction
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What was stored, for a search by brute force."""

    vectors: NDArray[np.float32]  # (n, d)
    holders: list[str]  # n


def store(database: Database, inspector: Inspecting) -> Stored:
    """Store VIEWS vectors for each picture of a live mark that has none."""
    with database.read() as session:
        query = select(PictureRow.sha256, PictureRow.kind, MarkRow.holder).join(MarkRow).where(MarkRow.live)
        rows = session.execute(query.order_by(MarkRow.mark_id, PictureRow.position)).all()
    pictures = list(dict.fromkeys((sha256, kind) for sha256, kind, _ in rows))
    rng = np.random.default_rng(SEED)
    known: dict[tuple[str, str], NDArray[np.float32]] = {}
    for start in range(0, len(pictures), BATCH):
        made = [(key, _directions(rng, inspector)) for key in pictures[start : start + BATCH]]
        known |= {key: own[:, : inspector.gallery.dimension] for key, own in made}
        with database.write() as session:
            session.execute(insert(VectorRow), [_row(*key, own, inspector.embedder.sha256) for key, own in made])
    vectors = np.concatenate([known[sha256, kind] for sha256, kind, _ in rows])
    return Stored(vectors=vectors, holders=[holder for *_, holder in rows for _ in range(VIEWS)])


def _directions(rng: np.random.Generator, inspector: Inspecting) -> NDArray[np.float32]:
    """(VIEWS, d + e), the d of length 1."""
    gallery = inspector.gallery
    own = rng.standard_normal((VIEWS, gallery.dimension + gallery.parts), dtype=np.float32)
    own[:, : gallery.dimension] /= np.linalg.norm(own[:, : gallery.dimension], axis=1, keepdims=True)
    return own


def _row(sha256: str, kind: str, own: NDArray[np.float32], embedder: str) -> dict[str, object]:
    data = own.astype("<f4").tobytes()
    return {"sha256": sha256, "kind": kind, "embedder": embedder, "dimension": own.shape[1], "data": data}
