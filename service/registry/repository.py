"""All queries on marks, their pictures and vectors."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, selectinload

from inference.vocabulary import Mark, Vectors
from service.tables import MarkRow, PictureRow, RegistryRevision, VectorRow

CHUNK = 500  # keys in one IN (...): SQLite allows some thousands


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One artwork picture as it is to be stored; its bytes are in the file store."""

    sha256: str
    name: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One mark as it is to be stored."""

    mark: Mark
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, kw_only=True)
class Change:
    """A mark that changed: `pictures` are its pictures' sha256, None if it was removed."""

    mark: Mark
    pictures: tuple[str, ...] | None


def revision(session: Session) -> int:
    """How often the registry has changed."""
    return session.execute(select(RegistryRevision.value)).scalar_one()


def bump(session: Session) -> int:
    """Count one change and return the new revision; others who want to write wait until this one commits."""
    statement = update(RegistryRevision).values(value=RegistryRevision.value + 1).returning(RegistryRevision.value)
    return session.execute(statement).scalar_one()


def touch(session: Session) -> None:
    """Write without changing anything: fails if the database cannot be written."""
    session.execute(update(RegistryRevision).values(value=RegistryRevision.value))


def find(session: Session, mark_id: str) -> MarkRow | None:
    """The mark, or None if it is unknown or removed."""
    row = session.get(MarkRow, mark_id, options=[selectinload(MarkRow.pictures)])
    return None if row is None or row.removed else row


def page(session: Session, *, after: str, limit: int) -> Sequence[MarkRow]:
    """Up to `limit` marks whose identifiers follow `after`."""
    wanted = select(MarkRow).where(MarkRow.removed.is_(False), MarkRow.mark_id > after)
    ordered = wanted.order_by(MarkRow.mark_id).limit(limit).options(selectinload(MarkRow.pictures))
    return session.execute(ordered).scalars().all()


def entries(session: Session, mark_ids: Sequence[str]) -> dict[str, Entry]:
    """Those of `mark_ids` that are recorded, as they are stored."""
    found: dict[str, Entry] = {}
    for keys in _chunks(mark_ids):
        query = select(MarkRow).where(MarkRow.mark_id.in_(keys), MarkRow.removed.is_(False))
        for row in session.execute(query.options(selectinload(MarkRow.pictures))).scalars():
            pictures = tuple(Picture(sha256=p.sha256, name=p.name, size=p.size) for p in row.pictures)
            found[row.mark_id] = Entry(mark=_mark(row), pictures=pictures)
    return found


def put(session: Session, entry: Entry, at_revision: int) -> bool:
    """Record `entry`, replacing the mark and its pictures if it is there. Returns whether it is new."""
    row = session.get(MarkRow, entry.mark.mark_id)
    created = row is None or row.removed
    if row is None:
        row = MarkRow(mark_id=entry.mark.mark_id)
        session.add(row)
    row.title, row.holder = entry.mark.title, entry.mark.holder
    row.revision, row.removed, row.changed_at = at_revision, False, datetime.now(UTC)
    if row.pictures:
        row.pictures.clear()
        session.flush()  # the old pictures' keys must be gone before the new ones take them
    row.pictures.extend(
        PictureRow(position=n, sha256=p.sha256, name=p.name, size=p.size) for n, p in enumerate(entry.pictures)
    )
    return created


def remove(session: Session, row: MarkRow, at_revision: int) -> None:
    """Remove the mark; a tombstone stays, as do its files, which alerts refer to."""
    row.removed, row.revision, row.changed_at = True, at_revision, datetime.now(UTC)
    row.pictures.clear()


def changes_since(session: Session, known: int) -> list[Change]:
    """The marks that changed after revision `known`, in their present state."""
    query = select(MarkRow).where(MarkRow.revision > known).options(selectinload(MarkRow.pictures))
    rows = session.execute(query).scalars()
    return [
        Change(mark=_mark(row), pictures=None if row.removed else tuple(p.sha256 for p in row.pictures)) for row in rows
    ]


def embedded(session: Session, embedder: str) -> set[str]:
    """The sha256 of all pictures that have vectors by `embedder`."""
    return set(session.execute(select(VectorRow.sha256).where(VectorRow.embedder == embedder)).scalars())


def vectors(session: Session, embedder: str, pictures: Sequence[str]) -> dict[str, Vectors]:
    """Picture sha256 -> vectors (v, d) by `embedder`, for those of `pictures` that have them."""
    found: dict[str, Vectors] = {}
    for keys in _chunks(pictures):
        query = select(VectorRow).where(VectorRow.embedder == embedder, VectorRow.sha256.in_(keys))
        for row in session.execute(query).scalars():
            found[row.sha256] = np.frombuffer(row.data, "<f4").reshape(-1, row.dimension)  # (v, d)
        session.expunge_all()  # the blobs are not needed twice
    return found


def add_vectors(session: Session, embedder: str, items: dict[str, Vectors]) -> None:
    """Store vectors of pictures; those that are there already stay."""
    known = {sha for keys in _chunks(list(items)) for sha in _known(session, embedder, keys)}
    session.add_all(
        VectorRow(sha256=sha, embedder=embedder, dimension=value.shape[1], data=value.astype("<f4").tobytes())
        for sha, value in items.items()
        if sha not in known
    )
    session.flush()


def forget_orphans(session: Session, pictures: Iterable[str]) -> None:
    """Delete the vectors of those `pictures` that no mark has any more."""
    for keys in _chunks(list(pictures)):
        used = select(PictureRow.sha256).where(PictureRow.sha256.in_(keys))
        session.execute(delete(VectorRow).where(VectorRow.sha256.in_(keys), VectorRow.sha256.not_in(used)))


def _known(session: Session, embedder: str, keys: Sequence[str]) -> Iterator[str]:
    query = select(VectorRow.sha256).where(VectorRow.embedder == embedder, VectorRow.sha256.in_(keys))
    yield from session.execute(query).scalars()


def _mark(row: MarkRow) -> Mark:
    return Mark(mark_id=row.mark_id, title=row.title, holder=row.holder)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
