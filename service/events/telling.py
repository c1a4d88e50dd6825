"""From what happens here to what others are told."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.events import repository
from service.events.types import Event, Type
from service.identifiers import new_id
from service.tables import AlertRow, DriftAlarmRow, ScanRow

QUIET = frozenset({"claimed", "let_go", "noted", "recused", "seen"})  # of no use to other systems
NAMED: Mapping[str, Type] = {
    "raised": "org.tidewaiter.alert.raised",
    "undone": "org.tidewaiter.alert.undone",
    "refused": "org.tidewaiter.alert.refused",
    "agreed": "org.tidewaiter.alert.decided",
}


def alert_happened(session: Session, row: AlertRow, actor: str, action: str, detail: Mapping[str, Any]) -> None:
    """Something was done about an alert; a test among the alerts is nobody else's business."""
    if action in QUIET or row.test_answer is not None or row.double_of is not None:
        return
    kind = NAMED.get(action)
    if kind is None:  # an outcome, of one officer or of the first of two
        proposed = detail.get("status") == "proposed"
        kind = "org.tidewaiter.alert.proposed" if proposed else "org.tidewaiter.alert.decided"
    data = {
        "alert": row.id,
        "scan": row.scan_id,
        "station": row.station,
        "parcel": row.parcel,
        "mark": {"id": row.mark_id, "title": row.title, "holder": row.holder},
        "score": row.score,
        "tier": row.tier,
        "action": detail.get("action", action),
        "by": actor,
        "url": f"/v1/alerts/{row.id}",
    }
    _emit(session, kind, row.id, row.office, data)


def scan_answered(session: Session, scan: ScanRow) -> None:
    """The line was told something."""
    data = {
        "scan": scan.id,
        "station": scan.station,
        "parcel": scan.parcel,
        "decision": scan.answer,
        "decided_by": scan.decided_by,
        "decided_at": None if scan.answered_at is None else scan.answered_at.isoformat(),
        "answer_by": None if scan.answer_by is None else scan.answer_by.isoformat(),
        "url": f"/v1/scans/{scan.id}",
    }
    _emit(session, "org.tidewaiter.scan.answered", scan.id, scan.office, data)


def scan_failed(session: Session, scan: ScanRow) -> None:
    """Nobody knows what is in the parcel: it cannot be inspected."""
    data = {"scan": scan.id, "station": scan.station, "parcel": scan.parcel, "url": f"/v1/scans/{scan.id}"}
    _emit(session, "org.tidewaiter.scan.failed", scan.id, scan.office, data)


def drift_seen(session: Session, row: DriftAlarmRow, offices: Iterable[str]) -> None:
    """Something changed at a station, or at all of them; each office that has to do with it is told."""
    data = {
        "alarm": row.id,
        "metric": row.metric,
        "modality": row.modality,
        "station": row.station,
        "subject": row.subject,
        "value": row.value,
        "limit": row.limit,
        "hint": row.hint,
        "url": "/v1/drift/alarms",
    }
    for office in offices:
        _emit(session, "org.tidewaiter.drift.alarm", row.id, office, data)


def _emit(session: Session, kind: Type, subject: str, office: str, data: Mapping[str, Any]) -> None:
    now = datetime.now(UTC)
    repository.emit(session, Event(id=new_id("event"), type=kind, subject=subject, office=office, at=now, data=data))


def models_changed(session: Session, action: str, release: str, by: str, offices: Iterable[str]) -> None:
    """Another release judges from now on; each office is told."""
    kind: Type = "org.tidewaiter.model.promoted" if action == "promoted" else "org.tidewaiter.model.rolled_back"
    for office in offices:
        _emit(session, kind, release, office, {"release": release, "by": by, "url": f"/v1/models/releases/{release}"})
