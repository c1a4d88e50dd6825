"""The worklist's live feed, as a browser reads it: in order, of its office, without a gap after a lost connection."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Queue
from typing import Any

import httpx
import pytest

from service.alerts import feed
from service.identity.roles import Role
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import JPEG, account, keyed

SECONDS = 10


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service with two offices, on each kind of database.

    Its heart beats quickly: a thread that waits for a line keeps its connection open until one comes.
    """
    monkeypatch.setattr(feed, "BEAT", 0.5)
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        started.record("fox", 1)
        started.parts.accounts.add_office("harbour", "Harbour", by="tests")
        account(started, "inland", Role.OFFICER, office="main")
        account(started, "harbour", Role.OFFICER, office="harbour")
        account(started, "dock-h", Role.STATION, office="harbour", station="dock-h")
        yield started


class Stream:
    """Events as they come."""

    def __init__(self, answer: httpx.Response) -> None:
        self.events: Queue[dict[str, str]] = Queue()
        self._answer = answer
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def next(self, seconds: float = SECONDS) -> dict[str, str]:
        return self.events.get(timeout=seconds)

    def nothing(self) -> bool:
        try:
            self.events.get(timeout=1.2)
        except Empty:
            return True
        return False

    def _read(self) -> None:
        event: dict[str, str] = {}
        try:
            for line in self._answer.iter_lines():
                name, _, value = line.partition(": ")
                if line == "" and "event" in event:
                    self.events.put(event)
                event = {} if line == "" else {**event, name: value}
        except (httpx.HTTPError, httpx.StreamError):
            return


@contextmanager
def listening(service: Service, name: str, last: str | None = None) -> Iterator[Stream]:
    headers = {} if last is None else {"Last-Event-ID": last}
    with (
        keyed(service, name) as client,
        client.stream("GET", "/console/events", headers=headers, timeout=30) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield Stream(answer)


def told(event: dict[str, str]) -> tuple[str, str]:
    data: dict[str, Any] = json.loads(event["data"])
    return data["action"], data["alert"]


def raised(service: Service, parcel: str) -> str:
    (alert,) = service.scan([photograph(1)], parcel=parcel).json()["alerts"]
    return str(alert)


def test_what_happens_is_told_in_order(service: Service) -> None:
    with listening(service, "inland") as stream:
        assert stream.next()["event"] == "hello"
        alert = raised(service, "P1")
        with keyed(service, "inland") as officer:
            for act, body in (("claims", {}), ("decisions", {"action": "hold"}), ("undo", {})):
                officer.post(f"/v1/alerts/{alert}/{act}", json=body).raise_for_status()
        actions = [told(stream.next()) for _ in range(4)]
    assert actions == [(action, alert) for action in ("raised", "claimed", "hold", "undone")]


def test_whoever_comes_back_misses_nothing(service: Service) -> None:
    with listening(service, "inland") as stream:
        stream.next()
        first = raised(service, "P1")
        event = stream.next()
        assert told(event) == ("raised", first)
    second, third = raised(service, "P2"), raised(service, "P3")
    with listening(service, "inland", event["id"]) as stream:
        assert [told(stream.next())[1] for _ in range(2)] == [second, third]
        fourth = raised(service, "P4")
        assert told(stream.next()) == ("raised", fourth)
        assert stream.nothing()  # each once


def test_another_office_is_told_nothing(service: Service) -> None:
    with listening(service, "harbour") as stream:
        stream.next()
        raised(service, "P1")
        with keyed(service, "dock-h") as station:
            params = {"station": "dock-h", "parcel": "H1"}
            scan = station.post("/v1/scans", params=params, content=photograph(1), headers=JPEG).json()
        assert told(stream.next()) == ("raised", scan["alerts"][0])
        assert stream.nothing()


def test_whoever_is_far_behind_loads_anew(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "BATCH", 2)
    for n in range(4):
        raised(service, f"P{n}")
    with listening(service, "inland", "0") as stream:
        assert stream.next()["event"] == "reload"


@pytest.mark.parametrize("last", ["x", "-1", "9" * 19, "99"])
def test_a_strange_last_event_is_taken_for_none(service: Service, last: str) -> None:
    with listening(service, "inland", last) as stream:
        assert stream.next()["event"] == ("hello" if last in ("x", "-1") else "reload")
        alert = raised(service, "P1")
        assert told(stream.next()) == ("raised", alert)


def test_more_pages_than_there_is_room_for_are_told_to_wait(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST", 1)
    with listening(service, "inland") as stream:
        stream.next()
        with keyed(service, "inland") as client:
            answer = client.get("/console/events")
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "30"
