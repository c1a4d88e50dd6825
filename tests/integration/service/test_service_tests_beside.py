"""Imported marks are tested too, one after the other, whenever nothing else is to be done; on both databases."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.onboarding import repository
from service.tables import SelfTestRow
from tests.databases import KINDS, fresh_url
from tests.fakes import FakeEmbedder, FakeInspector
from tests.integration.service.harness import Service, running, settings_in, wait_for
from tests.integration.service.pictures import mark, png
from tests.integration.service.test_service_exchange import imported, pictures, row, table


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service on each kind of database."""
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        yield started


def outcomes(service: Service) -> dict[str, str]:
    """Mark -> the embedder it was tested with."""
    with service.parts.database.read() as session:
        return {row.mark_id: row.embedder for row in session.query(SelfTestRow)}


def test_imported_marks_are_tested_when_nothing_else_is_to_be_done(service: Service) -> None:
    imported(service, table(row(1), row(2), row(3, status="draft", decided_on="")), pictures(1, 2, 3))
    wait_for(lambda: set(outcomes(service)) == {"m1", "m2"})  # the draft is not matched yet
    found = service.client.get("/v1/registry/recordations", params={"number": "T-0001"}).json()["items"][0]
    shown = service.client.get(f"/v1/registry/recordations/{found['id']}").json()
    assert shown["self_tests"]["m1"]["rendered"] == 12


def test_nothing_is_tested_while_scans_wait(service: Service) -> None:
    beside = service.parts.tests_beside
    beside.stop()
    imported(service, table(row(1), row(2)), pictures(1, 2))
    wait_for(lambda: service.parts.backlog.waiting() == 0)
    busy = [True]
    beside._idle = lambda: not busy[0]
    assert not beside.step()
    assert outcomes(service) == {}
    busy[0] = False
    assert beside.step()
    assert beside.step()
    assert not beside.step()  # all are
    assert set(outcomes(service)) == {"m1", "m2"}


def test_a_mark_that_cannot_be_tested_is_tried_once_for_each_change(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    beside = service.parts.tests_beside
    beside.stop()
    imported(service, table(row(1), row(2)), pictures(1, 2))
    wait_for(lambda: service.parts.backlog.waiting() == 0)
    put = repository.put

    def failing(session: object, mark_id: str, test: object) -> None:
        if mark_id == "m1":
            raise ValueError("cannot be tested")
        put(session, mark_id, test)  # type: ignore[arg-type]

    monkeypatch.setattr(repository, "put", failing)
    assert [beside.step() for _ in range(5)] == [True, True, False, False, False]
    service.record("fox", 5)
    assert [beside.step() for _ in range(3)] == [True, True, False]  # the new one, and that one once more
    monkeypatch.undo()
    service.record("owl", 6)
    assert [beside.step() for _ in range(3)] == [True, True, False]
    assert set(outcomes(service)) == {"m1", "m2", "fox", "owl"}


def test_after_a_change_of_embedder_all_are_tested_again(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    filing = {
        "officer": "r",
        "number": "T1",
        "status": "approved",
        "decided_on": "2026-03-02",
        "holder": {"name": "H"},
        "marks": [{"mark_id": "m", "title": "T"}],
    }
    with running(settings) as service:
        files = [("artwork", ("a.png", png(mark(1))))]
        data = {"metadata": json.dumps(filing)}
        assert service.client.post("/v1/registry/recordations", data=data, files=files).status_code == 201
        assert outcomes(service) == {"m": "fa" * 32}
    with running(settings, FakeInspector(embedder=FakeEmbedder("fb" * 32))) as service:
        wait_for(lambda: outcomes(service) == {"m": "fb" * 32})
