"""Showing alerts and deciding them: once, whoever comes first."""

from typing import Any

from sqlalchemy.orm import Session

from inference.errors import UnknownMark
from service.alerts import repository
from service.alerts.schemas import AlertOut, AlertPage, DecisionIn, DecisionOut, Status
from service.audit import repository as audit
from service.audit.repository import Act
from service.database import Database
from service.errors import AlreadyDecided, UnknownAlert
from service.metrics import Metrics
from service.registry import repository as registry
from service.scans.schemas import SuspicionOut
from service.schemas import MarkOut
from service.tables import AlertRow, DecisionRow


class AlertService:
    """Shows alerts to officers and takes their decisions."""

    def __init__(self, *, database: Database, metrics: Metrics) -> None:
        self._database, self._metrics = database, metrics

    def get(self, alert_id: str) -> AlertOut:
        """One alert. Raises UnknownAlert."""
        with self._database.read() as session:
            return _alert_out(_found(repository.find(session, alert_id), alert_id))

    def page(
        self, *, status: Status | None, station: str | None, holder: str | None, cursor: str | None, limit: int
    ) -> AlertPage:
        """Up to `limit` alerts, newest first, after `cursor`."""
        with self._database.read() as session:
            rows = repository.page(
                session, status=status, station=station, holder=holder, before=cursor, limit=limit + 1
            )
            items = [_alert_out(row) for row in rows[:limit]]
        return AlertPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)

    def decide(self, alert_id: str, decision: DecisionIn) -> AlertOut:
        """Decide an open alert. Raises UnknownAlert, UnknownMark, or AlreadyDecided with the decision that stands."""
        with self._database.write() as session:
            row = _found(repository.find(session, alert_id), alert_id)
            before = {"status": row.status, "mark_id": row.mark_id, "holder": row.holder, "score": row.score}
            if decision.mark_id is not None and registry.find(session, decision.mark_id) is None:
                raise UnknownMark(f"no mark {decision.mark_id!r} is recorded", field="mark_id")
            if not repository.claim(session, alert_id):
                raise AlreadyDecided(f"alert {alert_id} was decided before", current=_current(session, alert_id))
            repository.add_decision(session, alert_id, decision, before)
            detail = {"reason": decision.reason, "mark_id": decision.mark_id, "before": before}
            act = Act(actor=decision.officer, action=decision.action, kind="alert", subject=alert_id, detail=detail)
            audit.append(session, act)
            answer = _alert_out(_found(repository.find(session, alert_id), alert_id))
        self._metrics.decisions.labels(decision.action).inc()
        return answer


def _current(session: Session, alert_id: str) -> dict[str, Any]:
    return _alert_out(_found(repository.find(session, alert_id), alert_id)).model_dump(mode="json")


def _found(row: AlertRow | None, alert_id: str) -> AlertRow:
    if row is None:
        raise UnknownAlert(f"no alert {alert_id!r} is stored", field="alert_id")
    return row


def _alert_out(row: AlertRow) -> AlertOut:
    return AlertOut.model_validate(
        {
            "id": row.id,
            "scan_id": row.scan_id,
            "station": row.station,
            "parcel": row.parcel,
            "status": row.status,
            "mark": MarkOut(mark_id=row.mark_id, title=row.title, holder=row.holder),
            "score": row.score,
            "sightings": [SuspicionOut.model_validate(item) for item in row.sightings["items"]],
            "produced_by": row.snapshot,
            "created_at": row.created_at,
            "decision": None if row.decision is None else _decision_out(row.decision),
        }
    )


def _decision_out(row: DecisionRow) -> DecisionOut:
    return DecisionOut.model_validate(
        {
            "action": row.action,
            "officer": row.officer,
            "reason": row.reason,
            "mark_id": row.mark_id,
            "before": row.before,
            "decided_at": row.decided_at,
        }
    )
