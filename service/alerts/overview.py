"""How an office works: what was decided how fast, how often suspicions were right, where false alarms come from.

Counted over decisions that stand, by the days of UTC; tests that were mixed in are counted apart and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.alerts.rules import ReviewRules
from service.tables import AlertRow, DecisionRow

DAYS = 30
SHOWN = 12  # marks, stations, models
PACE = (5, 10, 20, 40, 60, 120, 300)  # seconds: upper ends of the classes of time to decision
By = Literal["mark", "station", "model"]
COLUMNS: dict[By, InstrumentedAttribute[str]] = {
    "mark": DecisionRow.alert_mark,
    "station": DecisionRow.station,
    "model": DecisionRow.model,
}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Of `settled` suspicions of one mark, station or model, `confirmed` were right."""

    name: str
    confirmed: int
    settled: int


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The supervisor's numbers."""

    days: Sequence[tuple[str, int]]  # day, decisions
    paces: Sequence[tuple[int | None, int]]  # seconds at most (None: longer), decisions
    median_seconds: float | None  # the upper end of the median's class would be coarse: linear within it
    rates: dict[By, Sequence[Rate]]
    reasons: Sequence[tuple[str, str | None, int]]  # action, reason, decisions that did not confirm
    waiting: Sequence[tuple[int, int, int, int]]  # tier, open, due within ten minutes, late
    agreed: int
    refused: int
    doubled: int  # alerts that two officers decided without knowing of each other
    kappa: float | None  # how far they agree beyond chance (Cohen 1960); None: not yet known
    tests: int
    tests_right: int
    missed: int  # tests to be stopped that were let go


def overview(
    session: Session, rules: ReviewRules, office: str | None, now: datetime, only: tuple[By, str] | None = None
) -> Overview:
    """The numbers of an office, or of all, for the last 30 days; `only` of one mark, station or model."""
    counted = _Counted(session, rules, office, now, only)
    paces = counted.paces()
    agreed, refused = counted.seconds()
    tests, right, missed = counted.tests()
    pairs = counted.doubled()
    return Overview(
        days=counted.days(),
        paces=paces,
        median_seconds=median_of(paces),
        rates={by: counted.rates(by) for by in COLUMNS},
        reasons=counted.reasons(),
        waiting=counted.waiting(),
        agreed=agreed,
        refused=refused,
        doubled=sum(pairs),
        kappa=kappa(*pairs),
        tests=tests,
        tests_right=right,
        missed=missed,
    )


def median_of(paces: Sequence[tuple[int | None, int]]) -> float | None:
    """The median of counts in classes, linear within its class; None if it lies in the open one, or there are none."""
    half, before, lower = sum(count for _, count in paces) / 2, 0, 0
    for upper, count in paces:
        if upper is None or half == 0:
            return None
        if before + count >= half:
            return lower + (upper - lower) * (half - before) / count
        before, lower = before + count, upper
    return None


def kappa(both: int, first: int, second: int, neither: int) -> float | None:
    """Cohen's kappa of two officers: both, only the first, only the second, neither of them confirmed."""
    count = both + first + second + neither
    if count == 0:
        return None
    one, two = (both + first) / count, (both + second) / count
    chance = one * two + (1 - one) * (1 - two)
    return None if chance == 1 else ((both + neither) / count - chance) / (1 - chance)


