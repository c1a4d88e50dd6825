"""Deciding many alerts at once: a preview of what would happen, a sample that has to be looked at, and a report.

Maintainers of such consoles say it plainly: whoever has to dismiss in bulk should mend what raised so many. So the
preview names the marks and rules behind the selection.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.alerts import repository
from service.alerts.answers import claim_out
from service.alerts.deciding import DecidingService, Officer
from service.alerts.errors import SampleNeeded
from service.alerts.rules import ReviewRules
from service.alerts.schemas import DecisionIn
from service.clock import Clock
from service.database import Database
from service.errors import InvalidRequest
from service.tables import AlertRow, SeenRow

MOST = 500  # alerts of one selection
Fate = Literal["decided", "proposed", "claimed", "settled", "recused", "missing"]


@dataclass(frozen=True, kw_only=True)
class Item:
    """One alert of a selection, and what becomes of it."""

    alert: str
    title: str
    parcel: str
    score: float
    fate: Fate


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A mark behind many alerts of a selection: how many, and within which scores."""

    mark_id: str
    title: str
    count: int
    lowest: float
    highest: float


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would happen."""

    lines: Sequence[Item]
    causes: Sequence[Cause]
    sample: Sequence[str]  # alerts that have to be looked at
    unseen: Sequence[str]  # those of them that were not
    needs_second: bool


class BulkService:
    """Previews and decides selections."""

    def __init__(self, *, database: Database, deciding: DecidingService, rules: ReviewRules, clock: Clock) -> None:
        self._database, self._deciding, self._rules, self._clock = database, deciding, rules, clock

    def preview(self, alerts: Sequence[str], officer: Officer, decision: DecisionIn) -> Preview:
        """What deciding these would do. Nothing is done. Raises InvalidRequest for none or too many."""
        wanted = list(dict.fromkeys(alerts))
        if not 1 <= len(wanted) <= MOST:
            raise InvalidRequest(f"{len(wanted)} alerts", field="alerts", limit=f"1 to {MOST}")
        with self._database.read() as session:
            rows = self._rows(session, wanted, officer)
            items = [self._item(session, alert, rows.get(alert), officer) for alert in wanted]
            can = [item.alert for item in items if item.fate == "decided"]
            sample = sample_of(can, self._rules.bulk_sample)
            seen = select(SeenRow.alert_id).where(
                SeenRow.account_id == officer.account_id, SeenRow.alert_id.in_(sample)
            )
            looked = set(session.execute(seen).scalars())
        return Preview(
            lines=items,
            causes=causes([rows[alert] for alert in can]),
            sample=sample,
            unseen=[alert for alert in sample if alert not in looked],
            needs_second=self._needs_second(decision, len(can)),
        )

    def decide(self, alerts: Sequence[str], officer: Officer, decision: DecisionIn) -> Sequence[Item]:
        """Decide what can be decided, in one transaction, and say what became of each. Raises SampleNeeded."""
        preview = self.preview(alerts, officer, decision)
        if preview.unseen:
            raise SampleNeeded(", ".join(preview.unseen), field="alerts", limit=f"{len(preview.sample)} looked at")
        can = [item.alert for item in preview.lines if item.fate == "decided"]
        done = self._deciding.decide_many(can, officer, decision, needs_second=preview.needs_second)
        fate: Fate = "proposed" if preview.needs_second else "decided"
        return [_became(item, done, fate) for item in preview.lines]

    def _rows(self, session: Session, alerts: Sequence[str], officer: Officer) -> dict[str, AlertRow]:
        query = select(AlertRow).where(AlertRow.id.in_(alerts))
        if officer.office is not None:
            query = query.where(AlertRow.office == officer.office)
        return {row.id: row for row in session.execute(query).scalars()}

    def _item(self, session: Session, alert: str, row: AlertRow | None, officer: Officer) -> Item:
        if row is None:  # of another office, or of none
            return Item(alert=alert, title="", parcel="", score=0.0, fate="missing")
        held = claim_out(row, self._clock())
        fate: Fate = "decided"
        if row.status != "open":
            fate = "settled"
        elif held is not None and held.officer != officer.name:
            fate = "claimed"
        elif repository.recused(session, row.id, officer.name):
            fate = "recused"
        return Item(alert=row.id, title=row.title, parcel=row.parcel, score=row.score, fate=fate)

    def _needs_second(self, decision: DecisionIn, count: int) -> bool:
        rule = self._rules.outcomes[decision.action]
        lets_go = rule.settles == "unconfirmed"
        return rule.needs_second or (lets_go and count > self._rules.bulk_needs_second)


def sample_of(alerts: Sequence[str], size: int) -> Sequence[str]:
    """Some of a selection, as if drawn by lot: the same ones for the same selection, so that nobody draws again."""
    whole = hashlib.sha256("\n".join(sorted(alerts)).encode()).hexdigest()
    drawn = sorted(alerts, key=lambda alert: hashlib.sha256(f"{whole}{alert}".encode()).hexdigest())
    return drawn[:size]


def causes(rows: Sequence[AlertRow]) -> Sequence[Cause]:
    """The marks behind a selection, the most frequent first."""
    counted = Counter(row.mark_id for row in rows)
    found = []
    for mark_id, count in counted.most_common(5):
        own = [row for row in rows if row.mark_id == mark_id]
        scores = [row.score for row in own]
        found.append(Cause(mark_id=mark_id, title=own[0].title, count=count, lowest=min(scores), highest=max(scores)))
    return found


def _became(item: Item, done: Sequence[str], fate: Fate) -> Item:
    if item.fate != "decided":
        return item
    became: Fate = fate if item.alert in done else "settled"  # somebody was faster since the preview
    return Item(alert=item.alert, title=item.title, parcel=item.parcel, score=item.score, fate=became)
