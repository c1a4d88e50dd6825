"""The station agent against a real service: from a file in a folder to a verdict, whatever happens in between."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import select

from service.agent.agent import Agent
from service.agent.doctor import Finding, findings
from service.agent.folder import FolderRules
from service.agent.items import Picture, Terms
from service.agent.link import Link
from service.agent.posting import send_files
from service.agent.settings import AgentSettings
from service.agent.simulating import Plan, simulate
from service.stations.policy import Policy
from service.stations.policy import Terms as ServiceTerms
from service.tables import ScanRow
from tests.integration.service.harness import Service, running, settings_in, wait_for
from tests.integration.service.inspectors import Gated
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_stations import key_of_station

Handler = Callable[[httpx.Request], httpx.Response | None]


class Between(httpx.BaseTransport):
    """A network between station and service: `handler` may answer in the service's place, or raise."""

    def __init__(self, handler: Handler | None = None, *, after: Handler | None = None) -> None:
        self._way, self.handler, self.after = httpx.HTTPTransport(), handler, after
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        told = self.handler(request) if self.handler else None
        if told is not None:
            return told
        answer = self._way.handle_request(request)
        if self.after is not None:
            answer.read()
            return self.after(request) or answer
        return answer

    def close(self) -> None:
        self._way.close()

    @property
    def posts(self) -> list[httpx.Request]:
        return [one for one in self.requests if one.url.path == "/v1/scans"]


def settings_of(service: Service, folder: Path, **changes: Any) -> AgentSettings:
    hot = folder / "hot"
    hot.mkdir(exist_ok=True)
    key = key_of_station(service.parts, "dock-3")["Authorization"].removeprefix("Bearer ")
    usual: dict[str, Any] = {"rules": FolderRules(settle=0), "verdicts": folder / "verdicts", "keep_free": 0}
    return AgentSettings(
        url=str(service.client.base_url),
        station="dock-3",
        key=key,
        folder=hot,
        spool=folder / "spool",
        **(usual | changes),
    )


@contextmanager
def at_work(settings: AgentSettings, between: Between | None = None) -> Iterator[Agent]:
    """An agent in a thread."""
    agent = Agent(settings, Link(settings.url, settings.key, transport=between))
    thread = threading.Thread(target=agent.run)
    thread.start()
    try:
        yield agent
    finally:
        agent.stop()
        thread.join(20)
    assert not thread.is_alive()


def drop(folder: Path, name: str, data: bytes) -> None:
    """As a careful camera does it."""
    (folder / f"{name}.part").write_bytes(data)
    (folder / f"{name}.part").rename(folder / name)


def verdicts(folder: Path, below: str = "") -> dict[str, dict[str, Any]]:
    """Parcel -> what the line was told."""
    files = (folder / "verdicts" / below).glob("*.json")
    return {(said := json.loads(path.read_text(encoding="utf-8")))["parcel"]: said for path in files}


def test_from_a_file_to_a_verdict(service: Service, tmp_path: Path) -> None:
    service.record("fox", 1)
    with at_work(settings_of(service, tmp_path, rules=FolderRules(settle=0, answer_within=20))):
        drop(tmp_path / "hot", "P1_top.jpg", photograph(1))
        drop(tmp_path / "hot", "P2.jpg", photograph(9))
        wait_for(lambda: len(verdicts(tmp_path)) == 2)
    told = verdicts(tmp_path)
    assert (told["P1"]["decision"], told["P1"]["decided_by"], told["P1"]["late"]) == ("divert", "model", False)
    assert told["P2"]["decision"] == "pass"
    assert list((tmp_path / "hot").iterdir()) == []
    scan = service.client.get(f"/v1/scans/{told['P1']['scan']}").json()
    assert (scan["parcel"], scan["views"][0]["name"]) == ("P1", "top")
    assert scan["answer_by"] is not None


def test_an_answer_that_is_lost_on_the_way_makes_no_second_scan(service: Service, tmp_path: Path) -> None:
    lost: list[int] = []

    def lose(request: httpx.Request) -> httpx.Response | None:
        if request.url.path == "/v1/scans" and len(lost) < 3:
            lost.append(1)
            raise httpx.ReadError("connection reset")
        return None

    between = Between(after=lose)
    with at_work(settings_of(service, tmp_path), between):
        drop(tmp_path / "hot", "P1.jpg", photograph(1))
        wait_for(lambda: "P1" in verdicts(tmp_path))
    assert len(between.posts) >= 4
    assert len({request.headers["idempotency-key"] for request in between.posts}) == 1
    assert service.stored()["scans"] == 1


