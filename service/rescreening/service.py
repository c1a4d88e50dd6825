"""Looks for marks in what past scans held. Nothing is decided and nothing deleted by it, but its own former findings.

Rescreening(database=…, files=…, champion=…).run(job_id, {"mark_id": "owl"}, moved, stopped)
"""

import heapq
import time
from collections.abc import Callable, Sequence
from typing import Any

import structlog
from sqlalchemy.orm import Session

from inference.archive_search import rates_of
from inference.artwork.views import KINDS, Kind
from inference.errors import UnknownMark
from inference.vocabulary import Modality
from service.archive import repository as archive
from service.database import Database
from service.inspecting import Inspecting, XrayInspecting
from service.registry import repository as registry
from service.rescreening import repository
from service.rescreening.errors import NothingToCompare, Stopped, TooManyMarks
from service.rescreening.filed import FiledMarks
from service.rescreening.repository import Sighting
from service.rescreening.schemas import RescreenOptions, iso, options_of
from service.rescreening.searching import Bars, Search
from service.rescreening.telling import summary, told
from service.scans.eyes import DRAWN, Eyes
from service.storage import FileStore
from service.tables import MarkRow

MARKS = 500  # looked for in one go
MOST = 20_000  # sightings kept of one job, the strongest: a mark that is like everything is like nothing
SECONDS = 0.5  # between two words about how far it is: each may be a transaction
Moved = Callable[[str, int, int | None], None]  # step, how much is done, of how much if that is known
Stopping = Callable[[], bool]
log = structlog.get_logger()


class Rescreening:
    """Runs jobs of kind `rescreen`. One that is run again finds the same, and replaces what it found before."""

    def __init__(self, *, database: Database, files: FileStore, champion: Callable[[], Eyes]) -> None:
        self._database, self._champion = database, champion
        self._filed = FiledMarks(database=database, files=files)

    def run(self, job_id: str, options: dict[str, Any], moved: Moved, stopped: Stopping) -> dict[str, Any]:
        """Look for the marks that `options` name (`RescreenOptions`) and keep where they were seen.

        Returns how often, where and when. Raises InvalidRequest, UnknownMark, NothingToCompare, TooManyMarks, Stopped.
        """
        asked, eyes = options_of(RescreenOptions, options), self._champion()
        rows = self._marks(asked)
        moved("embed", 0, len(rows))
        searches = self._searches(asked, eyes, rows)
        if not searches and asked.mark_id is not None:
            text = f"mark {asked.mark_id!r} has no picture of its own that can be looked for; words alone are only read"
            raise NothingToCompare(text, field="mark_id")
        moved("search", 0, None)
        sightings, cut = self._found(asked, searches, moved, stopped)
        with self._database.write() as session:
            repository.keep(session, job_id, sightings)
        result = self._result(asked, searches, rows, sightings) | {"cut": cut}
        log.info("rescreened", job=job_id, marks=len(rows), seen=result["seen"], searched=result["searched"])
        return result | {"summary": summary(result)}

    def _marks(self, asked: RescreenOptions) -> Sequence[MarkRow]:
        with self._database.read() as session:
            if asked.recorded_since is not None:
                rows = repository.changed_since(session, asked.recorded_since, MARKS + 1)
                if len(rows) > MARKS:
                    text = f"more than {MARKS} marks were recorded or changed since {asked.recorded_since.isoformat()}"
                    raise TooManyMarks(text, field="recorded_since", limit=f"{MARKS} marks")
                return rows
            row = registry.find(session, asked.mark_id or "")
        if row is None:
            raise UnknownMark(f"mark {asked.mark_id!r} is not in the registry", field="mark_id")
        return [row]

    def _searches(self, asked: RescreenOptions, eyes: Eyes, rows: Sequence[MarkRow]) -> list[Search]:
        """One for each embedder that has something to compare."""
        made = [self._search(asked, eyes, rows, "photo", eyes.photo, KINDS)]
        if eyes.xray is not None:
            made.append(self._search(asked, eyes, rows, "xray", eyes.xray, DRAWN))
        return [search for search in made if search is not None]

    def _search(
        self,
        asked: RescreenOptions,
        eyes: Eyes,
        rows: Sequence[MarkRow],
        modality: Modality,
        inspector: Inspecting | XrayInspecting,
        kinds: frozenset[Kind],
    ) -> Search | None:
        filed = self._filed.of(rows, inspector.embedder, kinds)
        bars = Bars(modality=modality, shipped=inspector.threshold, thresholds=eyes.thresholds, least=asked.least)
        if not filed:
            return None
        return Search(
            embedder=inspector.embedder.sha256,
            filed=filed,
            rates=rates_of(inspector),
            bars=bars,
            office=asked.office,
        )

    def _found(
        self, asked: RescreenOptions, searches: Sequence[Search], moved: Moved, stopped: Stopping
    ) -> tuple[list[Sighting], bool]:
        """The strongest sightings of each mark in each view, and whether weaker ones were left out."""
        best: dict[tuple[str, int, str], Sighting] = {}
        cut = False
        with self._database.read() as session:
            total, done = self._total(session, asked, searches), 0
            for search in searches:
                told_of = _Progress(moved, stopped, done, total)
                for one in search.sightings(session, asked.window, told_of):
                    key = (one.scan_id, one.view, one.mark_id)
                    if key not in best or one.score > best[key].score:
                        best[key] = one
                    if len(best) >= 2 * MOST:
                        best, cut = _strongest(best), True
                told_of.tell()
                done = told_of.done
        return list(_strongest(best).values()), cut or len(best) > MOST

    def _total(self, session: Session, asked: RescreenOptions, searches: Sequence[Search]) -> int:
        return sum(archive.count(session, search.embedder, asked.window) for search in searches)

    def _result(
        self,
        asked: RescreenOptions,
        searches: Sequence[Search],
        rows: Sequence[MarkRow],
        sightings: Sequence[Sighting],
    ) -> dict[str, Any]:
        compared = {mark_id for search in searches for mark_id in search.mark_ids}
        return {
            "mark_id": asked.mark_id,
            "since": iso(asked.since),
            "until": iso(asked.until),
            "office": asked.office,
            **told(sightings),
            "marks": len(compared),
            "skipped": sorted({row.mark_id for row in rows} - compared),
            "searched": sum(search.detections for search in searches),
            "damaged": sum(search.damaged for search in searches),
        }


class _Progress:
    """Tells how far a job is, and ends it where somebody wants that."""

    def __init__(self, moved: Moved, stopped: Stopping, before: int, total: int) -> None:
        self._moved, self._stopped, self._before, self._total = moved, stopped, before, total
        self.done = before
        self._told_at = time.monotonic()

    def __call__(self, done: int) -> None:
        if self._stopped():
            raise Stopped(f"after {self.done} of {self._total} views; nothing was kept")
        self.done = self._before + done
        if time.monotonic() - self._told_at >= SECONDS:
            self.tell()

    def tell(self) -> None:
        """Say how far it is."""
        self._moved("search", self.done, max(self.done, self._total))
        self._told_at = time.monotonic()


def _strongest(best: dict[tuple[str, int, str], Sighting]) -> dict[tuple[str, int, str], Sighting]:
    """The MOST strongest."""
    if len(best) <= MOST:
        return best
    return dict(heapq.nlargest(MOST, best.items(), key=lambda item: item[1].score))
