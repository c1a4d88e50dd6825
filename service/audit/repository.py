"""All queries on the audit. An entry is written in the transaction of what it records, or neither is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.audit.chain import Entry, Head, Sealed, seal
from service.tables import AuditEntryRow, AuditHeadRow

CHUNK = 1000  # entries in memory at a time
ONLY = 1  # there is one chain


@dataclass(frozen=True, kw_only=True)
class Act:
    """Something done, to be entered."""

    actor: str
    action: str
    kind: str
    subject: str
    detail: Mapping[str, Any] = field(default_factory=dict)


def append(session: Session, act: Act) -> Head:
    """Enter `act` as the last entry. Others who append wait until this transaction ends, so numbers have no gaps."""
    claimed = update(AuditHeadRow).where(AuditHeadRow.id == ONLY).values(seq=AuditHeadRow.seq + 1)
    seq, previous = session.execute(claimed.returning(AuditHeadRow.seq, AuditHeadRow.hash)).one()
    entry = Entry(
        seq=seq,
        at=datetime.now(UTC),
        actor=act.actor,
        action=act.action,
        kind=act.kind,
        subject=act.subject,
        detail=dict(act.detail),
    )
    sealed = seal(entry, previous)
    session.add(
        AuditEntryRow(
            seq=seq,
            at=entry.at,
            actor=entry.actor,
            action=entry.action,
            kind=entry.kind,
            subject=entry.subject,
            detail=dict(act.detail),
            previous=previous,
            hash=sealed.hash,
        )
    )
    session.execute(update(AuditHeadRow).where(AuditHeadRow.id == ONLY).values(hash=sealed.hash))
    return Head(seq=seq, hash=sealed.hash)


def last_seq(session: Session) -> int:
    """The number of the last entry."""
    return session.execute(select(AuditHeadRow.seq).where(AuditHeadRow.id == ONLY)).scalar_one()


def since(session: Session, seq: int, kind: str, limit: int) -> Sequence[AuditEntryRow]:
    """Up to `limit` entries of a kind after one, in their order. None is ever entered before one that was read."""
    query = select(AuditEntryRow).where(AuditEntryRow.seq > seq, AuditEntryRow.kind == kind)
    return session.execute(query.order_by(AuditEntryRow.seq).limit(limit)).scalars().all()


def newest(session: Session, kind: str, actions: Collection[str], limit: int) -> Sequence[AuditEntryRow]:
    """The newest entries of a kind that are of some actions, the newest first."""
    query = select(AuditEntryRow).where(AuditEntryRow.kind == kind, AuditEntryRow.action.in_(actions))
    return session.execute(query.order_by(AuditEntryRow.seq.desc()).limit(limit)).scalars().all()


def head(session: Session) -> Head:
    """The head that the database itself remembers."""
    seq, last = session.execute(select(AuditHeadRow.seq, AuditHeadRow.hash).where(AuditHeadRow.id == ONLY)).one()
    return Head(seq=seq, hash=last)


def chain(session: Session) -> Iterator[Sealed]:
    """All entries in the order of their numbers."""
    after = 0
    while True:
        query = select(AuditEntryRow).where(AuditEntryRow.seq > after).order_by(AuditEntryRow.seq).limit(CHUNK)
        rows = session.execute(query).scalars().all()
        if not rows:
            return
        yield from map(_sealed, rows)
        after = rows[-1].seq
        session.expunge_all()


def _sealed(row: AuditEntryRow) -> Sealed:
    entry = Entry(
        seq=row.seq,
        at=row.at,
        actor=row.actor,
        action=row.action,
        kind=row.kind,
        subject=row.subject,
        detail=row.detail,
    )
    return Sealed(entry=entry, previous=row.previous, hash=row.hash)
