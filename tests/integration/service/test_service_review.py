"""Bulk decisions, tests that are mixed in, hit rates, what to improve, the supervisor's numbers."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.alerts.bulk import sample_of
from service.alerts.deciding import DecidingService, Officer
from service.alerts.errors import NothingSeen, Recused, SampleNeeded
from service.alerts.hitrate import FEWEST, hit_rate
from service.alerts.improving import proposals
from service.alerts.injecting import Injector
from service.alerts.overview import kappa, median_of, overview
from service.alerts.rules import SHIPPED
from service.alerts.schemas import DecisionIn
from service.alerts.worklist import Filters
from service.audit.service import AuditService
from service.clock import system_clock
from service.console.plots import bars, wilson
from service.errors import InvalidRequest
from service.identity.roles import Role
from service.scans.answering import Answering
from service.scans.schemas import ScanMetadata
from service.tables import AlertRow, DecisionRow
from service.uploads import whole_body
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import account

SENDER = {"consignor": {"name": "A. Sender", "identifiers": [{"type": "eori", "value": "NL987654321"}]}}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service with a mark and two officers; each test that is at hand is mixed in."""
    rules = tmp_path / "rules.toml"
    text = SHIPPED.read_text(encoding="utf-8").replace("test_rate = 0.0", "test_rate = 1.0")
    rules.write_text(text.replace("bulk_needs_second = 5", "bulk_needs_second = 3"), encoding="utf-8")
    url = fresh_url(request.param, tmp_path)
    with running(settings_in(tmp_path, database_url=url, review_rules=rules)) as started:
        started.record("fox", 1, "Fox Works")
        for name in ("lin.wei", "maria.santos"):
            account(started, name, Role.OFFICER)
        yield started


def officer(service: Service, name: str = "lin.wei") -> Officer:
    (found,) = (row.id for row in service.parts.accounts.list() if row.name == name)
    return Officer(name=name, account_id=found, office=None)


def raised(service: Service, count: int, prefix: str = "P") -> list[str]:
    posts = (service.scan([photograph(1)], parcel=f"{prefix}{n}").json()["alerts"] for n in range(count))
    return [alert for alerts in posts for alert in alerts]


def decide(service: Service, alerts: Sequence[str], action: str, code: str | None = None) -> None:
    for alert in alerts:
        decision = DecisionIn.model_validate({"action": action, "reason_code": code})
        service.parts.deciding.decide(alert, officer(service), decision)
        if action == "suspend":
            word = {"agrees": True, "officer": "maria.santos"}
            service.client.post(f"/v1/alerts/{alert}/seconds", json=word).raise_for_status()


def test_bulk_wants_a_sample_looked_at_and_says_what_became_of_each(service: Service) -> None:
    alerts = raised(service, 3)
    release, lin, bulk = DecisionIn(action="release"), officer(service), service.parts.bulk
    service.parts.deciding.decide(alerts[0], officer(service, "maria.santos"), DecisionIn(action="hold"))
    preview = bulk.preview([*alerts, "no-such-alert", alerts[1]], lin, release)
    assert [line.fate for line in preview.lines] == ["settled", "decided", "decided", "missing"]
    assert set(preview.sample) == set(preview.unseen) == set(alerts[1:])
    assert [(cause.mark_id, cause.count) for cause in preview.causes] == [("fox", 2)]
    with pytest.raises(SampleNeeded):
        bulk.decide(alerts, lin, release)
    for alert in preview.sample:
        service.parts.reviewing.look(alert, lin)
    became = bulk.decide(alerts, lin, release)
    assert [item.fate for item in became] == ["settled", "decided", "decided"]
    with service.parts.database.read() as session:
        rows = session.query(DecisionRow).filter_by(officer="lin.wei").all()
        assert len({row.batch for row in rows}) == 1
    service.parts.deciding.undo(alerts[1], lin)  # one key takes all of it back
    assert [service.parts.alerts.get(alert).status for alert in alerts] == ["decided", "open", "open"]
    for bad in ([], [f"a{n}" for n in range(501)]):
        with pytest.raises(InvalidRequest):
            bulk.preview(bad, lin, release)
    assert AuditService(service.parts.database).verify().faults == ()


