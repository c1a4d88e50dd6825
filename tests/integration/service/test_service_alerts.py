"""Alerts: listed a page at a time, decided once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.integration.service.harness import Service, assert_problem
from tests.integration.service.pictures import photograph


@pytest.fixture
def alert(service: Service) -> str:
    """An open alert for the mark `fox`; the mark `owl` is recorded too."""
    service.record("fox", 1, "Fox Works")
    service.record("owl", 2)
    raised: list[str] = service.scan([photograph(1)]).json()["alerts"]
    assert len(raised) == 1
    return raised[0]


def decide(service: Service, alert: str, **body: str) -> httpx.Response:
    return service.client.post(f"/v1/alerts/{alert}/decisions", json={"officer": "j.doe", **body})


def test_a_decision_is_stored_with_who_when_and_what_was_before(service: Service, alert: str) -> None:
    before = service.client.get(f"/v1/alerts/{alert}").json()
    assert (before["status"], before["decision"]) == ("open", None)
    answer = decide(service, alert, action="hold", reason=" poor print ")
    assert answer.status_code == 200
    after = answer.json()
    decision = after["decision"]
    assert (decision["action"], decision["officer"], decision["reason"]) == ("hold", "j.doe", "poor print")
    assert decision["decided_at"] > before["created_at"]
    assert decision["before"] == {
        "status": "open",
        "mark_id": "fox",
        "holder": "Fox Works",
        "score": before["score"],
    }
    assert after == before | {"status": "decided", "decision": decision}
    assert service.client.get(f"/v1/alerts/{alert}").json() == after


def test_of_two_officers_at_once_one_decides(service: Service, alert: str) -> None:
    gate = threading.Barrier(2)

    def officer(action: str) -> httpx.Response:
        gate.wait()
        return decide(service, alert, action=action, reason=action)

    with ThreadPoolExecutor(2) as officers:
        answers = list(officers.map(officer, ("hold", "release")))
    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert won.status_code == 200
    body = assert_problem(lost, 409, "already-decided", "alert_id")
    assert body["current"] == won.json()
    assert service.stored()["decisions"] == 1


def test_another_mark_must_be_a_recorded_one(service: Service, alert: str) -> None:
    unknown = decide(service, alert, action="other_mark", mark_id="no-such-mark")
    assert_problem(unknown, 404, "unknown-mark", "mark_id")
    missing = decide(service, alert, action="other_mark")
    assert "mark_id" in assert_problem(missing, 422, "invalid-request", "body")["detail"]
    assert decide(service, alert, action="release", mark_id="owl").status_code == 422
    assert service.client.get(f"/v1/alerts/{alert}").json()["status"] == "open"
    assert service.stored()["decisions"] == 0
    assert decide(service, alert, action="other_mark", mark_id="owl").json()["decision"]["mark_id"] == "owl"


def test_bad_decisions_name_their_field(service: Service, alert: str) -> None:
    body = assert_problem(decide(service, alert, action="burn"), 422, "invalid-request", "action")
    assert "release" in body["limit"]
    assert_problem(decide(service, alert, action="hold", colour="red"), 422, "invalid-request", "colour")
    assert_problem(decide(service, alert, action="hold", officer=" "), 422, "invalid-request", "officer")
    empty = service.client.post(f"/v1/alerts/{alert}/decisions")
    assert_problem(empty, 422, "invalid-request", "body")
    broken = service.client.post(
        f"/v1/alerts/{alert}/decisions", content=b"{", headers={"Content-Type": "application/json"}
    )
    assert_problem(broken, 422, "invalid-request", "body")
    assert_problem(decide(service, "none", action="hold"), 404, "unknown-alert", "alert_id")
    assert service.stored()["decisions"] == 0


def test_a_removed_mark_leaves_its_alerts(service: Service, alert: str) -> None:
    assert service.client.delete("/v1/registry/marks/fox").status_code == 204
    assert service.client.get(f"/v1/alerts/{alert}").json()["mark"]["mark_id"] == "fox"
    assert decide(service, alert, action="hold").status_code == 200
    assert service.scan([photograph(1)], parcel="P2").json()["verdict"]["decision"] == "pass"


def test_pages_hold_each_alert_once_newest_first(service: Service, alert: str) -> None:
    raised = [alert] + [service.scan([photograph(1)], parcel=f"Q{n}").json()["alerts"][0] for n in range(6)]
    decide(service, raised[3], action="release")

    def listed(**filters: str) -> list[str]:
        found: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = service.client.get("/v1/alerts", params={"limit": "2", **filters, **cursor}).json()
            assert len(page["items"]) <= 2
            found += [item["id"] for item in page["items"]]
            if page["next_cursor"] is None:
                return found
            cursor = {"cursor": page["next_cursor"]}

    assert sorted(listed()) == sorted(raised)
    assert listed() == sorted(raised, reverse=True)
    assert listed(status="decided") == [raised[3]]
    assert len(listed(status="open", station="dock-3", holder="Fox Works")) == 6
    assert listed(station="dock-4") == []
    assert listed(holder="Owl") == []
