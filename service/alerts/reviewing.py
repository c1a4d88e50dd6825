"""What an officer looks at: the worklist, one alert with all that belongs to it, what waits for a second officer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from service.alerts import repository, worklist
from service.alerts.answers import alert_out, claim_out
from service.alerts.deciding import Officer
from service.alerts.hitrate import HitRate, hit_rate
from service.alerts.improving import Proposal, proposals
from service.alerts.overview import By, Overview, overview
from service.alerts.rules import ReviewRules
from service.alerts.schemas import AlertOut, ClaimOut
from service.alerts.service import found
from service.alerts.worklist import Filters, Place, Viewer
from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.tables import AlertRow


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the worklist."""

    row: AlertRow
    claim: ClaimOut | None
    unread: bool
    size: int  # open alerts of its group, itself included
    artwork: str | None  # sha256 of the mark's first picture
    left: timedelta  # until it should be decided; negative if it is late


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A page of the worklist."""

    lines: Sequence[Line]
    more: Place | None
    counts: Sequence[int]  # of each tier
    unread: int


@dataclass(frozen=True, kw_only=True)
class Review:
    """One alert, the page's whole content besides scan and recordation."""

    alert: AlertOut
    size: int
    rate: HitRate | None
    recused: bool
    test: str | None  # the known answer, if it was a test: told after the decision only
    test_right: bool | None
    double_of: str | None  # what it was a second look at: told after the decision, too


class ReviewService:
    """Reads for the console."""

    def __init__(self, *, database: Database, rules: ReviewRules, clock: Clock) -> None:
        self._database, self._rules, self._clock = database, rules, clock

    def page(self, officer: Officer, filters: Filters, *, after: Place | None = None, limit: int = 50) -> Listed:
        """A page of the worklist, the most urgent first."""
        now, viewer = self._clock(), viewer_of(officer)
        with self._database.read() as session:
            rows = worklist.page(session, viewer, filters, now, after=after, limit=limit + 1)
            shown = rows[:limit]
            sizes = worklist.group_sizes(session, shown)
            seen = worklist.seen_of(session, officer.account_id, shown)
            artwork = worklist.artwork_of(session, shown)
            lines = [
                Line(
                    row=row,
                    claim=claim_out(row, now),
                    unread=row.id not in seen,
                    size=sizes.get(row.group_key or "", 1),
                    artwork=artwork.get(row.mark_id),
                    left=row.due_at - now,
                )
                for row in shown
            ]
            counts = [worklist.count(session, viewer, _at(filters, tier), now) for tier in range(3)]
            unread = worklist.count(session, viewer, Filters(unread=True), now)
        more = _place(shown[-1]) if len(rows) > limit else None
        return Listed(lines=lines, more=more, counts=counts, unread=unread)

    def choices(self, officer: Officer) -> dict[str, list[tuple[str, str]]]:
        """What the filters offer."""
        with self._database.read() as session:
            return worklist.choices(session, viewer_of(officer), self._clock())

    def next(self, officer: Officer, filters: Filters, *, skip: str = "") -> str | None:
        """The most urgent alert that nobody else holds."""
        with self._database.read() as session:
            return worklist.next_free(session, viewer_of(officer), filters, self._clock(), skip=skip)

    def look(self, alert_id: str, officer: Officer) -> Review:
        """One alert; it counts as seen. Raises UnknownAlert."""
        now = self._clock()
        with self._database.read() as session:
            row = found(repository.find(session, alert_id, within=officer.office), alert_id)
            seen = worklist.seen_of(session, officer.account_id, [row])
            review = Review(
                alert=alert_out(row, now),
                size=worklist.group_sizes(session, [row]).get(row.group_key or "", 1),
                rate=hit_rate(session, row, self._rules, now),
                recused=repository.recused(session, alert_id, officer.name),
                test=row.test_answer if row.status != "open" and row.double_of is None else None,
                double_of=row.double_of if row.status != "open" else None,
                test_right=None if row.decision is None else row.decision.test_right,
            )
        if not seen:
            with self._database.write() as session:
                worklist.mark_seen(session, officer.account_id, alert_id)
        return review

    def known(self, alert_id: str) -> dict[str, Any]:
        """Whether a decided alert was a test, and whether the decision agrees with its answer."""
        with self._database.read() as session:
            row = found(repository.find(session, alert_id), alert_id)
            right = None if row.decision is None else row.decision.test_right
            return {"test": None if row.double_of else row.test_answer, "test_right": right, "double": row.double_of}

    def overview(self, office: str | None, only: tuple[By, str] | None = None) -> Overview:
        """How an office works, or all; of one mark, station or model alone."""
        with self._database.read() as session:
            return overview(session, self._rules, office, self._clock(), only)

    def exported(self, office: str | None, by: str) -> Overview:
        """The same, to be taken along: that is in the audit."""
        with self._database.write() as session:
            audit.append(session, Act(actor=by, action="exported", kind="overview", subject=office or "all"))
            return overview(session, self._rules, office, self._clock())

    def proposals(self, office: str | None) -> Sequence[Proposal]:
        """What decisions should improve."""
        with self._database.read() as session:
            return proposals(session, self._rules, office, self._clock())

    def proposed(self, officer: Officer, *, limit: int = 100) -> Sequence[AlertOut]:
        """What waits for a second officer."""
        with self._database.read() as session:
            rows = worklist.proposed(session, viewer_of(officer), limit=limit)
            found_ = [repository.find(session, row.id) for row in rows]
            return [alert_out(row, self._clock()) for row in found_ if row is not None]


def viewer_of(officer: Officer) -> Viewer:
    """Who looks at the worklist."""
    return Viewer(account_id=officer.account_id, name=officer.name, office=officer.office)


def _at(filters: Filters, tier: int) -> Filters:
    given = filters.given() | {"tier": tier}
    return Filters(**given)


def _place(row: AlertRow) -> Place:
    return Place(tier=row.tier, due_at=row.due_at, priority=row.priority, alert_id=row.id)
