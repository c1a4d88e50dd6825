"""Inspects stored scans: looks at the views, weighs what was seen, saves the verdict, raises alerts and answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import structlog
from sqlalchemy.orm import Session

from inference.decoding import Limits
from service.alerts import repository as alerts
from service.alerts.injecting import Injector
from service.alerts.rules import ReviewRules
from service.alerts.tiers import Urgency, urgency
from service.clock import Clock
from service.database import Database
from service.errors import InspectionFailed, UnknownScan
from service.events.telling import scan_failed
from service.law.library import Law
from service.metrics import Metrics
from service.recordations.facts import recorded
from service.registry import changes
from service.registry import repository as registry
from service.scans import repository
from service.scans.answering import Answering, Given
from service.scans.answers import declaration_of, found, moment_of
from service.scans.eyes import Eyes, Judged, Serving, Viewed, snapshot_of
from service.scans.modalities import as_modality
from service.scans.schemas import DecidedBy, Snapshot, SuspicionOut, VerdictOut
from service.scans.sights import Sight
from service.scans.stored import stored_sight
from service.scans.thresholds import Thresholds
from service.scans.underway import Underway
from service.scans.verdicts import by_holder
from service.scans.weighing import weighed
from service.stations import repository as stations
from service.storage import FileStore
from service.tables import ScanRow, ViewRow

MAX_ATTEMPTS = 3
AGAIN = timedelta(seconds=10)  # after a failed inspection
ROUNDS = 3  # inspections of one scan while the marks it bears keep changing
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Saved:
    """What came of an inspection."""

    verdict: VerdictOut
    alerts: int


class Witness(Protocol):
    """Keeps something of what was seen, in the transaction of the verdict."""

    def saw(self, session: Session, scan: ScanRow, views: Sequence[Viewed], verdict: VerdictOut) -> None:
        """The scan's views, in their order, and the verdict that is stored."""