def test_while_the_service_is_away_the_policy_answers_and_everything_arrives_later(
    service: Service, tmp_path: Path
) -> None:
    service.record("fox", 1)
    service.parts.stations.set_up(
        "dock-3", "main", ServiceTerms(policy=Policy(modes={"mail": "fail_open"})), by="tests"
    )
    down = threading.Event()

    def away(_: httpx.Request) -> None:
        if down.is_set():
            raise httpx.ConnectError("connection refused")

    between = Between(away)
    settings = settings_of(service, tmp_path, rules=FolderRules(settle=0, answer_within=1.0))
    hot = tmp_path / "hot"
    with at_work(settings, between) as agent:
        wait_for(lambda: agent.spool.fact("terms") is not None)
        down.set()
        (hot / "P2.json").write_text('{"parcel": "P2", "declaration": {"mode": "mail"}}', encoding="utf-8")
        drop(hot, "P1.jpg", photograph(1))
        drop(hot, "P2.jpg", photograph(1, tint=9))
        wait_for(lambda: len(verdicts(tmp_path)) == 2)
        assert agent.sender.away
    assert service.stored()["scans"] == 0
    told = verdicts(tmp_path)
    assert (told["P1"]["decision"], told["P1"]["decided_by"], told["P1"]["policy"]) == (
        "divert",
        "timeout",
        "fail_closed",
    )
    assert (told["P2"]["decision"], told["P2"]["policy"]) == ("pass", "fail_open")

    with at_work(settings, Between()):  # the agent was restarted, and the service is back
        wait_for(lambda: service.stored()["scans"] == 2)
        wait_for(lambda: set(verdicts(tmp_path, "late")) == {"P1", "P2"})
    assert verdicts(tmp_path) == told  # what the line was told stands
    assert all(said["late"] for said in verdicts(tmp_path, "late").values())
    assert len(service.client.get("/v1/alerts").json()["items"]) == 2  # and the officers know


def test_a_clock_that_jumps_makes_nothing_late(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, jump = time.time, [0.0]
    monkeypatch.setattr("service.agent.agent.time.time", lambda: real() + jump[0])
    with at_work(settings_of(service, tmp_path, rules=FolderRules(settle=0, answer_within=15))):
        for number, wrong in enumerate((0.0, 3600.0, -3600.0)):
            jump[0] = wrong
            drop(tmp_path / "hot", f"P{number}.jpg", photograph(number))
            wait_for(lambda: f"P{number}" in verdicts(tmp_path))  # noqa: B023 - called here and now
    assert [said["decided_by"] for said in verdicts(tmp_path).values()] == ["model"] * 3
    assert service.stored()["scans"] == 3


def test_what_the_service_refuses_is_set_aside_with_its_reason_and_the_rest_goes_on(
    service: Service, tmp_path: Path
) -> None:
    with at_work(settings_of(service, tmp_path)) as agent:
        drop(tmp_path / "hot", "bad.jpg", b"\xff\xd8 this is no photograph")
        (tmp_path / "hot" / "lies.json").write_text(
            json.dumps({"parcel": "lies", "declaration": {"reference": {"type": "s10", "value": "RX123456780NL"}}})
        )
        drop(tmp_path / "hot", "lies.jpg", photograph(2))
        drop(tmp_path / "hot", "good.jpg", photograph(1))
        wait_for(lambda: set(verdicts(tmp_path)) == {"bad", "lies", "good"})
        assert agent.quarantine.count() == 2
    told = verdicts(tmp_path)
    assert (told["bad"]["decision"], told["bad"]["decided_by"]) == ("undecided", "rule")
    reasons = [json.loads(path.read_text()) for path in (tmp_path / "spool" / "quarantine").glob("*/reason.json")]
    assert {reason["problem"]["type"].rpartition(":")[2] for reason in reasons} == {
        "unsupported-image",
        "invalid-request",
    }
    kept = {path.name: path.read_bytes() for path in (tmp_path / "spool" / "quarantine").glob("*/*.jpg")}
    assert kept["bad.jpg"] == b"\xff\xd8 this is no photograph"
    assert service.stored()["scans"] == 1


def test_a_key_that_is_refused_holds_everything_and_says_so(service: Service, tmp_path: Path) -> None:
    settings = settings_of(service, tmp_path)
    wrong = replace(settings, key="twk_wrong")
    with at_work(wrong) as agent:
        drop(tmp_path / "hot", "P1.jpg", photograph(1))
        wait_for(lambda: "401" in agent.sender.held)
        time.sleep(1.0)
        found = looked(wrong)
        assert found["key"].state == "stop"
    assert "twk_" not in (tmp_path / "spool" / "status.json").read_text()
    with at_work(settings):
        wait_for(lambda: "P1" in verdicts(tmp_path))
    assert service.stored()["scans"] == 1


def test_a_service_that_is_full_is_asked_again_when_it_says(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path / "s", workers=1, queue=0), inspector) as service:
        between = Between()
        with at_work(settings_of(service, tmp_path), between):
            for number in range(3):
                drop(tmp_path / "hot", f"P{number}.jpg", photograph(number))
            wait_for(lambda: len(between.posts) >= 3)
            inspector.gate.set()
            wait_for(lambda: len(verdicts(tmp_path)) == 3, 40)
        assert service.stored()["scans"] == 3