class _Counted:
    def __init__(
        self, session: Session, rules: ReviewRules, office: str | None, now: datetime, only: tuple[By, str] | None
    ) -> None:
        self._session, self._rules, self._office, self._now = session, rules, office, now
        self._only = () if only is None else (COLUMNS[only[0]] == only[1],)
        self._confirmed, self._unconfirmed = rules.settling("confirmed"), rules.settling("unconfirmed")

    def days(self) -> Sequence[tuple[str, int]]:
        day = func.date(DecisionRow.decided_at)
        rows = self._session.execute(self._decided(day, func.count()).group_by(day)).all()
        counts = {str(found): int(count) for found, count in rows}
        listed = [(self._now - timedelta(days=back)).date().isoformat() for back in reversed(range(DAYS))]
        return [(name, counts.get(name, 0)) for name in listed]

    def paces(self) -> Sequence[tuple[int | None, int]]:
        place: Any = case(
            *((DecisionRow.seconds <= upper, number) for number, upper in enumerate(PACE)), else_=len(PACE)
        )
        query = self._decided(place, func.count()).where(DecisionRow.seconds.is_not(None)).group_by(place)
        counts = {int(number): int(count) for number, count in self._session.execute(query)}
        return [(upper, counts.get(number, 0)) for number, upper in enumerate((*PACE, None))]

    def rates(self, by: By) -> Sequence[Rate]:
        column = COLUMNS[by]
        right: Any = func.sum(case((DecisionRow.action.in_(self._confirmed), 1), else_=0))
        query = self._decided(column, right, func.count())
        query = query.where(DecisionRow.action.in_((*self._confirmed, *self._unconfirmed))).group_by(column)
        rows = self._session.execute(query.order_by(func.count().desc(), column).limit(SHOWN)).all()
        return [Rate(name=name, confirmed=int(hits), settled=int(count)) for name, hits, count in rows]

    def reasons(self) -> Sequence[tuple[str, str | None, int]]:
        columns = (DecisionRow.action, DecisionRow.reason_code)
        query = self._decided(*columns, func.count()).where(DecisionRow.action.in_(self._unconfirmed))
        rows = self._session.execute(query.group_by(*columns).order_by(func.count().desc()).limit(SHOWN)).all()
        return [(action, reason, int(count)) for action, reason, count in rows]

    def waiting(self) -> Sequence[tuple[int, int, int, int]]:
        soon, now = self._now + timedelta(minutes=10), self._now
        near: Any = func.sum(case((AlertRow.due_at.between(now, soon), 1), else_=0))
        late: Any = func.sum(case((AlertRow.due_at < now, 1), else_=0))
        query = select(AlertRow.tier, func.count(), near, late).where(AlertRow.status == "open")
        rows = self._session.execute(query.where(*self._within(AlertRow)).group_by(AlertRow.tier)).all()
        found = {row[0]: tuple(row) for row in rows}
        counts = [found.get(tier, (tier, 0, 0, 0)) for tier in range(3)]
        return [(int(tier), int(total), int(close), int(over)) for tier, total, close, over in counts]

    def seconds(self) -> tuple[int, int]:
        query = (
            select(DecisionRow.state, func.count())
            .where(
                DecisionRow.second.is_not(None),
                DecisionRow.state.in_(("standing", "refused")),
                DecisionRow.decided_at >= self._since,
                *self._within(DecisionRow),
            )
            .group_by(DecisionRow.state)
        )
        counts = {state: int(count) for state, count in self._session.execute(query)}
        return counts.get("standing", 0), counts.get("refused", 0)

    def doubled(self) -> tuple[int, int, int, int]:
        """Double reviews: both, only the first, only the second, neither confirmed (kept counts as confirmed)."""
        let_go: Any = case((DecisionRow.action.in_(self._unconfirmed), 1), else_=0)
        query = self._decided(AlertRow.test_answer, let_go, func.count(), test=True)
        query = query.join(AlertRow, AlertRow.id == DecisionRow.alert_id).where(AlertRow.double_of.is_not(None))
        rows = self._session.execute(query.group_by(AlertRow.test_answer, let_go)).all()
        found = {(answer == "confirmed", not gone): int(count) for answer, gone, count in rows}
        cells = ((True, True), (True, False), (False, True), (False, False))
        both, first, second, neither = (found.get(cell, 0) for cell in cells)
        return both, first, second, neither

    def tests(self) -> tuple[int, int, int]:
        right: Any = func.coalesce(func.sum(case((DecisionRow.test_right.is_(True), 1), else_=0)), 0)
        let_go = (DecisionRow.test_right.is_(False), DecisionRow.action.in_(self._unconfirmed))
        missed: Any = func.coalesce(func.sum(case((let_go[0] & let_go[1], 1), else_=0)), 0)
        total, agreeing, gone = self._session.execute(
            self._decided(func.count(), right, missed, test=True)
            .join(AlertRow, AlertRow.id == DecisionRow.alert_id)
            .where(AlertRow.double_of.is_(None))
        ).one()
        return int(total), int(agreeing), int(gone)

    @property
    def _since(self) -> datetime:
        return self._now - timedelta(days=DAYS)

    def _within(self, table: type[AlertRow] | type[DecisionRow]) -> tuple[ColumnElement[bool], ...]:
        return () if self._office is None else (table.office == self._office,)

    def _decided(self, *columns: Any, test: bool = False) -> Select[Any]:
        return select(*columns).where(
            DecisionRow.state == "standing",
            DecisionRow.decided_at >= self._since,
            DecisionRow.decided_at <= self._now,
            DecisionRow.test.is_(test),
            *self._within(DecisionRow),
            *self._only,
        )
