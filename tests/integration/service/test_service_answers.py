"""Answers to the line: once, in time or by the station's policy, and never moved by what comes late."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from service.scans.answering import Answering
from service.scans.schemas import ScanMetadata
from service.scans.taking import Poster
from service.stations.policy import Policy, Terms
from service.tables import AuditEntryRow, ScanRow
from service.uploads import whole_body
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.inspectors import Failing, Gated
from tests.integration.service.pictures import photograph

EORI = {"type": "eori", "value": "NL123456789"}
OPEN_FOR_MAIL = Terms(policy=Policy(default="fail_closed", modes={"mail": "fail_open"}))


def post(service: Service, seed: int = 1, *, headers: dict[str, str] | None = None, **metadata: Any) -> Any:
    """Post a scan with headers of one's own."""
    service.client.headers.update(headers or {})
    try:
        return service.scan([photograph(seed)], **metadata)
    finally:
        for name in headers or {}:
            del service.client.headers[name]


def soon(seconds: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


def end_time_of(service: Service, scan_id: str) -> None:
    """Its time is up now."""
    with service.parts.database.write() as session:
        row = session.get(ScanRow, scan_id)
        assert row is not None
        row.answer_by = datetime.now(UTC)


def audited(service: Service, action: str) -> list[AuditEntryRow]:
    with service.parts.database.read() as session:
        return list(session.execute(select(AuditEntryRow).where(AuditEntryRow.action == action)).scalars())


@contextmanager
def gated(folder: Path, terms: Terms | None = None, **settings: Any) -> Iterator[tuple[Service, Gated]]:
    """A service whose inspector waits for its gate, with the mark `fox` recorded and dock-3 set up."""
    inspector = Gated()
    with running(settings_in(folder, **settings), inspector) as service:
        service.record("fox", 1)
        if terms is not None:
            service.parts.stations.set_up("dock-3", "main", terms, by="tests")
        try:
            yield service, inspector
        finally:
            inspector.gate.set()


def test_an_answer_in_time_is_200_with_who_decided(service: Service) -> None:
    service.record("fox", 1)
    answer = post(service, headers={"Prefer": "respond-async, wait=20"}, answer_by=soon(30))
    assert answer.status_code == 200
    assert answer.headers["preference-applied"] == "wait=20"
    scan = answer.json()
    assert (scan["answer"]["decision"], scan["answer"]["decided_by"]) == ("divert", "model")
    assert scan["answer"]["late"] is False
    assert scan["verdict"]["late"] is False
    assert scan["answer_by"] == scan["answer"]["answer_by"]
    verdict = service.client.get(f"/v1/scans/{scan['id']}/verdict").json()
    assert verdict["decision"] == "divert"
    assert verdict["alerts"] == scan["alerts"]


def test_without_time_it_is_202_and_the_long_poll_has_the_answer_as_soon_as_there_is_one(tmp_path: Path) -> None:
    with gated(tmp_path) as (service, inspector):
        answer = post(service, headers={"Prefer": "wait=0"})
        assert answer.status_code == 202
        scan = answer.json()
        assert answer.headers["location"] == f"/v1/scans/{scan['id']}"
        assert answer.headers["retry-after"] == "1"
        assert (scan["state"], scan["answer"], scan["verdict"]) == ("received", None, None)
        still = service.client.get(f"/v1/scans/{scan['id']}/verdict?wait=1")
        assert (still.status_code, still.json()["decision"]) == (202, None)
        inspector.gate.set()
        got = service.client.get(f"/v1/scans/{scan['id']}/verdict?wait=20")
        assert (got.status_code, got.json()["decision"], got.json()["decided_by"]) == (200, "divert", "model")
        assert service.client.get(f"/v1/scans/{scan['id']}/verdict?wait=31").status_code == 422


@pytest.mark.parametrize(
    ("mode", "decision", "policy"), [("mail", "pass", "fail_open"), ("9610", "divert", "fail_closed")]
)
def test_when_time_is_up_the_stations_policy_answers_and_a_late_result_moves_nothing(
    tmp_path: Path, mode: str, decision: str, policy: str
) -> None:
    with gated(tmp_path, OPEN_FOR_MAIL) as (service, inspector):
        answer = post(service, headers={"Prefer": "wait=20"}, answer_by=soon(0.6), declaration={"mode": mode})
        assert answer.status_code == 200
        scan = answer.json()
        assert scan["state"] == "received"
        assert (scan["answer"]["decision"], scan["answer"]["decided_by"]) == (decision, "timeout")
        assert scan["answer"]["decided_at"] == scan["answer_by"]
        (entry,) = audited(service, "timed_out")
        assert entry.subject == scan["id"]
        assert (entry.detail["policy"], entry.detail["mode"], entry.detail["decision"]) == (policy, mode, decision)
        inspector.gate.set()
        wait_for(lambda: service.client.get(f"/v1/scans/{scan['id']}").json()["state"] == "done")
        after = service.client.get(f"/v1/scans/{scan['id']}").json()
        assert after["answer"] == scan["answer"]
        assert (after["verdict"]["decision"], after["verdict"]["late"]) == ("divert", True)
        assert len(after["alerts"]) == 1  # the officer learns of it all the same
        assert service.client.get(f"/v1/scans/{scan['id']}/verdict").json()["late_result"] is True
        assert len(audited(service, "timed_out")) == 1


def test_a_scan_that_comes_after_its_time_was_answered_by_the_policy(service: Service) -> None:
    service.record("fox", 1)
    scan = post(service, answer_by=soon(-3600)).json()
    assert (scan["answer"]["decision"], scan["answer"]["decided_by"], scan["answer"]["late"]) == (
        "divert",
        "timeout",
        True,
    )
    assert scan["answer"]["decided_at"] == scan["received_at"]
    assert scan["verdict"]["late"] is True


@pytest.mark.parametrize("wrong", [-3600, 0, 3600])
def test_a_station_whose_clock_is_wrong_has_as_much_time_as_others(service: Service, wrong: int) -> None:
    sent = datetime.now(UTC) + timedelta(seconds=wrong)
    headers = {"Tidewaiter-Sent-At": sent.isoformat()}
    scan = post(service, headers=headers, answer_by=(sent + timedelta(seconds=12)).isoformat()).json()
    given = datetime.fromisoformat(scan["answer_by"]) - datetime.fromisoformat(scan["received_at"])
    assert given == timedelta(seconds=12)
    assert scan["answer"]["decided_by"] == "model"


def test_a_moment_that_no_line_waits_for_is_refused(service: Service) -> None:
    refused = post(service, answer_by=soon(90_000))
    assert_problem(refused, 422, "invalid-request", "metadata.answer_by")
    refused = post(service, headers={"Tidewaiter-Sent-At": "noon"})
    assert_problem(refused, 422, "invalid-request", "Tidewaiter-Sent-At")
    assert post(service, answer_by="0001-01-01T00:00:00+14:00").json()["answer"]["decided_by"] == "timeout"


def test_a_station_that_names_no_moment_has_the_one_it_was_set_up_with(service: Service) -> None:
    service.parts.stations.set_up("dock-3", "main", Terms(answer_within_ms=9000), by="tests")
    scan = post(service).json()
    given = datetime.fromisoformat(scan["answer_by"]) - datetime.fromisoformat(scan["received_at"])
    assert given == timedelta(seconds=9)


def test_a_rule_that_lets_a_parcel_go_is_named(service: Service) -> None:
    service.record("fox", 1)
    service.authorise("fox", EORI)
    scan = post(service, declaration={"consignor": {"identifiers": [EORI]}}).json()
    assert (scan["verdict"]["decision"], scan["answer"]["decision"]) == ("pass", "pass")
    assert scan["answer"]["decided_by"] == "rule"


def test_where_the_station_waits_for_the_officer_the_officer_answers(tmp_path: Path) -> None:
    terms = Terms(officer_answers=True)
    with running(settings_in(tmp_path)) as service:
        service.record("fox", 1)
        service.parts.stations.set_up("dock-3", "main", terms, by="tests")
        clean = post(service, 9, headers={"Prefer": "wait=20"}, parcel="P0").json()
        assert clean["answer"]["decided_by"] == "model"  # nobody has to look at it
        for parcel, action, decision in (("P1", "release", "pass"), ("P2", "hold", "hold")):
            scan = post(service, headers={"Prefer": "wait=1"}, parcel=parcel).json()
            assert (scan["state"], scan["answer"]) == ("done", None)
            decided = {"officer": "lin", "action": action, "reason_code": None}
            told = service.client.post(f"/v1/alerts/{scan['alerts'][0]}/decisions", json=decided)
            assert told.status_code in {200, 201}, told.text
            verdict = service.client.get(f"/v1/scans/{scan['id']}/verdict?wait=20").json()
            assert (verdict["decision"], verdict["decided_by"]) == (decision, "officer")


def test_an_officer_who_is_waited_for_in_vain_leaves_it_to_the_models(tmp_path: Path) -> None:
    with running(settings_in(tmp_path)) as service:
        service.record("fox", 1)
        service.parts.stations.set_up("dock-3", "main", Terms(officer_answers=True), by="tests")
        scan_id = post(service, headers={"Prefer": "wait=0"}, answer_by=soon(600)).json()["id"]
        wait_for(lambda: service.client.get(f"/v1/scans/{scan_id}").json()["state"] == "done")
        assert service.client.get(f"/v1/scans/{scan_id}").json()["answer"] is None
        end_time_of(service, scan_id)
        wait_for(lambda: service.client.get(f"/v1/scans/{scan_id}").json()["answer"] is not None)
        scan = service.client.get(f"/v1/scans/{scan_id}").json()
        assert (scan["answer"]["decision"], scan["answer"]["decided_by"]) == ("divert", "model")
        assert scan["verdict"]["late"] is False
        decided = {"officer": "lin", "action": "release"}
        assert service.client.post(f"/v1/alerts/{scan['alerts'][0]}/decisions", json=decided).status_code in {200, 201}
        after = service.client.get(f"/v1/scans/{scan['id']}").json()
        assert after["answer"] == scan["answer"]


def test_a_parcel_that_was_stopped_before_is_held_where_its_officer_is_waited_for_in_vain(tmp_path: Path) -> None:
    with running(settings_in(tmp_path)) as service:
        service.record("fox", 1)
        first = post(service).json()
        decided = {"officer": "lin", "action": "hold"}
        service.client.post(f"/v1/alerts/{first['alerts'][0]}/decisions", json=decided).raise_for_status()
        service.parts.stations.set_up("dock-3", "main", Terms(officer_answers=True), by="tests")
        again = service.scan([photograph(1, side=200)], answer_by=soon(600)).json()
        assert (again["verdict"]["decision"], again["answer"]) == ("divert", None)
        end_time_of(service, again["id"])
        wait_for(lambda: service.client.get(f"/v1/scans/{again['id']}").json()["answer"] is not None)
        answer = service.client.get(f"/v1/scans/{again['id']}").json()["answer"]
        assert (answer["decision"], answer["decided_by"]) == ("hold", "rule")


def test_the_line_is_answered_whatever_went_wrong_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    time_out, broken = Answering.time_out_overdue, []

    def breaking(*arguments: Any) -> int:
        if not broken:
            broken.append(1)
            raise RuntimeError("nobody thought of it")
        return time_out(*arguments)

    monkeypatch.setattr(Answering, "time_out_overdue", breaking)
    with gated(tmp_path) as (service, _):
        scan = post(service, headers={"Prefer": "wait=0"}, answer_by=soon(0.2)).json()
        wait_for(lambda: service.client.get(f"/v1/scans/{scan['id']}").json()["answer"] is not None)
    assert broken == [1]


def test_what_officers_said_of_a_parcel_goes_before_a_clean_image(service: Service) -> None:
    service.record("fox", 1)
    first = post(service, 1).json()
    asked = {"station": "dock-3", "parcel": "P1"}
    before = service.client.post("/v1/scans:precheck", json=asked).json()
    assert (before["decision"], before["decided_by"]) == ("divert", "rule")
    assert before["reasons"][0]["code"] == "suspicion_open"
    decided = {"officer": "lin", "action": "hold"}
    assert service.client.post(f"/v1/alerts/{first['alerts'][0]}/decisions", json=decided).status_code in {200, 201}
    again = post(service, 9).json()
    assert again["verdict"]["decision"] == "pass"
    assert (again["answer"]["decision"], again["answer"]["decided_by"]) == ("hold", "rule")
    assert service.client.post("/v1/scans:precheck", json=asked).json()["decision"] == "hold"
    unknown = service.client.post("/v1/scans:precheck", json={"station": "dock-3", "parcel": "P9"}).json()
    assert (unknown["decision"], unknown["reasons"][0]["code"]) == ("undecided", "nothing_known")
    assert unknown["policy"] == "fail_closed"


def test_a_scan_that_cannot_be_inspected_is_undecided_never_clear(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.scans.judging.AGAIN", timedelta(milliseconds=1))
    monkeypatch.setattr("service.scans.line.RENEWED", 1)
    with running(settings_in(tmp_path), Failing(99)) as service:
        scan = post(service, headers={"Prefer": "wait=20"}).json()
        assert (scan["state"], scan["answer"]["decision"], scan["answer"]["decided_by"]) == (
            "failed",
            "undecided",
            "rule",
        )


@pytest.mark.parametrize("kind", KINDS)
def test_scans_of_a_process_that_died_are_taken_up_and_a_lease_of_a_wrong_clock_counts_for_nothing(
    tmp_path: Path, kind: str
) -> None:
    url = fresh_url(kind, tmp_path)
    with running(settings_in(tmp_path / "a", database_url=url)) as one:
        one.record("fox", 1)
        metadata = ScanMetadata(station="dock-3", parcel="P1")
        uploads = [whole_body(photograph(1))]
        now = datetime.now(UTC)
        left = {
            parcel: one.parts.intake.take(metadata.model_copy(update={"parcel": parcel}), uploads, Poster()).scan_id
            for parcel in ("ended", "wrong", "mine")
        }
        leases = {
            "ended": now - timedelta(seconds=1),
            "wrong": now + timedelta(hours=1),
            "mine": now + timedelta(seconds=60),
        }
        with one.parts.database.write() as session:
            for parcel, until in leases.items():
                row = session.get(ScanRow, left[parcel])
                assert row is not None
                row.leased_until = until

        def states() -> dict[str, str]:
            return {parcel: one.client.get(f"/v1/scans/{scan}").json()["state"] for parcel, scan in left.items()}

        wait_for(lambda: states() == {"ended": "done", "wrong": "done", "mine": "received"})
