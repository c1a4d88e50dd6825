"""All queries of rescreening: who is a rival, what counts, and what was found."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select
from sqlalchemy.orm import Session, selectinload

from service.archive.repository import Window, within
from service.archive.streaming import streamed
from service.registry.repository import chunks
from service.tables import MarkRow, RescreenHitRow, ScanRow

HITS, SCANS = cast("Table", RescreenHitRow.__table__), cast("Table", ScanRow.__table__)
AT_ONCE = 500  # rows of one statement


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A place in a past scan's view that is like a mark."""

    scan_id: str
    view: int
    mark_id: str
    score: float  # 0..1
    box: dict[str, Any]  # {"box": [x1, y1, x2, y2]} px; with "lost": true where it is no longer like the mark
    at: datetime  # when the scan was received
    station: str


@dataclass(frozen=True, kw_only=True)
class Past:
    """A scan that was inspected."""

    office: str
    station: str
    at: datetime


def inspected(session: Session, scan_ids: Collection[str], office: str | None) -> dict[str, Past]:
    """Scan -> what is known of it, for those that were inspected, and are of this office if one is given."""
    found: dict[str, Past] = {}
    for keys in chunks(sorted(scan_ids)):
        query = select(SCANS.c.id, SCANS.c.office, SCANS.c.station, SCANS.c.received_at)
        query = query.where(SCANS.c.id.in_(keys), SCANS.c.state == "done")
        if office is not None:
            query = query.where(SCANS.c.office == office)
        found |= {one: Past(office=own, station=station, at=at) for one, own, station, at in session.execute(query)}
    return found


def suspected(session: Session, window: Window, office: str | None) -> Iterator[tuple[str, str, datetime, Any]]:
    """(scan, station, received at, verdict) of inspected scans in a window."""
    query = select(SCANS.c.id, SCANS.c.station, SCANS.c.received_at, SCANS.c.verdict)
    query = query.where(SCANS.c.state == "done", within(SCANS.c.received_at, window))
    if office is not None:
        query = query.where(SCANS.c.office == office)
    for rows in streamed(session, query, AT_ONCE):
        for row in rows:
            yield row.id, row.station, row.received_at, row.verdict


def holders_of(session: Session, mark_ids: Collection[str]) -> dict[str, str]:
    """Mark -> its right holder; also of marks that are recorded no longer."""
    found: dict[str, str] = {}
    for keys in chunks(sorted(mark_ids)):
        rows = session.execute(select(MarkRow.mark_id, MarkRow.holder).where(MarkRow.mark_id.in_(keys)))
        found.update((mark_id, holder) for mark_id, holder in rows)
    return found


def changed_since(session: Session, moment: datetime, limit: int) -> Sequence[MarkRow]:
    """Up to `limit` marks that are matched and were recorded or changed since a moment, with their pictures."""
    query = select(MarkRow).where(MarkRow.live, MarkRow.removed.is_(False), MarkRow.changed_at >= moment)
    query = query.order_by(MarkRow.mark_id).limit(limit).options(selectinload(MarkRow.pictures))
    return session.execute(query).scalars().all()


def keep(session: Session, job_id: str, sightings: Iterable[Sighting]) -> None:
    """What a job found, instead of what it found when it was tried before."""
    session.execute(delete(RescreenHitRow).where(RescreenHitRow.job_id == job_id))
    rows = [
        {
            "job_id": job_id,
            "scan_id": one.scan_id,
            "view": one.view,
            "mark_id": one.mark_id,
            "score": one.score,
            "box": one.box,
            "at": one.at,
        }
        for one in sightings
    ]
    if rows:
        session.execute(insert(HITS), rows)


def hits(session: Session, job_id: str, *, limit: int, skip: int = 0) -> Sequence[RescreenHitRow]:
    """What a job found, the newest scan first."""
    query = select(RescreenHitRow).where(RescreenHitRow.job_id == job_id)
    ordered = query.order_by(RescreenHitRow.at.desc(), RescreenHitRow.scan_id, RescreenHitRow.view)
    return session.execute(ordered.order_by(RescreenHitRow.mark_id).offset(skip).limit(limit)).scalars().all()
