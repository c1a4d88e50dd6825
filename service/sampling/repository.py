"""All queries on questions to officers, and on the scans that they may be about."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, case, exists, func, or_, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, selectinload

from service.identifiers import new_id
from service.labels.repository import consignor_of
from service.sampling.budget import Used
from service.sampling.samplers import Pick
from service.tables import (
    AlertRow,
    DecisionRow,
    LabelTaskRow,
    MarkRow,
    ScanRow,
    SeenViewRow,
    ShadowLookRow,
)

TASKS = cast("Table", LabelTaskRow.__table__)
LOCK = 0x7469_6465  # PostgreSQL's advisory lock of whoever chooses
INJECTED = exists().where(AlertRow.scan_id == ScanRow.id, AlertRow.test_answer.is_not(None))
SAID = ("suspend", "authorised_party", "not_recorded_goods")  # outcomes that give the suspected mark a label


def alone(session: Session) -> bool:
    """Whether no other process chooses now; SQLite has one writer anyway."""
    if session.get_bind().dialect.name != "postgresql":
        return True
    return bool(session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": LOCK}).scalar_one())


def done(session: Session, *, after: str, until: str, limit: int) -> Sequence[ScanRow]:
    """Inspected scans after one identifier and before another, with their views; tests that were mixed in are none."""
    query = select(ScanRow).where(ScanRow.id > after, ScanRow.id < until, ScanRow.state == "done", ~INJECTED)
    return session.execute(query.order_by(ScanRow.id).limit(limit).options(selectinload(ScanRow.views))).scalars().all()


def differing(session: Session, *, since: datetime, until: datetime, limit: int) -> Sequence[ShadowLookRow]:
    """Looks of shadows that saw something else, from `since` until before `until`, the oldest first."""
    query = select(ShadowLookRow).where(
        ShadowLookRow.at >= since, ShadowLookRow.at < until, ShadowLookRow.same.is_(False)
    )
    return session.execute(query.order_by(ShadowLookRow.at, ShadowLookRow.scan_id).limit(limit)).scalars().all()


def scans(session: Session, ids: Collection[str]) -> Sequence[ScanRow]:
    """Those of these scans that are inspected and no tests, with their views, by identifier."""
    query = select(ScanRow).where(ScanRow.id.in_(ids), ScanRow.state == "done", ~INJECTED)
    return session.execute(query.order_by(ScanRow.id).options(selectinload(ScanRow.views))).scalars().all()


def seen(session: Session, ids: Collection[str]) -> Sequence[SeenViewRow]:
    """What was kept of these scans' views, those of the newest embedder last."""
    query = select(SeenViewRow).where(SeenViewRow.scan_id.in_(ids))
    return session.execute(query.order_by(SeenViewRow.scan_id, SeenViewRow.view, SeenViewRow.at)).scalars().all()


def brands(session: Session, names: Collection[str]) -> dict[str, frozenset[str]]:
    """Name in small letters -> the marks that are matched and have it as their title."""
    if not names:
        return {}
    query = select(MarkRow.mark_id, func.lower(MarkRow.title)).where(
        MarkRow.live, MarkRow.removed.is_(False), func.lower(MarkRow.title).in_(sorted(names))
    )
    found: dict[str, set[str]] = {}
    for mark, title in session.execute(query).all():
        found.setdefault(title, set()).add(mark)
    return {title: frozenset(marks) for title, marks in found.items()}


def labels_of(session: Session, marks: Collection[str]) -> Counter[str]:
    """About how many labels each of these marks has: decisions and answers that say that it is there."""
    counts = Counter[str]()
    if not marks:
        return counts
    decided = select(DecisionRow.alert_mark, func.count()).where(
        DecisionRow.alert_mark.in_(marks),
        DecisionRow.state == "standing",
        DecisionRow.test.is_(False),
        DecisionRow.action.in_(SAID),
    )
    for mark, times in session.execute(decided.group_by(DecisionRow.alert_mark)).all():
        counts[mark] += times
    said = LabelTaskRow.answer["mark_id"].as_string()
    answered = select(said, func.count()).where(LabelTaskRow.state == "answered", said.in_(marks)).group_by(said)
    for mark, times in session.execute(answered).all():
        counts[mark] += times
    return counts


def used(session: Session, parcels: Iterable[tuple[str, str]], now: datetime) -> Used:
    """What was asked in the last minute, hour and day, and which of these parcels somebody was ever asked about."""
    day = now - timedelta(days=1)
    query = (
        select(LabelTaskRow.created_at, LabelTaskRow.sampler, LabelTaskRow.office, ScanRow)
        .join(ScanRow, LabelTaskRow.scan_id == ScanRow.id)
        .where(LabelTaskRow.created_at > day, LabelTaskRow.document["second_of"].as_string().is_(None))
    )
    rows = session.execute(query).all()
    wanted = set(parcels)
    known = (
        select(ScanRow.office, ScanRow.parcel)
        .join(LabelTaskRow, LabelTaskRow.scan_id == ScanRow.id)
        .where(ScanRow.parcel.in_({parcel for _, parcel in wanted}))
    )
    return Used(
        minute=sum(row.created_at > now - timedelta(minutes=1) for row in rows),
        hour=sum(row.created_at > now - timedelta(hours=1) for row in rows),
        day=len(rows),
        samplers=Counter(row.sampler for row in rows),
        offices=Counter(row.office for row in rows),
        consignors=Counter((row.office, consignor_of(row.ScanRow)) for row in rows),
        parcels=frozenset((row.office, row.parcel) for row in session.execute(known).all()) & wanted,
    )


