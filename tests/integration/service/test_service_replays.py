"""An alert can be raised again by the registry as it was, whatever became of the registry since."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.tables import ScanRow
from tests.databases import KINDS, fresh_url
from tests.fakes import FakeEmbedder, FakeInspector
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import mark, photograph, png


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on each kind of database."""
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        yield started


def replayed(service: Service, scan: dict[str, Any]) -> dict[str, Any]:
    answer = service.client.post(f"/v1/alerts/{scan['alerts'][0]}/replays")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_an_alert_is_raised_again_after_its_mark_was_changed_and_withdrawn(service: Service) -> None:
    service.record("fox", 1)
    service.record("owl", 2)
    scan = service.scan([photograph(1), photograph(2)]).json()
    assert len(scan["alerts"]) == 2
    service.record("fox", 3)  # other artwork: the vectors of the first are forgotten
    service.record("cat", 1)
    service.client.delete("/v1/registry/marks/owl")
    before = service.stored()
    told = replayed(service, scan)
    assert (told["same"], told["differences"], told["other_models"], told["marks"]) == (True, [], [], 2)
    assert told["verdict"]["snapshot"] == scan["verdict"]["snapshot"]
    assert service.stored() == before
    again = service.scan([photograph(1), photograph(2)], parcel="P2").json()
    assert [item["mark"]["mark_id"] for item in again["verdict"]["suspicions"]] == ["cat"]


def test_the_whitelist_of_then_counts(service: Service) -> None:
    service.record("fox", 1)
    sender = {"consignor": {"identifiers": [{"type": "eori", "value": "NL1"}]}}
    scan = service.scan([photograph(1)], declaration=sender).json()
    service.authorise("fox", {"type": "eori", "value": "NL1"})
    assert service.scan([photograph(1)], parcel="P2", declaration=sender).json()["verdict"]["decision"] == "pass"
    assert replayed(service, scan)["verdict"]["decision"] == "divert"


def test_other_models_are_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as service:
        service.record("fox", 1)
        scan = service.scan([photograph(1)]).json()
    with running(settings, FakeInspector(embedder=FakeEmbedder("fb" * 32))) as service:
        told = replayed(service, scan)
        assert (told["same"], told["other_models"]) == (True, ["embedder"])


def test_what_differs_is_said(service: Service) -> None:
    service.record("fox", 1)
    scan = service.scan([photograph(1)]).json()
    changed = scan["verdict"] | {"decision": "hold", "suspicions": []}
    with service.parts.database.write() as session:
        session.execute(update(ScanRow).values(verdict=changed))
    told = replayed(service, scan)
    assert not told["same"]
    assert told["differences"] == [
        "the decision was hold, now it is divert",
        "fox in view 0 is new",
    ]


def test_a_verdict_of_an_older_release_cannot_be_replayed(service: Service) -> None:
    scan = service.scan([photograph(1)]).json()
    with service.parts.database.write() as session:
        session.execute(update(ScanRow).values(verdict=scan["verdict"] | {"snapshot": None}))
    answer = service.client.post(f"/v1/scans/{scan['id']}/replays")
    assert_problem(answer, 409, "cannot-replay", "scan_id")
    assert_problem(service.client.post("/v1/scans/none/replays"), 404, "unknown-scan", "scan_id")
    assert_problem(service.client.post("/v1/alerts/none/replays"), 404, "unknown-alert", "alert_id")


def test_a_mark_that_passed_to_another_recordation_is_replayed_with_the_first(service: Service) -> None:
    url = "/v1/registry/recordations"
    given = {"officer": "r", "status": "approved", "decided_on": "2026-03-02", "holder": {"name": "Fox"}}
    marks = [{"mark_id": "fox", "title": "Fox"}]
    files = [("artwork", ("a.png", png(mark(1))))]
    body = json.dumps(given | {"number": "T1", "marks": marks})
    first = service.client.post(url, data={"metadata": body}, files=files).json()
    scan = service.scan([photograph(1)]).json()
    event = {"event": "cancel", "officer": "r", "reason": "by request"}
    service.client.post(f"{url}/{first['id']}/events", json=event, headers={"If-Match": "1"}).raise_for_status()
    body = json.dumps(given | {"number": "T2", "marks": marks, "holder": {"name": "Wolf"}})
    second = service.client.post(url, data={"metadata": body}, files=files)
    assert second.status_code == 201, second.text
    told = replayed(service, scan)
    assert (told["same"], told["differences"]) == (True, [])
    (item,) = told["verdict"]["suspicions"]
    assert (item["mark"]["holder"], item["recordation"]["id"]) == ("Fox", first["id"])
    again = service.scan([photograph(1)], parcel="P2").json()["verdict"]["suspicions"][0]
    assert again["recordation"]["id"] == second.json()["id"]


def test_marks_that_did_not_change_are_replayed_as_they_are(service: Service) -> None:
    service.record("owl", 2)
    service.record("fox", 1)
    scan = service.scan([photograph(2)]).json()
    service.record("fox", 3)
    told = replayed(service, scan)
    assert (told["same"], told["marks"]) == (True, 2)
    assert told["verdict"]["suspicions"][0]["recordation"] == scan["verdict"]["suspicions"][0]["recordation"]