def test_letting_many_go_needs_a_second_officer(service: Service) -> None:
    alerts = raised(service, 4)
    lin, bulk = officer(service), service.parts.bulk
    assert not bulk.preview(alerts, lin, DecisionIn(action="hold")).needs_second
    preview = bulk.preview(alerts, lin, DecisionIn(action="release"))
    assert preview.needs_second
    for alert in preview.sample:
        service.parts.reviewing.look(alert, lin)
    assert {item.fate for item in bulk.decide(alerts, lin, DecisionIn(action="release"))} == {"proposed"}
    own = service.client.post(f"/v1/alerts/{alerts[0]}/seconds", json={"agrees": True, "officer": "lin.wei"})
    assert own.status_code == 403
    other = {"agrees": True, "officer": "maria.santos"}
    service.client.post(f"/v1/alerts/{alerts[0]}/seconds", json=other).raise_for_status()
    assert {service.parts.alerts.get(alert).status for alert in alerts} == {"decided"}  # the batch is one question


def test_a_sample_is_drawn_once() -> None:
    alerts = [f"alert{n}" for n in range(50)]
    assert sample_of(alerts, 3) == sample_of(alerts[::-1], 3)
    assert len(set(sample_of(alerts, 3))) == 3
    assert sample_of(alerts[:2], 3) != sample_of(alerts, 3)
    assert sample_of([], 3) == []


def keep_test(service: Service, answer: str, seed: int = 1) -> None:
    seen = service.parts.scans.look(ScanMetadata(station="library", parcel="T"), [whole_body(photograph(seed, tint=9))])
    service.parts.test_library.add(seen.views, seen.verdict, answer)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "action", "right"),
    [("confirmed", "hold", True), ("confirmed", "release", False), ("unconfirmed", "not_a_logo", True)],
)
def test_a_test_looks_like_any_alert_until_it_is_decided(
    service: Service, answer: str, action: str, right: bool
) -> None:
    before = service.stored()["scans"]
    keep_test(service, answer)
    assert service.stored()["scans"] == before  # the library is no scan
    real = service.scan([photograph(1)], parcel="RX123456785NL", declaration=SENDER).json()
    page = service.client.get("/v1/alerts", params={"status": "open"}).json()["items"]
    (test,) = (item for item in page if item["id"] not in real["alerts"])
    (genuine,) = (item for item in page if item["id"] in real["alerts"])
    assert test["parcel"] != genuine["parcel"]
    assert (test["parcel"][:2], test["parcel"][-2:], len(test["parcel"])) == ("RX", "NL", 13)
    assert {**test, **dict.fromkeys(VARIES)} == {**genuine, **dict.fromkeys(VARIES)}
    assert service.client.get(f"/v1/scans/{test['scan_id']}/views/0").status_code == 200
    lin = officer(service)
    assert service.parts.reviewing.look(test["id"], lin).test is None
    service.parts.deciding.decide(test["id"], lin, DecisionIn.model_validate({"action": action}))
    told = service.parts.reviewing.look(test["id"], lin)
    assert (told.test, told.test_right) == (answer, right)
    service.parts.deciding.decide(genuine["id"], lin, DecisionIn(action="hold"))
    assert service.parts.reviewing.look(genuine["id"], lin).test is None
    with service.parts.database.read() as session:
        now = datetime.now(UTC) + timedelta(minutes=1)
        told_of = overview(session, service.parts.deciding.rules, None, now)
        assert (told_of.tests, told_of.tests_right, told_of.missed) == (1, int(right), int(not right))
        assert sum(count for _, count in told_of.days) == 1  # the genuine one alone
        assert proposals(session, service.parts.deciding.rules, None, now) == []


VARIES = ("id", "scan_id", "parcel", "created_at", "due_at", "score", "sightings", "produced_by")


def test_what_shows_nothing_can_be_no_test(service: Service) -> None:
    seen = service.parts.scans.look(ScanMetadata(station="s", parcel="T"), [whole_body(photograph(99))])
    with pytest.raises(NothingSeen):
        service.parts.test_library.add(seen.views, seen.verdict, "confirmed")


