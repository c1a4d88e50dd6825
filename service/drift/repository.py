"""All queries on the figures of views, on their days, on decisions by days, and on drift alarms."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, case, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from service.drift.tallies import COLUMNS, Tally, columns_of, counted, tally_of
from service.tables import AlertRow, DecisionRow, DriftAlarmRow, StatisticsDayRow, ViewStatisticsRow

LIVE = ("open", "acknowledged")
AT_ONCE = 2000  # views deleted together


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where views come from."""

    office: str
    station: str


@dataclass(frozen=True, kw_only=True)
class Day:
    """The views of one place on one day of UTC, YYYY-MM-DD."""

    day: str
    place: Place
    tally: Tally


@dataclass(frozen=True, kw_only=True)
class Decided:
    """Decisions of one day that are alike."""

    day: str
    station: str
    action: str
    reason: str | None
    test: bool
    right: bool | None  # of a test
    late: bool
    count: int


def tallies(
    session: Session,
    modality: str,
    since: datetime,
    until: datetime,
    *,
    most: int | None = None,
    office: str | None = None,
    station: str | None = None,
) -> Mapping[Place, Tally]:
    """The views since a moment and before another, at most the newest `most`, by the places that they come from."""
    table = ViewStatisticsRow
    query = (
        select(table.office, table.station, *(getattr(table, name) for name in COLUMNS))
        .where(table.modality == modality, table.at >= since, table.at < until)
        .order_by(table.at.desc())
    )
    for column, value in ((table.office, office), (table.station, station)):
        query = query if value is None else query.where(column == value)
    found: dict[Place, list[Sequence[Any]]] = {}
    for office, station, *values in session.execute(query if most is None else query.limit(most)):
        found.setdefault(Place(office=office, station=station), []).append(values)
    return {place: counted(columns_of(rows)) for place, rows in found.items()}


def forget_views(session: Session, before: datetime, limit: int = AT_ONCE) -> int:
    """Delete up to `limit` views that were judged before a moment. Returns how many."""
    table = ViewStatisticsRow
    old = select(table.scan_id, table.view).where(table.at < before).order_by(table.at).limit(limit)
    gone = session.execute(delete(table).where(tuple_(table.scan_id, table.view).in_(old)))
    return cast("CursorResult[Any]", gone).rowcount


def first_view(session: Session, modality: str) -> datetime | None:
    """When the oldest view was judged."""
    query = select(func.min(ViewStatisticsRow.at)).where(ViewStatisticsRow.modality == modality)
    return session.execute(query).scalar_one()


def days_kept(session: Session, modality: str, since: str) -> Collection[str]:
    """The days since one that are counted."""
    table = StatisticsDayRow
    query = select(table.day).where(table.modality == modality, table.day >= since).distinct()
    return set(session.execute(query).scalars())


def keep_day(session: Session, modality: str, day: str, found: Mapping[Place, Tally]) -> None:
    """Keep a day, counted. Raises IntegrityError if another process did."""
    session.add_all(
        StatisticsDayRow(
            modality=modality,
            day=day,
            station=place.station,
            office=place.office,
            views=tally.views,
            document=tally.document(),
        )
        for place, tally in found.items()
    )
    session.flush()


def days(
    session: Session, modality: str, since: str, *, office: str | None = None, station: str | None = None
) -> Sequence[Day]:
    """Days that are counted, oldest first."""
    table = StatisticsDayRow
    query = select(table).where(table.modality == modality, table.day >= since).order_by(table.day, table.station)
    for column, value in ((table.office, office), (table.station, station)):
        query = query if value is None else query.where(column == value)
    return [
        Day(
            day=row.day,
            place=Place(office=row.office, station=row.station),
            tally=tally_of(row.views, row.document),
        )
        for row in session.execute(query).scalars()
    ]


def decided(session: Session, since: datetime, until: datetime, office: str | None = None) -> Sequence[Decided]:
    """Decisions that stand, by days; those of a second look by another officer are left out."""
    table, day = DecisionRow, func.date(DecisionRow.decided_at)
    late = case((table.decided_at > AlertRow.due_at, 1), else_=0)
    columns = (day, table.station, table.action, table.reason_code, table.test, table.test_right, late)
    query = (
        select(*columns, func.count())
        .join(AlertRow, AlertRow.id == table.alert_id)
        .where(table.decided_at >= since, table.decided_at < until, table.state == "standing")
        .where(AlertRow.double_of.is_(None))
        .group_by(*columns)
    )
    rows = session.execute(query if office is None else query.where(table.office == office)).all()
    names = ("station", "action", "reason", "test", "right")
    return [
        Decided(day=str(row[0]), late=bool(row[6]), count=int(row[7]), **dict(zip(names, row[1:6], strict=True)))
        for row in rows
    ]


