"""What happens to alerts, as it happens: the audit's new entries, read once for all open worklists of this process.

The audit numbers its entries without gaps and in the order of their transactions, so a page that lost its connection
asks for everything after the last number it has, from whichever process, and misses nothing.
"""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import structlog
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from service.alerts.errors import TooManyPages
from service.audit import repository as audit
from service.database import Database
from service.tables import AuditEntryRow

EVERY = 0.5  # seconds between looks
BEAT = 15.0  # seconds after which a quiet stream says that it lives
LONGEST = 600.0  # seconds; then the page connects again, and must still be signed in
MOST = 500  # pages of this process
BATCH = 200  # entries told one by one; who is further behind is told to load anew
KIND = "alert"
log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class Happened:
    """One thing that happened to an alert."""

    seq: int
    office: str
    action: str
    alert: str
    actor: str

    def text(self) -> str:
        """As a server-sent event (WHATWG HTML, 9.2)."""
        data = json.dumps({"action": self.action, "alert": self.alert, "actor": self.actor})
        return f"id: {self.seq}\nevent: alert\ndata: {data}\n\n"


@dataclass(eq=False, kw_only=True)
class _Page:
    office: str | None
    loop: asyncio.AbstractEventLoop
    queue: asyncio.Queue[Happened] = field(default_factory=asyncio.Queue)


class Followers:
    """Reads the audit while somebody listens, and tells each page what is of its office."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pages: set[_Page] = set()
        self._lock, self._stopped = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="followers", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join()

    def check_room(self) -> None:
        """Raises TooManyPages if so many pages listen that no more should: before a stream is begun."""
        with self._lock:
            if len(self._pages) >= MOST:
                raise TooManyPages(f"{len(self._pages)} pages", field="events", limit=f"{MOST} pages")

    async def stream(self, office: str | None, after: int | None) -> AsyncIterator[str]:
        """Events for a page: what it missed since entry `after`, then what happens."""
        page = _Page(office=office, loop=asyncio.get_running_loop())
        with self._lock:
            self._pages.add(page)  # before the missed ones are read: rather twice than never
        try:
            last, missed = await run_in_threadpool(self._missed, after)
            yield f"retry: 2000\nid: {last}\nevent: hello\ndata: {{}}\n\n" if after is None else "retry: 2000\n\n"
            if missed is None:
                yield f"id: {last}\nevent: reload\ndata: {{}}\n\n"
            for item in missed or ():
                if office in (None, item.office):
                    yield item.text()
            async for text in _told(page, last):
                yield text
        finally:
            with self._lock:
                self._pages.discard(page)

    def _missed(self, after: int | None) -> tuple[int, Sequence[Happened] | None]:
        with self._database.read() as session:
            last = audit.last_seq(session)
            if after is None:
                return last, ()
            if after > last:  # of another database, or of one that was brought back
                return last, None
            rows = audit.since(session, after, KIND, BATCH + 1)
        return last, None if len(rows) > BATCH else [_happened(row) for row in rows]

    def _run(self) -> None:
        last: int | None = None
        while not self._stopped.wait(EVERY):
            with self._lock:
                pages = tuple(self._pages)
            if not pages:
                last = None
                continue
            try:
                last = self._look(last, pages)
            except SQLAlchemyError as error:  # the database is away: what happened is there when it is back
                log.warning("feed_interrupted", error=type(error).__name__)

    def _look(self, last: int | None, pages: Sequence[_Page]) -> int:
        with self._database.read() as session:
            if last is None:  # somebody has just begun to listen and read what was there by then
                return max(0, audit.last_seq(session) - BATCH)
            rows = audit.since(session, last, KIND, BATCH)
        for row in rows:
            item = _happened(row)
            for page in pages:
                if page.office in (None, item.office):
                    page.loop.call_soon_threadsafe(page.queue.put_nowait, item)
        return rows[-1].seq if rows else last


async def _told(page: _Page, last: int) -> AsyncIterator[str]:
    end = page.loop.time() + LONGEST
    while page.loop.time() < end:
        try:
            item = await asyncio.wait_for(page.queue.get(), BEAT)
        except TimeoutError:
            yield ": alive\n\n"
            continue
        if item.seq > last:
            last = item.seq
            yield item.text()


def _happened(row: AuditEntryRow) -> Happened:
    office = str(row.detail.get("office", ""))
    return Happened(seq=row.seq, office=office, action=row.action, alert=row.subject, actor=row.actor)
