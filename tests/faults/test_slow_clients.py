"""A thousand clients that send half a head, drip a body or never read: the good ones do not notice, the slow go."""

import asyncio
import random
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.faults.good import timed_posts
from tests.faults.processes import ServiceProcess, station_key

HALF_HEADS, SLOW_BODIES, DEAF = 500, 250, 250
SLOW = HALF_HEADS + SLOW_BODIES + DEAF
GOOD = 60  # posts measured with, and without, the slow ones
NOISE = 0.05  # seconds: the machine's, not the service's
HEAD_SECONDS = 12.0


@pytest.fixture
def service(tmp_path: Path) -> Iterator[ServiceProcess]:
    """A service that a thousand connections may come to from one address."""
    key = station_key(tmp_path / "var", "dock-3")
    started = ServiceProcess(
        tmp_path / "var",
        tmp_path / "service.log",
        head_seconds=HEAD_SECONDS,
        body_bytes_a_second=100,
        connections_an_address=0,
        queue=64,
    )
    started.key = key  # type: ignore[attr-defined]
    started.start()
    try:
        started.wait_ready()
        yield started
    finally:
        started.stop()


class Slow:
    """All slow clients, in a thread with a loop of its own."""

    def __init__(self, port: int, key: str) -> None:
        self._port, self._loop = port, asyncio.new_event_loop()
        self._key = f"Authorization: Bearer {key}".encode()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._starting = threading.Thread(target=self._start)
        self.ended: list[float] = []  # how long each connection lasted
        self._tasks: list[asyncio.Future[None]] = []

    def start(self) -> None:
        """All of them within some seconds, in the background."""
        self._thread.start()
        self._starting.start()

    def _start(self) -> None:
        kinds = [self._half_head] * HALF_HEADS + [self._slow_body] * SLOW_BODIES + [self._deaf] * DEAF
        random.Random(4).shuffle(kinds)
        for number, kind in enumerate(kinds):
            if number % 20 == 0:
                time.sleep(0.05)  # 400 a second: that they are slow is what is tried here, not that they are many
            self._tasks.append(asyncio.run_coroutine_threadsafe(self._one(kind), self._loop))  # type: ignore[arg-type]

    @property
    def started(self) -> int:
        """How many have begun."""
        return len(self._tasks)

    @property
    def left(self) -> int:
        """How many are still connected."""
        return sum(not task.done() for task in self._tasks)

    def stop(self) -> None:
        self._starting.join()
        for task in self._tasks:
            task.cancel()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _one(self, kind: object) -> None:
        began = time.monotonic()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**10)
        except OSError:
            return
        try:
            await kind(reader, writer)  # type: ignore[operator]
        except OSError:
            pass
        finally:
            self.ended.append(time.monotonic() - began)
            writer.transport.abort()

    async def _half_head(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST /v1/scans HTTP/1.1\r\nHost: localhost\r\nX-Half: ")
        await reader.read()

    async def _slow_body(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"POST /v1/scans HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\nContent-Length: 100000\r\n"
            + self._key
            + b"\r\n\r\n"
        )
        while True:
            writer.write(b"x")
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(), 1.0)
                return

    async def _deaf(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Asks for the largest answer there is and reads nothing, until nobody talks to it any more."""
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Half: ")  # and then it begins the next one
        while not writer.transport.is_closing():
            await asyncio.sleep(0.5)
            writer.write(b"x")


@contextmanager
def slow_clients(port: int, key: str) -> Iterator[Slow]:
    clients = Slow(port, key)
    clients.start()
    try:
        yield clients
    finally:
        clients.stop()


def good_posts(service: ServiceProcess, first: int) -> list[float]:
    """Seconds of each of GOOD small posts."""
    return timed_posts(service.url, service.key, first, GOOD)  # type: ignore[attr-defined]


def p99(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[98]


def test_a_thousand_slow_clients_do_not_slow_the_good_ones_and_are_gone_soon(service: ServiceProcess) -> None:
    good_posts(service, 0)  # warm
    assert httpx.get(f"{service.url}/openapi.json", timeout=60).status_code == 200  # written once: that takes long
    alone = good_posts(service, 100)
    with slow_clients(service.port, service.key) as slow:  # type: ignore[attr-defined]
        while slow.started < SLOW:
            time.sleep(0.1)
        time.sleep(1.0)
        held, beside = slow.left, good_posts(service, 200)
        assert held > 900
        deadline = time.monotonic() + 60
        while slow.left and time.monotonic() < deadline:
            time.sleep(0.2)
        assert slow.left == 0, f"{slow.left} slow clients are still connected"
    print("p50, p99 alone and beside:", statistics.median(alone), p99(alone), statistics.median(beside), p99(beside))  # noqa: T201
    assert p99(beside) <= 2 * p99(alone) + NOISE, (
        statistics.median(alone),
        p99(alone),
        statistics.median(beside),
        p99(beside),
    )
