"""Real processes to be hurt: a service with the fake inspector on a port of its own, and station agents."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

import httpx

from service.clock import system_clock
from service.database import Database
from service.identity.accounts import AccountService, NewAccount
from service.identity.roles import Role

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests" / "integration" / "service" / "fake_service.py"
START_SECONDS = 90.0


class Victim:
    """A process that can be killed and started again."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.name, self._command, self._log = name, command, log
        self._environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("TIDEWAITER_")},
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Run it, in a group of its own."""
        with self._log.open("ab") as log:
            self._process = _run(self._command, self._environment, log)

    def kill(self) -> None:
        """End it at once, its children too, as a power switch would."""
        process = self._process
        if process is not None:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def stop(self, seconds: float = 30.0) -> None:
        """Ask it to end."""
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._process is not None
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None


class ServiceProcess(Victim):
    """`tidewaiter serve` with the fake inspector."""

    def __init__(
        self, folder: Path, log: Path, *, launcher: Path = FAKE, port: int | None = None, **settings: object
    ) -> None:
        self.port, self.folder = port or free_port(), folder
        self.url = f"http://127.0.0.1:{self.port}"
        environment = {
            "TIDEWAITER_VAR_DIR": str(folder),
            "TIDEWAITER_PORT": str(self.port),
            "TIDEWAITER_MIN_FREE_BYTES": "0",
            **{f"TIDEWAITER_{name.upper()}": str(value) for name, value in settings.items()},
        }
        super().__init__("service", [sys.executable, str(launcher), "serve"], environment, log)

    def wait_ready(self) -> None:
        """Return once it answers."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.alive, f"the service ended: {self._log.read_text(errors='replace')[-2000:]}"
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError("the service did not start")


def station_key(folder: Path, station: str) -> str:
    """A key for a station of the service that keeps its state in `folder`."""
    database = Database(f"sqlite:///{folder.resolve() / 'tidewaiter.db'}")
    database.migrate()
    accounts = AccountService(database=database, clock=system_clock)
    if all(row.name != station for row in accounts.list()):
        accounts.add(NewAccount(name=station, roles=[Role.STATION], office="main", station=station), by="tests")
    key = accounts.add_key(station, label="tests", by="tests")[1]
    database.close()
    return key


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(command: Sequence[str], environment: Mapping[str, str], log: IO[bytes]) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(  # noqa: S603 - our own
        command,
        env=dict(environment),
        stdout=log,
        stderr=log,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        cwd=ROOT,
    )
