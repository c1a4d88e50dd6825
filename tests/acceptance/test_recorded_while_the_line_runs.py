"""The registry decides at once, while a line is posting: recorded, cleared for an authorised user, withdrawn.

With the shipped models and the project's own marks and parcels, on SQLite and on PostgreSQL.
"""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from inference.artwork.table import read_table
from service.inspecting import Inspecting, load_models
from service.settings import PACKAGE_ROOT
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in

SAMPLES = PACKAGE_ROOT / "datasets" / "samples"
PARCEL = SAMPLES / "parcels" / "mailing-bag.jpg"
MARK = "vantrillo"
LIVE_SECONDS = 5.0
SENDER = {"name": "Harbour Lamps", "identifiers": [{"type": "eori", "value": "NL 123 456 789"}]}
EXPORTER = {"name": "Harbour Lamps Ltd.", "identifiers": [{"type": "eori", "value": "NL123456789"}], "role": "exporter"}


class Line:
    """A station that posts one parcel after another, each with a number of its own, and keeps the answers."""

    def __init__(self, service: Service) -> None:
        self._client = httpx.Client(base_url=service.client.base_url, timeout=60, headers=service.client.headers)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.passed: list[tuple[float, dict[str, Any]]] = []  # (when it was posted, the scan)

    def post(self, parcel: str, **declaration: Any) -> dict[str, Any]:
        """Post the photograph as this parcel's."""
        text = json.dumps({"station": "line-1", "parcel": parcel, "declaration": declaration})
        views = [("views", (PARCEL.name, PARCEL.read_bytes()))]
        scan: dict[str, Any] = self._client.post("/v1/scans", data={"metadata": text}, files=views).json()
        return scan

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._client.close()

    def _run(self) -> None:
        while not self._stopped.is_set():
            posted = time.monotonic()
            self.passed.append((posted, self.post(f"line-{len(self.passed)}")))

    def next(self, after: float) -> tuple[float, dict[str, Any]]:
        """The first parcel posted after a moment."""
        while True:
            for posted, scan in list(self.passed):
                if posted > after:
                    return posted, scan
            time.sleep(0.02)


@pytest.fixture(scope="module")
def inspector() -> Inspecting:
    """The inspector with the shipped models."""
    return load_models(PACKAGE_ROOT / "models", 2, None)


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path, inspector: Inspecting) -> Iterator[Service]:
    """A service on each kind of database; its registry has the sample marks but one."""
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings, inspector) as started:
        for row in read_table(SAMPLES / "registry.csv")[0]:
            if row.mark_id != MARK:
                metadata = {"metadata": json.dumps({"title": row.title, "holder": row.holder})}
                files = [("artwork", (row.file.name, row.file.read_bytes()))]
                started.client.put(f"/v1/registry/marks/{row.mark_id}", data=metadata, files=files).raise_for_status()
        yield started
        inspector.gallery.__init__(inspector.gallery.dimension, inspector.gallery.parts)  # type: ignore[misc]


@contextmanager
def posting(service: Service) -> Iterator[Line]:
    """A line that runs beside the test."""
    line = Line(service)
    line.start()
    try:
        yield line
    finally:
        line.stop()


def record(service: Service) -> dict[str, Any]:
    """Record the mark with its artwork, as customs approved it today."""
    today = datetime.now(UTC).date().isoformat()
    filing = {
        "officer": "r.egistrar",
        "number": "T2026-000117",
        "status": "approved",
        "decided_on": today,
        "holder": {"name": "Vantrillo Makers", "country": "NL"},
        "goods": [{"nice_class": 18, "text": "bags"}],
        "marks": [{"mark_id": MARK, "title": "Vantrillo"}],
    }
    rows = [row for row in read_table(SAMPLES / "registry.csv")[0] if row.mark_id == MARK]
    files = [("artwork", (row.file.name, row.file.read_bytes())) for row in rows]
    answer = service.client.post(
        "/v1/registry/recordations", data={"metadata": json.dumps(filing)}, files=files, timeout=60
    )
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def holders_of(scan: dict[str, Any]) -> set[str]:
    return {item["mark"]["holder"] for item in scan["verdict"]["suspicions"] if item["outcome"] == "suspected"}


def test_a_mark_is_found_from_the_next_parcel_on_cleared_for_its_user_and_gone_when_withdrawn(service: Service) -> None:
    with posting(service) as line:
        line.next(0.0)
        made = record(service)
        (tested,) = made["self_tests"].values()
        assert (tested["detectable_in"], len(tested["confusable"])) == (["photo"], 5)
        recorded_at = time.monotonic()
        posted, scan = line.next(recorded_at)
        assert posted - recorded_at < LIVE_SECONDS
        assert holders_of(scan) == {"Vantrillo Makers"}
        alert = service.client.get(f"/v1/alerts/{scan['alerts'][0]}").json()
        assert alert["mark"]["mark_id"] == MARK
        assert alert["produced_by"]["snapshot"]["registry_revision"] == made["registry_revision"]
        before = [scan for posted, scan in line.passed if "Vantrillo Makers" not in holders_of(scan)]
        assert before, "the line passed nothing before the mark was recorded"

        listed = service.client.put(
            f"/v1/registry/recordations/{made['id']}",
            headers={"If-Match": f'"{made["version"]}"'},
            json=made["content"]
            | {"officer": "r.egistrar", "authorised_users": [EXPORTER]}
            | {"marks": [kept(mark) for mark in made["marks"]]},
        )
        assert listed.status_code == 200, listed.text
        cleared = line.post("cleared", consignor=SENDER)
        assert (cleared["verdict"]["decision"], cleared["alerts"]) == ("pass", [])
        (item,) = cleared["verdict"]["suspicions"]
        assert (item["outcome"], item["recordation"]["party"]) == ("authorised_party", "authorised")
        assert {"authorised_party"} == {r["code"] for r in item["reasons"] if r["code"].startswith("authorised")}
        assert holders_of(line.post("another sender", consignor={"name": "Harbour Lamps"})) == {"Vantrillo Makers"}

        withdrawn = service.client.post(
            f"/v1/registry/recordations/{made['id']}/events",
            headers={"If-Match": listed.headers["ETag"]},
            json={"event": "revoke", "officer": "r.egistrar", "reason": "facts_not_truthful"},
        )
        answered = datetime.now(UTC)
        assert withdrawn.status_code == 200, withdrawn.text
        withdrawn_at = time.monotonic()
        _, scan = line.next(withdrawn_at)
        assert holders_of(scan) == set()
    alerts = service.client.get("/v1/alerts", params={"holder": "Vantrillo Makers", "limit": 200}).json()["items"]
    assert alerts
    assert all(datetime.fromisoformat(item["created_at"]) <= answered for item in alerts)


def kept(mark: dict[str, Any]) -> dict[str, Any]:
    """A mark as it was shown, to be sent back."""
    pictures = [{"sha256": picture["sha256"], "purpose": picture["purpose"]} for picture in mark["pictures"]]
    return mark | {"pictures": pictures}