def ask(session: Session, picks: Sequence[Pick], now: datetime) -> int:
    """Enter questions; one about the same place is not entered again. Returns how many were."""
    rows = [_row(one, now) for one in picks]
    if not rows:
        return 0
    return _entered(session, rows)


def ask_again(session: Session, task: LabelTaskRow, now: datetime) -> None:
    """Ask another officer about an answered place, who does not know of the first answer."""
    document = task.document | {"second_of": task.id, "not_for": [task.answered_by]}
    row = _values(task.scan_id, task.view, f"{task.place};2", task.office, task.sampler, task.priority, document, now)
    _entered(session, [row])


def expire(session: Session, before: datetime) -> int:
    """Ask no more what was asked before a moment and not answered. Returns how many there were."""
    old = (LabelTaskRow.state == "open") & (LabelTaskRow.created_at < before)
    return _count(session, update(LabelTaskRow).where(old).values(state="expired", claimed_by=None, claim_until=None))


def find(session: Session, task_id: str, within: str | None) -> LabelTaskRow | None:
    """The question as it is now, or None; also None if it is of another office than `within`."""
    query = select(LabelTaskRow).where(LabelTaskRow.id == task_id)
    query = query if within is None else query.where(LabelTaskRow.office == within)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def waiting(session: Session, officer: str, within: str | None, now: datetime, limit: int) -> Sequence[LabelTaskRow]:
    """Open questions that an officer may have, those that he holds first, then the most urgent ones."""
    free = or_(LabelTaskRow.claimed_by.is_(None), LabelTaskRow.claim_until <= now)
    mine = (LabelTaskRow.claimed_by == officer) & (LabelTaskRow.claim_until > now)
    query = select(LabelTaskRow).where(LabelTaskRow.state == "open", or_(free, mine))
    query = query if within is None else query.where(LabelTaskRow.office == within)
    order = (case((mine, 0), else_=1), LabelTaskRow.priority, LabelTaskRow.id)
    return session.execute(query.order_by(*order).limit(limit)).scalars().all()


def claim(session: Session, task_id: str, officer: str, now: datetime, until: datetime) -> bool:
    """Hold an open question, or hold it longer; False if somebody else does, or it is not open."""
    free = or_(LabelTaskRow.claimed_by.is_(None), LabelTaskRow.claim_until <= now, LabelTaskRow.claimed_by == officer)
    statement = update(LabelTaskRow).where(LabelTaskRow.id == task_id, LabelTaskRow.state == "open", free)
    return _count(session, statement.values(claimed_by=officer, claim_until=until)) == 1


def answer(session: Session, task_id: str, officer: str, said: dict[str, Any], now: datetime) -> bool:
    """Answer an open question that nobody else holds; False if it cannot be."""
    free = or_(LabelTaskRow.claimed_by.is_(None), LabelTaskRow.claim_until <= now, LabelTaskRow.claimed_by == officer)
    statement = update(LabelTaskRow).where(LabelTaskRow.id == task_id, LabelTaskRow.state == "open", free)
    changes = {"state": "answered", "answer": said, "answered_by": officer, "answered_at": now}
    return _count(session, statement.values(**changes, claimed_by=None, claim_until=None)) == 1


def skip(session: Session, task: LabelTaskRow, officer: str, most: int) -> None:
    """An officer passes a question over; after `most` of them nobody is asked any more."""
    passed = sorted({*task.document.get("skipped_by", ()), officer})
    task.document = task.document | {"skipped_by": passed}
    task.claimed_by = task.claim_until = None
    task.state = "expired" if len(passed) >= most else "open"
    session.flush()


def counts(session: Session, within: str | None) -> dict[tuple[str, str], int]:
    """(sampler, state) -> how many questions."""
    query = select(LabelTaskRow.sampler, LabelTaskRow.state, func.count())
    query = query if within is None else query.where(LabelTaskRow.office == within)
    rows = session.execute(query.group_by(LabelTaskRow.sampler, LabelTaskRow.state)).all()
    return {(sampler, state): times for sampler, state, times in rows}


def new_since(session: Session, since: datetime, within: str | None) -> int:
    """How many questions were entered since a moment."""
    query = select(func.count()).select_from(LabelTaskRow).where(LabelTaskRow.created_at > since)
    query = query if within is None else query.where(LabelTaskRow.office == within)
    return session.execute(query).scalar_one()


def _row(one: Pick, now: datetime) -> dict[str, Any]:
    place = one.place
    document = {
        "box": list(place.box),
        "modality": place.modality,
        "detection_score": place.detection_score,
        "score": place.score,
        "mark_id": place.mark_id,
        "candidates": list(place.candidates),
    }
    where = ",".join(str(round(edge)) for edge in place.box)
    return _values(one.scan.scan_id, place.view, where, one.scan.office, one.sampler, one.priority, document, now)


def _values(
    scan_id: str,
    view: int,
    place: str,
    office: str,
    sampler: str,
    priority: int,
    document: dict[str, Any],
    now: datetime,
) -> dict[str, Any]:
    return {
        "id": new_id("task"),
        "scan_id": scan_id,
        "view": view,
        "place": place,
        "office": office,
        "sampler": sampler,
        "priority": priority,
        "document": document,
        "state": "open",
        "created_at": now,
    }


def _entered(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    made = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = made.insert(TASKS).values(rows).on_conflict_do_nothing().returning(TASKS.c.id)
    return len(session.execute(statement).all())


def _count(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
