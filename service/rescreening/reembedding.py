"""After a change of models: looks again at stored scans, so that what they held can be compared with new marks.

Vectors of two embedders say nothing to one another. Whatever else there is to do comes first, and what is done stays
done: a job that is taken up again goes on with the scans that are still unseen.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from inference.errors import TidewaiterError
from inference.vocabulary import Modality
from service.archive import repository as archive
from service.archive.keeping import rows_of
from service.database import Database
from service.rescreening.errors import Stopped
from service.rescreening.schemas import ReembedOptions, iso, options_of
from service.rescreening.service import Moved, Stopping
from service.scans import repository as scans
from service.scans.eyes import Eyes, Viewed
from service.tables import ScanRow

BATCH = 256  # scans of one query
PAUSE = 0.5  # seconds between two looks whether there is time
Look = Callable[[ScanRow], Sequence[Viewed]]  # what the models at work see on a stored scan's views, in their order
log = structlog.get_logger()


class Reembedding:
    """Runs jobs of kind `reembed`, a scan at a time while `idle` says that nobody waits for an inspection."""

    def __init__(
        self,
        *,
        database: Database,
        look: Look,
        champion: Callable[[], Eyes],
        idle: Callable[[], bool],
        pause: float = PAUSE,
    ) -> None:
        self._database, self._look, self._champion = database, look, champion
        self._idle, self._pause = idle, pause

    def stale(self) -> int:
        """How many inspected scans have a view that the embedder at work has not seen."""
        with self._database.read() as session:
            return archive.stale_count(session, embedders_of(self._champion()))

    def run(self, job_id: str, options: dict[str, Any], moved: Moved, stopped: Stopping) -> dict[str, Any]:
        """Look at all scans that are stale, the newest first; one that cannot be looked at is told and left.

        Returns how many were seen and how many failed. Raises InvalidRequest, Stopped.
        """
        asked, embedders = options_of(ReembedOptions, options), embedders_of(self._champion())
        with self._database.read() as session:
            total = archive.stale_count(session, embedders, asked.window, asked.office)
        done, failed, before = 0, 0, None
        while waiting := self._waiting(embedders, asked, before):
            for scan_id in waiting:
                self._wait(done, total, moved, stopped)
                failed += not self._again(scan_id)
                done, before = done + 1, scan_id
                moved("look", done, max(done, total))
        log.info("reembedded", job=job_id, scans=done - failed, failed=failed)
        return {"scans": done - failed, "failed": failed, "since": iso(asked.since), "until": iso(asked.until)}

    def _waiting(self, embedders: Mapping[Modality, str], asked: ReembedOptions, before: str | None) -> Sequence[str]:
        with self._database.read() as session:
            return archive.stale(session, embedders, asked.window, asked.office, before=before, limit=BATCH)

    def _wait(self, done: int, total: int, moved: Moved, stopped: Stopping) -> None:
        """Return once there is time; whoever holds the job is told meanwhile that it lives."""
        while True:
            if stopped():
                raise Stopped(f"after {done} of {total} scans; what was seen of them is kept")
            if self._idle():
                return
            moved("look", done, max(done, total))
            time.sleep(self._pause)

    def _again(self, scan_id: str) -> bool:
        """Look at a scan and keep what is seen; returns whether that went well."""
        try:
            with self._database.read() as session:
                scan = scans.find(session, scan_id)
            if scan is None:
                return False
            views = self._look(scan)
        except (TidewaiterError, OSError, ValueError) as error:
            log.error("scan_not_seen_again", scan=scan_id, error=str(error))
            return False
        with self._database.write() as session:
            keep_again(session, scan, views)
        return True


def keep_again(session: Session, scan: ScanRow, views: Sequence[Viewed]) -> None:
    """Keep what was seen on a scan's views; what other embedders saw stays."""
    archive.replace(session, scan.id, rows_of(scan, views))


def embedders_of(eyes: Eyes) -> dict[Modality, str]:
    """By modality, the sha256 of the embedder that sees views of it."""
    photo: dict[Modality, str] = {"photo": eyes.photo.embedder.sha256}
    return photo if eyes.xray is None else photo | {"xray": eyes.xray.embedder.sha256}
