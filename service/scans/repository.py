"""All queries on scans, their views, and the keys under which they were posted."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Update, and_, delete, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.identifiers import new_id
from service.tables import IdempotencyKeyRow, ScanRow, ViewRow


@dataclass(frozen=True, kw_only=True)
class NewView:
    """One photograph as it is to be stored; its bytes are in the file store."""

    sha256: str
    media_type: str
    width: int
    height: int
    size: int
    image_id: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class NewScan:
    """A scan as it is to be stored."""

    office: str
    station: str
    parcel: str
    lane: str
    views_digest: str
    received_at: datetime
    captured_at: datetime | None
    answer_by: datetime | None
    leased_until: datetime
    declaration: dict[str, Any] | None
    views: tuple[NewView, ...]


@dataclass(frozen=True, kw_only=True)
class NewKey:
    """The key under which a scan is posted, and what was posted with it."""

    account_id: str
    key: str
    fingerprint: str
    at: datetime


def add(session: Session, scan: NewScan) -> ScanRow:
    """Store a scan as `received`. Raises IntegrityError if the same one is stored already."""
    row = ScanRow(
        id=new_id("scan"),
        office=scan.office,
        station=scan.station,
        parcel=scan.parcel,
        lane=scan.lane,
        views_digest=scan.views_digest,
        captured_at=scan.captured_at,
        declaration=scan.declaration,
        state="received",
        attempts=0,
        leased_until=scan.leased_until,
        received_at=scan.received_at,
        answer_by=scan.answer_by,
    )
    row.views = [
        ViewRow(
            position=n,
            sha256=v.sha256,
            media_type=v.media_type,
            width=v.width,
            height=v.height,
            size=v.size,
            image_id=v.image_id,
            name=v.name,
        )
        for n, v in enumerate(scan.views)
    ]
    session.add(row)
    session.flush()
    return row


def find(session: Session, scan_id: str) -> ScanRow | None:
    """The scan with its views, or None."""
    return session.get(ScanRow, scan_id, options=[joinedload(ScanRow.views)], populate_existing=True)


def standing(session: Session, scan_id: str) -> tuple[str, datetime | None] | None:
    """State of a scan, and when it was answered; None if it is not there."""
    query = select(ScanRow.state, ScanRow.answered_at).where(ScanRow.id == scan_id)
    found = session.execute(query).one_or_none()
    return None if found is None else (found.state, found.answered_at)


def same(session: Session, station: str, parcel: str, views_digest: str) -> str | None:
    """The identifier of the stored scan of this station, parcel and views, or None."""
    query = select(ScanRow.id).where(
        ScanRow.station == station, ScanRow.parcel == parcel, ScanRow.views_digest == views_digest
    )
    return session.execute(query).scalar_one_or_none()


def key_of(session: Session, account_id: str, key: str, since: datetime) -> IdempotencyKeyRow | None:
    """What an account posted under this key since a moment, or None."""
    row = session.get(IdempotencyKeyRow, (account_id, key), populate_existing=True)
    return None if row is None or row.created_at < since else row


def add_key(session: Session, new: NewKey, scan_id: str, *, since: datetime) -> None:
    """Keep a key; one from before `since` is forgotten. Raises IntegrityError at flush if it was used."""
    mine = and_(IdempotencyKeyRow.account_id == new.account_id, IdempotencyKeyRow.key == new.key)
    session.execute(delete(IdempotencyKeyRow).where(mine, IdempotencyKeyRow.created_at < since))
    session.add(
        IdempotencyKeyRow(
            account_id=new.account_id,
            key=new.key,
            fingerprint=new.fingerprint,
            scan_id=scan_id,
            answered=False,
            created_at=new.at,
        )
    )
    session.flush()


def key_answered(session: Session, account_id: str, key: str) -> None:
    """Whoever posted under this key was told something."""
    mine = and_(IdempotencyKeyRow.account_id == account_id, IdempotencyKeyRow.key == key)
    session.execute(update(IdempotencyKeyRow).where(mine).values(answered=True))


def forget_keys(session: Session, before: datetime) -> int:
    """Forget keys from before a moment. Returns how many."""
    return _count(session, delete(IdempotencyKeyRow).where(IdempotencyKeyRow.created_at < before))


def unfinished(session: Session) -> Sequence[str]:
    """Identifiers of scans that were stored but not inspected, oldest first."""
    return session.execute(select(ScanRow.id).where(ScanRow.state == "received").order_by(ScanRow.id)).scalars().all()


def free_leases(session: Session) -> None:
    """Nobody sees to any scan: at the start of the only process there is."""
    session.execute(update(ScanRow).where(ScanRow.state == "received").values(leased_until=None))


def renew(session: Session, scan_ids: Collection[str], until: datetime) -> None:
    """See to these scans for longer."""
    mine = and_(ScanRow.id.in_(scan_ids), ScanRow.state == "received")
    session.execute(update(ScanRow).where(mine).values(leased_until=until))


def left(session: Session, now: datetime, horizon: datetime, limit: int) -> Sequence[ScanRow]:
    """Scans that nobody sees to, oldest first. A lease beyond `horizon` was written by a clock that was wrong."""
    query = select(ScanRow).where(ScanRow.state == "received", _free(now, horizon)).order_by(ScanRow.id).limit(limit)
    return session.execute(query).scalars().all()


def lease(session: Session, scan_id: str, now: datetime, horizon: datetime, until: datetime) -> bool:
    """See to a scan, unless somebody does already; returns whether it could be had."""
    mine = and_(ScanRow.id == scan_id, ScanRow.state == "received", _free(now, horizon))
    return _count(session, update(ScanRow).where(mine).values(leased_until=until)) == 1


def count_attempt(session: Session, scan_id: str) -> int:
    """Note that an inspection failed, or killed its process; returns how many did."""
    counted = update(ScanRow).where(ScanRow.id == scan_id).values(attempts=ScanRow.attempts + 1)
    return session.execute(counted.returning(ScanRow.attempts)).scalar_one_or_none() or 0


def give_up(session: Session, scan_id: str) -> bool:
    """Mark a scan whose inspection keeps failing, so that nobody tries it again; returns whether this did."""
    failed = update(ScanRow).where(ScanRow.id == scan_id, ScanRow.state == "received").values(state="failed")
    return _count(session, failed) == 1


def finish(session: Session, scan_id: str, verdict: dict[str, Any], at: datetime) -> bool:
    """Save the verdict, unless somebody else did before; returns whether this one was saved."""
    open_one = and_(ScanRow.id == scan_id, ScanRow.state != "done")
    done = update(ScanRow).where(open_one).values(state="done", verdict=verdict, inspected_at=at, leased_until=None)
    return _count(session, done) == 1


def answer(session: Session, scan_id: str, decision: str, decided_by: str, at: datetime) -> bool:
    """Answer a scan, unless it was answered before; returns whether this answer stands."""
    open_one = and_(ScanRow.id == scan_id, ScanRow.answered_at.is_(None))
    given = update(ScanRow).where(open_one).values(answer=decision, decided_by=decided_by, answered_at=at)
    return _count(session, given) == 1


def is_answered(session: Session, scan_id: str) -> bool:
    """Whether a scan was answered."""
    query = select(ScanRow.answered_at).where(ScanRow.id == scan_id)
    return session.execute(query).scalar_one_or_none() is not None


def overdue(session: Session, now: datetime, limit: int) -> Sequence[ScanRow]:
    """Scans that should have been answered by now and were not, the oldest promise first."""
    due = and_(ScanRow.answered_at.is_(None), ScanRow.answer_by.is_not(None), ScanRow.answer_by <= now)
    return session.execute(select(ScanRow).where(due).order_by(ScanRow.answer_by).limit(limit)).scalars().all()


def _free(now: datetime, horizon: datetime) -> ColumnElement[bool]:
    return or_(ScanRow.leased_until.is_(None), ScanRow.leased_until <= now, ScanRow.leased_until > horizon)


def _count(session: Session, statement: Update | Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
