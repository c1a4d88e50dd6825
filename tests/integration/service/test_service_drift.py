"""Drift over weeks, on both databases: a lamp ages at one station, and one alarm says so; all else is quiet."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import typer
from fastapi import Depends, FastAPI
from sqlalchemy import func, insert, select
from typer.testing import CliRunner

from service.alerts.rules import load_rules
from service.answers import problems as problems_of
from service.app import create_app
from service.cli.drift import drift as drift_command
from service.cli.drift import sparkline
from service.clock import system_clock
from service.database import Database
from service.drift import repository
from service.drift.days import roll_up
from service.drift.endpoints import router
from service.drift.keeping import StatisticsKeeper
from service.drift.service import DriftService
from service.drift.watching import Watch
from service.events.schemas import SubscriptionIn
from service.events.sealing import Sealer
from service.events.service import SubscriptionService
from service.identity.accounts import NewAccount
from service.identity.guard import needs
from service.identity.roles import Permission, Role
from service.parts import Parts
from service.tables import (
    AlertRow,
    AuditEntryRow,
    DecisionRow,
    DeliveryRow,
    DriftAlarmRow,
    ScanRow,
    StatisticsDayRow,
    ViewStatisticsRow,
)
from tests.databases import KINDS, fresh_url
from tests.integration.service import harness
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import photograph

START = datetime(2026, 3, 2, tzinfo=UTC)
STATIONS = ("A", "B", "C")
DAY = timedelta(days=1)
RULES = load_rules()


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty database of each kind."""
    opened = Database(fresh_url(request.param, tmp_path))
    opened.migrate()
    yield opened
    opened.close()


def watch(database: Database) -> Watch:
    return Watch(database=database, rules=RULES, clock=lambda: START)


def served(parts: Parts) -> FastAPI:
    """The application with drift in it, also where nobody has put it there yet."""
    if not hasattr(parts.learning, "drift"):
        made = DriftService(database=parts.database, rules=RULES, clock=system_clock)
        object.__setattr__(parts.learning, "drift", made)
    app = create_app(parts)
    if "/v1/drift/alarms" not in app.openapi()["paths"]:
        guard = Depends(needs(Permission.SEE_MODELS, Permission.OPERATE_MODELS))
        app.include_router(router, dependencies=[guard], responses=problems_of(401, 403))
    return app


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A running service."""
    monkeypatch.setattr(harness, "create_app", served)
    with running(settings_in(tmp_path)) as started:
        yield started


def add_scan(database: Database, station: str, at: datetime, office: str = "main") -> str:
    scan_id = f"scan_{station}_{at:%Y%m%d%H%M}"
    with database.write() as session:
        session.add(
            ScanRow(
                id=scan_id,
                office=office,
                station=station,
                parcel="P",
                views_digest=scan_id,
                state="done",
                attempts=1,
                received_at=at,
            )
        )
    return scan_id


def views(
    database: Database,
    rng: np.random.Generator,
    day: datetime,
    station: str,
    count: int = 200,
    office: str = "main",
    **other: float,
) -> None:
    """A day's views at a station, spread over it; its goods, and so their brightness, differ a little by the day."""
    scan_id = add_scan(database, station, day, office)
    bright = rng.normal(140 + rng.normal(0, 2) + other.get("brightness", 0.0), 20, count)
    fixed = {
        "scan_id": scan_id,
        "office": office,
        "station": station,
        "modality": "photo",
        "release_id": "r1",
        "megapixels": 12.0,
        "colour_map": "colour",
    }
    columns = {
        "brightness": bright,
        "contrast": rng.normal(40, 8, count),
        "sharpness": rng.normal(2.5, 0.3, count),
        "saturation": rng.beta(2, 6, count),
        "findings": rng.poisson(3, count),
        "best_score": rng.beta(1, 20, count),
        "likeness": rng.normal(0.4, 0.1, count),
        "unmatched": rng.random(count) < 0.05,
        "alerts": (rng.random(count) < 0.02).astype(int),
    }
    values = zip(*(column.tolist() for column in columns.values()), strict=True)
    rows = [
        fixed | {"view": number, "at": day + (number + 0.5) / count * DAY} | dict(zip(columns, own, strict=True))
        for number, own in enumerate(values)
    ]
    with database.write() as session:
        session.execute(insert(ViewStatisticsRow), rows)


