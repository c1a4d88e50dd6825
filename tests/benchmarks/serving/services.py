"""The processes that are measured: our service, the bare loop, and the peers in environments of their own."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.cli.demo import import_registry
from service.clock import system_clock
from service.database import Database
from service.identity.accounts import AccountService, NewAccount
from service.identity.roles import Role
from tests.benchmarks.serving.peers.drawing import draw
from tests.benchmarks.serving.posts import STATION
from tests.faults.processes import ROOT, ServiceProcess, free_port

LAUNCHER = Path(__file__).with_name("launching.py")
PEERS = Path(__file__).with_name("peers")
WITH = ("onnxruntime", "simplejpeg", "numpy", "python-multipart")
VERSIONS = {"litserve": "0.2.19", "bentoml": "1.4.39"}
START_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class Layout:
    """How the service spends its cores."""

    workers: int
    threads: int


@contextmanager
def service(folder: Path, layout: Layout, *, fake: bool, **settings: object) -> Iterator[tuple[ServiceProcess, str]]:
    """Our service with a registry in it, and a key of a station."""
    folder.mkdir(parents=True, exist_ok=True)
    tiny = folder / "tiny.onnx"
    draw(tiny)
    process = ServiceProcess(
        folder,
        folder / "service.log",
        launcher=LAUNCHER,
        bench_fake=int(fake),
        bench_tiny=tiny,
        workers=layout.workers,
        threads=layout.threads,
        **settings,
    )
    key = _key(folder)
    process.start()
    try:
        process.wait_ready()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx.Client(base_url=process.url, headers=headers, timeout=60) as client:
            if not fake:
                import_registry(client)
        yield process, key
    finally:
        process.stop()


class BareLoop:
    """`bare.py` as a process."""

    def __init__(self, folder: Path, layout: Layout, *, fake: bool) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.serving.bare", str(folder)]
        command += ["--workers", str(layout.workers), "--threads", str(layout.threads), *(["--fake"] if fake else [])]
        self._process = subprocess.Popen(  # noqa: S603 - our own
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        )

    def __enter__(self) -> "BareLoop":
        self._said("ready")
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()

    def run(self, seconds: float) -> dict[str, float]:
        """Loop for so long: `a_second`, `cpu_ms`."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        told: dict[str, float] = json.loads(self._said("{"))
        return told

    def _said(self, beginning: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith(beginning):
                return line
        raise AssertionError("the bare loop ended")


@contextmanager
def peers(var: Path) -> Iterator[dict[str, int]]:
    """LitServe and BentoML with the small network: name -> port."""
    var = var.resolve()
    var.mkdir(parents=True, exist_ok=True)
    model = var / "tiny.onnx"
    draw(model)
    with ExitStack() as stack:
        ports = {}
        for name, version in VERSIONS.items():
            binaries = _environment(var / name, name, version)
            ports[name] = free_port()
            stack.enter_context(_running(_command(name, binaries, model, ports[name]), model, var / f"{name}.log"))
        for port in ports.values():
            _wait_for(port)
        yield ports


def _environment(folder: Path, name: str, version: str) -> Path:
    """An environment with one peer, made once. Returns its folder of programs."""
    uv = shutil.which("uv") or str(ROOT / "var" / "tools" / "bin" / "uv")
    if not (folder / "done").exists():
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)  # noqa: S603
        python = folder / "bin" / "python"
        wanted = (f"{name}=={version}", *WITH)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)  # noqa: S603
        (folder / "done").touch()
    return folder / "bin"


def _command(name: str, binaries: Path, model: Path, port: int) -> list[str]:
    if name == "litserve":
        return [str(binaries / "python"), "litserve_app.py", str(model), str(port)]
    return [str(binaries / "bentoml"), "serve", "bentoml_app:Served", "--host", "127.0.0.1", "--port", str(port)]


@contextmanager
def _running(command: list[str], model: Path, log: Path) -> Iterator[None]:
    environment = os.environ | {
        "TINY": str(model.resolve()),
        "BENTOML_DO_NOT_TRACK": "1",
        "PATH": f"{Path(command[0]).parent}:{os.environ['PATH']}",
    }
    with log.open("wb") as file:
        process = subprocess.Popen(  # noqa: S603 - a peer
            command, cwd=PEERS, env=environment, stdout=file, stderr=file, start_new_session=True
        )
        try:
            yield
        finally:
            os.killpg(process.pid, 15)
            process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", timeout=2)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError(f"nobody listens on {port}")


def _key(folder: Path) -> str:
    database = Database(f"sqlite:///{folder.resolve() / 'tidewaiter.db'}")
    database.migrate()
    accounts = AccountService(database=database, clock=system_clock)
    if all(row.name != STATION for row in accounts.list()):
        accounts.add(NewAccount(name=STATION, roles=[Role.STATION, Role.REGISTRAR]), by="bench")
    key = accounts.add_key(STATION, label="bench", by="bench")[1]
    database.close()
    return key
