"""`tidewaiter demo`: a service of its own under ./var/demo, a sample registry, and sample parcels posted over HTTP."""

import json
import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer
from rich.markup import escape
from rich.table import Table

from inference.artwork.table import ArtworkRow, read_table
from service.cli.http import checked
from service.cli.rehearsing import Rehearsal, told
from service.cli.screen import err, out, progress
from service.clock import system_clock
from service.database import Database
from service.errors import CannotStart
from service.identity.accounts import AccountService, NewAccount
from service.identity.repository import FIRST_OFFICE
from service.identity.roles import Role
from service.settings import PACKAGE_ROOT, PREFIX, Settings, load_settings
from service.stations.policy import Terms
from service.stations.service import StationService

MEDIA = {".jpg": "image/jpeg", ".tif": "image/tiff"}  # of the sample parcels' views
SAMPLES = PACKAGE_ROOT / "datasets" / "samples"
START_SECONDS = 40
TERMINATED = 128 + signal.SIGTERM  # exit status, as shells have it
DECIDED_ON = "2026-01-05"
STATION = "demo-station"
REHEARSAL = "rehearsal"
LINE = "demo-line"  # for `station simulate`
ANSWER_WITHIN_MS = 12_000  # half a metre a second, six metres to the diverter
OFFICERS = {  # name -> what is shown, roles
    "lin.wei": ("Lin Wei", "officer"),
    "maria.santos": ("Maria Santos", "officer", "supervisor"),
}


def demo(
    once: Annotated[bool, typer.Option("--once", help="Stop the service after the table.")] = False,
    rehearsed: Annotated[
        Path | None,
        typer.Option("--rehearse", exists=True, file_okay=False, help="Annotated parcels to post and decide as well."),
    ] = None,
) -> None:
    """Start the service, load a sample registry, post sample parcels, show what it says. Ctrl-C ends it."""
    settings = load_settings()
    parcels = sample_parcels(SAMPLES / "parcels")
    if not parcels:
        raise CannotStart(f"no sample parcels in {SAMPLES / 'parcels'}")
    host, port = settings.host, free_port(settings)
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    err().print(f"Starting the service at {address} …")
    key, password = demo_accounts(settings)
    headers = {"Authorization": f"Bearer {key}"}
    with started(settings, port) as process, httpx.Client(base_url=address, timeout=60, headers=headers) as station:
        wait_until_ready(station, process)
        import_registry(station)
        scans = post_parcels(station, parcels)
        out().print(table_of(scans))
        if rehearsed is not None:
            rehearse_in(station, settings, rehearsed)
        if once:
            return
        out().print(f"Officers review the alerts at {address}/console")
        out().print(f"Sign in as {' or '.join(OFFICERS)} with the password {password}")
        key_file = keep_key(settings, key)
        line = f"tidewaiter station simulate --station {LINE} --url {address} --key-file {key_file} --minutes 1"
        out().print(f"A line of 2,500 parcels an hour, in another terminal: uv run {line}")
        out().print("Ctrl-C ends it.")
        try:
            process.wait()
        except KeyboardInterrupt:
            err().print("Stopping …")


def demo_accounts(settings: Settings) -> tuple[str, str]:
    """Make the demo's officers, with a new password each time. Returns a key for the station and the password."""
    database = Database(f"sqlite:///{(settings.var_dir / 'demo' / 'tidewaiter.db').resolve()}")
    database.migrate()
    accounts = AccountService(database=database, clock=system_clock)
    known = {row.name for row in accounts.list()}
    password = f"tide-{secrets.token_hex(6)}"
    for name, (display, *roles) in OFFICERS.items():
        if name in known:
            accounts.set_password(name, password, by=STATION)
        else:
            new = NewAccount(name=name, display=display, roles=[Role(role) for role in roles], password=password)
            accounts.add(new, by=STATION)
    if STATION not in known:
        accounts.add(NewAccount(name=STATION, roles=[Role.STATION, Role.REGISTRAR]), by=STATION)
    _, key = accounts.add_key(STATION, label="demo", by=STATION, lasts=timedelta(days=1))
    stations = StationService(database=database, pool=None, clock=system_clock)
    stations.set_up(LINE, FIRST_OFFICE, Terms(answer_within_ms=ANSWER_WITHIN_MS), by=STATION)
    database.close()
    return key, password


def rehearse_in(station: httpx.Client, settings: Settings, folder: Path) -> None:
    """Post annotated parcels and decide their alerts, in the name of officers that exist only here."""
    database = Database(f"sqlite:///{(settings.var_dir / 'demo' / 'tidewaiter.db').resolve()}")
    accounts = AccountService(database=database, clock=system_clock)
    if all(row.name != REHEARSAL for row in accounts.list()):
        accounts.add(NewAccount(name=REHEARSAL, roles=[Role.STATION, Role.OFFICER]), by=STATION)
    _, key = accounts.add_key(REHEARSAL, label="demo", by=STATION, lasts=timedelta(days=1), vouches=True)
    database.close()
    keep_key(settings, key, "rehearsal-key")
    headers = {"Authorization": f"Bearer {key}"}
    with (
        httpx.Client(base_url=station.base_url, timeout=60, headers=headers) as client,
        progress("Rehearsing") as moved,
    ):
        rehearsal = Rehearsal(
            client=client,
            station=REHEARSAL,
            errors=0.03,
            rng=random.Random(1),
            moved=moved,
        )
        counts = rehearsal.run(folder)
    out().print(told(counts))


