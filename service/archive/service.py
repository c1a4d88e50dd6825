"""What the archive holds, and how long."""

from datetime import datetime, timedelta

import structlog

from service.archive import repository
from service.archive.kept import Holding
from service.clock import Clock
from service.database import Database

log = structlog.get_logger()


class ArchiveService:
    """Tells what is kept, and forgets what is too old."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def holdings(self) -> list[Holding]:
        """What is kept, by embedder."""
        with self._database.read() as session:
            return repository.holdings(session)

    def forget_older(self, than: timedelta) -> int:
        """Forget what scans held that were received longer ago, some thousand in a transaction. Returns how many."""
        return self.forget_before(self._clock() - than)

    def forget_before(self, moment: datetime) -> int:
        """As `forget_older`. Scans, verdicts and what rescreening found stay."""
        with self._database.read() as session:
            embedders = repository.embedders(session)
        total = 0
        for embedder in embedders:
            while gone := self._forget(embedder, moment):
                total += gone
        log.info("archive_forgot", views=total, before=moment.isoformat())
        return total

    def _forget(self, embedder: str, moment: datetime) -> int:
        with self._database.write() as session:
            return repository.forget_before(session, embedder, moment)
