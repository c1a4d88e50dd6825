"""How accurate the routine is, week by week: counted over decisions that stand. Tests are counted apart."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from service.alerts.overview import PACE, median_of
from service.alerts.rules import ReviewRules
from service.console.plots import wilson
from service.drift import repository
from service.drift.days import DAY, midnight
from service.drift.repository import Decided
from service.drift.schemas import ReasonShareOut, ShareOut, WeekOut

WEEK = timedelta(days=7)


def accuracy(session: Session, rules: ReviewRules, now: datetime, weeks: int, office: str | None) -> list[WeekOut]:
    """The last weeks of an office, or of all, this one included."""
    monday = midnight(now) - now.weekday() * DAY
    first = monday - (weeks - 1) * WEEK
    rows = repository.decided(session, first, now, office)
    made = []
    for number in range(weeks):
        start = first + number * WEEK
        own = [row for row in rows if monday_of(row.day) == start.date()]
        paces = repository.paces(session, start, min(now, start + WEEK), PACE, office)
        made.append(week_of(start.date(), own, rules, median_of(paces)))
    return made


def week_of(monday: date, rows: Sequence[Decided], rules: ReviewRules, median_seconds: float | None) -> WeekOut:
    """One week's decisions, counted."""
    right, wrong = rules.settling("confirmed"), rules.settling("unconfirmed")
    real = [row for row in rows if not row.test]
    settled = _count(row for row in real if row.action in (*right, *wrong))
    reasons: Counter[tuple[str, str | None]] = Counter()
    for row in real:
        if row.action in wrong:
            reasons[row.action, row.reason] += row.count
    decided = _count(real)
    tests = [row for row in rows if row.test and row.right is not None]
    return WeekOut(
        week=monday.isoformat(),
        decided=decided,
        false_alarms=share(reasons.total(), settled),
        reasons=[
            ReasonShareOut(action=action, reason=reason, share=share(hits, settled))
            for (action, reason), hits in reasons.most_common()
        ],
        tests_right=share(_count(row for row in tests if row.right), _count(tests)),
        late=share(_count(row for row in real if row.late), decided),
        median_seconds=median_seconds,
    )


def share(hits: int, count: int) -> ShareOut:
    """A share with its interval."""
    low, high = wilson(hits, count)
    return ShareOut(hits=hits, count=count, low=round(low, 6), high=round(high, 6))


def monday_of(day: str) -> date:
    """When the week of a day, YYYY-MM-DD, began."""
    found = date.fromisoformat(day)
    return found - timedelta(days=found.weekday())


def _count(rows: Iterable[Decided]) -> int:
    return sum(row.count for row in rows)
