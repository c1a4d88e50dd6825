"""Recordations over HTTP: their life, their changes, what they refuse; on both databases."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.registry import repository
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import mark, photograph, png

URL = "/v1/registry/recordations"
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)  # in Shanghai


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


class Desk:
    """A registry with its clock, and what officers do at it."""

    def __init__(self, service: Service, clock: Clock) -> None:
        self.service, self.clock, self.client = service, clock, service.client

    def enter(self, seed: int = 1, **changes: Any) -> httpx.Response:
        """Enter a recordation with artwork `seed`."""
        own = {key: changes.pop(key) for key in ("mark_id", "registration_no") if key in changes}
        filing = {
            "officer": "r",
            "holder": {"name": f"Holder {seed}"},
            "goods": [{"nice_class": 11}],
            "marks": [{"mark_id": f"m{seed}", "title": f"Title {seed}", **own}],
        } | changes
        files = [("artwork", (f"{seed}.png", png(mark(seed))))]
        return self.client.post(URL, data={"metadata": json.dumps(filing)}, files=files)

    def approved(self, seed: int = 1, **changes: Any) -> dict[str, Any]:
        """Enter one that customs approved today."""
        today = self.clock.now.date().isoformat()
        given = {"number": f"T{seed}", "status": "approved", "decided_on": today} | changes
        answer = self.enter(seed, **given)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def event(self, made: dict[str, Any], event: str, **more: Any) -> httpx.Response:
        """Let an event happen to a recordation as it was shown."""
        body = {"event": event, "officer": "r"} | more
        return self.client.post(f"{URL}/{made['id']}/events", json=body, headers={"If-Match": str(made["version"])})

    def change(self, made: dict[str, Any], files: Any = None, **changes: Any) -> httpx.Response:
        """Change a recordation as it was shown."""
        marks = [
            one | {"pictures": [{"sha256": picture["sha256"]} for picture in one["pictures"]]} for one in made["marks"]
        ]
        body = made["content"] | {"marks": marks, "officer": "second"} | changes
        headers = {"If-Match": f'"{made["version"]}"'}
        address = f"{URL}/{made['id']}"
        if files is None:
            return self.client.put(address, json=body, headers=headers)
        return self.client.put(address, data={"metadata": json.dumps(body)}, files=files, headers=headers)

    def decision(self, seed: int, parcel: str, **metadata: Any) -> str:
        """What the line is told about a photograph of artwork `seed`."""
        answer = self.service.scan([photograph(seed)], parcel=parcel, **metadata)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["verdict"]["decision"]
        return found

    def state(self) -> tuple[dict[str, int], int]:
        """All that is stored, but for files, and the registry's revision."""
        with self.service.parts.database.read() as session:
            revision = repository.revision(session)
        return self.service.stored() | {"files": 0}, revision


