"""All queries on stations."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.orm import Session

from service.scans.declarations import Mode
from service.stations.policy import Failing, Policy, Terms
from service.tables import StationRow

STATIONS = cast("Table", StationRow.__table__)
PLACE = select(  # built once: each post asks it
    STATIONS.c.office,
    STATIONS.c.failing,
    STATIONS.c.failing_by_mode,
    STATIONS.c.answer_within_ms,
    STATIONS.c.officer_answers,
).where(STATIONS.c.name == bindparam("station"))


def find(session: Session, name: str) -> StationRow | None:
    """The station, or None if nobody has set it up."""
    return session.get(StationRow, name, populate_existing=True)


def terms(session: Session, name: str) -> Terms:
    """What a station was set up with, or what goes for one that was not."""
    return place_of(session, name)[1]


def place_of(session: Session, name: str) -> tuple[str | None, Terms]:
    """The office that a station was assigned to, if it was, and what it was set up with."""
    found = session.execute(PLACE, {"station": name}).one_or_none()
    return (None, Terms()) if found is None else (found.office, terms_of(found))


def terms_of(row: Any) -> Terms:
    """What this station was set up with."""
    modes = cast("dict[Mode, Failing]", row.failing_by_mode or {})
    return Terms(
        policy=Policy(default=cast("Failing", row.failing), modes=modes),
        answer_within_ms=row.answer_within_ms,
        officer_answers=row.officer_answers,
    )


def page(session: Session, office: str | None) -> Sequence[StationRow]:
    """The stations of an office, or all, by name."""
    query = select(StationRow).order_by(StationRow.name)
    return session.execute(query if office is None else query.where(StationRow.office == office)).scalars().all()


def beat(session: Session, row: StationRow, at: datetime, document: dict[str, Any]) -> None:
    """Keep what a station said last about itself."""
    row.heartbeat_at, row.heartbeat = at, document
    session.flush()
