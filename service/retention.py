"""What is kept for a time only: vectors of past detections, and figures of single views once their days are counted.

Scans, verdicts, decisions and what rescreening found are never deleted here (data minimisation: GDPR art. 5 (1) (c);
PIPL art. 19).
"""

from datetime import datetime, timedelta

from service.archive.service import ArchiveService
from service.background import Background
from service.clock import Clock
from service.database import Database
from service.drift import repository as drift

FIRST, EVERY = 60.0, 3600.0  # seconds


class Retention(Background):
    """Forgets once an hour. Any number of processes may: each deletes what another has left."""

    def __init__(
        self, *, database: Database, archive: ArchiveService, clock: Clock, archive_days: int, statistics_days: int
    ) -> None:
        super().__init__("retention", first=FIRST, again=EVERY)
        self._database, self._archive, self._clock = database, archive, clock
        self._vectors, self._views = timedelta(days=archive_days), timedelta(days=statistics_days)

    def turn(self) -> float:
        """Forget what is too old."""
        self._archive.forget_older(self._vectors)
        self.forget_views()
        return EVERY

    def forget_views(self) -> int:
        """Delete old figures of views, some thousand in a transaction. Returns how many."""
        before, total = self._clock() - self._views, 0
        while not self._stopped.is_set() and (gone := self._some(before)):
            total += gone
        return total

    def _some(self, before: datetime) -> int:
        with self._database.write() as session:
            return drift.forget_views(session, before)