@pytest.fixture(params=KINDS)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A service on each kind of database, its registry on 2 March 2026."""
    clock = Clock()
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings, clock=clock) as started:
        yield Desk(started, clock)


def test_a_recordation_is_matched_from_its_approval_on(desk: Desk) -> None:
    made = desk.enter().json()
    assert (made["standing"], made["in_force"], made["events"]) == ("draft", False, ["submit", "cancel"])
    for event, stands in (("submit", "submitted"), ("accept", "under_review")):
        made = desk.event(made, event).json()
        assert (made["standing"], made["in_force"]) == (stands, False)
        assert (made["review_due_on"], made["review_due_provisional"]) == ("2026-04-14", False)
    refused = desk.event(made, "approve")
    assert_problem(refused, 422, "invalid-filing", "metadata.number")
    made = desk.event(made, "approve", number="T2026-1").json()
    assert (made["standing"], made["in_force"], made["content"]["number"]) == ("approved", True, "T2026-1")
    assert (made["procedure"]["valid_from"], made["procedure"]["valid_to"]) == ("2026-03-02", "2036-03-01")
    assert made["review_due_on"] is None
    history = desk.client.get(f"{URL}/{made['id']}/history").json()["items"]
    assert [one["action"] for one in history] == ["entered", "submit", "accept", "approve"]
    assert history[0]["before"] is None
    assert all(one["before"] == other["after"] for other, one in zip(history, history[1:], strict=False))
    assert history[-1]["after"]["procedure"]["status"] == "approved"


def test_a_review_that_is_due_in_an_unpublished_year_is_provisional(desk: Desk) -> None:
    desk.clock.now = datetime(2026, 12, 10, 4, tzinfo=UTC)
    made = desk.event(desk.enter().json(), "submit").json()
    assert (made["review_due_on"], made["review_due_provisional"]) == ("2027-01-21", True)


def test_a_refusal_needs_a_reason_that_the_law_knows(desk: Desk) -> None:
    made = desk.event(desk.enter().json(), "submit").json()
    body = assert_problem(desk.event(made, "refuse", reason="dislike"), 422, "invalid-filing", "reason")
    assert "right_not_protected" in body["limit"]
    made = desk.event(made, "refuse", reason="right_not_protected").json()
    assert (made["standing"], made["events"]) == ("refused", [])
    body = assert_problem(desk.event(made, "approve", number="T1"), 409, "cannot-follow", "event")
    assert body["current"]["standing"] == "refused"


def test_it_expires_by_itself_and_a_late_scan_is_judged_by_the_marks_of_then(desk: Desk) -> None:
    now = datetime.now(UTC)
    desk.clock.now = now
    desk.approved(1, decided_on="2016-12-01", valid_to=(now - timedelta(days=2)).date().isoformat())
    assert desk.decision(1, "today") == "pass"
    then = (now - timedelta(days=4)).isoformat()
    assert desk.decision(1, "late", captured_at=then) == "divert"
    assert desk.decision(1, "before", captured_at="2016-11-20T09:00:00+00:00") == "pass"
    found = desk.client.get(URL, params={"standing": "expired"}).json()["items"]
    assert [one["number"] for one in found] == ["T1"]


def test_it_is_renewed_in_the_window_only(desk: Desk) -> None:
    made = desk.approved()
    for day, fine in (("2035-08-31", False), ("2036-03-02", False), ("2035-09-01", True)):
        desk.clock.now = datetime.combine(date.fromisoformat(day), NOON.time(), UTC)
        answer = desk.event(made, "renew")
        if not fine:
            assert "2035-09-01 to 2036-03-01" in assert_problem(answer, 409, "cannot-follow", "event")["detail"]
        else:
            assert answer.json()["procedure"]["valid_to"] == "2046-03-01"


@pytest.mark.parametrize(("event", "stands"), [("suspend", "suspended"), ("cancel", "cancelled"), ("lapse", "lapsed")])
def test_what_is_withdrawn_is_not_matched(desk: Desk, event: str, stands: str) -> None:
    desk.clock.now = datetime.now(UTC)
    made = desk.approved()
    assert desk.decision(1, "A") == "divert"
    made = desk.event(made, event).json()
    assert (made["standing"], desk.decision(1, "B")) == (stands, "pass")
    if event == "suspend":
        assert desk.event(made, "resume").json()["in_force"]
        assert desk.decision(1, "C") == "divert"


def test_the_second_of_two_administrators_is_told_the_present_state(desk: Desk) -> None:
    made = desk.approved()
    first = desk.change(made, goods=[{"nice_class": 9}])
    assert first.status_code == 200, first.text
    before = desk.state()
    for second in (desk.change(made, goods=[{"nice_class": 25}]), desk.event(made, "revoke", reason="x")):
        body = assert_problem(second, 409, "changed-meanwhile", "If-Match")
        assert body["current"] == first.json()
    assert desk.state() == before
    shown = desk.client.get(f"{URL}/{made['id']}")
    assert shown.headers["etag"] == '"2"'
    assert shown.json()["content"]["goods"][0]["nice_class"] == 9


@pytest.mark.parametrize("header", [{}, {"If-Match": ""}, {"If-Match": "*"}, {"If-Match": "latest"}])
def test_a_change_says_what_it_changes(desk: Desk, header: dict[str, str]) -> None:
    made = desk.approved()
    answer = desk.client.put(f"{URL}/{made['id']}", json={"officer": "r", "marks": []}, headers=header)
    assert_problem(answer, 428, "version-missing", "If-Match")


def test_a_change_keeps_adds_and_removes_marks_and_pictures(desk: Desk) -> None:
    desk.clock.now = datetime.now(UTC)
    made = desk.approved()
    kept = made["marks"][0] | {"pictures": [{"sha256": made["marks"][0]["pictures"][0]["sha256"]}]}
    new = {"mark_id": "new", "title": "New", "pictures": [{"file": "2.png"}]}
    files = [("artwork", ("2.png", png(mark(2))))]
    made = desk.change(made, files, marks=[kept, new]).json()
    assert [one["mark_id"] for one in made["marks"]] == ["m1", "new"]
    assert (desk.decision(1, "A"), desk.decision(2, "B")) == ("divert", "divert")
    last = made["marks"][1] | {"pictures": [{"sha256": made["marks"][1]["pictures"][0]["sha256"]}]}
    made = desk.change(made, marks=[last]).json()
    assert (desk.decision(1, "C"), desk.decision(2, "D")) == ("pass", "divert")
    foreign = desk.change(made, marks=[new | {"pictures": [{"sha256": kept["pictures"][0]["sha256"]}]}])
    assert_problem(foreign, 422, "invalid-request", "metadata.marks[0].pictures[0]")


def test_a_new_owner_is_whom_alerts_name(desk: Desk) -> None:
    desk.clock.now = datetime.now(UTC)
    made = desk.approved()
    buyer = desk.client.post("/v1/registry/holders", json={"name": "Buyer plc", "officer": "r"}).json()
    assert desk.change(made, holder_id=buyer["id"]).json()["holder"] == "Buyer plc"
    desk.decision(1, "A")
    assert desk.client.get("/v1/alerts").json()["items"][0]["mark"]["holder"] == "Buyer plc"
    renamed = {"name": "Buyer and Sons", "officer": "r"}
    address = f"/v1/registry/holders/{buyer['id']}"
    assert desk.client.put(address, json=renamed, headers={"If-Match": "1"}).status_code == 200
    second = desk.client.put(address, json=renamed, headers={"If-Match": "1"})
    assert_problem(second, 409, "changed-meanwhile", "If-Match")
    desk.decision(1, "B")
    assert desk.client.get("/v1/alerts").json()["items"][0]["mark"]["holder"] == "Buyer and Sons"
    last = desk.client.get(f"{URL}/{made['id']}/history").json()["items"][-1]
    assert (last["action"], last["after"]["holder"]) == ("holder_changed", "Buyer and Sons")
    taken = desk.client.post("/v1/registry/holders", json=renamed)
    assert assert_problem(taken, 409, "holder-known", "name")["current"]["id"] == buyer["id"]


CONFLICTS = [
    ({"number": "T1"}, "number-taken", "metadata.number"),
    ({"mark_id": "m1"}, "mark-taken", "metadata.marks[0].mark_id"),
    ({"registration_no": "90 1", "holder": {"name": "Holder 1"}}, "overlapping", "metadata.marks"),
    ({"registration_no": "901"}, "contradicting", "metadata.marks"),
]


@pytest.mark.parametrize(("changes", "code", "field"), CONFLICTS)
def test_a_recordation_that_conflicts_is_refused_whole(
    desk: Desk, changes: dict[str, Any], code: str, field: str
) -> None:
    first = desk.approved(registration_no="901")
    before = desk.state()
    given = {"number": "T2", "status": "approved", "decided_on": "2026-03-02"} | changes
    body = assert_problem(desk.enter(2, **given), 409, code, field)
    assert body["current"]["id"] == first["id"]
    assert desk.state() == before


def test_what_a_cancelled_recordation_had_is_free_again(desk: Desk) -> None:
    made = desk.approved(registration_no="901")
    desk.event(made, "cancel")
    assert desk.approved(2, mark_id="m1", registration_no="901")["in_force"]
    assert desk.client.get(f"{URL}/{made['id']}").json()["marks"] == []  # its history still has them


def test_other_rights_are_kept_and_not_matched(desk: Desk) -> None:
    desk.clock.now = datetime.now(UTC)
    made = desk.approved(right_type="patent")
    assert (made["standing"], made["in_force"]) == ("approved", False)
    assert desk.decision(1, "A") == "pass"
    assert desk.approved(2, right_type="olympic_symbol", goods=[])["in_force"]
    assert desk.decision(2, "B") == "divert"
