"""All queries on marks, their pictures and vectors."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
from sqlalchemy import ColumnElement, Select, Table, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from inference.artwork.views import KINDS, Kind, kind_of
from inference.vocabulary import Mark, Vectors
from service.tables import MarkRow, PictureRow, RecordationRow, RegistryRevision, VectorRow

PictureKey = tuple[str, Kind]  # sha256 of a picture, and as what it is looked at
SHOWN_ONLY = frozenset({"xray_sample", "fake_example"})
WORDS = "words"  # purpose of a picture that the service drew of a word mark without one
HELD = ("draft", "submitted", "under_review", "approved", "suspended")  # marks of others are free to be filed again
WHOLE = (selectinload(MarkRow.pictures), joinedload(MarkRow.recordation).joinedload(RecordationRow.holder))
REVISION = select(cast("Table", RegistryRevision.__table__).c.value)
REVISION_HELD = REVISION.with_for_update(read=True)
CHUNK = 500  # keys in one IN (...): SQLite allows some thousands


@dataclass(frozen=True, kw_only=True)
class Picture:
    """One picture as it is to be stored; its bytes are in the file store."""

    sha256: str
    name: str
    size: int
    kind: Kind = "artwork"
    purpose: str = "registered"

    @property
    def key(self) -> PictureKey:
        """What its vectors depend on."""
        return self.sha256, self.kind

    @property
    def matched(self) -> bool:
        """Whether scans are compared with it; the others are only shown to officers."""
        return self.purpose not in SHOWN_ONLY


@dataclass(frozen=True, kw_only=True)
class Validity:
    """Between which moments a mark's recordation is in force: `since` included, `until` not; open where None."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One mark as it is to be stored."""

    mark: Mark
    pictures: tuple[Picture, ...]
    document: dict[str, Any] = field(default_factory=dict)  # what else is known of it
    position: int = 0  # among the marks of its recordation
    validity: Validity | None = None  # None: it is not matched


def revision(session: Session, *, hold: bool = False) -> int:
    """How often the registry has changed; with `hold` it cannot change until the transaction ends."""
    return int(session.execute(REVISION_HELD if hold else REVISION).scalar_one())  # SQLite: BEGIN holds


def bump(session: Session) -> int:
    """Count one change and return the new revision; others who want to write wait until this one commits."""
    statement = update(RegistryRevision).values(value=RegistryRevision.value + 1).returning(RegistryRevision.value)
    return session.execute(statement).scalar_one()


def touch(session: Session) -> None:
    """Write without changing anything: fails if the database cannot be written."""
    session.execute(update(RegistryRevision).values(value=RegistryRevision.value))


def find(session: Session, mark_id: str) -> MarkRow | None:
    """The mark, or None if it is unknown or removed."""
    row = session.get(MarkRow, mark_id, options=WHOLE)
    return None if row is None or row.removed else row


def held(session: Session, mark_id: str) -> MarkRow | None:
    """The mark, or None if no recordation has it that is, or may come, into force."""
    row = find(session, mark_id)
    return None if row is None or row.recordation.status not in HELD else row


def page(session: Session, *, after: str, limit: int) -> Sequence[MarkRow]:
    """Up to `limit` marks whose identifiers follow `after`."""
    wanted = select(MarkRow).join(MarkRow.recordation)
    wanted = wanted.where(MarkRow.removed.is_(False), MarkRow.mark_id > after, RecordationRow.status.in_(HELD))
    ordered = wanted.order_by(MarkRow.mark_id).limit(limit).options(*WHOLE)
    return session.execute(ordered).scalars().all()


def pictures_of(row: MarkRow) -> tuple[Picture, ...]:
    """The mark's pictures in their order."""
    return tuple(
        Picture(sha256=p.sha256, name=p.name, size=p.size, kind=kind_of(p.kind), purpose=p.purpose)
        for p in row.pictures
    )


def put(session: Session, entry: Entry, recordation_id: str, at_revision: int) -> None:
    """Record `entry`, replacing the mark and its pictures if it is there."""
    row = session.get(MarkRow, entry.mark.mark_id, options=[selectinload(MarkRow.pictures)])
    if row is None:
        row = MarkRow(mark_id=entry.mark.mark_id)
        session.add(row)
    validity = entry.validity or Validity()
    row.recordation_id, row.position, row.document = recordation_id, entry.position, entry.document
    row.title, row.holder = entry.mark.title, entry.mark.holder
    row.revision, row.removed, row.changed_at = at_revision, False, datetime.now(UTC)
    row.live, row.since, row.until = entry.validity is not None, validity.since, validity.until
    if pictures_of(row) == entry.pictures:
        return
    if row.pictures:
        row.pictures.clear()
        session.flush()  # the old pictures' keys must be gone before the new ones take them
    row.pictures.extend(
        PictureRow(position=n, sha256=p.sha256, kind=p.kind, purpose=p.purpose, name=p.name, size=p.size)
        for n, p in enumerate(entry.pictures)
    )


