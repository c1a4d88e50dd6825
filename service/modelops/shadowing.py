"""Shadows: a release that has no say looks again at what the champion judged, whenever nothing else is to be done."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.background import Background
from service.clock import Clock
from service.database import Database
from service.law.library import Law
from service.modelops import looks, repository
from service.modelops.canary import fraction
from service.recordations.facts import recorded
from service.replays.service import differences
from service.scans.answers import declaration_of
from service.scans.eyes import Eyes, snapshot_of
from service.scans.judging import ScanJudge
from service.scans.modalities import as_modality
from service.scans.schemas import VerdictOut
from service.scans.verdicts import by_holder
from service.scans.weighing import weighed
from service.tables import ScanRow

BATCH = 20  # scans looked up at a time
IDLE_SECONDS = 2.0
REST_SECONDS = 30.0  # between two rounds
LOOK_BACK = timedelta(days=7)  # a shadow begins with what was judged lately: it need not wait for new parcels
log = structlog.get_logger()


class Shadowing(Background):
    """Looks again, in a thread. It takes no place in the line: a scan that comes meanwhile waits for nothing."""

    def __init__(
        self,
        *,
        database: Database,
        judge: ScanJudge,
        shadow: Callable[[], Eyes | None],
        law: Law,
        idle: Callable[[], bool],
        clock: Clock,
    ) -> None:
        """`shadow` gives the shadow's eyes, None if there is none; `idle` says if nothing else is to be done."""
        self._database, self._judge, self._shadow = database, judge, shadow
        self._law, self._idle, self._clock = law, idle, clock
        self._release, self._after = "", ""  # how far it is in this round: the scan it considered last
        self._rest_until = 0.0  # by `time.monotonic`: between two rounds
        super().__init__("shadow", again=IDLE_SECONDS)

    def turn(self) -> float:
        """Some looks."""
        return 0.0 if self.step() else IDLE_SECONDS

    def step(self) -> int:
        """Look at some scans. Returns how many; 0 if there is no shadow, or nothing for it, or something else to do."""
        eyes = self._shadow()
        if eyes is None or not self._idle():
            return 0
        if eyes.release != self._release:
            self._release, self._after, self._rest_until = eyes.release, "", 0.0
        if time.monotonic() < self._rest_until:
            return 0
        with self._database.read() as session:
            row = repository.deployment(session)
            if row is None or row.shadow != eyes.release:
                return 0
            terms = dict(row.shadow_terms)
            since = datetime.fromisoformat(terms["since"]) - LOOK_BACK
            scans = looks.waiting(session, eyes.release, since, after=self._after, limit=BATCH)
        if not scans:  # those that were not ready, or failed, are considered again in the next round
            self._after, self._rest_until = "", time.monotonic() + REST_SECONDS
        for scan in scans:
            if self._stopped.is_set() or not self._idle():
                break
            self._after = scan.id
            if fraction(scan.id) < terms["share"]:
                self._look(scan, eyes)
                self._stopped.wait(60 / terms["a_minute"] if self._thread.is_alive() else 0)
        return len(scans)

    def _look(self, scan: ScanRow, eyes: Eyes) -> None:
        stored = VerdictOut.model_validate(scan.verdict)
        if stored.snapshot is None:
            return
        started = time.perf_counter()
        try:
            revision = eyes.refresh({as_modality(view.modality) for view in scan.views})
            seen = self._judge.look(self._judge.pictures(scan), stored.snapshot.at, eyes.at(scan.station)).verdict
        except Exception as error:  # whatever it was: nobody waits for a shadow
            log.error("shadow_failed", scan=scan.id, release=eyes.release, exc_info=error)
            return
        spent = (time.perf_counter() - started) * 1000
        snapshot = snapshot_of(eyes, revision, stored.snapshot.at)
        try:
            with self._database.write() as session:
                facts = recorded(session, {item.mark.mark_id for item in seen.suspicions}, self._law)
                verdict = weighed(seen, facts, declaration_of(scan), snapshot, eyes.thresholds)
                self._keep(session, scan, stored, verdict, spent)
        except IntegrityError:  # another process looked at the same moment
            return

    def _keep(self, session: Session, scan: ScanRow, stored: VerdictOut, verdict: VerdictOut, spent: float) -> None:
        before, after = _scores(stored), _scores(verdict)
        document = {
            "decision": verdict.decision,
            "stood": stored.decision,
            "gained": {holder: score for holder, score in after.items() if holder not in before},
            "lost": {holder: score for holder, score in before.items() if holder not in after},
            "differences": list(differences(stored, verdict))[:20],
            "milliseconds": round(spent, 1),
        }
        same = not document["gained"] and not document["lost"] and verdict.decision == stored.decision
        release = verdict.snapshot.release if verdict.snapshot else None
        by = stored.snapshot.release if stored.snapshot else None
        looks.add(
            session,
            scan_id=scan.id,
            release_id=release or "",
            by=by or "",
            same=same,
            document=document,
            at=self._clock(),
        )


def _scores(verdict: VerdictOut) -> dict[str, float]:
    """Right holder -> the score with which it is suspected."""
    return {holder: max(item.score for item in items) for holder, items in by_holder(verdict).items()}
