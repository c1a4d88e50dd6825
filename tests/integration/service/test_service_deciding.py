"""Claims, decisions, undo, groups and second officers, through the API, on both databases; also all at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from service.audit.service import AuditService
from service.identity.roles import Role
from service.tables import AlertRow, DecisionRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import Watch, account, keyed

SENDER = {"consignor": {"name": "A. Sender Ltd", "identifiers": [{"type": "eori", "value": "NL987654321"}]}}


@pytest.fixture
def watch() -> Watch:
    """The time."""
    return Watch()


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path, watch: Watch) -> Iterator[Service]:
    """A service with a recorded mark and two officers, on each kind of database."""
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings, clock=watch) as started:
        started.record("fox", 1, "Fox Works")
        account(started, "lin.wei", Role.OFFICER)
        account(started, "maria.santos", Role.OFFICER)
        yield started


@pytest.fixture
def lin(service: Service) -> Iterator[httpx.Client]:
    """One officer."""
    with keyed(service, "lin.wei") as client:
        yield client


@pytest.fixture
def maria(service: Service) -> Iterator[httpx.Client]:
    """Another one."""
    with keyed(service, "maria.santos") as client:
        yield client


def raised(service: Service, parcel: str = "P1", **more: object) -> str:
    alerts: list[str] = service.scan([photograph(1)], parcel=parcel, **more).json()["alerts"]
    return alerts[0]


def post(client: httpx.Client, alert: str, what: str, **body: object) -> httpx.Response:
    return client.post(f"/v1/alerts/{alert}/{what}", json=body)


def sound(service: Service) -> None:
    assert AuditService(service.parts.database).verify().faults == ()


def test_a_claim_keeps_others_away_until_it_runs_out(
    service: Service, lin: httpx.Client, maria: httpx.Client, watch: Watch
) -> None:
    alert = raised(service)
    assert post(lin, alert, "claims").json()["claim"]["officer"] == "lin.wei"
    body = assert_problem(post(maria, alert, "claims"), 409, "claimed-by-other", "alert_id")
    assert body["current"]["claim"]["officer"] == "lin.wei"
    assert_problem(post(maria, alert, "decisions", action="hold"), 409, "claimed-by-other", "alert_id")
    watch.on(minutes=2)
    until = post(lin, alert, "claims").json()["claim"]["until"]  # held longer
    watch.on(minutes=2)
    assert_problem(post(maria, alert, "claims"), 409, "claimed-by-other", "alert_id")
    watch.on(minutes=1)
    assert service.client.get(f"/v1/alerts/{alert}").json()["claim"] is None, until
    assert post(maria, alert, "claims").json()["claim"]["officer"] == "maria.santos"
    assert post(lin, alert, "releases").json()["claim"]["officer"] == "maria.santos"  # not hers to give up
    assert post(maria, alert, "releases").json()["claim"] is None
    assert post(lin, alert, "decisions", action="hold").json()["status"] == "decided"
    assert_problem(post(maria, alert, "claims"), 409, "already-decided", "alert_id")
    sound(service)


def test_a_decision_can_be_undone_until_it_takes_effect(
    service: Service, lin: httpx.Client, maria: httpx.Client, watch: Watch
) -> None:
    alert = raised(service)
    assert_problem(post(lin, alert, "undo"), 409, "not-undoable", "alert_id")
    decided = post(lin, alert, "decisions", action="release", reason_code="personal_use").json()
    assert decided["decision"]["effective_at"] == "2026-03-02T09:00:10Z"
    assert_problem(post(maria, alert, "undo"), 403, "not-your-decision", "officer")
    watch.on(seconds=9)
    undone = post(lin, alert, "undo").json()
    assert (undone["status"], undone["decision"], undone["claim"]["officer"]) == ("open", None, "lin.wei")
    assert_problem(post(lin, alert, "undo"), 409, "not-undoable", "alert_id")
    post(lin, alert, "decisions", action="hold")
    watch.on(seconds=10)
    late = assert_problem(post(lin, alert, "undo"), 409, "not-undoable", "alert_id")
    assert late["current"]["decision"]["action"] == "hold"
    assert service.stored()["decisions"] == 2  # what was undone stays on record
    sound(service)


def test_what_needs_two_officers_is_proposed_until_another_one_agrees(
    service: Service, lin: httpx.Client, maria: httpx.Client, watch: Watch
) -> None:
    alert = raised(service)
    missing = post(lin, alert, "decisions", action="suspend")
    assert "features_differ" in assert_problem(missing, 422, "reason-needed", "reason_code")["limit"]
    assert_problem(
        post(lin, alert, "decisions", action="suspend", reason_code="texture"), 422, "reason-needed", "reason_code"
    )
    assert_problem(post(lin, alert, "decisions", action="hold", reason_code="other"), 422, "reason-needed", "reason")
    proposed = post(lin, alert, "decisions", action="suspend", reason_code="features_differ").json()
    assert (proposed["status"], proposed["decision"]["effective_at"]) == ("proposed", None)
    assert_problem(post(lin, alert, "seconds", agrees=True), 403, "same-officer", "officer")
    assert_problem(post(maria, alert, "decisions", action="hold"), 409, "already-decided", "alert_id")
    assert_problem(post(maria, alert, "seconds", agrees=False), 422, "invalid-request", "body")
    refused = post(maria, alert, "seconds", agrees=False, reason="Genuine, I think.").json()
    assert (refused["status"], refused["decision"]) == ("open", None)
    assert_problem(post(maria, alert, "seconds", agrees=True), 409, "not-proposed", "alert_id")
    post(lin, alert, "decisions", action="suspend", reason_code="features_differ")
    agreed = post(maria, alert, "seconds", agrees=True).json()
    assert (agreed["status"], agreed["decision"]["second"]) == ("decided", "maria.santos")
    assert agreed["decision"]["effective_at"] == "2026-03-02T09:00:10Z"
    assert_problem(post(lin, alert, "undo"), 403, "not-your-decision", "officer")
    assert post(maria, alert, "undo").json()["status"] == "proposed"  # she takes her word back
    assert post(lin, alert, "undo").json()["status"] == "open"  # and he his
    sound(service)


def test_whoever_stepped_back_has_nothing_to_do_with_it(
    service: Service, lin: httpx.Client, maria: httpx.Client
) -> None:
    alert = raised(service)
    assert_problem(post(lin, alert, "recusals", reason=" "), 422, "invalid-request", "reason")
    post(lin, alert, "recusals", reason="The sender is my cousin.")
    assert_problem(post(lin, alert, "decisions", action="release"), 403, "recused", "officer")
    post(maria, alert, "decisions", action="suspend", reason_code="known_sender")
    assert_problem(post(lin, alert, "seconds", agrees=True), 403, "recused", "officer")
    other = raised(service, "P2")
    post(service.client, other, "recusals", officer="a.b", reason="A neighbour.")  # two officers of one system
    held = post(service.client, other, "decisions", officer="a.b", action="hold")
    assert_problem(held, 403, "recused", "officer")
    assert post(service.client, other, "decisions", officer="c.d", action="hold").status_code == 200


def test_alerts_of_one_sender_mark_and_day_are_decided_together(
    service: Service, lin: httpx.Client, maria: httpx.Client
) -> None:
    same = [raised(service, f"P{n}", declaration=SENDER) for n in range(4)]
    other = raised(service, "Q", declaration={"consignor": "Somebody else"})
    stranger = raised(service, "R")
    with service.parts.database.read() as session:
        leads = {row.id: row.leads for row in session.query(AlertRow)}
    assert [leads[alert] for alert in same] == [True, False, False, False]
    assert leads[other]
    assert leads[stranger]
    post(maria, same[3], "claims")
    decided = post(lin, same[1], "decisions", action="release", reason_code="personal_use", group=True).json()
    assert decided["decision"]["batch"]
    states = {alert: service.client.get(f"/v1/alerts/{alert}").json() for alert in (*same, other, stranger)}
    assert [states[alert]["status"] for alert in same] == ["decided", "decided", "decided", "open"]  # one is hers
    assert states[other]["status"] == states[stranger]["status"] == "open"
    with service.parts.database.read() as session:
        row = session.get(AlertRow, same[3])
        assert row is not None
        assert row.leads  # it stands for the group now
    post(lin, same[1], "undo")
    assert {service.client.get(f"/v1/alerts/{alert}").json()["status"] for alert in same} == {"open"}
    with service.parts.database.read() as session:
        leading = [row.id for row in session.query(AlertRow) if row.leads and row.id in same]
    assert len(leading) == 1
    sound(service)


def test_notes_stay_for_whoever_looks_next(service: Service, lin: httpx.Client, maria: httpx.Client) -> None:
    alert = raised(service)
    post(lin, alert, "notes", note=" Ask the holder. ")
    assert maria.get(f"/v1/alerts/{alert}").json()["note"] == "Ask the holder."
    assert_problem(post(lin, alert, "notes", note="x" * 2001), 422, "invalid-request", "note")
    assert post(lin, alert, "notes", note="").json()["note"] is None


def test_many_officers_at_once_lose_double_and_confuse_nothing(service: Service) -> None:
    """A small one for every day; `make bench-console` lets twenty officers race for a thousand cases."""
    alerts = [raised(service, f"P{n}") for n in range(12)]
    names = [f"officer{n}" for n in range(5)]
    for name in names:
        account(service, name, Role.OFFICER)
    gate = threading.Barrier(len(names))

    def work(name: str) -> list[tuple[str, str]]:
        won = []
        with keyed(service, name) as client:
            gate.wait()
            for alert in alerts:
                answer = post(client, alert, "decisions", action="hold")
                assert answer.status_code in (200, 409), answer.text
                if answer.status_code == 200:
                    assert answer.json()["decision"]["officer"] == name
                    won.append((alert, name))
                else:
                    assert answer.json()["current"]["decision"]["officer"] in names
        return won

    with ThreadPoolExecutor(len(names)) as pool:
        won = [pair for pairs in pool.map(work, names) for pair in pairs]
    with service.parts.database.read() as session:
        stored = sorted((row.alert_id, row.officer) for row in session.query(DecisionRow))
    assert stored == sorted(won)
    assert [alert for alert, _ in stored] == sorted(alerts)
    sound(service)


def test_a_claim_survives_the_officers_own_second_key_press(service: Service, lin: httpx.Client, watch: Watch) -> None:
    alert = raised(service)
    post(lin, alert, "claims")
    watch.on(seconds=30)
    first = post(lin, alert, "decisions", action="hold")
    again = post(lin, alert, "decisions", action="hold")
    assert first.status_code == 200
    body = assert_problem(again, 409, "already-decided", "alert_id")
    assert body["current"]["decision"] == first.json()["decision"]
    assert first.json()["decision"]["decided_at"] == (watch.now).isoformat().replace("+00:00", "Z")
    with service.parts.database.read() as session:
        row = session.query(DecisionRow).filter_by(alert_id=alert).one()
        assert timedelta(seconds=row.seconds or 0) == timedelta(seconds=30)
