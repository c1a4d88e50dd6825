"""The agent under hardship: disks that fail, cameras that are quicker, a service that keeps everybody waiting."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.agent.agent import Agent
from service.agent.folder import FolderRules
from service.agent.link import Link
from service.agent.settings import AgentSettings
from service.agent.spool import Spool

JPEG = b"\xff\xd8 nobody looks into it here"
SCAN = {"id": "scan_1", "state": "done", "answer": {"decision": "pass", "decided_by": "model", "late": False}}


def agent_in(folder: Path, answer: Callable[[httpx.Request], httpx.Response], **changes: Any) -> Agent:
    """An agent whose service answers like this."""
    (folder / "hot").mkdir(exist_ok=True)
    usual: dict[str, Any] = {"rules": FolderRules(settle=0), "keep_free": 0, "verdicts": folder / "verdicts"}
    settings = AgentSettings(
        url="https://customs.example",
        station="dock-3",
        key="k",
        folder=folder / "hot",
        spool=folder / "spool",
        **(usual | changes),
    )
    return Agent(settings, Link(settings.url, settings.key, transport=httpx.MockTransport(answer)))


def fine(request: httpx.Request) -> httpx.Response:
    return httpx.Response(201, json=SCAN)


def wait_for(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


class Working:
    """An agent at work in a thread."""

    def __init__(self, agent: Agent) -> None:
        self._agent, self._thread = agent, threading.Thread(target=agent.run)

    def __enter__(self) -> Agent:
        self._thread.start()
        return self._agent

    def __exit__(self, *_: object) -> None:
        self._agent.stop()
        self._thread.join(30)
        assert not self._thread.is_alive()


def told(folder: Path) -> set[str]:
    return {path.name.split(".")[0] for path in (folder / "verdicts").glob("*.json")}


def test_an_image_that_its_camera_replaces_while_it_is_spooled_is_not_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = agent_in(tmp_path, fine)
    image = tmp_path / "hot" / "latest.jpg"
    image.write_bytes(JPEG)
    add = Spool.add

    def slow(spool: Spool, *arguments: Any, **named: Any) -> Any:
        item = add(spool, *arguments, **named)
        if image.read_bytes() == JPEG:
            image.write_bytes(JPEG + b" and the next one")
        return item

    monkeypatch.setattr(Spool, "add", slow)
    agent.step()
    assert image.read_bytes() == JPEG + b" and the next one"
    agent.step()
    assert not image.exists()
    held = [picture.data for item in agent.spool.open_items() for picture in agent.spool.pictures(item)]
    assert held == [JPEG, JPEG + b" and the next one"]
    agent.spool.close()


def test_a_spool_that_cannot_be_written_is_said_and_the_agent_lives_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent = agent_in(tmp_path, fine)
    (tmp_path / "hot" / "P1.jpg").write_bytes(JPEG)

    def full(*_: Any, **__: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "_writing", full)
        agent.step()
        assert "disk is full" in agent.stuck
        assert agent._reporter._state() == "stopped"
        assert (tmp_path / "hot" / "P1.jpg").exists()
    agent.step()
    assert agent.stuck == ""
    assert [item.parcel for item in agent.spool.open_items()] == ["P1"]
    agent.spool.close()


def test_a_file_that_cannot_be_set_aside_holds_up_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = agent_in(tmp_path, fine)
    (tmp_path / "hot" / "A.jpg").write_bytes(b"")
    (tmp_path / "hot" / "B.jpg").write_bytes(JPEG)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(agent.quarantine, "take_files", full)
    agent.step()
    assert [item.parcel for item in agent.spool.open_items()] == ["B"]
    assert "cannot be set aside" in agent.worries[0]
    agent.spool.close()


def test_a_try_that_breaks_here_does_not_lock_the_way_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    away = [True]

    def answer(request: httpx.Request) -> httpx.Response:
        if away[0]:
            raise httpx.ConnectError("away")
        return fine(request)

    agent = agent_in(tmp_path, answer)
    pictures, broken = Spool.pictures, [0]

    def breaking(spool: Spool, item: Any) -> Any:
        if away[0] and agent.sender._gate.away and not broken[0]:
            broken[0], away[0] = 1, False  # the one try that was let through breaks on this disk
            raise sqlite3.OperationalError("disk I/O error")
        return pictures(spool, item)

    monkeypatch.setattr(Spool, "pictures", breaking)
    (tmp_path / "hot" / "P1.jpg").write_bytes(JPEG)
    with Working(agent):
        wait_for(lambda: told(tmp_path) == {"P1"})
    assert broken == [1]


def test_those_who_wait_for_an_officer_keep_no_image_waiting(tmp_path: Path) -> None:
    gate = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/verdict"):
            gate.wait(15)  # a long poll: the officer has not decided
            return httpx.Response(202, json={"scan": "s", "state": "done", "decision": None})
        if b'"W' in request.read():
            return httpx.Response(202, json={"id": "scan_w", "state": "done", "answer": None})
        return fine(request)

    agent = agent_in(tmp_path, answer, threads=4)
    with Working(agent):
        for number in range(6):
            (tmp_path / "hot" / f"W{number}.jpg").write_bytes(JPEG + b"%d" % number)
        wait_for(lambda: sum(item.scan is not None for item in agent.spool.open_items()) == 6)
        (tmp_path / "hot" / "P1.jpg").write_bytes(JPEG)
        try:
            wait_for(lambda: told(tmp_path) == {"P1"}, 8)
        finally:
            gate.set()


def test_a_folder_that_takes_long_makes_no_answer_late(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    agent = agent_in(tmp_path, away, rules=FolderRules(settle=0, answer_within=1.0))
    (tmp_path / "hot" / "A.jpg").write_bytes(JPEG)
    add, began = Spool.add, []

    def slow(spool: Spool, *arguments: Any, **named: Any) -> Any:
        if began:
            time.sleep(6.0)  # a disk that takes its time over the second one
        began.append(time.monotonic())
        return add(spool, *arguments, **named)

    monkeypatch.setattr(Spool, "add", slow)
    with Working(agent):
        wait_for(lambda: len(began) == 1)
        (tmp_path / "hot" / "B.jpg").write_bytes(JPEG + b"B")
        wait_for(lambda: "A" in told(tmp_path))
        assert time.monotonic() - began[0] < 4.0


@pytest.mark.parametrize("said", [{"policy": {"modes": 7}}, {"policy": "open"}, {"answer_within_ms": "soon"}])
def test_terms_that_are_none_leave_the_ones_that_were(tmp_path: Path, said: dict[str, Any]) -> None:
    agent = agent_in(tmp_path, lambda _: httpx.Response(200, json=said))
    agent.learn({"policy": {"default": "fail_open"}, "answer_within_ms": 3000})
    agent._reporter._beat()
    assert (agent.terms.default, agent.terms.answer_within) == ("fail_open", 3.0)
    agent.spool.close()


def test_the_deadlines_are_kept_whatever_went_wrong_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("away")

    agent = agent_in(tmp_path, away, rules=FolderRules(settle=0, answer_within=0.2))
    time_out, broken = agent._verdicts.time_out, []

    def breaking(*arguments: Any) -> None:
        if not broken:
            broken.append(1)
            raise RuntimeError("nobody thought of it")
        time_out(*arguments)

    monkeypatch.setattr(agent._verdicts, "time_out", breaking)
    (tmp_path / "hot" / "A.jpg").write_bytes(JPEG)
    with Working(agent):
        wait_for(lambda: told(tmp_path) == {"A"})
    assert broken == [1]
