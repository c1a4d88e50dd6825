"""How often alerts like this one were confirmed: measured on what officers decided, or not yet known.

Alike are alerts for the same mark; where too few of those were settled, alerts with about the same score (the same
tenth). Only outcomes that settle the question count (`settles` in the review rules): goods that were held or that an
officer was unsure about are not known yet. Tests that were mixed in never count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from service.alerts.rules import ReviewRules
from service.tables import AlertRow, DecisionRow

DAYS = 30
FEWEST = 20  # settled alerts below which nothing is said


@dataclass(frozen=True, kw_only=True)
class HitRate:
    """Of `settled` alerts like this one, `confirmed` were."""

    alike: Literal["mark", "score"]
    confirmed: int
    settled: int
    days: int = DAYS

    @property
    def of_hundred(self) -> int:
        """How many of a hundred."""
        return round(100 * self.confirmed / self.settled)


def hit_rate(session: Session, row: AlertRow, rules: ReviewRules, now: datetime) -> HitRate | None:
    """The rate for alerts like `row`, or None: not yet known."""
    band = min(9, int(row.score * 10))
    kinds: Sequence[tuple[Literal["mark", "score"], ColumnElement[bool]]] = (
        ("mark", DecisionRow.alert_mark == row.mark_id),
        ("score", DecisionRow.band == band),
    )
    for alike, condition in kinds:
        confirmed, settled = _count(session, row.office, condition, rules, now)
        if settled >= FEWEST:
            return HitRate(alike=alike, confirmed=confirmed, settled=settled)
    return None


def _count(
    session: Session, office: str, condition: ColumnElement[bool], rules: ReviewRules, now: datetime
) -> tuple[int, int]:
    right, wrong = rules.settling("confirmed"), rules.settling("unconfirmed")
    confirmed: Any = func.coalesce(func.sum(case((DecisionRow.action.in_(right), 1), else_=0)), 0)
    query = select(confirmed, func.count()).where(
        DecisionRow.office == office,
        condition,
        DecisionRow.decided_at >= now - timedelta(days=DAYS),
        DecisionRow.decided_at <= now,
        DecisionRow.state == "standing",
        DecisionRow.test.is_(False),
        DecisionRow.action.in_((*right, *wrong)),
    )
    hits, settled = session.execute(query).one()
    return int(hits), int(settled)