class ScanJudge:
    """Inspects scans that are stored. Safe in several threads and processes: each verdict is saved once."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        serving: Serving,
        metrics: Metrics,
        limits: Limits,
        law: Law,
        rules: ReviewRules,
        injector: Injector,
        answering: Answering,
        underway: Underway,
        clock: Clock,
        witnesses: Sequence[Witness] = (),
    ) -> None:
        self._witnesses = witnesses
        self._database, self._files, self._serving, self._law = database, files, serving, law
        self._metrics, self._limits = metrics, limits
        self._rules, self._injector, self._answering, self._clock = rules, injector, answering, clock
        self._underway = underway

    def inspect(self, scan_id: str, images: Iterable[Sight | None] | None = None, scan: ScanRow | None = None) -> None:
        """Inspect a stored scan and save what was found.

        `images` are its views as far as they are decoded, `scan` the row itself, where they are at hand.

        Raises InspectionFailed. After MAX_ATTEMPTS the scan's state is `failed`: nobody knows what is in the parcel.
        """
        decoded = None if images is None else list(images)
        try:
            with self._underway.scan(scan_id):
                self._settle(scan_id, decoded, scan)
        except Exception as error:  # whatever it was: the scan stays stored, and the caller is told
            self.note_failure(scan_id)
            raise InspectionFailed(f"scan {scan_id} could not be inspected", field="views") from error

    def note_failure(self, scan_id: str, again: timedelta | None = None) -> None:
        """Count a failed inspection; try again after a while, the second time twice as long, then never."""
        with self._database.write() as session:
            attempts, now = repository.count_attempt(session, scan_id), self._clock()
            if attempts < MAX_ATTEMPTS:
                repository.renew(session, [scan_id], now + (AGAIN if again is None else again) * attempts)
                return
            if repository.give_up(session, scan_id):
                scan = found(repository.find(session, scan_id), scan_id)
                scan_failed(session, scan)
                self._answering.in_time(session, scan, Given(decision="undecided", decided_by="rule"), now)
        log.error("scan_given_up", scan=scan_id, attempts=attempts)

    def look(self, images: Iterable[Sight], moment: datetime, eyes: Eyes) -> Judged:
        """What `eyes` see on views by the marks in force at `moment`; nothing is stored."""
        return eyes.judge(images, moment.timestamp())

    def pictures(self, scan: ScanRow, images: Sequence[Sight | None] | None = None) -> Iterable[Sight]:
        """The views of a stored scan, in their order; `images` are those that are decoded."""
        ready = [None] * len(scan.views) if images is None else images
        for view, image in zip(scan.views, ready, strict=True):
            yield self._read(view) if image is None else image

    def _read(self, view: ViewRow) -> Sight:
        return stored_sight(self._files, view, self._limits)

    def _settle(self, scan_id: str, images: Sequence[Sight | None] | None, scan: ScanRow | None) -> None:
        """Inspect and save; once more if a mark that was found changed meanwhile, so that what is withdrawn is gone."""
        if scan is None:
            with self._database.read() as session:
                scan = found(repository.find(session, scan_id), scan_id)
        moment = moment_of(scan)
        for left in reversed(range(ROUNDS)):
            eyes = self._serving.chosen(scan.id, scan.station)
            revision = eyes.refresh({as_modality(view.modality) for view in scan.views})
            judged = self.look(self.pictures(scan, images), moment, eyes)
            if self._save(scan, judged, snapshot_of(eyes, revision, moment), eyes.thresholds, last=left == 0):
                return

    def _save(self, scan: ScanRow, judged: Judged, snapshot: Snapshot, thresholds: Thresholds, *, last: bool) -> bool:
        """Save the verdict, raise its alerts and answer, unless a mark in it changed since, but for the last try.

        The registry cannot change in between: a withdrawal is answered either before, and then its mark is not in the
        verdict, or after the alert was raised.
        """
        seen = judged.verdict
        marks = {item.mark.mark_id for item in seen.suspicions}
        with self._database.write() as session:
            registry.revision(session, hold=True)
            if not last and changes.changed_after(session, marks, snapshot.registry_revision):
                return False
            standing = repository.standing(session, scan.id)
            if standing is None:
                raise UnknownScan(f"no scan {scan.id!r} is stored", field="scan_id")
            scan.state, scan.answered_at = standing
            facts = recorded(session, marks, self._law) if marks else {}
            verdict = weighed(seen, facts, declaration_of(scan), snapshot, thresholds)
            saved = self._conclude(session, scan, seen, verdict)
            if saved is not None:
                for witness in self._witnesses:
                    witness.saw(session, scan, judged.views, saved.verdict)
        if saved is not None:  # else a repeated post was faster: its verdict stands
            self._tell(scan.id, saved)
        return True

    def _conclude(self, session: Session, scan: ScanRow, seen: VerdictOut, verdict: VerdictOut) -> _Saved | None:
        """All that follows from a verdict, in one transaction. None if the scan has one already."""
        now = self._clock()
        late = scan.answered_at is not None or (scan.answer_by is not None and now > scan.answer_by)
        if late and scan.answered_at is None:
            self._answering.time_out(session, scan)  # before the verdict is saved: it must not move the diverter
        verdict = verdict.model_copy(update={"late": late})
        if not repository.finish(session, scan.id, verdict.model_dump(mode="json"), now):
            return None
        raised = self._raise(session, scan, verdict)
        waits = raised > 0 and stations.terms(session, scan.station).officer_answers
        if not late and not waits:
            by: DecidedBy = "model" if verdict.decision == seen.decision else "rule"
            self._answering.by_models(session, scan, verdict.decision, by, now)
        return _Saved(verdict=verdict, alerts=raised)

    def _raise(self, session: Session, scan: ScanRow, verdict: VerdictOut) -> int:
        groups = by_holder(verdict)
        for sightings in groups.values():
            urgent, declaration = self._urgency(sightings), declaration_of(scan)
            alerts.add(session, scan, verdict, sightings, urgent, declaration)
        for _ in groups:
            self._injector.perhaps(session, scan)
        return len(groups)

    def _tell(self, scan_id: str, saved: _Saved) -> None:
        self._metrics.scans.labels(saved.verdict.decision).inc()
        self._metrics.alerts.inc(saved.alerts)
        self._metrics.steps(saved.verdict.milliseconds)
        log.info("scan_inspected", scan=scan_id, decision=saved.verdict.decision, alerts=saved.alerts)

    def _urgency(self, sightings: Sequence[SuspicionOut]) -> Urgency:
        return urgency(self._rules, sightings, self._clock())
