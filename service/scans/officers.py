"""The officer at the belt: where a station waits for one, what they decide on all alerts of a scan is its answer."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from service.scans import repository
from service.scans.answering import Answering, Given
from service.tables import AlertRow


def answer_by_officer(
    session: Session, answering: Answering, scan_id: str, released: frozenset[str], now: datetime
) -> None:
    """Answer a scan that still waits for an officer. `released`: actions that let a parcel go."""
    scan = repository.find(session, scan_id)
    if scan is None or scan.answered_at is not None or scan.state != "done":
        return
    query = select(AlertRow).where(
        AlertRow.scan_id == scan_id, AlertRow.test_answer.is_(None), AlertRow.double_of.is_(None)
    )
    alerts = session.execute(query.options(joinedload(AlertRow.decision)).execution_options(populate_existing=True))
    actions = [None if row.decision is None else row.decision.action for row in alerts.scalars()]
    if any(action is not None and action not in released for action in actions):
        answering.in_time(session, scan, Given(decision="hold", decided_by="officer"), now)
    elif actions and None not in actions:
        answering.in_time(session, scan, Given(decision="pass", decided_by="officer"), now)