def quiet(database: Database, rng: np.random.Generator, days: range, **counts: Any) -> None:
    for day in days:
        for station in STATIONS:
            views(database, rng, START + day * DAY, station, **counts)


def live(database: Database) -> list[tuple[str, str | None, str]]:
    with database.read() as session:
        return [(row.metric, row.station, row.state) for row in repository.open_alarms(session)]


def test_a_lamp_that_ages_is_one_alarm_and_over_once_it_is_replaced(database: Database) -> None:
    url = "https://hooks.example/x"
    subscriptions = SubscriptionService(database=database, sealer=Sealer(None), clock=lambda: START)
    subscriptions.add(SubscriptionIn(url=url, types=["org.tidewaiter.drift.alarm"]), by="tests")
    rng, watching = np.random.default_rng(1), watch(database)
    quiet(database, rng, range(16))
    raised = watching.check(START + 16 * DAY)
    assert raised == []
    for day in range(16, 21):  # it falls from 140 to 105 in five days
        quiet_others(database, rng, day, brightness=-7.0 * (day - 15))
        raised += watching.check(START + (day + 1) * DAY)
    assert [(row.metric, row.modality, row.office, row.station, row.hint) for row in raised] == [
        ("brightness", "photo", "main", "A", "lamp_or_exposure_at_station")
    ]
    assert live(database) == [("brightness", "A", "open")]
    with database.read() as session:
        (delivery,) = session.execute(select(DeliveryRow)).scalars()
    told = json.loads(delivery.body)
    assert (told["type"], told["data"]["station"], told["data"]["office"]) == (
        "org.tidewaiter.drift.alarm",
        "A",
        "main",
    )
    quiet_others(database, rng, 21)  # a new lamp
    assert watching.check(START + 22 * DAY - timedelta(minutes=1)) == []
    assert live(database) == [("brightness", "A", "open")]  # it has not been normal for a day yet
    assert watching.check(START + 22 * DAY) == []
    assert live(database) == []
    with database.read() as session:
        (row,) = session.execute(select(DriftAlarmRow)).scalars()
    assert (row.state, row.live) == ("over", None)
    assert row.over_at is not None


def quiet_others(database: Database, rng: np.random.Generator, day: int, **at_a: float) -> None:
    for station in STATIONS:
        views(database, rng, START + day * DAY, station, **(at_a if station == "A" else {}))


def test_two_processes_raise_one_alarm_and_count_a_day_once(database: Database) -> None:
    rng = np.random.default_rng(2)
    quiet(database, rng, range(14))
    quiet_others(database, rng, 14, brightness=-60.0)
    now, start = START + 15 * DAY + timedelta(hours=1), threading.Barrier(2)
    found: list[Any] = []

    def look() -> None:
        start.wait()
        found.append(watch(database).check(now - timedelta(hours=1)))

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2
    assert live(database) == [("brightness", "A", "open")]
    assert watch(database).check(now) == []  # nor another one later
    with database.read() as session:
        days = session.execute(select(func.count()).select_from(StatisticsDayRow)).scalar_one()
    assert days == 15 * 3


def test_a_day_is_counted_once_it_is_over_and_all_views_are_in_it(database: Database) -> None:
    rng = np.random.default_rng(3)
    quiet(database, rng, range(2), count=40)
    assert roll_up(database, "photo", START + DAY) == 0  # the last verdicts of the day may still be written
    assert roll_up(database, "photo", START + DAY + timedelta(minutes=10)) == 1
    assert roll_up(database, "photo", START + 9 * DAY) == 1
    assert roll_up(database, "photo", START + 9 * DAY) == 0
    assert roll_up(database, "xray", START + 9 * DAY) == 0
    with database.read() as session:
        days = repository.days(session, "photo", "2026-03-01")
        direct = repository.tallies(session, "photo", START, START + DAY)
    assert [(one.day, one.place.station, one.tally.views) for one in days[:3]] == [
        ("2026-03-02", station, 40) for station in STATIONS
    ]
    assert days[0].tally.document() == direct[days[0].place].document()