def paces(
    session: Session, since: datetime, until: datetime, classes: Sequence[int], office: str | None = None
) -> Sequence[tuple[int | None, int]]:
    """(seconds at most, decisions), the last without an end: how long decisions took, tests left out."""
    table = DecisionRow
    place = case(*((table.seconds <= upper, number) for number, upper in enumerate(classes)), else_=len(classes))
    query = (
        select(place, func.count())
        .where(table.decided_at >= since, table.decided_at < until, table.state == "standing")
        .where(table.test.is_(False), table.seconds.is_not(None))
        .group_by(place)
    )
    found = session.execute(query if office is None else query.where(table.office == office)).all()
    counts = {int(number): int(count) for number, count in found}
    return [(upper, counts.get(number, 0)) for number, upper in enumerate((*classes, None))]


def alerts_by_mark(session: Session, since: datetime, until: datetime, place: Place | None) -> Mapping[str, int]:
    """How many alerts there were for each mark, at a place or at all; tests left out."""
    table = AlertRow
    query = (
        select(table.mark_id, func.count())
        .where(table.created_at >= since, table.created_at < until)
        .where(table.test_answer.is_(None), table.double_of.is_(None))
        .group_by(table.mark_id)
    )
    if place is not None:
        query = query.where(table.office == place.office, table.station == place.station)
    return {mark: int(count) for mark, count in session.execute(query)}


def open_alarms(session: Session) -> Sequence[DriftAlarmRow]:
    """Alarms that are not over, oldest first, whether or not somebody has acknowledged them."""
    query = select(DriftAlarmRow).where(DriftAlarmRow.state.in_(LIVE)).order_by(DriftAlarmRow.id)
    return session.execute(query).scalars().all()


def alarms(session: Session, office: str | None, *, live: bool | None, limit: int) -> Sequence[DriftAlarmRow]:
    """Alarms of the stations of an office and of all stations together, newest first."""
    query = select(DriftAlarmRow).order_by(DriftAlarmRow.id.desc()).limit(limit)
    if office is not None:
        query = query.where(_within(office))
    if live is not None:
        query = query.where(DriftAlarmRow.state.in_(LIVE) if live else DriftAlarmRow.state.not_in(LIVE))
    return session.execute(query).scalars().all()


def alarm(session: Session, alarm_id: str, office: str | None) -> DriftAlarmRow | None:
    """One alarm; None if there is none, or if it is another office's."""
    query = select(DriftAlarmRow).where(DriftAlarmRow.id == alarm_id).execution_options(populate_existing=True)
    return session.execute(query if office is None else query.where(_within(office))).scalar_one_or_none()


def acknowledge(session: Session, alarm_id: str, by: str, note: str | None, at: datetime) -> bool:
    """Note that somebody knows of it; False if it is not open any more."""
    mine = update(DriftAlarmRow).where(DriftAlarmRow.id == alarm_id, DriftAlarmRow.state == "open")
    changes = {"state": "acknowledged", "acknowledged_by": by, "acknowledged_at": at, "note": note}
    return cast("CursorResult[Any]", session.execute(mine.values(**changes))).rowcount == 1


def see_again(session: Session, alarm_id: str, value: float, limit: float, at: datetime) -> None:
    """It is still so."""
    mine = update(DriftAlarmRow).where(DriftAlarmRow.id == alarm_id, DriftAlarmRow.state.in_(LIVE))
    session.execute(mine.values(value=value, limit=limit, seen_at=at))


def end(session: Session, alarm_id: str, seen_before: datetime, at: datetime) -> bool:
    """It is over, unless somebody has seen it since."""
    mine = update(DriftAlarmRow).where(
        DriftAlarmRow.id == alarm_id, DriftAlarmRow.state.in_(LIVE), DriftAlarmRow.seen_at <= seen_before
    )
    changes = {"state": "over", "over_at": at, "live": None}
    return cast("CursorResult[Any]", session.execute(mine.values(**changes))).rowcount == 1


def _within(office: str) -> Any:
    return or_(DriftAlarmRow.office == office, DriftAlarmRow.office.is_(None))
