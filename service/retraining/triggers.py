"""Begins a retraining by schedule or when drift is noticed. What comes of it is a candidate, and people decide."""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.background import Background
from service.clock import Clock
from service.database import Database
from service.jobs import repository as jobs
from service.jobs.service import JobService
from service.modelops.repository import deployment
from service.retraining.handler import KIND
from service.retraining.rules import RetrainingRules
from service.retraining.schemas import Cause, RetrainIn
from service.tables import DecisionRow, JobRow

LOOK_SECONDS = 300.0
BY = "tidewaiter"
log = structlog.get_logger()


class Triggers(Background):
    """Looks every few minutes whether it is time, in a thread."""

    def __init__(
        self,
        *,
        database: Database,
        jobs: JobService,
        rules: RetrainingRules,
        drifting: Callable[[Session], bool],
        clock: Clock,
    ) -> None:
        """`drifting` says whether an alarm is open that nobody has acknowledged."""
        self._database, self._jobs, self._rules = database, jobs, rules
        self._drifting, self._clock = drifting, clock
        super().__init__("triggers", first=LOOK_SECONDS, again=LOOK_SECONDS)

    def turn(self) -> float:
        """Look whether a retraining is due."""
        self.check()
        return LOOK_SECONDS

    def check(self) -> str | None:
        """Enter a job if it is time. Returns its identifier."""
        with self._database.write() as session:
            deployment(session, hold=True)  # one process at a time
            cause = self._cause(session)
            if cause is None:
                return None
            asked = RetrainIn(
                roles=list(self._rules.roles), mode=self._rules.mode, minutes=self._rules.minutes, cause=cause
            )
            job = self._jobs.enter(session, KIND, asked.model_dump(mode="json") | {"by": BY}, BY)
        log.info("retraining_begins", job=job, cause=cause)
        return job

    def _cause(self, session: Session) -> Cause | None:
        """Why it is time; None if it is not."""
        if not (self._rules.every_days or self._rules.on_drift) or jobs.open_of(session, KIND):
            return None
        now = self._clock()
        last = session.execute(select(func.max(JobRow.created_at)).where(JobRow.kind == KIND)).scalar_one_or_none()
        if last is not None and now - last < timedelta(hours=self._rules.rest_hours):
            return None
        if self._decided_since(session, last) < self._rules.least_decisions:
            return None
        if self._rules.on_drift and self._drifting(session):
            return "drift"
        every = timedelta(days=self._rules.every_days)
        return "schedule" if every and (last is None or now - last >= every) else None

    def _decided_since(self, session: Session, last: datetime | None) -> int:
        query = select(func.count()).select_from(DecisionRow).where(DecisionRow.state == "standing")
        query = query.where(DecisionRow.test.is_(False))
        if last is not None:
            query = query.where(DecisionRow.decided_at > last)
        return session.execute(query).scalar_one()
