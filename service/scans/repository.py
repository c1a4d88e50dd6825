"""All queries on scans, their views, and the keys under which they were posted.

Those that each post asks are built once, on the tables: building one takes longer than asking it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    Table,
    and_,
    bindparam,
    delete,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Session, joinedload

from service.identifiers import new_id
from service.tables import IdempotencyKeyRow, ScanRow, ViewRow

SCANS, VIEWS = cast("Table", ScanRow.__table__), cast("Table", ViewRow.__table__)
KEYS = cast("Table", IdempotencyKeyRow.__table__)
THIS = SCANS.c.id == bindparam("scan_id")

STORE_SCAN, STORE_VIEWS, STORE_KEY = insert(SCANS), insert(VIEWS), insert(KEYS)
FIND = (
    select(ScanRow)
    .where(ScanRow.id == bindparam("scan_id"))
    .options(joinedload(ScanRow.views))
    .execution_options(populate_existing=True)
)
STANDING = select(SCANS.c.state, SCANS.c.answered_at).where(THIS)
SAME = select(SCANS.c.id).where(
    SCANS.c.station == bindparam("station"),
    SCANS.c.parcel == bindparam("parcel"),
    SCANS.c.views_digest == bindparam("views_digest"),
)
KEY = select(KEYS).where(KEYS.c.account_id == bindparam("account_id"), KEYS.c.key == bindparam("key"))
FORGET_KEY = delete(KEYS).where(
    KEYS.c.account_id == bindparam("account_id"), KEYS.c.key == bindparam("key"), KEYS.c.created_at < bindparam("since")
)
FINISH = (
    update(SCANS)
    .where(THIS, SCANS.c.state != "done")
    .values(state="done", leased_until=None, verdict=bindparam("found"), inspected_at=bindparam("at"))
)
ANSWER = (
    update(SCANS)
    .where(THIS, SCANS.c.answered_at.is_(None))
    .values(answer=bindparam("decision"), decided_by=bindparam("by"), answered_at=bindparam("at"))
)
IS_ANSWERED = select(SCANS.c.answered_at).where(THIS)


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
    modality: str = "photo"
    sidecar: str | None = None


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


@dataclass(frozen=True, kw_only=True)
class UsedKey:
    """A key that was used, and for what."""

    fingerprint: str
    scan_id: str
    answered: bool
    at: datetime


def add(session: Session, scan: NewScan) -> ScanRow:
    """Store a scan as `received`. Returns it, in no session. Raises IntegrityError if it is stored already."""
    scan_id = new_id("scan")
    row = ScanRow(
        id=scan_id,
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
            scan_id=scan_id,
            position=n,
            sha256=v.sha256,
            media_type=v.media_type,
            width=v.width,
            height=v.height,
            size=v.size,
            image_id=v.image_id,
            name=v.name,
            modality=v.modality,
            sidecar=v.sidecar,
        )
        for n, v in enumerate(scan.views)
    ]
    session.execute(STORE_SCAN, _values(SCANS, row))
    session.execute(STORE_VIEWS, [_values(VIEWS, view) for view in row.views])
    return row


def _values(table: Table, row: ScanRow | ViewRow) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in table.columns}


def find(session: Session, scan_id: str) -> ScanRow | None:
    """The scan with its views, or None."""
    return session.execute(FIND, {"scan_id": scan_id}).unique().scalar_one_or_none()


def standing(session: Session, scan_id: str) -> tuple[str, datetime | None] | None:
    """State of a scan, and when it was answered; None if it is not there."""
    found = session.execute(STANDING, {"scan_id": scan_id}).one_or_none()
    return None if found is None else (found.state, found.answered_at)


def same(session: Session, station: str, parcel: str, views_digest: str) -> str | None:
    """The identifier of the stored scan of this station, parcel and views, or None."""
    wanted = {"station": station, "parcel": parcel, "views_digest": views_digest}
    return session.execute(SAME, wanted).scalar_one_or_none()


def key_of(session: Session, account_id: str, key: str, since: datetime) -> UsedKey | None:
    """What an account posted under this key since a moment, or None."""
    row = session.execute(KEY, {"account_id": account_id, "key": key}).one_or_none()
    if row is None or row.created_at < since:
        return None
    return UsedKey(fingerprint=row.fingerprint, scan_id=row.scan_id, answered=row.answered, at=row.created_at)


def add_key(session: Session, new: NewKey, scan_id: str, *, since: datetime) -> None:
    """Keep a key; one from before `since` is forgotten. Raises IntegrityError if it was used."""
    session.execute(FORGET_KEY, {"account_id": new.account_id, "key": new.key, "since": since})
    values = {
        "account_id": new.account_id,
        "key": new.key,
        "fingerprint": new.fingerprint,
        "scan_id": scan_id,
        "answered": False,
        "created_at": new.at,
    }
    session.execute(STORE_KEY, values)


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
    return _count(session, FINISH, {"scan_id": scan_id, "found": verdict, "at": at}) == 1


def answer(session: Session, scan_id: str, decision: str, decided_by: str, at: datetime) -> bool:
    """Answer a scan, unless it was answered before; returns whether this answer stands."""
    return _count(session, ANSWER, {"scan_id": scan_id, "decision": decision, "by": decided_by, "at": at}) == 1


def is_answered(session: Session, scan_id: str) -> bool:
    """Whether a scan was answered."""
    return session.execute(IS_ANSWERED, {"scan_id": scan_id}).scalar_one_or_none() is not None


def overdue(session: Session, now: datetime, limit: int) -> Sequence[ScanRow]:
    """Scans that should have been answered by now and were not, the oldest promise first."""
    due = and_(ScanRow.answered_at.is_(None), ScanRow.answer_by.is_not(None), ScanRow.answer_by <= now)
    return session.execute(select(ScanRow).where(due).order_by(ScanRow.answer_by).limit(limit)).scalars().all()


def _free(now: datetime, horizon: datetime) -> ColumnElement[bool]:
    return or_(ScanRow.leased_until.is_(None), ScanRow.leased_until <= now, ScanRow.leased_until > horizon)


def _count(session: Session, statement: Executable, values: dict[str, Any] | None = None) -> int:
    return cast("CursorResult[Any]", session.execute(statement, values)).rowcount