def test_tests_come_at_the_set_rate(service: Service) -> None:
    keep_test(service, "confirmed")
    chances = iter((0.01, 0.02, 0.5))
    rules = service.parts.deciding.rules.model_copy(update={"test_rate": 0.02})
    injector = Injector(rules=rules, chance=lambda: next(chances))
    (alert,) = service.scan([photograph(1)]).json()["alerts"]
    with service.parts.database.write() as session:
        row = session.get(AlertRow, alert)
        assert row is not None
        mixed = [injector.perhaps(session, row.scan) is not None for _ in range(3)]
    assert mixed == [True, False, False]


def test_a_hit_rate_is_told_from_enough_settled_alerts_only(service: Service) -> None:
    alerts = raised(service, FEWEST + 2)
    rules, now = service.parts.deciding.rules, datetime.now(UTC) + timedelta(minutes=1)

    def rate() -> object:
        with service.parts.database.read() as session:
            row = session.get(AlertRow, alerts[-1])
            assert row is not None
            found = hit_rate(session, row, rules, now)
            return None if found is None else (found.alike, found.confirmed, found.settled, found.of_hundred)

    decide(service, alerts[:5], "suspend", "features_differ")
    decide(service, alerts[5 : FEWEST - 1], "release")
    decide(service, alerts[FEWEST - 1 : FEWEST], "hold")  # not known yet
    assert rate() is None
    decide(service, alerts[FEWEST : FEWEST + 1], "not_a_logo")
    assert rate() == ("mark", 5, FEWEST, 25)
    for is_test in (True, False):  # what was mixed in counts for nothing
        with service.parts.database.write() as session:
            session.query(DecisionRow).filter_by(alert_id=alerts[0], state="standing").update({"test": is_test})
        assert (rate() is None) == is_test
    service.parts.deciding.undo(alerts[FEWEST], officer(service))
    assert rate() is None
    later = now + timedelta(days=31)
    with service.parts.database.read() as session:
        row = session.get(AlertRow, alerts[-1])
        assert row is not None
        assert hit_rate(session, row, rules, later) is None


def test_what_to_improve_is_what_has_taken_effect(service: Service) -> None:
    alerts = raised(service, 6)
    decide(service, alerts[:2], "not_a_logo", "texture")
    decide(service, alerts[2:3], "authorised_party", "licence_shown")
    decide(service, alerts[3:4], "release", "cleared_before")
    decide(service, alerts[4:5], "release", "personal_use")
    decide(service, alerts[5:6], "hold")
    rules = service.parts.deciding.rules

    def told(at: datetime) -> list[tuple[str, str, int]]:
        with service.parts.database.read() as session:
            return sorted((item.improves, item.title, item.count) for item in proposals(session, rules, None, at))

    now = datetime.now(UTC)
    assert told(now) == []  # all of it can still be undone
    title = "Title fox"
    assert told(now + timedelta(seconds=20)) == [
        ("duplicate_rule", title, 1),
        ("training_label", title, 2),
        ("whitelist", title, 1),
    ]


def test_the_supervisors_numbers(service: Service) -> None:
    alerts = raised(service, 5)
    decide(service, alerts[:1], "suspend", "features_differ")
    decide(service, alerts[1:3], "release", "personal_use")
    decide(service, alerts[3:4], "hold")
    with service.parts.database.read() as session:
        told = overview(session, service.parts.deciding.rules, None, datetime.now(UTC) + timedelta(seconds=1))
        elsewhere = overview(session, service.parts.deciding.rules, "other", datetime.now(UTC))
    assert sum(count for _, count in told.days) == 4
    assert told.days[-1][1] + told.days[-2][1] == 4
    assert sum(count for _, count in told.paces) == 4
    assert told.median_seconds is not None
    assert [(rate.name, rate.confirmed, rate.settled) for rate in told.rates["mark"]] == [("fox", 1, 3)]
    assert [(rate.name, rate.confirmed, rate.settled) for rate in told.rates["station"]] == [("dock-3", 1, 3)]
    assert told.reasons == [("release", "personal_use", 2)]
    assert told.agreed == 1
    assert sum(row[1] for row in told.waiting) == 1
    assert sum(count for _, count in elsewhere.days) == 0
    assert elsewhere.rates["mark"] == []