def test_few_views_and_an_empty_database_raise_nothing(database: Database) -> None:
    watching = watch(database)
    assert watching.check(START) == []
    rng = np.random.default_rng(4)
    quiet(database, rng, range(14), count=12)
    quiet_others(database, rng, 14, brightness=-90.0)
    with database.read() as session:
        assert repository.first_view(session, "photo") is not None
    assert watching.check(START + 15 * DAY) == []  # 12 a day are too few to compare with


def test_an_alarm_of_a_station_that_is_gone_is_over_after_a_week(database: Database) -> None:
    rng, watching = np.random.default_rng(5), watch(database)
    quiet(database, rng, range(14))
    quiet_others(database, rng, 14, brightness=-60.0)
    assert len(watching.check(START + 15 * DAY)) == 1
    watching.check(START + 20 * DAY)
    assert live(database) != []
    watching.check(START + 23 * DAY)
    assert live(database) == []


def add_decision(database: Database, scan_id: str, number: int, at: datetime, **other: Any) -> None:
    alert_id = f"alert_{scan_id}_{number}"
    facts: dict[str, Any] = {"action": "release", "mark_id": "fox", "test": False, "right": None} | other
    with database.write() as session:
        session.add(
            AlertRow(
                id=alert_id,
                scan_id=scan_id,
                station="A",
                parcel="P",
                mark_id=facts["mark_id"],
                title="Fox",
                holder=f"Holder {number}",
                score=0.6,
                status="decided",
                due_at=at + timedelta(minutes=-5 if other.get("late") else 30),
                test_answer="unconfirmed" if facts["test"] else None,
                sightings={"items": []},
                created_at=at - timedelta(minutes=1),
            )
        )
        session.flush()
        session.add(
            DecisionRow(
                id=f"decision_{alert_id}",
                alert_id=alert_id,
                action=facts["action"],
                officer="lin",
                reason_code="texture" if facts["action"] == "not_a_logo" else "nothing_suspicious",
                before={},
                decided_at=at,
                station="A",
                seconds=30.0,
                test=facts["test"],
                test_right=facts["right"],
            )
        )


def test_the_routine_is_told_by_weeks_with_intervals(database: Database) -> None:
    monday = START + 14 * DAY
    scan_id = add_scan(database, "A", monday)
    for number, action in enumerate(["suspend"] * 5 + ["release"] * 3 + ["not_a_logo"] * 2 + ["unsure"]):
        add_decision(database, scan_id, number, monday + timedelta(hours=number + 1), action=action, late=number == 0)
    add_decision(database, scan_id, 20, monday + DAY, test=True, right=False)
    add_decision(database, scan_id, 21, monday - timedelta(seconds=1))  # of the week before
    service = DriftService(database=database, rules=RULES, clock=lambda: monday + 2 * DAY)
    last, this = service.accuracy(2, None).weeks
    assert (last.week, last.decided, this.week, this.decided) == ("2026-03-09", 1, "2026-03-16", 11)
    assert (this.false_alarms.hits, this.false_alarms.count) == (5, 10)
    assert (this.false_alarms.low, this.false_alarms.high) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert [(one.action, one.reason, one.share.hits) for one in this.reasons] == [
        ("release", "nothing_suspicious", 3),
        ("not_a_logo", "texture", 2),
    ]
    assert (this.tests_right.hits, this.tests_right.count) == (0, 1)
    assert (this.late.hits, this.late.count) == (1, 11)
    assert this.median_seconds is not None
    assert 20 < this.median_seconds <= 40
    assert service.accuracy(1, "elsewhere").weeks[0].decided == 0
    series = service.series("false_alarm_reason", subject="not_a_logo/texture", days=7)
    assert [(point.day, point.count, point.value) for point in series.points] == [
        ("2026-03-15", 1, 0.0),
        ("2026-03-16", 10, 0.2),
    ]


