"""Watches for drift, beside the service: raises an alarm once for each thing that changed, and ends it by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import get_args

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from inference.vocabulary import Modality
from service.alerts.rules import ReviewRules
from service.background import Background
from service.clock import Clock
from service.database import Database
from service.drift import repository
from service.drift.comparing import GUARD, REFERENCE, Change, changes
from service.drift.days import DAY, midnight, name_of, roll_up
from service.drift.deciding import decision_changes
from service.events import telling
from service.identifiers import new_id
from service.tables import DriftAlarmRow

EVERY = 900.0  # seconds between looks
WINDOW = timedelta(days=1)  # what is compared
NEWEST = 50_000  # views of it at most, over all stations: a busy day's last hours
DECISION_WINDOW = 7  # days: decisions are fewer than views
NORMAL = timedelta(days=1)  # not seen for so long, it is over
FORGOTTEN = timedelta(days=7)  # likewise, if it cannot be compared any more
MOST_OF_IT = 0.5  # one mark's share of all additional alerts
MODALITIES: tuple[Modality, ...] = get_args(Modality)
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Look:
    """All that was compared in one look."""

    changes: Sequence[Change]
    offices: Sequence[str]  # that have views now


class Watch(Background):
    """Looks every quarter of an hour. Any number of processes may: an alarm is raised by one of them."""

    def __init__(self, *, database: Database, rules: ReviewRules, clock: Clock) -> None:
        self._database, self._rules, self._clock = database, rules, clock
        super().__init__("drift", again=EVERY)

    def turn(self) -> float:
        """Look whether something has drifted."""
        self.check()
        return EVERY

    def check(self, now: datetime | None = None) -> list[DriftAlarmRow]:
        """Compare now, raise what is new, end what is over. Returns the alarms that were raised."""
        now = now or self._clock()
        for modality in MODALITIES:
            roll_up(self._database, modality, now)
        with self._database.read() as session:
            look = self._look(session, now)
        try:
            with self._database.write() as session:
                raised = self._settle(session, look, now)
        except IntegrityError:  # another process looks at the same time, and raised the same
            return []
        for row in raised:
            log.warning("drift_alarm", metric=row.metric, modality=row.modality, station=row.station, hint=row.hint)
        return raised

    def _look(self, session: Session, now: datetime) -> _Look:
        since, found, offices = now - WINDOW, list[Change](), dict[str, str]()
        until, first = name_of(since), name_of(since - 2 * REFERENCE - GUARD)
        frozen = _frozen(session, now)
        for modality in MODALITIES:
            recent = repository.tallies(session, modality, since, now, most=NEWEST)
            days = repository.days(session, modality, first)
            offices |= {place.station: place.office for place in recent}
            compared = changes(days, recent, modality, until=until, frozen=frozen)
            found += [_named(session, one, now) for one in compared]
        window = midnight(now) - (DECISION_WINDOW - 1) * DAY
        rows = repository.decided(session, window - REFERENCE, now)
        found += decision_changes(rows, name_of(window), self._rules, offices)
        return _Look(changes=found, offices=sorted(set(offices.values())))

    def _settle(self, session: Session, look: _Look, now: datetime) -> list[DriftAlarmRow]:
        compared = {one.live: one for one in look.changes}
        known = {row.live: row for row in repository.open_alarms(session)}
        for live, row in known.items():
            _follow(session, row, None if live is None else compared.get(live), now)
        new = [one for one in look.changes if one.to_tell and one.live not in known]
        return [_raise(session, one, look.offices, now) for one in new]


def _frozen(session: Session, now: datetime) -> dict[str, str]:
    """What there is an alarm about -> the day before which all was normal; after four weeks, it is normal as it is."""
    rows = repository.open_alarms(session)
    return {row.live: name_of(row.raised_at - WINDOW) for row in rows if row.live and row.raised_at > now - REFERENCE}


def _follow(session: Session, row: DriftAlarmRow, change: Change | None, now: datetime) -> None:
    """Note that it is still so, or end it once it has not been for long enough."""
    if change is not None and change.over:
        repository.see_again(session, row.id, change.comparison.value, change.comparison.limit, now)
        return
    repository.end(session, row.id, now - (NORMAL if change is not None else FORGOTTEN), now)


def _raise(session: Session, change: Change, offices: Sequence[str], now: datetime) -> DriftAlarmRow:
    place, comparison = change.place, change.comparison
    row = DriftAlarmRow(
        id=new_id("drift"),
        metric=change.metric,
        modality=change.modality,
        office=None if place is None else place.office,
        station=None if place is None else place.station,
        subject=(change.subject or change.mark)[:200],
        value=comparison.value,
        limit=comparison.limit,
        hint=change.hint,
        state="open",
        live=change.live,
        raised_at=now,
        seen_at=now,
    )
    session.add(row)
    session.flush()
    telling.drift_seen(session, row, offices if place is None else [place.office])
    return row


def _named(session: Session, change: Change, now: datetime) -> Change:
    """More alerts: if most of them are for one mark, that is the likely cause."""
    if change.metric != "alerts" or not (change.to_tell and change.comparison.up) or change.hint == "model_change":
        return change
    since = now - WINDOW
    marks = repository.alerts_by_mark(session, since, now, change.place)
    before = repository.alerts_by_mark(session, since - REFERENCE, since, change.place)
    more = {mark: count - before.get(mark, 0) / REFERENCE.days for mark, count in marks.items()}
    gained = {mark: grown for mark, grown in more.items() if grown > 0}
    mark = max(gained, key=lambda one: (gained[one], one), default=None)
    if mark is None or gained[mark] < MOST_OF_IT * sum(gained.values()):
        return change
    return replace(change, hint="campaign_or_new_goods", mark=mark)