def remove(session: Session, row: MarkRow, at_revision: int) -> None:
    """Take the mark out of its recordation; a tombstone stays, as do its files, which alerts refer to."""
    row.removed, row.live, row.revision, row.changed_at = True, False, at_revision, datetime.now(UTC)
    row.pictures.clear()


def has_picture(session: Session, sha256: str) -> bool:
    """Whether a recorded mark has, or had, this picture."""
    return session.execute(select(PictureRow.sha256).where(PictureRow.sha256 == sha256).limit(1)).first() is not None


def embedded(session: Session, embedder: str) -> set[PictureKey]:
    """All pictures that have vectors by `embedder`."""
    rows = session.execute(select(VectorRow.sha256, VectorRow.kind).where(VectorRow.embedder == embedder))
    return {(sha, kind_of(kind)) for sha, kind in rows}


def vectors(session: Session, embedder: str, pictures: Collection[PictureKey]) -> dict[PictureKey, Vectors]:
    """Picture -> vectors (v, d) by `embedder`, for those of `pictures` that have them."""
    found: dict[PictureKey, Vectors] = {}
    for kind, keys in _chunks_by_kind(pictures):
        columns = select(VectorRow.sha256, VectorRow.dimension, VectorRow.data)
        for sha, dimension, data in session.execute(columns.where(_by(embedder, kind, keys))):
            found[sha, kind] = np.frombuffer(data, "<f4").reshape(-1, dimension)  # (v, d)
    return found


def add_vectors(session: Session, embedder: str, items: dict[PictureKey, Vectors]) -> None:
    """Store vectors of pictures; those that are there already stay."""
    known: set[PictureKey] = set()
    for kind, keys in _chunks_by_kind(items):
        rows = session.execute(select(VectorRow.sha256).where(_by(embedder, kind, keys))).scalars()
        known.update((sha, kind) for sha in rows)
    session.add_all(
        VectorRow(
            sha256=sha, kind=kind, embedder=embedder, dimension=value.shape[1], data=value.astype("<f4").tobytes()
        )
        for (sha, kind), value in items.items()
        if (sha, kind) not in known
    )
    session.flush()


def forget_orphans(session: Session, pictures: Collection[PictureKey]) -> None:
    """Delete the vectors of those `pictures` that no mark has any more."""
    for kind, keys in _chunks_by_kind(pictures):
        used = select(PictureRow.sha256).where(PictureRow.kind == kind, PictureRow.sha256.in_(keys))
        gone = (VectorRow.kind == kind, VectorRow.sha256.in_(keys), VectorRow.sha256.not_in(used))
        session.execute(delete(VectorRow).where(*gone))


def _by(embedder: str, kind: Kind, keys: Sequence[str]) -> ColumnElement[bool]:
    return and_(VectorRow.embedder == embedder, VectorRow.kind == kind, VectorRow.sha256.in_(keys))


def _chunks_by_kind(pictures: Collection[PictureKey]) -> Iterator[tuple[Kind, Sequence[str]]]:
    for kind in sorted({kind for _, kind in pictures}):
        for keys in chunks([sha for sha, own in pictures if own == kind]):
            yield kind, keys


def chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def unembedded(session: Session, embedder: str, limit: int, kinds: frozenset[Kind] = KINDS) -> list[PictureKey]:
    """Up to `limit` pictures of live marks, of these kinds, that have no vectors by `embedder`."""
    rows = session.execute(_without_vectors(embedder, kinds).limit(limit))
    return [(sha, kind_of(kind)) for sha, kind in rows]


def unembedded_count(session: Session, embedder: str, kinds: frozenset[Kind] = KINDS) -> int:
    """How many there are."""
    return session.execute(select(func.count()).select_from(_without_vectors(embedder, kinds).subquery())).scalar_one()


def touch_marks(session: Session, pictures: Collection[PictureKey], at_revision: int) -> None:
    """Count a change of the marks that have any of `pictures`, so that every process looks at them again."""
    for keys in chunks([sha for sha, _ in pictures]):
        own = select(PictureRow.mark_id).where(PictureRow.sha256.in_(keys))
        session.execute(update(MarkRow).where(MarkRow.mark_id.in_(own)).values(revision=at_revision))


def _without_vectors(embedder: str, kinds: frozenset[Kind]) -> Select[str, str]:
    has = exists().where(
        VectorRow.sha256 == PictureRow.sha256, VectorRow.kind == PictureRow.kind, VectorRow.embedder == embedder
    )
    return (
        select(PictureRow.sha256, PictureRow.kind)
        .join(MarkRow, MarkRow.mark_id == PictureRow.mark_id)
        .where(MarkRow.live, MarkRow.removed.is_(False), PictureRow.purpose.not_in(SHOWN_ONLY), ~has)
        .where(PictureRow.kind.in_(sorted(kinds)))
        .distinct()
    )
