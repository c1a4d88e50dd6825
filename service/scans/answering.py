"""Answers to the line: each scan is answered once, by whoever can say something first, at the latest when time is up.

An answer never changes: a diverter has moved by it. What becomes known later is in the verdict and the alerts.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import event
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from inference.vocabulary import Decision
from service.audit import repository as audit
from service.audit.repository import Act
from service.events.telling import scan_answered
from service.metrics import Metrics
from service.scans import repository
from service.scans.declarations import Declaration
from service.scans.known import known_parcel
from service.scans.schemas import DecidedBy
from service.scans.verdicts import GRAVITY
from service.stations import repository as stations
from service.stations.policy import OUTCOME
from service.tables import ScanRow

AT_ONCE = 200  # overdue scans that are answered in one transaction


@dataclass(frozen=True, kw_only=True)
class Given:
    """An answer, and who gave it."""

    decision: Decision
    decided_by: DecidedBy


class Answering:
    """Gives answers, and tells whoever waits for one."""

    def __init__(self, *, metrics: Metrics) -> None:
        self._metrics = metrics
        self.told: list[Callable[[str], None]] = []  # whom to tell of a scan that was answered, once that is stored

    def give(self, session: Session, scan: ScanRow, given: Given, at: datetime) -> bool:
        """Answer `scan` in this transaction, unless it was answered before; returns whether this answer stands."""
        if not repository.answer(session, scan.id, given.decision, given.decided_by, at):
            return False
        for name, value in (("answer", given.decision), ("decided_by", given.decided_by), ("answered_at", at)):
            set_committed_value(scan, name, value)  # as it is stored by now
        scan_answered(session, scan)
        event.listen(session, "after_commit", lambda _: self._tell(scan.id, given), once=True)
        return True

    def in_time(self, session: Session, scan: ScanRow, given: Given, now: datetime) -> None:
        """Answer `scan` if there is still time; if not, its station's policy does."""
        if scan.answer_by is not None and now > scan.answer_by:
            self.time_out(session, scan)
        else:
            self.give(session, scan, given, now)

    def by_models(self, session: Session, scan: ScanRow, decision: Decision, by: DecidedBy, at: datetime) -> None:
        """Answer `scan` by its verdict, unless what is known of the parcel is graver."""
        known = known_parcel(session, scan.office, scan.parcel, at, but=scan.id)
        if known is not None and GRAVITY.index(known.decision) > GRAVITY.index(decision):
            self.give(session, scan, Given(decision=known.decision, decided_by="rule"), at)
        else:
            self.give(session, scan, Given(decision=decision, decided_by=by), at)

    def time_out(self, session: Session, scan: ScanRow) -> None:
        """Time is up: a result that waits for an officer goes; without one, the station's policy does, by its mode.

        The policy and what came of it are entered in the audit.
        """
        if scan.answer_by is None:
            return
        at = max(scan.answer_by, scan.received_at)
        if scan.state == "done" and scan.verdict is not None:  # an officer was waited for in vain
            self.by_models(session, scan, scan.verdict["decision"], "model", at)
            return
        mode = None if scan.declaration is None else Declaration.model_validate(scan.declaration).mode
        failing = stations.terms(session, scan.station).policy.of(mode)
        if not self.give(session, scan, Given(decision=OUTCOME[failing], decided_by="timeout"), at):
            return
        detail = {
            "office": scan.office,
            "station": scan.station,
            "parcel": scan.parcel,
            "policy": failing,
            "mode": mode,
            "decision": OUTCOME[failing],
            "answer_by": scan.answer_by.isoformat(),
        }
        act = Act(actor=f"station {scan.station}", action="timed_out", kind="scan", subject=scan.id, detail=detail)
        audit.append(session, act)

    def time_out_overdue(self, session: Session, now: datetime) -> int:
        """Answer all scans whose time is up, AT_ONCE at most. Returns how many."""
        rows = repository.overdue(session, now, AT_ONCE)
        for row in rows:
            self.time_out(session, row)
        return len(rows)

    def _tell(self, scan_id: str, given: Given) -> None:
        self._metrics.answers.labels(given.decision, given.decided_by).inc()
        for told in self.told:
            told(scan_id)
