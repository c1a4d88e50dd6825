"""The shipped HAProxy configuration before a service and a dead replica: half-open clients, many from one address."""

import os
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import httpx
import pytest

from tests.faults.good import timed_posts
from tests.faults.processes import ROOT, ServiceProcess, free_port, station_key

SHIPPED = ROOT / "docs" / "deploy" / "haproxy.cfg"
TLS = "bind :443 ssl crt /etc/haproxy/customs.example.pem alpn h2,http/1.1"
HOST = "customs.example"
HALF_HEADS = 200
AN_ADDRESS = 256  # connections, as the configuration says
NOISE = 0.1  # seconds

pytestmark = pytest.mark.skipif(
    shutil.which("haproxy") is None and os.environ.get("CI") != "true", reason="HAProxy is not installed"
)


@pytest.fixture
def proxy(tmp_path: Path) -> Iterator[tuple[int, str]]:
    """Port of a proxy before one replica that lives and one that does not, and a key of a station."""
    key = station_key(tmp_path / "var", "dock-3")
    service = ServiceProcess(tmp_path / "var", tmp_path / "log", public_url=f"https://{HOST}", queue=64)
    port, config = free_port(), tmp_path / "haproxy.cfg"
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(TLS) == 1
    here = {
        TLS: f"bind 127.0.0.1:{port}",
        ":8640": f":{service.port}",
        ":8641": f":{free_port()}",
        "maxconn 20000": "maxconn 2000",  # a machine for tests may not open more files
    }
    for shipped, changed in here.items():
        text = text.replace(shipped, changed)
    config.write_text(text, encoding="utf-8")
    service.start()
    service.wait_ready()
    haproxy = subprocess.Popen(["haproxy", "-f", str(config)], stderr=subprocess.DEVNULL)  # noqa: S603, S607
    try:
        _wait_for(port)
        yield port, key
    finally:
        haproxy.terminate()
        haproxy.wait()
        service.stop()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": HOST}, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError("no answer through the proxy")


def _posts(port: int, key: str, first: int, count: int = 40) -> list[float]:
    """Seconds of each of so many posts through the proxy."""
    return timed_posts(f"http://127.0.0.1:{port}", key, first, count, Host=HOST)


def _half_open(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(f"POST /v1/scans HTTP/1.1\r\nHost: {HOST}\r\nX-Half: ".encode())
    return connection


def test_half_open_clients_are_closed_and_the_good_ones_do_not_notice(proxy: tuple[int, str]) -> None:
    port, key = proxy
    _posts(port, key, 0)
    alone = _posts(port, key, 100)
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(_half_open(port))) for _ in range(HALF_HEADS)]
        began = time.monotonic()
        beside = _posts(port, key, 200)
        answers = [connection.recv(4096) for connection in slow]
        assert time.monotonic() - began < 15
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Time-out"}
    assert max(beside) <= 2 * max(alone) + NOISE, (statistics.median(alone), max(alone), max(beside))


def test_one_address_holds_no_more_connections_than_it_needs(proxy: tuple[int, str]) -> None:
    port, key = proxy
    with ExitStack() as stack:
        for _ in range(AN_ADDRESS + 1):
            stack.enter_context(closing(_half_open(port)))
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": HOST}, timeout=30)
    time.sleep(0.5)  # they are gone
    assert len(_posts(port, key, 0, count=1)) == 1
