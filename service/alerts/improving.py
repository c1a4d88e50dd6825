"""What decisions should improve: each reason routed to its fix, counted over the last days. Undone ones never count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.alerts.rules import Improves, ReviewRules
from service.tables import AlertRow, DecisionRow

DAYS = 30
MOST = 200


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Something to be improved, and how often it was met."""

    improves: Improves
    mark_id: str
    title: str
    action: str
    reason_code: str | None
    count: int
    last_at: datetime
    example: str  # an alert


def proposals(session: Session, rules: ReviewRules, office: str | None, now: datetime) -> Sequence[Proposal]:
    """What to improve, the most frequent first. Only decisions that have taken effect count, and no tests."""
    query = (
        select(
            DecisionRow.alert_mark,
            DecisionRow.action,
            DecisionRow.reason_code,
            func.count().label("times"),
            func.max(DecisionRow.decided_at).label("last_at"),
            func.max(DecisionRow.alert_id).label("example"),
        )
        .where(
            DecisionRow.state == "standing",
            DecisionRow.effective_at <= now,
            DecisionRow.decided_at >= now - timedelta(days=DAYS),
            DecisionRow.test.is_(False),
            *(() if office is None else (DecisionRow.office == office,)),
        )
        .group_by(DecisionRow.alert_mark, DecisionRow.action, DecisionRow.reason_code)
        .order_by(func.count().desc())
        .limit(MOST)
    )
    rows = session.execute(query).all()
    named = select(AlertRow.id, AlertRow.title).where(AlertRow.id.in_([row.example for row in rows]))
    titles = {alert: title for alert, title in session.execute(named).all()}  # noqa: C416 - rows are no pairs to mypy
    found = [
        Proposal(
            improves=rules.improved_by(row.action, row.reason_code),
            mark_id=row.alert_mark,
            title=titles.get(row.example, row.alert_mark),
            action=row.action,
            reason_code=row.reason_code,
            count=row.times,
            last_at=row.last_at,
            example=row.example,
        )
        for row in rows
    ]
    return [item for item in found if item.improves != "none"]