def test_scans_of_a_parcel_arrive_in_order(service: Service, tmp_path: Path) -> None:
    settings = settings_of(service, tmp_path, threads=6)
    hot = tmp_path / "hot"
    for number in range(8):
        drop(hot, f"P_{number}.jpg", photograph(number))
        time.sleep(0.01)
    with at_work(settings):
        wait_for(lambda: service.stored()["scans"] == 8)
    names = [view["name"] for scan in sorted_scans(service) for view in scan["views"]]
    assert names == [str(number) for number in range(8)]


def sorted_scans(service: Service) -> list[dict[str, Any]]:
    """All scans in the order in which they were received."""
    with service.parts.database.read() as session:
        ids = session.execute(select(ScanRow.id).order_by(ScanRow.received_at)).scalars().all()
    return [service.client.get(f"/v1/scans/{scan_id}").json() for scan_id in ids]


def test_the_office_sees_the_heartbeat_and_the_frames_that_show_nothing(service: Service, tmp_path: Path) -> None:
    fine, dark = cv2.imencode(".jpg", np.zeros((120, 160, 3), np.uint8))
    assert fine
    with at_work(settings_of(service, tmp_path)) as agent:
        wait_for(lambda: agent.spool.fact("terms") is not None)  # its first heartbeat was heard
        drop(tmp_path / "hot", "P1.jpg", dark.tobytes())
        wait_for(lambda: agent.frames.counts.dark == 1)
        agent._reporter._beat()
    said = shown(service)
    assert (said["frames"], said["last_image_at"] is not None) == ({"dark": 1, "saturated": 0, "frozen": 0}, True)
    assert said["agent"].startswith("tidewaiter-station/")


def shown(service: Service) -> Any:
    """The heartbeat of dock-3."""
    return next(
        item["heartbeat"] for item in service.client.get("/v1/stations").json()["items"] if item["name"] == "dock-3"
    )


def looked(settings: AgentSettings) -> dict[str, Finding]:
    """What the doctor finds."""
    with Link(settings.url, settings.key) as link:
        return {one.what: one for one in findings(link, settings.station, settings.spool, settings.folder)}


def test_doctor_says_what_is_in_order(service: Service, tmp_path: Path) -> None:
    settings = settings_of(service, tmp_path)
    with at_work(settings):
        drop(tmp_path / "hot", "P1.jpg", photograph(1))
        wait_for(lambda: "P1" in verdicts(tmp_path) and (settings.spool / "status.json").exists())
        states = {what: one.state for what, one in looked(settings).items()}
    assert set(states.values()) == {"fine"}, states
    assert {"folder", "spool", "disk", "scans", "agent", "service", "key", "clock", "terms"} <= set(states)
    assert "none is lost" in looked(replace(settings, url="http://127.0.0.1:9"))["service"].how


def test_one_parcel_is_sent_by_hand(service: Service, tmp_path: Path) -> None:
    service.record("fox", 1)
    (tmp_path / "p.jpg").write_bytes(photograph(1))
    settings = settings_of(service, tmp_path)
    with Link(settings.url, settings.key) as link:
        scan = send_files(link, "dock-3", "P1", [tmp_path / "p.jpg"], answer_within=20)
    assert scan["answer"]["decision"] == "divert"


def test_a_line_is_simulated_and_each_answer_timed(service: Service, tmp_path: Path) -> None:
    settings = settings_of(service, tmp_path)
    plan = Plan(station="dock-3", rate=7200, seconds=3, answer_within=10)
    pictures = [Picture(name="p.jpg", data=photograph(1))]
    with Link(settings.url, settings.key) as link:
        report = simulate(link, plan, pictures)
        hurried = simulate(link, replace(plan, seconds=1, answer_within=0.001), pictures)
    figures = report.figures()
    assert (figures["parcels"], figures["simulated_in_time"], report.all_in_time) == (6, 1.0, True)
    assert service.stored()["scans"] == 8
    assert 2.4 <= figures["seconds"] <= 30
    assert not hurried.all_in_time


def test_without_a_word_of_the_service_the_agents_own_policy_goes(service: Service, tmp_path: Path) -> None:
    def away(_: httpx.Request) -> None:
        raise httpx.ConnectError("connection refused")

    settings = settings_of(
        service, tmp_path, rules=FolderRules(settle=0, answer_within=0.5), terms=Terms(default="fail_open")
    )
    with at_work(settings, Between(away)):
        drop(tmp_path / "hot", "P1.jpg", photograph(1))
        wait_for(lambda: "P1" in verdicts(tmp_path))
    assert (verdicts(tmp_path)["P1"]["decision"], verdicts(tmp_path)["P1"]["policy"]) == ("pass", "fail_open")