def keep_key(settings: Settings, key: str, name: str = "station-key") -> Path:
    """Write a key where only this user can read it. Returns where."""
    path = settings.var_dir / "demo" / name
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(key, encoding="ascii")
    return path


def free_port(settings: Settings) -> int:
    """The port of the settings, or another free one if something listens there."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in (settings.port, 0):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free enough
            try:
                probe.bind((settings.host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise CannotStart(f"no free port on {settings.host}")


def serve_command() -> list[str]:
    """How the service is started as a process."""
    return [sys.executable, "-m", "service.cli", "serve"]


@contextmanager
def started(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The service as a process on its own database; its log goes to a file beside it. It is ended afterwards."""
    folder = settings.var_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    own = {"VAR_DIR": str(folder), "PORT": str(port), "HOST": settings.host}
    environment = os.environ | {PREFIX + name: value for name, value in own.items()}
    environment.pop(PREFIX + "DATABASE_URL", None)
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(serve_command(), env=environment, stderr=log)  # noqa: S603 - no shell, own command
        before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))  # else the service would live on alone
        try:
            yield process
        finally:
            signal.signal(signal.SIGTERM, before)
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(station: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    """Return when the service can take scans. Raises CannotStart if it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise CannotStart(f"the service ended with status {process.returncode}; see service.log in var/demo")
        try:
            if station.get("/readyz").is_success:
                return
        except httpx.TransportError:  # not listening yet
            pass
        time.sleep(0.1)
    raise CannotStart("the service was not ready in time", limit=f"{START_SECONDS} s")


def import_registry(station: httpx.Client) -> None:
    """Record the sample marks over HTTP."""
    rows, bad = read_table(SAMPLES / "registry.csv")
    if bad:
        raise CannotStart(f"sample registry, line {bad[0].line}: {bad[0].reason}")
    marks: dict[str, list[ArtworkRow]] = {}
    for row in rows:
        marks.setdefault(row.mark_id, []).append(row)
    with progress("Recording marks") as moved:
        filings = sample_filings()["marks"]
        for done, (mark_id, own) in enumerate(marks.items(), 1):
            files = [("artwork", (row.file.name, row.file.read_bytes())) for row in own]
            if mark_id in filings:
                file_recordation(station, own, dict(filings[mark_id]), files)
            else:
                metadata = json.dumps({"title": own[0].title, "holder": own[0].holder})
                checked(station.put(f"/v1/registry/marks/{mark_id}", data={"metadata": metadata}, files=files))
            moved(done, len(marks))


def file_recordation(
    station: httpx.Client,
    own: Sequence[ArtworkRow],
    filing: dict[str, Any],
    files: Sequence[tuple[str, tuple[str, bytes]]],
) -> None:
    """Record a mark with all that is filed for it, unless an earlier demo did."""
    mark = {"mark_id": own[0].mark_id, "title": own[0].title, "guide": filing.pop("guide", None)}
    pictures = [{"file": row.file.name} for row in own]
    metadata = {
        **filing,
        "status": "approved",
        "decided_on": DECIDED_ON,
        "holder": {"name": own[0].holder},
        "marks": [{**mark, "pictures": pictures}],
        "officer": STATION,
    }
    answer = station.post("/v1/registry/recordations", data={"metadata": json.dumps(metadata)}, files=files)
    if answer.status_code != httpx.codes.CONFLICT:
        checked(answer)


def sample_filings() -> dict[str, Any]:
    """What is filed for the sample marks, and declared with the sample parcels."""
    path = SAMPLES / "filings.json"
    empty: dict[str, Any] = {"marks": {}, "parcels": {}}
    filings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else empty
    return filings


def sample_parcels(folder: Path) -> dict[str, list[Path]]:
    """Parcel -> its views: files of one name are of one parcel, photographs before X-ray scans."""
    parcels: dict[str, list[Path]] = {}
    views = [path for ending in MEDIA for path in sorted(folder.glob(f"*{ending}"))]
    for path in sorted(views, key=lambda own: own.stem):  # stable: photographs stay first
        parcels.setdefault(path.stem, []).append(path)
    return parcels


def post_parcels(station: httpx.Client, parcels: Mapping[str, Sequence[Path]]) -> list[dict[str, Any]]:
    """Post each parcel's views as one scan; returns the service's answers."""
    scans: list[dict[str, Any]] = []
    with progress("Posting parcels") as moved:
        for done, (parcel, views) in enumerate(parcels.items(), 1):
            declared = sample_filings()["parcels"].get(parcel)
            metadata = json.dumps({"station": STATION, "parcel": parcel, "declaration": declared})
            files = [("views", (path.name, path.read_bytes(), MEDIA[path.suffix])) for path in views]
            scans.append(checked(station.post("/v1/scans", data={"metadata": metadata}, files=files)))
            moved(done, len(parcels))
    return scans


def table_of(scans: Sequence[dict[str, Any]]) -> Table:
    """One row per suspicion, or per parcel without any."""
    table = Table("parcel", "verdict", "mark", "score", "reasons")
    for scan in scans:
        verdict = scan["verdict"]
        first = (escape(scan["parcel"]), verdict["decision"])
        if not verdict["suspicions"]:
            table.add_row(*first, "-", "-", "-")
        for item in verdict["suspicions"]:
            reasons = "\n".join(reason["text"] for reason in item["reasons"])
            table.add_row(*first, escape(item["mark"]["title"]), f"{item['score']:.2f}", escape(reasons))
            first = ("", "")  # said once
    return table
