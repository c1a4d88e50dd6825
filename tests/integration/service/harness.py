"""A real service on a real socket in this process, and what the tests ask of it."""

import json
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from sqlalchemy import func, select

from service.app import create_app
from service.bootstrap import bootstrap
from service.clock import Clock, system_clock
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.inspecting import Inspecting, Loader, XrayInspecting
from service.parts import Parts
from service.settings import Settings
from service.tables import (
    AlertRow,
    ChangeRow,
    DecisionRow,
    HolderRow,
    MarkRow,
    PictureRow,
    RecordationRow,
    ScanRow,
    SearchTermRow,
    VectorRow,
    ViewRow,
)
from tests.fakes import FakeInspector
from tests.integration.service.pictures import mark, png

REGISTRY = (HolderRow, RecordationRow, MarkRow, PictureRow, VectorRow, SearchTermRow, ChangeRow)
TABLES = (*REGISTRY, ScanRow, ViewRow, AlertRow, DecisionRow)
START_SECONDS = 20


class Service:
    """A running service: its parts, and a client on its address."""

    def __init__(self, parts: Parts, client: httpx.Client) -> None:
        self.parts, self.client = parts, client

    def record(self, mark_id: str, seed: int, holder: str | None = None) -> httpx.Response:
        """Record mark `seed` as a station of the registry would."""
        metadata = json.dumps({"title": f"Title {mark_id}", "holder": holder or f"Holder {mark_id}"})
        files = [("artwork", (f"{mark_id}.png", png(mark(seed))))]
        return self.client.put(f"/v1/registry/marks/{mark_id}", data={"metadata": metadata}, files=files)

    def authorise(self, mark_id: str, identifier: dict[str, str]) -> None:
        """File a new version of the only recordation, by which whoever has this identifier may use its only mark."""
        found = self.client.get("/v1/registry/recordations").json()["items"][0]
        shown = self.client.get(f"/v1/registry/recordations/{found['id']}").json()
        pictures = [{"sha256": one["sha256"]} for one in shown["marks"][0]["pictures"]]
        user = {"name": "Own", "identifiers": [identifier]}
        marks = [{"mark_id": mark_id, "title": mark_id, "pictures": pictures}]
        change = shown["content"] | {"officer": "r", "authorised_users": [user], "marks": marks}
        headers = {"If-Match": "1", "Content-Type": "application/json"}
        path = f"/v1/registry/recordations/{found['id']}"
        answer = self.client.put(path, content=json.dumps(change), headers=headers)
        assert answer.status_code == 200, answer.text

    def scan(self, views: Sequence[bytes], *, parcel: str = "P1", **metadata: Any) -> httpx.Response:
        """Post a scan as a form."""
        text = json.dumps({"station": "dock-3", "parcel": parcel, **metadata})
        files = [("views", (f"{n}.jpg", data, "image/jpeg")) for n, data in enumerate(views)]
        return self.client.post("/v1/scans", data={"metadata": text}, files=files)

    def stored(self) -> dict[str, int]:
        """Rows per table, and files: to see that nothing was left behind."""
        with self.parts.database.read() as session:
            counts = {
                t.__tablename__: session.execute(select(func.count()).select_from(t)).scalar_one() for t in TABLES
            }
        folder = self.parts.files.root
        return counts | {"files": sum(path.is_file() for path in folder.rglob("*"))}


def settings_in(folder: Path, **changes: Any) -> Settings:
    """Settings with all state under `folder`, whatever the environment says."""
    return Settings(var_dir=folder, min_free_bytes=0, **changes)


@contextmanager
def running(
    settings: Settings,
    inspector: Inspecting | None = None,
    clock: Clock = system_clock,
    xray: XrayInspecting | None = None,
    loader: Loader | None = None,
) -> Iterator[Service]:
    """The service with `inspector` (a fake one if None) on a free port, until the block ends; `xray` judges scans.

    A `loader` makes an inspector of each folder of models instead.
    """
    judge = inspector or FakeInspector()
    parts = bootstrap(
        settings,
        loader=loader or (lambda _folder, _threads, _threshold: judge),
        xray_loader=lambda _folder, _threads: xray,
        clock=clock,
    )
    server = uvicorn.Server(uvicorn.Config(create_app(parts), host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        port = server.servers[0].sockets[0].getsockname()[1]
        headers = {"Authorization": f"Bearer {key_of(parts)}"}
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, headers=headers) as client:
            yield Service(parts, client)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
    assert not thread.is_alive(), "the service did not stop"


def key_of(parts: Parts, name: str = "harness") -> str:
    """A key of an account with all roles, whose system vouches for the officers it names."""
    if all(row.name != name for row in parts.accounts.list()):
        parts.accounts.add(NewAccount(name=name, roles=list(Role)), by="tests")
    return parts.accounts.add_key(name, label="tests", by="tests", vouches=True)[1]


def key_of_station(parts: Parts, name: str, office: str = "main") -> dict[str, str]:
    """The header with which a station posts."""
    if all(row.name != name for row in parts.accounts.list()):
        parts.accounts.add(NewAccount(name=name, roles=[Role.STATION], office=office, station=name), by="tests")
    return {"Authorization": f"Bearer {parts.accounts.add_key(name, label='agent', by='tests')[1]}"}


def wait_for(condition: Any, seconds: float = START_SECONDS) -> None:
    """Return as soon as `condition()` is true; fail after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def assert_problem(answer: httpx.Response, status: int, code: str, field: str | None) -> dict[str, Any]:
    """Check that `answer` is this problem as RFC 9457 wants it; returns its members."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"urn:tidewaiter:problem:{code}"
    assert body["status"] == status
    assert body["title"].endswith(".")
    assert body["request_id"] == answer.headers["x-request-id"]
    assert body.get("field") == field
    assert "Traceback" not in answer.text
    return body
