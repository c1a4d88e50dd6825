"""All queries on alerts and decisions."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, joinedload

from service.alerts.schemas import DecisionIn
from service.identifiers import new_id
from service.scans.schemas import SuspicionOut, VerdictOut
from service.tables import AlertRow, DecisionRow, ScanRow


def add(session: Session, scan: ScanRow, verdict: VerdictOut, sightings: Sequence[SuspicionOut]) -> str:
    """Raise an alert for the right holder of a verdict's `sightings`, strongest first. Returns its identifier."""
    best = sightings[0]
    row = AlertRow(
        id=new_id("alert"),
        scan_id=scan.id,
        station=scan.station,
        parcel=scan.parcel,
        mark_id=best.mark.mark_id,
        title=best.mark.title,
        holder=best.mark.holder,
        score=best.score,
        status="open",
        recordation_id=None if best.recordation is None else best.recordation.id,
        snapshot=verdict.model_dump(mode="json", include={"snapshot", "threshold", "models"}),
        sightings={"items": [item.model_dump(mode="json") for item in sightings]},
        created_at=datetime.now(UTC),
    )
    session.add(row)
    return row.id


def of_scan(session: Session, scan_id: str) -> Sequence[str]:
    """Identifiers of a scan's alerts, strongest first."""
    query = select(AlertRow.id).where(AlertRow.scan_id == scan_id).order_by(AlertRow.score.desc(), AlertRow.id)
    return session.execute(query).scalars().all()


def find(session: Session, alert_id: str) -> AlertRow | None:
    """The alert with its decision, or None."""
    query = select(AlertRow).where(AlertRow.id == alert_id).options(joinedload(AlertRow.decision))
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def page(
    session: Session, *, status: str | None, station: str | None, holder: str | None, before: str | None, limit: int
) -> Sequence[AlertRow]:
    """Up to `limit` alerts, newest first, older than the alert `before`."""
    query = select(AlertRow).options(joinedload(AlertRow.decision)).order_by(AlertRow.id.desc()).limit(limit)
    wanted = ((AlertRow.status, status), (AlertRow.station, station), (AlertRow.holder, holder))
    for column, value in wanted:
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(AlertRow.id < before)
    return session.execute(query).scalars().all()


def claim(session: Session, alert_id: str) -> bool:
    """Turn an open alert into a decided one; False if it is not open (any more)."""
    statement = update(AlertRow).where(AlertRow.id == alert_id, AlertRow.status == "open").values(status="decided")
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def add_decision(session: Session, alert_id: str, decision: DecisionIn, before: dict[str, Any]) -> None:
    """Store what was decided, when, and what the alert was before."""
    row = DecisionRow(
        id=new_id("decision"),
        alert_id=alert_id,
        action=decision.action,
        officer=decision.officer,
        reason=decision.reason,
        mark_id=decision.mark_id,
        before=before,
        decided_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
