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
    """uvicorn's HTTP/1.1 with limits on time; use `guarded` for one with other rules than these."""

    rules: ClassVar[GuardRules] = GuardRules()
    held: ClassVar[Counter[str]] = Counter()  # connections of each address
    closed: ClassVar[Counter[str]] = Counter()  # by reason

    _timer: asyncio.TimerHandle | None = None
    _write_timer: asyncio.TimerHandle | None = None
    _address: str = ""
    _received: int = 0
    _began: float = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._address = self.client[0] if self.client else ""
        self.held[self._address] += 1
        most = self.rules.connections_an_address
        if self.held.total() > self.rules.connections or 0 < most < self.held[self._address]:
            self._drop("too_many")
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        self._cancel_write()
        self.held[self._address] -= 1
        if self.held[self._address] <= 0:
            del self.held[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()  # the next request of a connection that is kept
        super().data_received(data)

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

    def pause_writing(self) -> None:
        super().pause_writing()
        self._cancel_write()
        self._write_timer = self.loop.call_later(self.rules.write_seconds, self._drop, "not_reading")

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_write()

    def _await_head(self) -> None:
        self._cancel()
        self._timer = self.loop.call_later(self.rules.head_seconds, self._drop, "slow_head")

    def _check_body(self) -> None:
        """Whether the body comes fast enough; while the service itself does not read, nobody is to blame."""
        elapsed = self.loop.time() - self._began
        if self.flow.read_paused:
            self._began = self.loop.time() - min(elapsed, self.rules.head_seconds)
        elif self._received < (elapsed - self.rules.head_seconds) * self.rules.body_rate + 1:
            self._refuse_body()
            return
        self._timer = self.loop.call_later(1.0, self._check_body)

    def _refuse_body(self) -> None:
        """408, if nothing was answered yet; the application learns that the client is gone."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_started:
            body = json.dumps(TOO_SLOW).encode()
            head = (
                "HTTP/1.1 408 Request Timeout\r\ncontent-type: application/problem+json\r\n"
                f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
            )
            self.transport.write(head.encode() + body)
        self._tell_gone()
        self._note("slow_body")
        self.transport.close()

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

    def _cancel_write(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def guarded(rules: GuardRules) -> type[GuardedProtocol]:
    """A protocol with these rules and counts of its own."""
    members: dict[str, Any] = {"rules": rules, "held": Counter(), "closed": Counter()}
    return type("GuardedProtocol", (GuardedProtocol,), members)


def allow_open_files() -> int:
    """Let this process open as many files as it may: each connection is one. Returns how many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
