"""Claiming and deciding alerts, undoing, and the second officer's word. Whoever comes first wins; nothing is lost.

Each act is one transaction with its entry in the audit. A decision can be undone until `effective_at`; whatever acts on
decisions must wait for that moment. An outcome that needs two officers is `proposed` until another one agrees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from inference.errors import UnknownMark
from service.alerts import repository, worklist
from service.alerts.answers import alert_out, claim_out
from service.alerts.errors import (
    ClaimedByOther,
    NotProposed,
    NotUndoable,
    NotYourDecision,
    ReasonNeeded,
    Recused,
    SameOfficer,
)
from service.alerts.injecting import Injector
from service.alerts.rules import ReviewRules
from service.alerts.schemas import AlertOut, DecisionIn, SecondIn
from service.alerts.service import found
from service.clock import Clock
from service.database import Database
from service.errors import AlreadyDecided
from service.identifiers import new_id
from service.metrics import Metrics
from service.registry import repository as registry
from service.scans.answering import Answering
from service.scans.officers import answer_by_officer
from service.tables import AlertRow, DecisionRow


@dataclass(frozen=True, kw_only=True)
class Officer:
    """Who acts: under which name, from which account, in which office (None: all)."""

    name: str
    account_id: str
    office: str | None


class DecidingService:
    """Takes officers' decisions."""

    def __init__(
        self,
        *,
        database: Database,
        rules: ReviewRules,
        injector: Injector,
        metrics: Metrics,
        answering: Answering,
        clock: Clock,
    ) -> None:
        self._database, self.rules, self._injector = database, rules, injector
        self._metrics, self._answering, self._clock = metrics, answering, clock

    def claim(self, alert_id: str, officer: Officer) -> AlertOut:
        """Hold an alert for some minutes, or for some more. Raises UnknownAlert, AlreadyDecided, ClaimedByOther."""
        now = self._clock()
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            held = claim_out(row, now)
            if not repository.claim(session, alert_id, officer.name, now, self._until(now)):
                self._refuse(session, row, officer, now)
            worklist.mark_seen(session, officer.account_id, alert_id)
            if held is None:  # holding it longer is nothing new
                repository.note(session, row, officer.name, "claimed", {"until": self._until(now).isoformat()})
            return self._now(session, alert_id)

    def unclaim(self, alert_id: str, officer: Officer) -> AlertOut:
        """Let go of an alert. Raises UnknownAlert."""
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            if repository.unclaim(session, alert_id, officer.name):
                repository.note(session, row, officer.name, "let_go", {})
            return self._now(session, alert_id)

    def note(self, alert_id: str, officer: Officer, text: str) -> AlertOut:
        """Leave a note for whoever looks next. Raises UnknownAlert."""
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            row.note = text or None
            repository.note(session, row, officer.name, "noted", {"note": text})
            session.flush()
            return self._now(session, alert_id)

    def recuse(self, alert_id: str, officer: Officer, reason: str) -> AlertOut:
        """Have nothing to do with an alert. Raises UnknownAlert."""
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            repository.recuse(session, alert_id, officer.name, reason, self._clock())
            repository.unclaim(session, alert_id, officer.name)
            repository.note(session, row, officer.name, "recused", {"reason": reason})
            return self._now(session, alert_id)

    def decide(self, alert_id: str, officer: Officer, decision: DecisionIn) -> AlertOut:
        """Decide an open alert, or its whole group.

        Raises UnknownAlert, UnknownMark, ReasonNeeded, Recused, ClaimedByOther, or AlreadyDecided with the decision
        that stands.
        """
        self._check_reason(decision)
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            if decision.mark_id is not None and registry.find(session, decision.mark_id) is None:
                raise UnknownMark(f"no mark {decision.mark_id!r} is recorded", field="mark_id")
            others = repository.open_of_group(session, row) if decision.group else ()
            batch = new_id("batch") if decision.group else None
            self._decide(session, row, officer, decision, batch)
            for other in others:
                self._join(session, other, officer, decision, batch)
            answer = self._now(session, alert_id)
        self._metrics.decisions.labels(decision.action).inc()
        return answer

    def decide_many(
        self, alerts: Sequence[str], officer: Officer, decision: DecisionIn, *, needs_second: bool
    ) -> Sequence[str]:
        """Decide many alike in one transaction. Returns those that were; whoever was overtaken is left out.

        Raises ReasonNeeded.
        """
        self._check_reason(decision)
        batch, done = new_id("batch"), []
        with self._database.write() as session:
            for alert_id in alerts:
                row = self._found(session, alert_id, officer)
                try:
                    self._decide(session, row, officer, decision, batch, needs_second=needs_second)
                except (AlreadyDecided, ClaimedByOther, Recused):
                    continue
                done.append(alert_id)
        self._metrics.decisions.labels(decision.action).inc(len(done))
        return done

    def undo(self, alert_id: str, officer: Officer) -> AlertOut:
        """Take back a decision of one's own, and of what was decided with it. It is as if it had not been decided.

        Raises UnknownAlert, NotYourDecision, or NotUndoable with the present state.
        """
        now = self._clock()
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            decision = row.decision
            if decision is None or (decision.effective_at is not None and now >= decision.effective_at):
                raise NotUndoable(f"alert {alert_id}", current=self._current(session, alert_id))
            if officer.name != (decision.second or decision.officer):
                who = decision.second or decision.officer
                raise NotYourDecision(f"{who!r} decided it, {officer.name!r} is signed in", field="officer")
            for one in repository.together(session, decision):
                self._undo(session, one, officer, now)
            return self._now(session, alert_id)

    def second(self, alert_id: str, officer: Officer, word: SecondIn) -> AlertOut:
        """Agree to a proposed decision, or refuse it and open the alert again.

        Raises UnknownAlert, SameOfficer, Recused, or NotProposed with the present state.
        """
        now = self._clock()
        with self._database.write() as session:
            row = self._found(session, alert_id, officer)
            if row.decision is None or row.decision.state != "proposed":
                raise NotProposed(f"alert {alert_id}", current=self._current(session, alert_id))
            if row.decision.officer == officer.name:
                raise SameOfficer(f"{officer.name!r} proposed it", field="officer")
            for one in repository.together(session, row.decision):
                self._second(session, one, officer, word, now)
            return self._now(session, alert_id)

    def _decide(
        self,
        session: Session,
        row: AlertRow,
        officer: Officer,
        decision: DecisionIn,
        batch: str | None,
        *,
        needs_second: bool = False,
    ) -> None:
        now = self._clock()
        needs_second = needs_second or self.rules.outcomes[decision.action].needs_second
        if repository.recused(session, row.id, officer.name):
            raise Recused(f"alert {row.id}", field="officer")
        held = claim_out(row, now)
        if row.status == "open" and held is not None and held.officer != officer.name:
            raise ClaimedByOther(f"by {held.officer!r}", current=self._current(session, row.id))
        since = row.created_at if held is None else held.since
        status = "proposed" if needs_second else "decided"
        if not repository.turn(session, row.id, "open", status):
            raise AlreadyDecided(f"alert {row.id} was decided before", current=self._current(session, row.id))
        made = self._row(row, officer, decision, since)
        made.batch = batch
        if needs_second:
            made.state, made.effective_at = "proposed", None
        session.add(made)
        session.flush()
        detail = decision.model_dump(mode="json", include={"reason_code", "reason", "mark_id", "correction"})
        detail |= {"before": made.before, "status": status, "batch": batch}
        repository.note(session, row, officer.name, decision.action, detail)
        session.refresh(row)
        repository.hand_on_lead(session, row)
        self._injector.double(session, row, decision.action, officer.name)
        released = frozenset(self.rules.settling("unconfirmed"))
        answer_by_officer(session, self._answering, row.scan_id, released, now)

    def _row(self, row: AlertRow, officer: Officer, decision: DecisionIn, since: datetime) -> DecisionRow:
        """The decision as it is stored if it stands; what is counted later is copied from the alert."""
        now, known = self._clock(), row.test_answer
        return DecisionRow(
            id=new_id("decision"),
            alert_id=row.id,
            state="standing",
            action=decision.action,
            officer=officer.name,
            reason_code=decision.reason_code,
            reason=decision.reason,
            mark_id=decision.mark_id,
            correction=None if decision.correction is None else decision.correction.model_dump(mode="json"),
            before={"status": "open", "mark_id": row.mark_id, "holder": row.holder, "score": row.score},
            decided_at=now,
            effective_at=self._effective(now),
            office=row.office,
            alert_mark=row.mark_id,
            station=row.station,
            band=min(9, int(row.score * 10)),
            model=((row.snapshot or {}).get("models") or {}).get("detector", ""),
            seconds=max(0.0, (now - since).total_seconds()),
            test=known is not None,
            test_right=None if known is None else self.rules.agrees(decision.action, known),
        )

    def _join(self, session: Session, row: AlertRow, officer: Officer, decision: DecisionIn, batch: str | None) -> None:
        """Decide one more of a group, unless somebody holds it or the officer must not."""
        held = claim_out(row, self._clock())
        if (held is None or held.officer == officer.name) and not repository.recused(session, row.id, officer.name):
            alone = decision.model_copy(update={"correction": None})
            self._decide(session, row, officer, alone, batch)

    def _undo(self, session: Session, decision: DecisionRow, officer: Officer, now: datetime) -> None:
        row = decision.alert
        if decision.second is not None:  # what is taken back is the agreement
            changes: dict[str, Any] = {"state": "proposed", "second": None, "second_at": None, "effective_at": None}
            undone = repository.turn_decision(session, decision.id, "standing", **changes)
            turned = repository.turn(session, row.id, "decided", "proposed")
        else:
            was = decision.state
            undone = repository.turn_decision(session, decision.id, was, state="undone", undone_at=now)
            turned = repository.turn(session, row.id, "proposed" if was == "proposed" else "decided", "open")
            repository.claim(session, row.id, officer.name, now, self._until(now))
        if not (undone and turned):
            raise NotUndoable(f"alert {row.id}", current=self._current(session, row.id))
        repository.note(session, row, officer.name, "undone", {"decision": decision.id})
        session.refresh(row)
        repository.hand_on_lead(session, row)

    def _second(self, session: Session, decision: DecisionRow, officer: Officer, word: SecondIn, now: datetime) -> None:
        row = decision.alert
        if repository.recused(session, row.id, officer.name):
            raise Recused(f"alert {row.id}", field="officer")
        changes: dict[str, Any] = {"second": officer.name, "second_at": now}
        if word.agrees:
            changes |= {"state": "standing", "effective_at": self._effective(now)}
        else:
            changes |= {"state": "refused", "undone_at": now}
        done = repository.turn_decision(session, decision.id, "proposed", **changes)
        if not (done and repository.turn(session, row.id, "proposed", "decided" if word.agrees else "open")):
            raise NotProposed(f"alert {row.id}", current=self._current(session, row.id))
        detail = {"decision": decision.id, "action": decision.action, "reason": word.reason}
        repository.note(session, row, officer.name, "agreed" if word.agrees else "refused", detail)
        session.refresh(row)
        repository.hand_on_lead(session, row)

    def _check_reason(self, decision: DecisionIn) -> None:
        rule = self.rules.outcomes[decision.action]
        if decision.reason_code is not None and decision.reason_code not in rule.reasons:
            raise ReasonNeeded(
                f"{decision.reason_code!r} is none of {decision.action}",
                field="reason_code",
                limit=", ".join(rule.reasons),
            )
        if rule.needs_reason and decision.reason_code is None:
            raise ReasonNeeded(f"for {decision.action}", field="reason_code", limit=", ".join(rule.reasons))
        if decision.reason_code == "other" and not decision.reason:
            raise ReasonNeeded("`other` wants to be told in words", field="reason")

    def _found(self, session: Session, alert_id: str, officer: Officer) -> AlertRow:
        return found(repository.find(session, alert_id, within=officer.office), alert_id)

    def _refuse(self, session: Session, row: AlertRow, officer: Officer, now: datetime) -> None:
        held = claim_out(row, now)
        if row.status == "open" and held is not None and held.officer != officer.name:
            raise ClaimedByOther(f"by {held.officer!r}", current=self._current(session, row.id))
        raise AlreadyDecided(f"alert {row.id} was decided before", current=self._current(session, row.id))

    def _until(self, now: datetime) -> datetime:
        return now + timedelta(minutes=self.rules.claim_minutes)

    def _effective(self, now: datetime) -> datetime:
        return now + timedelta(seconds=self.rules.undo_seconds)

    def _now(self, session: Session, alert_id: str) -> AlertOut:
        session.flush()
        return alert_out(found(repository.find(session, alert_id), alert_id), self._clock())

    def _current(self, session: Session, alert_id: str) -> dict[str, Any]:
        return self._now(session, alert_id).model_dump(mode="json")
