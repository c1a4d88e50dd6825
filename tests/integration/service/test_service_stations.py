"""Stations: their terms, their keys, what each may see, their heartbeats, and who is refused first when it is full."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from service.cli.main import app
from service.identity import repository
from service.identity.errors import TooManyKeys
from service.tables import ScanRow
from tests.integration.service.harness import Service, assert_problem, key_of_station, running, settings_in, wait_for
from tests.integration.service.inspectors import Gated
from tests.integration.service.pictures import photograph

BEAT = {"agent": "tidewaiter-station/0.1.0", "waiting": 3, "waiting_bytes": 900_000, "state": "warning"}


def post(service: Service, headers: dict[str, str], *, station: str = "dock-3", parcel: str = "P1") -> httpx.Response:
    query = {"station": station, "parcel": parcel}
    sent = {"Content-Type": "image/jpeg", **headers}
    return service.client.post("/v1/scans", params=query, content=photograph(1), headers=sent)


def beat(service: Service, station: str, headers: dict[str, str], **changes: Any) -> httpx.Response:
    said = {**BEAT, "sent_at": datetime.now(UTC).isoformat(), **changes}
    return service.client.post(f"/v1/stations/{station}/heartbeat", json=said, headers=headers)


def test_a_station_sees_what_it_posted_and_nothing_else(service: Service) -> None:
    mine, other = key_of_station(service.parts, "dock-3"), key_of_station(service.parts, "dock-4")
    scan = post(service, mine).json()
    view = scan["views"][0]["url"]
    for path in (f"/v1/scans/{scan['id']}", f"/v1/scans/{scan['id']}/verdict", view):
        assert service.client.get(path, headers=mine).status_code == 200
        assert_problem(service.client.get(path, headers=other), 404, "unknown-scan", "scan_id")
    assert_problem(post(service, other), 403, "wrong-station", "station")
    asked = {"station": "dock-3", "parcel": "P1"}
    refused = service.client.post("/v1/scans:precheck", json=asked, headers=other)
    assert_problem(refused, 403, "wrong-station", "station")
    for path in ("/v1/alerts", "/v1/registry/marks", "/metrics-of-others"):
        assert service.client.get(path, headers=mine).status_code in {403, 404}
    assert service.stored()["scans"] == 1


def test_each_answer_says_by_what_it_was_made(service: Service) -> None:
    answers = [service.client.get("/healthz"), service.scan([photograph(1)]), service.client.get("/v1/scans/none")]
    for answer in answers:
        assert answer.headers["tidewaiter-version"] == service.client.get("/openapi.json").json()["info"]["version"]
        assert re.fullmatch("[0-9a-f]{16}", answer.headers["tidewaiter-models"])
    before = int(answers[1].headers["tidewaiter-registry"])
    service.record("fox", 1)
    assert int(service.scan([photograph(2)]).headers["tidewaiter-registry"]) > before


def test_two_keys_are_live_at_once_and_a_revoked_one_is_dead(service: Service) -> None:
    first, second = key_of_station(service.parts, "dock-3"), key_of_station(service.parts, "dock-3")
    with pytest.raises(TooManyKeys, match="dock-3"):
        key_of_station(service.parts, "dock-3")
    assert post(service, first).status_code == 201
    assert post(service, second).status_code == 200
    with service.parts.database.read() as session:
        row = repository.account(session, "dock-3")
        assert row is not None
        keys = repository.keys(session, row.id)
    service.parts.accounts.revoke_key("dock-3", keys[0].id, by="tests")
    assert post(service, first).status_code == 401
    assert post(service, second).status_code == 200
    assert post(service, key_of_station(service.parts, "dock-3")).status_code == 200


@pytest.mark.parametrize("wrong", ["", "Bearer", "Bearer twk_wrong", "Basic eDp5"])
def test_a_wrong_key_opens_nothing(service: Service, wrong: str) -> None:
    assert post(service, {"Authorization": wrong}).status_code == 401
    assert service.stored()["scans"] == 0


def test_a_heartbeat_is_kept_and_answered_with_the_terms(service: Service) -> None:
    mine = key_of_station(service.parts, "dock-3")
    wrong_clock = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    frames = {"dark": 2, "saturated": 0, "frozen": 1}
    told = beat(service, "dock-3", mine, sent_at=wrong_clock, frames=frames, worries=["2 frames are dark"])
    assert told.status_code == 200
    assert told.json()["policy"] == {"default": "fail_closed", "modes": {}}
    assert -3_605_000 < told.json()["clock_skew_ms"] < -3_595_000
    assert told.json()["queue"]["room"] >= 1
    (shown,) = service.client.get("/v1/stations").json()["items"]
    assert (shown["name"], shown["state"], shown["heartbeat"]["frames"]) == ("dock-3", "warning", frames)
    assert shown["clock_skew_ms"] == told.json()["clock_skew_ms"]
    assert_problem(beat(service, "dock-4", mine), 403, "wrong-station", "station")
    assert_problem(beat(service, "dock-3", mine, waiting=-1), 422, "invalid-request", "waiting")
    assert_problem(beat(service, "dock-3", mine, mood="sunny"), 422, "invalid-request", "mood")


def test_a_station_that_says_nothing_any_more_is_silent(tmp_path: Path) -> None:
    moment = [datetime.now(UTC)]
    with running(settings_in(tmp_path), clock=lambda: moment[0]) as service:
        assert beat(service, "dock-3", key_of_station(service.parts, "dock-3")).status_code == 200
        moment[0] += timedelta(seconds=121)
        assert [item["state"] for item in service.client.get("/v1/stations").json()["items"]] == ["silent"]


def test_stations_are_set_up_on_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def called(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["stations", *arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "an answer in 12000 ms, else fail_open" in called(
        "set", "dock-3", "--policy", "fail_open", "--answer-within", "12"
    )
    assert "else fail_open, 9610 fail_closed" in called("set", "dock-3", "--mode", "9610=fail_closed")
    keys = [re.findall(r"twk_[\w-]{43}", called("key", "dock-3"))[0] for _ in range(2)]
    assert len(set(keys)) == 2
    assert CliRunner().invoke(app, ["stations", "key", "dock-3"]).exit_code != 0
    assert "12 s" in called("list")
    for wrong in (("--policy", "open"), ("--mode", "9610"), ("--mode", "x=fail_open"), ("--office", "nowhere")):
        assert CliRunner().invoke(app, ["stations", "set", "dock-3", *wrong]).exit_code != 0
    with running(settings_in(tmp_path)) as service:
        scan = post(service, {"Authorization": f"Bearer {keys[0]}"}).json()
        given = datetime.fromisoformat(scan["answer_by"]) - datetime.fromisoformat(scan["received_at"])
        assert given == timedelta(seconds=12)


def test_when_room_is_short_what_can_wait_is_refused_first_and_alerts_never(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path, workers=1, queue=3), inspector) as service, ThreadPoolExecutor(8) as stations:
        service.record("fox", 1)

        def posted(lane: str, parcel: str) -> httpx.Response:
            return service.scan([photograph(1)], parcel=parcel, lane=lane)

        waiting = [stations.submit(posted, "live", f"P{n}") for n in range(2)]
        wait_for(lambda: service.parts.pool.fill[0] == 2)
        bulk = posted("bulk", "B1")  # half of the room is taken
        body = assert_problem(bulk, 429, "lane-full", "queue")
        assert (body["lane"], body["waiting"], body["room"]) == ("bulk", 2, 2)
        assert int(bulk.headers["retry-after"]) >= 1
        waiting.append(stations.submit(posted, "handheld", "H1"))
        wait_for(lambda: service.parts.pool.fill[0] == 3)
        assert posted("handheld", "H2").status_code == 429
        waiting.append(stations.submit(posted, "live", "P3"))
        wait_for(lambda: service.parts.pool.fill[0] == 4)
        assert_problem(posted("live", "P4"), 503, "overloaded", "queue")
        assert not service.parts.pool.idle  # so self-tests, and whatever else can wait, do not even begin
        inspector.gate.set()
        done = [future.result() for future in waiting]
        assert [answer.status_code for answer in done] == [201] * 4
        assert all(len(answer.json()["alerts"]) == 1 for answer in done)
        assert service.stored()["scans"] == 4  # what was refused was not stored


def test_the_most_urgent_lane_goes_first(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path, workers=1, queue=15), inspector) as service, ThreadPoolExecutor(8) as stations:
        jobs = []
        for n, lane in enumerate(("live", "bulk", "handheld", "live")):  # the first is inspected, the others wait
            jobs.append(stations.submit(service.scan, [photograph(1)], parcel=f"P{n}", lane=lane))
            wait_for(partial(queued, service, n + 1))
        inspector.gate.set()
        assert [job.result().status_code for job in jobs] == [201] * 4
        with service.parts.database.read() as session:
            lanes = list(session.execute(select(ScanRow.lane).order_by(ScanRow.inspected_at)).scalars())
    assert lanes == ["live", "live", "handheld", "bulk"]


def queued(service: Service, count: int) -> bool:
    """Whether so many scans are stored and wait."""
    return service.parts.pool.fill[0] == count and service.stored()["scans"] == count
