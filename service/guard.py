"""Keeps slow and half-open clients from the good ones, where no proxy does it (`docs/deploy/haproxy.cfg` does).

uvicorn waits for ever for the rest of a request. Here a head must come within some seconds and a body at some rate, an
answer must be read, and no address holds more connections than it needs.
"""

import asyncio
import json
import resource
from collections import Counter
from dataclasses import dataclass
from typing import Any, ClassVar

import structlog
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = structlog.get_logger()
LOOK_SECONDS = 1.0  # between two looks at a body that is coming
LOOKS = 6  # at answers that are not read, in `write_seconds`
ENOUGH_FILES = 4096  # for the connections, the database and its files
TOO_SLOW = {
    "type": "urn:tidewaiter:problem:too-slow",
    "title": "The body of the request came too slowly.",
    "status": 408,
    "detail": "the connection is closed",
}


@dataclass(frozen=True, kw_only=True)
class GuardRules:
    """What is asked of clients."""

    head_seconds: float = 5.0  # for a whole head, and before a body's rate counts
    body_rate: float = 1024.0  # bytes a second at least
    write_seconds: float = 30.0  # without any progress of an answer
    connections: int = 2048
    connections_an_address: int = 256  # 0: any number, behind a proxy


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 with limits on time; use `guarded` for one with other rules than these.

    There is none for uvicorn's other protocol, h11: this one overrides what httptools calls.
    """

    rules: ClassVar[GuardRules] = GuardRules()
    held: ClassVar[Counter[str]] = Counter()  # connections of each address
    closed: ClassVar[Counter[str]] = Counter()  # by reason

    _timer: asyncio.TimerHandle | None = None  # for the head or the body that is coming
    _write_timer: asyncio.TimerHandle | None = None
    _address: str = ""
    _received: int = 0  # bytes of this body
    _began: float = 0.0  # when it began, later by as long as nobody waited for it
    _unwritten: int = 0  # bytes of answers that the client had not taken at the last look
    _stalled: float = 0.0  # seconds for which it has taken none

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self.held[self._address] += 1
        most = self.rules.connections_an_address
        if self.held.total() > self.rules.connections or 0 < most < self.held[self._address]:
            self._drop("too_many")
            return
        self._await_head()
        self._look_at_writing_later()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        if self._write_timer is not None:
            self._write_timer.cancel()
        self.held[self._address] -= 1
        if self.held[self._address] <= 0:
            del self.held[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # not even a head began, and uvicorn does not count the time any more

    def on_message_begin(self) -> None:
        if self._timer is None:  # the next request of a connection that is kept
            self._await_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._cancel()
        self._received, self._began = 0, self.loop.time()
        self._timer = self.loop.call_later(self.rules.head_seconds, self._check_body)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._received += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._cancel()
        super().on_message_complete()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stalled = 0.0

    def _should_upgrade_to_ws(self) -> bool:
        return False  # a WebSocket would be another protocol, without these limits; the service has none

    def _await_head(self) -> None:
        self._cancel()
        self._timer = self.loop.call_later(self.rules.head_seconds, self._refuse_head)

    def _refuse_head(self) -> None:
        if self.flow.read_paused:  # the next request must wait until this one is answered
            self._await_head()
        else:
            self._drop("slow_head")

    def _check_body(self) -> None:
        """Whether the body comes fast enough; while the service itself does not read, nobody is to blame."""
        if self.flow.read_paused or self.cycle.waiting_for_100_continue:
            self._began += LOOK_SECONDS
        elapsed = self.loop.time() - self._began
        if self._received < (elapsed - self.rules.head_seconds) * self.rules.body_rate + 1:
            self._refuse_body()
            return
        self._timer = self.loop.call_later(LOOK_SECONDS, self._check_body)

    def _refuse_body(self) -> None:
        """408, if nothing was answered yet; the application learns that the client is gone."""
        if not self.cycle.response_started:
            self.transport.write(too_slow())
        self._tell_gone()
        self._note("slow_body")
        self.transport.close()

    def _look_at_writing_later(self) -> None:
        self._write_timer = self.loop.call_later(self.rules.write_seconds / LOOKS, self._look_at_writing)

    def _look_at_writing(self) -> None:
        """Drop a client that takes nothing of its answer. uvicorn waits for it, also when it has closed it itself."""
        unwritten = self.transport.get_write_buffer_size()
        if unwritten == 0 or unwritten < self._unwritten:
            self._stalled = 0.0
        elif self._unwritten:
            self._stalled += self.rules.write_seconds / LOOKS
        self._unwritten = unwritten
        if self._stalled >= self.rules.write_seconds:
            self._drop("not_reading")
        else:
            self._look_at_writing_later()

    def _drop(self, why: str) -> None:
        self._tell_gone()
        self._note(why)
        self.transport.abort()

    def _tell_gone(self) -> None:
        """The application writes nothing more, and learns that nobody is there when it reads."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def _note(self, why: str) -> None:
        self.closed[why] += 1
        if self.closed[why] in {1, 10, 100} or self.closed[why] % 1000 == 0:  # a thousand of them fill no disk
            log.warning("connection_closed", why=why, count=self.closed[why])

    def _cancel(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def too_slow() -> bytes:
    """The whole answer to a body that comes too slowly."""
    body = json.dumps(TOO_SLOW).encode()
    head = (
        "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def guarded(rules: GuardRules) -> type[GuardedProtocol]:
    """A protocol with these rules and counts of its own."""
    members: dict[str, Any] = {"rules": rules, "held": Counter(), "closed": Counter()}
    return type("GuardedProtocol", (GuardedProtocol,), members)


def allow_open_files() -> int:
    """Let this process open as many files as it may: each connection is one. Returns how many."""
    hard = open_files_allowed()
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def open_files_allowed() -> int:
    """How many files this process may open once it has asked for all."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[1]
