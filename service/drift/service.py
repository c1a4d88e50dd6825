"""Answers what has changed: series for plots, alarms, the accuracy of the routine."""

from datetime import datetime
from typing import get_args

from inference.vocabulary import Modality
from service.alerts.rules import ReviewRules
from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.drift import repository
from service.drift.accuracy import accuracy
from service.drift.days import DAY, midnight, name_of
from service.drift.errors import AlarmNotOpen, UnknownDriftAlarm
from service.drift.hints import WORDS
from service.drift.repository import Day
from service.drift.schemas import AccuracyOut, AlarmState, DriftAlarmOut, Metric, SeriesOut
from service.drift.series import decision_points, view_points
from service.drift.tallies import FIGURES, OF_DECISIONS, RATES, Tally, added
from service.drift.watching import MODALITIES, NEWEST
from service.tables import DriftAlarmRow

OF_VIEWS: tuple[Metric, ...] = tuple(one for one in get_args(Metric) if one in FIGURES or one in RATES)
OF_ALL: tuple[Metric, ...] = tuple(one for one in get_args(Metric) if one in OF_DECISIONS)


class DriftService:
    """Knows what came in, day by day."""

    def __init__(self, *, database: Database, rules: ReviewRules, clock: Clock) -> None:
        self._database, self._rules, self._clock = database, rules, clock

    def series(
        self,
        metric: Metric,
        *,
        modality: Modality = "photo",
        station: str | None = None,
        subject: str | None = None,
        days: int = 35,
        office: str | None = None,
    ) -> SeriesOut:
        """A metric over the last days, today included, at a station or at all those of an office, or at all."""
        now = self._clock()
        since = midnight(now) - (days - 1) * DAY
        if metric in OF_DECISIONS:
            with self._database.read() as session:
                rows = repository.decided(session, since, now, office)
            own = [row for row in rows if station in (None, row.station)]
            points = decision_points(metric, own, self._rules, subject)
            return SeriesOut(metric=metric, modality="all", station=station, subject=subject, points=points)
        points = view_points(metric, self._tallies(modality, since, now, office, station))
        return SeriesOut(metric=metric, modality=modality, station=station, subject=subject, points=points)

    def all_series(self, *, days: int = 28, station: str | None = None, office: str | None = None) -> list[SeriesOut]:
        """Every metric of views at each station, and of decisions at all; those without any days are left out."""
        now, made = self._clock(), list[SeriesOut]()
        since = midnight(now) - (days - 1) * DAY
        for modality in MODALITIES:
            for name, found in self._by_station(modality, since, now, office, station).items():
                made += [
                    SeriesOut(
                        metric=metric, modality=modality, station=name, subject=None, points=view_points(metric, found)
                    )
                    for metric in OF_VIEWS
                ]
        made += [self.series(metric, station=station, days=days, office=office) for metric in OF_ALL]
        return [one for one in made if one.points]

    def alarms(self, office: str | None, *, live: bool | None = None, limit: int = 100) -> list[DriftAlarmOut]:
        """Alarms of an office's stations and of all stations together, newest first."""
        with self._database.read() as session:
            rows = repository.alarms(session, office, live=live, limit=limit)
        return [alarm_out(row) for row in rows]

    def acknowledge(self, alarm_id: str, *, by: str, note: str | None, office: str | None) -> DriftAlarmOut:
        """Note that somebody knows of it; entered in the audit. Raises UnknownDriftAlarm, AlarmNotOpen."""
        with self._database.write() as session:
            if repository.alarm(session, alarm_id, office) is None:
                raise UnknownDriftAlarm(f"no drift alarm {alarm_id!r}", field="alarm_id")
            done = repository.acknowledge(session, alarm_id, by, note, self._clock())
            row = repository.alarm(session, alarm_id, office)
            assert row is not None, "alarms are never deleted"  # noqa: S101 - for mypy
            if not done:
                current = alarm_out(row).model_dump(mode="json")
                raise AlarmNotOpen(f"drift alarm {alarm_id!r} is {row.state}", field="alarm_id", current=current)
            detail = {"metric": row.metric, "station": row.station, "note": note}
            audit.append(
                session, Act(actor=by, action="acknowledged", kind="drift_alarm", subject=alarm_id, detail=detail)
            )
        return alarm_out(row)

    def accuracy(self, weeks: int, office: str | None) -> AccuracyOut:
        """The routine, week by week."""
        with self._database.read() as session:
            return AccuracyOut(weeks=accuracy(session, self._rules, self._clock(), weeks, office))

    def _tallies(
        self, modality: Modality, since: datetime, now: datetime, office: str | None, station: str | None
    ) -> dict[str, Tally]:
        """Day -> its views; of today, the newest."""
        by_day: dict[str, list[Tally]] = {}
        for one in self._days(modality, since, now, office, station):
            by_day.setdefault(one.day, []).append(one.tally)
        return {day: added(parts) for day, parts in by_day.items()}

    def _by_station(
        self, modality: Modality, since: datetime, now: datetime, office: str | None, station: str | None
    ) -> dict[str, dict[str, Tally]]:
        """Station -> day -> its views; likewise."""
        found: dict[str, dict[str, Tally]] = {}
        for one in self._days(modality, since, now, office, station):
            found.setdefault(one.place.station, {})[one.day] = one.tally
        return dict(sorted(found.items()))

    def _days(
        self, modality: Modality, since: datetime, now: datetime, office: str | None, station: str | None
    ) -> list[Day]:
        with self._database.read() as session:
            kept = repository.days(session, modality, name_of(since), office=office, station=station)
            today = repository.tallies(
                session, modality, midnight(now), now, most=NEWEST, office=office, station=station
            )
        return [*kept] + [Day(day=name_of(now), place=place, tally=tally) for place, tally in today.items()]


def alarm_out(row: DriftAlarmRow) -> DriftAlarmOut:
    """An alarm as it is told."""
    states: dict[str, AlarmState] = {"open": "open", "acknowledged": "acknowledged"}
    return DriftAlarmOut(
        id=row.id,
        metric=row.metric,
        modality=row.modality,
        office=row.office,
        station=row.station,
        subject=row.subject,
        value=row.value,
        limit=row.limit,
        hint=row.hint,
        text=WORDS.get(row.hint, WORDS["unknown"]),
        state=states.get(row.state, "over"),
        raised_at=row.raised_at,
        seen_at=row.seen_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
        note=row.note,
        over_at=row.over_at,
    )