def test_numbers_of_plots() -> None:
    assert median_of([(5, 2), (10, 2), (None, 0)]) == pytest.approx(5)
    assert median_of([(5, 1), (10, 3), (None, 0)]) == pytest.approx(5 + 5 * 1 / 3)
    assert median_of([(5, 1), (None, 3)]) is None
    assert median_of([(5, 0), (None, 0)]) is None
    low, high = wilson(5, 20)
    assert (round(low, 3), round(high, 3)) == (0.112, 0.469)  # Wilson 1927, computed by hand
    assert wilson(0, 0) == (0.0, 1.0)
    assert bars([]) == []
    drawn = bars([("a", 0), ("b", 4)])
    assert drawn[0].height == 0
    assert drawn[1].y + drawn[1].height == pytest.approx(132)


def test_the_next_one_is_nobody_elses(service: Service) -> None:
    alerts = raised(service, 3)
    lin, maria, reviewing = officer(service), officer(service, "maria.santos"), service.parts.reviewing
    service.parts.deciding.claim(alerts[0], lin)
    assert reviewing.next(lin, Filters()) == alerts[0]
    assert reviewing.next(maria, Filters()) == alerts[1]
    service.parts.deciding.recuse(alerts[1], maria, "My cousin's.")
    assert reviewing.next(maria, Filters()) == alerts[2]
    assert reviewing.next(maria, Filters(), skip=alerts[2]) is None
    assert reviewing.next(maria, Filters(mark="other")) is None
    assert [line.row.id for line in reviewing.page(lin, Filters(mine=True)).lines] == [alerts[0]]


def test_agreement_is_measured_on_alerts_that_two_decide_without_knowing(service: Service) -> None:
    rules = service.parts.deciding.rules.model_copy(update={"double_rate": 1.0, "test_rate": 0.0})
    injector = Injector(rules=rules, chance=lambda: 0.5)
    alerts, lin, maria = raised(service, 3), officer(service), officer(service, "maria.santos")
    deciding = DecidingService(
        database=service.parts.database,
        rules=rules,
        injector=injector,
        metrics=service.parts.metrics,
        answering=Answering(metrics=service.parts.metrics),
        clock=system_clock,
    )
    for alert, action in zip(alerts, ("release", "not_a_logo", "hold"), strict=True):
        deciding.decide(alert, lin, DecisionIn.model_validate({"action": action}))
    with service.parts.database.read() as session:
        again = {row.double_of: row.id for row in session.query(AlertRow) if row.double_of is not None}
    assert set(again) == set(alerts[:2])  # what is held is not settled yet
    with pytest.raises(Recused):
        deciding.decide(again[alerts[0]], lin, DecisionIn(action="release"))
    assert service.parts.reviewing.next(lin, Filters()) is None
    deciding.undo(alerts[1], lin)
    deciding.decide(alerts[1], lin, DecisionIn(action="release"))
    deciding.decide(again[alerts[0]], maria, DecisionIn(action="release"))
    deciding.decide(again[alerts[1]], maria, DecisionIn(action="hold"))
    assert service.parts.reviewing.look(again[alerts[0]], maria).double_of == alerts[0]
    with service.parts.database.read() as session:
        told = overview(session, rules, None, datetime.now(UTC) + timedelta(seconds=1))
        assert session.query(AlertRow).filter(AlertRow.double_of.is_not(None)).count() == 2  # a copy is not copied
    assert (told.doubled, told.tests) == (2, 0)
    assert sum(count for _, count in told.days) == 3


def test_kappa_is_cohens() -> None:
    assert kappa(20, 5, 10, 15) == pytest.approx(0.4)  # Cohen 1960's formula by hand: (0.7 - 0.5) / (1 - 0.5)
    assert kappa(0, 0, 0, 0) is None
    assert kappa(3, 0, 0, 0) is None  # nothing but chance
    assert kappa(5, 0, 0, 5) == pytest.approx(1.0)