def test_more_alerts_for_one_mark_name_it(database: Database) -> None:
    rng, watching = np.random.default_rng(6), watch(database)
    quiet(database, rng, range(14))
    day = START + 14 * DAY
    for station in STATIONS[1:]:
        views(database, rng, day, station)
    views(database, rng, day, "A")
    with database.write() as session:
        rows = session.execute(select(ViewStatisticsRow).where(ViewStatisticsRow.station == "A")).scalars()
        for row in [one for one in rows if one.at >= day][:90]:
            row.alerts = 1
    scan_id = add_scan(database, "A", day + DAY / 2)
    for number in range(40):
        add_decision(database, scan_id, number, day + DAY / 2, mark_id="owl" if number < 30 else f"m{number}")
    (alarm,) = watching.check(day + DAY)
    assert (alarm.metric, alarm.station, alarm.subject, alarm.hint) == ("alerts", "A", "owl", "campaign_or_new_goods")


def test_a_verdict_leaves_the_figures_of_its_views(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    judge: Any = service.parts.line._judge
    if not any(isinstance(one, StatisticsKeeper) for one in judge._witnesses):
        monkeypatch.setattr(judge, "_witnesses", (*judge._witnesses, StatisticsKeeper(clock=system_clock)))
    service.record("fox", 1)
    answer = service.scan([photograph(1), photograph(7)])
    assert answer.status_code == 201, answer.text
    with service.parts.database.read() as session:
        first, second = session.execute(select(ViewStatisticsRow).order_by(ViewStatisticsRow.view)).scalars()
    assert (first.scan_id, first.station, first.modality, first.findings) == (
        answer.json()["id"],
        "dock-3",
        "photo",
        1,
    )
    assert (first.alerts, second.alerts) == (1, 0)
    assert first.likeness > second.likeness
    assert second.unmatched == (second.best_score < 0.05)


def add_alarm(database: Database, number: int, office: str | None) -> str:
    alarm_id, now = f"drift_{number}", datetime.now(UTC)
    with database.write() as session:
        session.add(
            DriftAlarmRow(
                id=alarm_id,
                metric="sharpness",
                modality="photo",
                office=office,
                station=None if office is None else "A",
                subject="",
                value=0.9,
                limit=0.25,
                hint="lens_dirty_or_out_of_focus",
                state="open",
                live=alarm_id,
                raised_at=now,
                seen_at=now,
            )
        )
    return alarm_id


def client_of(service: Service, name: str, role: Role, office: str | None = "main") -> httpx.Client:
    service.parts.accounts.add(NewAccount(name=name, roles=[role], office=office), by="tests")
    key = service.parts.accounts.add_key(name, label="tests", by="tests")[1]
    return httpx.Client(base_url=service.client.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


def test_an_alarm_is_acknowledged_once_by_whoever_may(service: Service) -> None:
    database = service.parts.database
    ours, everywhere = add_alarm(database, 1, "main"), add_alarm(database, 2, None)
    path = f"/v1/drift/alarms/{ours}/acknowledgements"
    operator, officer = client_of(service, "op", Role.MODEL_OPERATOR), client_of(service, "lin", Role.OFFICER)
    supervisor = client_of(service, "sue", Role.SUPERVISOR)
    with operator, officer, supervisor:
        assert_problem(officer.get("/v1/drift/alarms"), 403, "not-allowed", "account")
        assert_problem(supervisor.post(path, json={}), 403, "not-allowed", "account")
        listed = supervisor.get("/v1/drift/alarms").json()["items"]
        assert [one["id"] for one in listed] == [everywhere, ours]
        assert listed[0]["text"].startswith("The lens is dirty")
        assert_problem(operator.post(path, json={"officer": "somebody"}), 403, "not-your-name", "officer")
        assert_problem(operator.post(path, json={"note": " "}), 422, "invalid-request", "note")
        assert_problem(operator.post(path, json={"nots": "x"}), 422, "invalid-request", "nots")
        done = operator.post(path, json={"note": "The lens is cleaned tonight."}).json()
        assert (done["state"], done["acknowledged_by"]) == ("acknowledged", "op")
        again = assert_problem(operator.post(path, json={}), 409, "alarm-not-open", "alarm_id")
        assert again["current"]["acknowledged_by"] == "op"
        lost = operator.post("/v1/drift/alarms/x/acknowledgements", json={})
        assert_problem(lost, 404, "unknown-drift-alarm", "alarm_id")
        assert [one["id"] for one in operator.get("/v1/drift/alarms?live=false").json()["items"]] == []
    with database.read() as session:
        entries = session.execute(select(AuditEntryRow).where(AuditEntryRow.kind == "drift_alarm")).scalars().all()
    assert [(one.actor, one.action, one.subject) for one in entries] == [("op", "acknowledged", ours)]


def test_another_office_s_stations_are_not_shown(service: Service) -> None:
    database = service.parts.database
    service.parts.accounts.add_office("north", name="North", by="tests")
    theirs, everywhere = add_alarm(database, 1, "north"), add_alarm(database, 2, None)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rng = np.random.default_rng(7)
    views(database, rng, today - DAY, "far", count=50, office="north")
    views(database, rng, today - DAY, "near", count=60)
    roll_up(database, "photo", today + timedelta(minutes=10))
    ask = "/v1/drift/series?metric=brightness&days=3"
    with client_of(service, "op", Role.MODEL_OPERATOR) as operator:
        assert [one["id"] for one in operator.get("/v1/drift/alarms").json()["items"]] == [everywhere]
        lost = operator.post(f"/v1/drift/alarms/{theirs}/acknowledgements", json={})
        assert_problem(lost, 404, "unknown-drift-alarm", "alarm_id")
        (point,) = operator.get(ask).json()["points"]
        assert point["count"] == 60
        assert operator.get(f"{ask}&station=far").json()["points"] == []
    (point,) = service.client.get(f"{ask}&station=far").json()["points"]
    assert point["count"] == 50
    assert point["value"] == pytest.approx(140, abs=15)


def test_questions_and_answers_over_http(service: Service) -> None:
    for query, field in (
        ("metric=beauty", "metric"),
        ("", "metric"),
        ("metric=size&days=0", "days"),
        ("metric=size&days=400", "days"),
        ("metric=size&modality=ct", "modality"),
        (f"metric=size&station={'x' * 65}", "station"),
    ):
        assert_problem(service.client.get(f"/v1/drift/series?{query}"), 422, "invalid-request", field)
    answer = service.client.get("/v1/drift/accuracy?weeks=2")
    assert [one["decided"] for one in answer.json()["weeks"]] == [0, 0]
    assert answer.json()["weeks"][0]["false_alarms"] == {"hits": 0, "count": 0, "low": 0.0, "high": 1.0}
    assert_problem(service.client.get("/v1/drift/accuracy?weeks=99"), 422, "invalid-request", "weeks")


def test_the_command_shows_a_line_for_each_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path))
    database = Database(settings_in(tmp_path).url)
    database.migrate()
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    rng = np.random.default_rng(8)
    for back in (4, 3, 2):
        views(database, rng, today - back * DAY, "[A]", count=50, brightness=-20.0 * (4 - back))
    add_alarm(database, 1, "main")
    database.close()
    app = typer.Typer()
    app.command()(drift_command)
    told = CliRunner().invoke(app, [])
    assert told.exit_code == 0, told.output
    assert "lens is dirty" in told.output
    line = next(one for one in told.output.splitlines() if "brightness" in one)
    assert "[A]" in line
    assert "█" in line
    found = json.loads(CliRunner().invoke(app, ["--json", "--station", "[A]"]).output)
    assert {one["metric"] for one in found["series"]} >= {"brightness", "novelty", "alerts"}
    assert found["alarms"] == []  # of station A, without brackets


def test_sparklines() -> None:
    assert sparkline([]) == ""
    assert sparkline([2, 2]) == "▅▅"
    assert sparkline([0, 7, 3.5]) == "▁█▅"


def test_the_thread_looks_and_stops_though_the_database_fails(tmp_path: Path) -> None:
    broken = Database(f"sqlite:///{tmp_path / 'none.db'}")  # without tables
    watching = watch(broken)
    watching.start()
    watching.stop()
    broken.close()
