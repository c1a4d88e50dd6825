"""The guard against slow clients, rule by rule, with short times and applications that only answer."""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from service.guard import GuardedProtocol, GuardRules, guarded
from tests.integration.service.harness import wait_for

RULES = GuardRules(head_seconds=0.5, body_rate=1024, write_seconds=1.5, connections=40, connections_an_address=0)
SLACK = 2.5  # seconds: two looks at a body, and a busy machine
LARGE = 16 * 2**20  # bytes: more than the system's own buffers hold
HEAD = b"%s HTTP/1.1\r\nHost: x\r\n"
HALF = HEAD % b"GET /" + b"X-Half: "


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body but for /unread, and answers as the path says."""
    if scope["type"] != "http":
        return
    path, more = scope["path"], True
    if path == "/unread":
        await asyncio.sleep(3)
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        more = message.get("more_body", False)
    if path == "/late":
        await asyncio.sleep(3)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(6 if path == "/events" else 0):
        await send({"type": "http.response.body", "body": b"data: x\n\n", "more_body": True})
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": b"x" * (LARGE if path == "/large" else 2)})


@dataclass(kw_only=True)
class Guarded:
    """A server behind the guard, and what it counts."""

    protocol: type[GuardedProtocol]
    server: uvicorn.Server
    port: int

    def connect(self) -> socket.socket:
        """A connection that gives up after ten seconds."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)


@contextmanager
def serving(rules: GuardRules = RULES, *, keep_alive: int = 30) -> Iterator[Guarded]:
    protocol = guarded(rules)
    config = uvicorn.Config(
        application,
        host="127.0.0.1",
        port=0,
        log_config=None,
        lifespan="off",
        http=protocol,
        timeout_keep_alive=keep_alive,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        yield Guarded(protocol=protocol, server=server, port=server.servers[0].sockets[0].getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(20)
    assert not thread.is_alive(), "the server did not stop"
    assert not protocol.held, "connections are counted that are gone"


def ask(connection: socket.socket, path: bytes = b"/") -> bytes:
    """Ask on a connection that is kept; returns what comes first."""
    connection.sendall(HEAD % (b"GET " + path) + b"\r\n")
    return connection.recv(65536)


def ended(connection: socket.socket) -> tuple[bytes, float]:
    """All that comes until the server closes, and the seconds until then."""
    began, came = time.monotonic(), bytearray()
    with suppress(ConnectionResetError):
        while data := connection.recv(65536):
            came += data
    return bytes(came), time.monotonic() - began


@pytest.mark.parametrize("sent", [b"", b"\r\n", HALF])
def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(sent)
        came, seconds = ended(connection)
        assert (came, guard.protocol.closed) == (b"", {"slow_head": 1})
        assert 0.4 < seconds < SLACK


@pytest.mark.parametrize("sent", [b"\r\n", HALF])
def test_nor_is_the_next_head_of_a_connection_that_is_kept(sent: bytes) -> None:
    with serving() as guard, guard.connect() as connection:
        assert ask(connection).startswith(b"HTTP/1.1 200")
        time.sleep(1.0)  # to be idle is allowed for longer than a head may take
        assert ask(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(sent)
        assert ended(connection)[1] < SLACK
        assert guard.protocol.closed == {"slow_head": 1}


def test_a_head_that_drips_is_late_however_often_something_comes() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HALF)
        dripped = 0
        with suppress(OSError):  # broken pipe or reset, as it happens
            while dripped < 40:
                connection.sendall(b"x")
                dripped += 1
                time.sleep(0.1)
        assert 3 < dripped < 30
        assert guard.protocol.closed == {"slow_head": 1}


def test_the_half_of_a_head_after_a_whole_request_is_late_too() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"GET /" + b"\r\n" + HALF)
        came, seconds = ended(connection)
        assert came.startswith(b"HTTP/1.1 200")
        assert seconds < SLACK
        assert guard.protocol.closed == {"slow_head": 1}


def test_requests_sent_ahead_wait_for_those_before_them() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall((HEAD % b"GET /late" + b"\r\n") * 2 + HEAD % b"GET /" + b"Connection: close\r\n\r\n")
        came, _ = ended(connection)
        assert came.count(b"HTTP/1.1 200") == 3
        assert not guard.protocol.closed


def test_a_body_that_drips_is_answered_408() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"POST /" + b"Content-Length: 100000\r\n\r\nx")
        came, seconds = ended(connection)
        head, _, body = came.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 408 ")
        assert b"content-type: application/problem+json" in head
        assert b"connection: close" in head
        assert json.loads(body)["status"] == 408
        assert seconds < 0.5 + SLACK
        assert guard.protocol.closed == {"slow_body": 1}


