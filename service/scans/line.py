"""The line: whatever was taken is inspected and answered, by this process or, should it die, by another or the next.

A process sees to a scan under a lease that it renews while the scan waits or is inspected. Scans whose lease has run
out are taken up by whoever sees them first. A lease that ends too far ahead was written by a clock that was wrong, so
it counts for nothing.
"""

import asyncio
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from service.clock import Clock
from service.database import Database
from service.errors import InspectionFailed, Overloaded
from service.pool import InspectionPool, Place
from service.scans import repository
from service.scans.answering import Answering
from service.scans.judging import ScanJudge
from service.scans.schemas import ScanMetadata
from service.scans.taking import KEPT, LEASE, Poster, ScanIntake, Taken
from service.scans.underway import Underway
from service.scans.wishes import Wish
from service.uploads import Upload

EVERY = 0.2  # seconds between looks for scans whose time is up
RENEWED = 25  # looks between renewals of the leases, and searches for scans that nobody sees to
FORGOTTEN = 18_000  # looks between removals of old keys
LOOK = 0.5  # seconds after which a waiting request looks itself: another process may have answered
HORIZON = timedelta(minutes=10)
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Admitted:
    """A stored scan, and its inspection if that is not over."""

    taken: Taken
    inspection: "Future[None] | None"


class Line:
    """Queues scans for inspection, answers those whose time is up, and takes up what was left."""

    def __init__(
        self,
        *,
        database: Database,
        pool: InspectionPool,
        intake: ScanIntake,
        judge: ScanJudge,
        answering: Answering,
        underway: Underway,
        clock: Clock,
    ) -> None:
        self._database, self._pool, self._clock = database, pool, clock
        self._intake, self._judge, self._answering = intake, judge, answering
        self._underway, self._lock = underway, threading.Lock()
        self._running: dict[str, Future[None]] = {}
        self._waiting: dict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = {}
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="line")
        answering.told.append(self._wake)

    def start(self) -> None:
        """Take up what the last process left, if it was the only one; then look for it all the time."""
        if self._database.engine.dialect.name == "sqlite":
            with self._database.write() as session:
                repository.free_leases(session)
        for scan_id in self._underway.left:  # the last process died while it inspected them
            self._judge.note_failure(scan_id, again=timedelta(0))
        self._thread.start()

    def stop(self) -> None:
        """End; what waits is taken up at the next start."""
        self._stopped.set()
        self._thread.join()

    def receive(
        self, metadata: ScanMetadata, uploads: Sequence[Upload], poster: Poster | None = None, wish: Wish | None = None
    ) -> Admitted:
        """Store a scan, as `ScanIntake.take` does, and queue it. Raises Overloaded, LaneFull before it is stored."""
        place = self._pool.place(metadata.lane)
        try:
            taken = self._intake.take(metadata, uploads, poster, wish)
            if not taken.inspected:
                return Admitted(taken=taken, inspection=self.admit(taken, place))
        except BaseException:
            place.give_back()
            raise
        place.give_back()
        return Admitted(taken=taken, inspection=None)

    def admit(self, taken: Taken, place: Place) -> "Future[None]":
        """Have a scan inspected in its place, unless that goes on already."""
        with self._lock:
            running = self._running.get(taken.scan_id)
            if running is None:
                future = place.submit(lambda: self._judge.inspect(taken.scan_id, taken.images, taken.row))
                self._running[taken.scan_id] = future
        if running is not None:
            place.give_back()
            self._intake.release(taken)
            return running
        future.add_done_callback(lambda _: self._ended(taken))
        future.add_done_callback(_note)
        return future

    async def answered(self, scan_id: str, seconds: float) -> bool:
        """Wait until a scan is answered, by whichever process, at most so long. Returns whether it is."""
        loop, event = asyncio.get_running_loop(), asyncio.Event()
        end, entry = loop.time() + seconds, (loop, event)
        with self._lock:
            self._waiting.setdefault(scan_id, set()).add(entry)
        try:
            while True:
                if event.is_set() or await run_in_threadpool(self._is_answered, scan_id):
                    return True
                left = end - loop.time()
                if left <= 0:
                    return False
                await _passed(event, min(left, LOOK))
        finally:
            with self._lock:
                self._waiting[scan_id].discard(entry)
                if not self._waiting[scan_id]:
                    del self._waiting[scan_id]

    def _wake(self, scan_id: str) -> None:
        with self._lock:
            waiting = tuple(self._waiting.get(scan_id, ()))
        for loop, event in waiting:
            loop.call_soon_threadsafe(event.set)

    def _is_answered(self, scan_id: str) -> bool:
        with self._database.read() as session:
            return repository.is_answered(session, scan_id)

    def _ended(self, taken: Taken) -> None:
        self._intake.release(taken)
        with self._lock:
            self._running.pop(taken.scan_id, None)

    def _run(self) -> None:
        looks = 0
        while not self._stopped.is_set():
            try:
                self._look(looks)
            except SQLAlchemyError as error:  # the database is away: what is to be done is there when it is back
                log.warning("line_interrupted", error=type(error).__name__)
            except Exception:  # nobody else answers whoever waits
                log.exception("line_interrupted")
            looks += 1
            self._stopped.wait(EVERY)

    def _look(self, looks: int) -> None:
        now = self._clock()
        with self._database.read() as session:
            due = bool(repository.overdue(session, now, 1))
        if due:
            with self._database.write() as session:
                self._answering.time_out_overdue(session, now)
        if looks % RENEWED == 0:
            self._renew()
            self._take_up()
        if looks % FORGOTTEN == 0:
            with self._database.write() as session:
                repository.forget_keys(session, now - KEPT)

    def _renew(self) -> None:
        with self._lock:
            mine = list(self._running)
        if mine:
            with self._database.write() as session:
                repository.renew(session, mine, self._clock() + LEASE)

    def _take_up(self) -> None:
        """Queue scans that nobody sees to, as long as there is room for what can wait."""
        now = self._clock()
        taken, room = self._pool.fill
        with self._database.read() as session:
            rows = repository.left(session, now, now + HORIZON, max(0, room - taken))
        for row in rows:
            if not self._take_up_one(row.id):
                return

    def _take_up_one(self, scan_id: str) -> bool:
        """Queue one scan; False if there is no room."""
        try:
            place = self._pool.place("bulk")
        except Overloaded:
            return False
        now = self._clock()
        with self._database.write() as session:
            mine = repository.lease(session, scan_id, now, now + HORIZON, now + LEASE)
        if not mine:
            place.give_back()
            return True
        log.info("taken_up", scan=scan_id)
        self.admit(Taken(scan_id=scan_id), place)
        return True


async def _passed(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


def _note(future: "Future[None]") -> None:
    error = None if future.cancelled() else future.exception()
    if isinstance(error, InspectionFailed):
        log.error("inspection_failed", detail=error.detail, exc_info=error.__cause__)
