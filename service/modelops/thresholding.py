"""Thresholds, versioned apart from the models: set as a whole, with a reason; any version can be put to work again."""

from datetime import datetime

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.modelops import repository
from service.modelops.documents import ThresholdsIn
from service.modelops.errors import BadThresholds, NotPossibleNow
from service.modelops.schemas import StepIn, ThresholdsChange, ThresholdsOut, ThresholdsPage
from service.modelops.serving import Serving
from service.registry import repository as registry
from service.tables import ThresholdsRow

SHOWN = 100


class ThresholdService:
    """Sets thresholds."""

    def __init__(self, *, database: Database, serving: Serving | None, clock: Clock) -> None:
        self._database, self._serving, self._clock = database, serving, clock

    def list(self) -> ThresholdsPage:
        """All versions, and which one holds."""
        with self._database.read() as session:
            row = repository.deployment(session)
            items = [_out(one) for one in repository.all_thresholds(session, limit=SHOWN)]
        return ThresholdsPage(at_work=0 if row is None else row.thresholds, items=items)

    def put(self, by: str, change: ThresholdsChange) -> ThresholdsOut:
        """Enter new thresholds and put them to work. Raises BadThresholds for a mark that is not recorded."""
        with self._database.write() as session:
            for mark_id in sorted(change.thresholds.marks):
                if registry.find(session, mark_id) is None:
                    raise BadThresholds(f"no mark {mark_id!r} is recorded", field=f"thresholds.marks.{mark_id}")
            now = self._clock()
            row = repository.deployment(session, hold=True)
            if row is None:
                raise NotPossibleNow("no models have ever been at work here", field="deployment")
            document = change.thresholds.model_dump(mode="json")
            made = repository.add_thresholds(session, document, change.reason, by, now)
            self._work(session, made.version, by, change.reason, now)
            out = _out(made)
        self._arrive()
        return out

    def use(self, version: int, by: str, step: StepIn) -> ThresholdsPage:
        """Put an earlier version to work again; 0 is how the models have them. Raises BadThresholds."""
        with self._database.write() as session:
            repository.deployment(session, hold=True)
            if version and repository.thresholds(session, version) is None:
                raise BadThresholds(f"there is no version {version}", field="version")
            self._work(session, version, by, step.reason, self._clock())
        self._arrive()
        return self.list()

    def _arrive(self) -> None:
        if self._serving is not None:  # else other processes follow: this is the command line
            self._serving.refresh()

    def _work(self, session: Session, version: int, by: str, reason: str, at: datetime) -> None:
        row = repository.deployment(session)
        if row is None:
            raise NotPossibleNow("no models have ever been at work here", field="deployment")
        before, row.thresholds = row.thresholds, version
        row.revision += 1
        row.changed_by, row.changed_at = by, at
        session.flush()
        detail = {"reason": reason, "before": before}
        audit.append(
            session, Act(actor=by, action="put_to_work", kind="thresholds", subject=str(version), detail=detail)
        )


def _out(row: ThresholdsRow) -> ThresholdsOut:
    return ThresholdsOut(
        version=row.version,
        thresholds=ThresholdsIn.model_validate(row.document),
        reason=row.reason,
        created_by=row.created_by,
        created_at=row.created_at,
    )
