"""All queries on the worklist: what is open in an office, the most urgent first.

A page is read from one index (`ix_alerts_worklist`, or the one of the mark, right holder or station asked for), so its
price does not grow with the number of alerts. Counts stop at `MOST`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session, joinedload, load_only

from service.tables import AlertRow, PictureRow, RecusalRow, SeenRow

MOST = 1000  # counted; beyond that there are "more than"
ORDER = (AlertRow.tier, AlertRow.due_at, AlertRow.priority, AlertRow.id)
SHOWN = (
    AlertRow.id,
    AlertRow.office,
    AlertRow.station,
    AlertRow.parcel,
    AlertRow.mark_id,
    AlertRow.title,
    AlertRow.holder,
    AlertRow.score,
    AlertRow.status,
    AlertRow.tier,
    AlertRow.priority,
    AlertRow.due_at,
    AlertRow.group_key,
    AlertRow.claimed_by,
    AlertRow.claimed_at,
    AlertRow.claim_until,
    AlertRow.note,
    AlertRow.created_at,
    AlertRow.recordation_id,
)


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What of the worklist is wanted; None: all of it."""

    tier: int | None = None
    mark: str | None = None  # its identifier
    holder: str | None = None
    station: str | None = None
    older_than: int | None = None  # minutes
    mine: bool = False
    unread: bool = False

    def given(self) -> dict[str, Any]:
        """Those that narrow the list, as they are kept and linked."""
        return {item.name: value for item in fields(self) if (value := getattr(self, item.name)) not in (None, False)}


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """Who looks, for `mine`, `unread` and recusals; its office, None for all."""

    account_id: str
    name: str
    office: str | None


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in the order a page ended."""

    tier: int
    due_at: datetime
    priority: int
    alert_id: str


def page(
    session: Session, viewer: Viewer, filters: Filters, now: datetime, *, after: Place | None, limit: int
) -> Sequence[AlertRow]:
    """Up to `limit` open alerts in the order of the worklist, one for each group."""
    query = _open(session, viewer, filters, now).options(load_only(*SHOWN)).order_by(*ORDER)
    if after is not None:
        query = query.where(_behind(after))
    return session.execute(query.limit(limit)).scalars().all()


def next_free(session: Session, viewer: Viewer, filters: Filters, now: datetime, *, skip: str = "") -> str | None:
    """The most urgent open alert that nobody else holds, other than `skip`. What waits behind a held one of its group
    is left to whoever holds that.
    """
    free = or_(AlertRow.claimed_by.is_(None), AlertRow.claimed_by == viewer.name, AlertRow.claim_until <= now)
    query = _open(session, viewer, filters, now).with_only_columns(AlertRow.id).where(free, AlertRow.id != skip)
    return session.execute(query.order_by(*ORDER).limit(1)).scalar_one_or_none()


def count(session: Session, viewer: Viewer, filters: Filters, now: datetime) -> int:
    """How many there are, at most `MOST`."""
    some = _open(session, viewer, filters, now).with_only_columns(AlertRow.id).limit(MOST).subquery()
    return session.execute(select(func.count()).select_from(some)).scalar_one()


def proposed(session: Session, viewer: Viewer, *, limit: int) -> Sequence[AlertRow]:
    """Alerts that wait for a second officer, those that waited longest first; also the viewer's own proposals."""
    query = (
        select(AlertRow)
        .where(AlertRow.status == "proposed", *_within(viewer))
        .options(load_only(*SHOWN), joinedload(AlertRow.decision))
    )
    return session.execute(query.order_by(AlertRow.due_at, AlertRow.id).limit(limit)).scalars().unique().all()


def group_sizes(session: Session, rows: Sequence[AlertRow]) -> dict[str, int]:
    """How many open alerts each group among `rows` has, by its key."""
    keys = {row.group_key for row in rows if row.group_key is not None}
    if not keys:
        return {}
    query = (
        select(AlertRow.group_key, func.count())
        .where(AlertRow.group_key.in_(keys), AlertRow.status == "open")
        .group_by(AlertRow.group_key)
    )
    return {key: size for key, size in session.execute(query).all() if key is not None}


def seen_of(session: Session, account_id: str, rows: Sequence[AlertRow]) -> set[str]:
    """Which of `rows` the account has looked at."""
    query = select(SeenRow.alert_id).where(
        SeenRow.account_id == account_id, SeenRow.alert_id.in_([row.id for row in rows])
    )
    return set(session.execute(query).scalars())


def artwork_of(session: Session, rows: Sequence[AlertRow]) -> dict[str, str]:
    """The first picture of each mark of `rows`: mark -> sha256."""
    marks = {row.mark_id for row in rows}
    query = select(PictureRow.mark_id, PictureRow.sha256).where(PictureRow.mark_id.in_(marks), PictureRow.position == 0)
    return {mark: sha for mark, sha in session.execute(query).all()}  # noqa: C416 - rows are no pairs to mypy


def mark_seen(session: Session, account_id: str, alert_id: str) -> None:
    """The account has looked at it."""
    session.merge(SeenRow(account_id=account_id, alert_id=alert_id))


def choices(session: Session, viewer: Viewer, now: datetime) -> dict[str, list[tuple[str, str]]]:
    """Stations, right holders and marks among the `MOST` most urgent open alerts: what filters offer."""
    columns = (AlertRow.station, AlertRow.holder, AlertRow.mark_id, AlertRow.title)
    query = _open(session, viewer, Filters(), now).with_only_columns(*columns).order_by(*ORDER).limit(MOST)
    rows = session.execute(query).all()
    return {
        "station": sorted({(row.station, row.station) for row in rows}),
        "holder": sorted({(row.holder, row.holder) for row in rows}),
        "mark": sorted({(row.mark_id, row.title) for row in rows}, key=lambda item: item[1].casefold()),
    }


def _open(session: Session, viewer: Viewer, filters: Filters, now: datetime) -> Select[Any]:
    query = select(AlertRow).where(AlertRow.status == "open", AlertRow.leads, *_within(viewer))
    narrow = (
        (AlertRow.tier, filters.tier),
        (AlertRow.mark_id, filters.mark),
        (AlertRow.holder, filters.holder),
        (AlertRow.station, filters.station),
    )
    query = query.where(*(column == value for column, value in narrow if value is not None))
    if filters.older_than is not None:
        query = query.where(AlertRow.created_at <= now - timedelta(minutes=filters.older_than))
    if filters.mine:
        query = query.where(AlertRow.id.in_(_claimed(session, viewer, now)))
    if filters.unread:
        looked = and_(SeenRow.account_id == viewer.account_id, SeenRow.alert_id == AlertRow.id)
        query = query.where(~exists().where(looked))
    return query.where(~exists().where(RecusalRow.alert_id == AlertRow.id, RecusalRow.officer == viewer.name))


def _claimed(session: Session, viewer: Viewer, now: datetime) -> Sequence[str]:
    """The few that the viewer holds, asked for first: planners would rather walk all that is open."""
    query = select(AlertRow.id).where(AlertRow.claimed_by == viewer.name, AlertRow.claim_until > now)
    return session.execute(query.limit(MOST)).scalars().all()


def _within(viewer: Viewer) -> tuple[Any, ...]:
    return () if viewer.office is None else (AlertRow.office == viewer.office,)


def _behind(place: Place) -> Any:
    """Rows behind a place, said so that both databases walk the index from there."""
    values = (place.tier, place.due_at, place.priority, place.alert_id)
    typed = (literal(value, column.type) for column, value in zip(ORDER, values, strict=True))
    return tuple_(*ORDER) > tuple_(*typed)
