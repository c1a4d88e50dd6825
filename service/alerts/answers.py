"""From rows to what officers are told."""

from datetime import datetime

from service.alerts.schemas import TIERS, AlertOut, ClaimOut, DecisionOut
from service.scans.schemas import SuspicionOut
from service.schemas import MarkOut
from service.tables import AlertRow, DecisionRow


def alert_out(row: AlertRow, now: datetime) -> AlertOut:
    """One alert as it is now."""
    return AlertOut.model_validate(
        {
            "id": row.id,
            "scan_id": row.scan_id,
            "office": row.office,
            "station": row.station,
            "parcel": row.parcel,
            "status": row.status,
            "tier": TIERS[row.tier],
            "due_at": row.due_at,
            "claim": claim_out(row, now),
            "note": row.note,
            "mark": MarkOut(mark_id=row.mark_id, title=row.title, holder=row.holder),
            "score": row.score,
            "sightings": [SuspicionOut.model_validate(item) for item in row.sightings["items"]],
            "produced_by": row.snapshot,
            "created_at": row.created_at,
            "decision": None if row.decision is None else decision_out(row.decision),
        }
    )


def claim_out(row: AlertRow, now: datetime) -> ClaimOut | None:
    """The claim, unless it has run out."""
    if row.claimed_by is None or row.claimed_at is None or row.claim_until is None or row.claim_until <= now:
        return None
    return ClaimOut(officer=row.claimed_by, since=row.claimed_at, until=row.claim_until)


def decision_out(row: DecisionRow) -> DecisionOut:
    """The decision that stands or is proposed."""
    return DecisionOut.model_validate({name: getattr(row, name) for name in DecisionOut.model_fields})