def test_what_came_quickly_at_first_buys_no_time_beyond_the_rate() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"POST /" + b"Content-Length: 100000\r\n\r\n" + b"x" * 3 * 1024)
        came, seconds = ended(connection)
        assert came.startswith(b"HTTP/1.1 408 ")
        assert 3 < seconds < 3.5 + SLACK


@pytest.mark.parametrize("framing", [b"Content-Length: 6000", b"Transfer-Encoding: chunked"])
def test_a_body_that_comes_fast_enough_is_taken(framing: bytes) -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"POST /" + framing + b"\r\n\r\n")
        chunked = b"chunked" in framing
        for _ in range(20):  # 3 kB a second
            connection.sendall(b"12c\r\n" + b"x" * 300 + b"\r\n" if chunked else b"x" * 300)
            time.sleep(0.1)
        connection.sendall(b"0\r\n\r\n" if chunked else b"")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        assert not guard.protocol.closed


def test_nobody_is_blamed_while_the_service_does_not_read() -> None:
    with serving() as guard, guard.connect() as connection:
        size = 200_000  # more than uvicorn reads ahead
        connection.sendall(HEAD % b"POST /unread" + b"Content-Length: %d\r\n\r\n" % size + b"x" * size)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        assert not guard.protocol.closed


def test_who_waits_to_be_told_to_go_on_is_not_slow() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"POST /unread" + b"Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(b"xx")
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


def test_long_polls_and_events_stay() -> None:
    with serving() as guard, guard.connect() as late, guard.connect() as events:
        late.sendall(HEAD % b"GET /late" + b"Connection: close\r\n\r\n")
        events.sendall(HEAD % b"GET /events" + b"Connection: close\r\n\r\n")
        assert ended(late)[0].endswith(b"xx\r\n0\r\n\r\n")
        assert ended(events)[0].count(b"data: x") == 6
        assert not guard.protocol.closed


@pytest.mark.parametrize("connection_header", [b"", b"Connection: close\r\n"])
def test_an_answer_that_is_not_read_is_given_up(connection_header: bytes) -> None:
    with serving(keep_alive=1) as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"GET /large" + connection_header + b"\r\n")
        wait_for(lambda: guard.protocol.closed == {"not_reading": 1}, 1.5 * 4 / 3 + SLACK)
        wait_for(lambda: not guard.protocol.held)


def test_an_answer_that_is_read_slowly_is_waited_for() -> None:
    with serving() as guard, guard.connect() as connection:
        connection.sendall(HEAD % b"GET /large" + b"Connection: close\r\n\r\n")
        came = 0
        while data := connection.recv(LARGE // 64):
            came += len(data)
            time.sleep(0.1 * len(data) / (LARGE // 64))  # six seconds for all
        assert came > LARGE
        assert not guard.protocol.closed


def test_no_address_holds_more_connections_than_its_share() -> None:
    with serving(GuardRules(connections_an_address=3)) as guard, ExitStack() as held:
        for _ in range(3):
            assert ask(held.enter_context(guard.connect())).startswith(b"HTTP/1.1 200")
        assert ended(held.enter_context(guard.connect()))[0] == b""
        assert guard.protocol.closed == {"too_many": 1}
        with socket.create_connection(("127.0.0.1", guard.port), 10, ("127.0.0.2", 0)) as other:
            assert ask(other).startswith(b"HTTP/1.1 200")


def test_nor_do_all_together() -> None:
    with serving(GuardRules(connections=3, connections_an_address=0)) as guard, ExitStack() as held:
        first, *_ = [held.enter_context(guard.connect()) for _ in range(3)]
        wait_for(lambda: guard.protocol.held.total() == 3)
        assert ended(held.enter_context(guard.connect()))[0] == b""
        first.close()
        wait_for(lambda: guard.protocol.held.total() == 2)
        assert ask(held.enter_context(guard.connect())).startswith(b"HTTP/1.1 200")


def test_asking_for_a_web_socket_leads_past_no_limit() -> None:
    with serving() as guard, guard.connect() as connection:
        asked = (
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
        )
        connection.sendall(HEAD % b"GET /" + asked)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        connection.sendall(b"\r\n")
        assert ended(connection)[1] < SLACK


def test_a_server_that_stops_answers_first_and_waits_for_no_half_head() -> None:
    with serving(GuardRules(head_seconds=60)) as guard, guard.connect() as late, guard.connect() as half:
        late.sendall(HEAD % b"GET /late" + b"\r\n")
        half.sendall(HALF)
        time.sleep(0.5)
        guard.server.should_exit = True
        assert ended(half)[1] < SLACK
        assert ended(late)[0].startswith(b"HTTP/1.1 200")


def test_idle_connections_are_closed_as_before() -> None:
    with serving(keep_alive=1) as guard, guard.connect() as connection:
        assert ask(connection).startswith(b"HTTP/1.1 200")
        assert 0.5 < ended(connection)[1] < SLACK
        assert not guard.protocol.closed
