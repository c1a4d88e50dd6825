"""The registry: live at once, in each process, and across a change of embedder."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import event

from service.bootstrap import bootstrap
from service.marks.importing import RegistryImport
from service.settings import Settings
from tests.databases import KINDS, fresh_url
from tests.fakes import FakeEmbedder, FakeInspector, load_fake
from tests.integration.service.harness import Service, running, settings_in
from tests.integration.service.pictures import mark, photograph, png


def decision(service: Service, seed: int, parcel: str) -> str:
    found: str = service.scan([photograph(seed)], parcel=parcel).json()["verdict"]["decision"]
    return found


def test_a_mark_is_matched_as_soon_as_it_is_recorded_and_no_longer_when_removed(service: Service) -> None:
    assert decision(service, 1, "A") == "pass"
    assert service.record("fox", 1).status_code == 201
    assert decision(service, 1, "B") == "divert"
    again = service.record("fox", 2)
    assert again.status_code == 200
    assert again.headers["location"] == "/v1/registry/marks/fox"
    assert decision(service, 1, "C") == "pass"
    assert decision(service, 2, "D") == "divert"
    assert service.client.delete("/v1/registry/marks/fox").status_code == 204
    assert decision(service, 2, "E") == "pass"
    assert service.client.get("/v1/registry/marks/fox").status_code == 404
    assert service.record("fox", 1).status_code == 201  # a removed mark may come back
    assert decision(service, 1, "F") == "divert"


@pytest.fixture(params=KINDS)
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings with which several services share one registry."""
    return settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))


def test_what_another_process_records_is_live_too(shared: Settings) -> None:
    with running(shared) as one, running(shared) as other:
        assert other.record("fox", 1).status_code == 201
        assert decision(one, 1, "A") == "divert"
        assert other.client.delete("/v1/registry/marks/fox").status_code == 204
        assert decision(one, 1, "B") == "pass"


def test_no_process_matches_a_mark_after_the_answer_to_its_withdrawal(shared: Settings) -> None:
    with running(shared) as one, running(shared) as other:
        for turn in range(5):
            other.record("fox", 1)
            withdrawn = threading.Event()

            def line(turn: int = turn, withdrawn: threading.Event = withdrawn) -> list[tuple[bool, str]]:
                """Scans posted at one while the mark is withdrawn at the other: posted after the answer?, decision."""
                seen = []
                for number in range(1000):
                    late = withdrawn.is_set()
                    seen.append((late, decision(one, 1, f"{turn}-{number}")))
                    if late and len(seen) > 3 and seen[-3][0]:
                        break
                return seen

            with ThreadPoolExecutor(1) as pool:
                posting = pool.submit(line)
                time.sleep(0.1)
                assert other.client.delete("/v1/registry/marks/fox").status_code == 204
                withdrawn.set()
                seen = posting.result()
            assert (seen[0][1], seen[-1][1]) == ("divert", "pass")
            assert not [said for late, said in seen if late and said != "pass"]


def test_both_processes_number_the_registry_alike_when_they_record_at_once(shared: Settings) -> None:
    with running(shared) as one, running(shared) as other, ThreadPoolExecutor(4) as pool:
        services = [one, other]
        answers = list(pool.map(lambda n: services[n % 2].record(f"m{n}", n).status_code, range(12)))
        assert answers == [201] * 12
        told = [decision(services[(n + 1) % 2], n, f"{n}") for n in range(12)]  # each by the other one
        assert told == ["divert"] * 12
        assert one.parts.live.refresh() == other.parts.live.refresh() == 12


def test_a_restart_keeps_the_registry_without_embedding_again(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as service:
        service.record("fox", 1)
    inspector = FakeInspector()
    with running(settings, inspector) as service:
        assert service.client.get("/readyz").json()["marks"] == 1
        assert inspector.embedder.pictures == 0
        assert decision(service, 1, "A") == "divert"


def test_a_new_embedder_embeds_the_stored_artwork_once(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as service:
        service.record("fox", 1)
        service.record("owl", 2)
    for expected in (2, 0):
        inspector = FakeInspector(embedder=FakeEmbedder("fb" * 32))
        with running(settings, inspector) as service:
            assert inspector.embedder.pictures == expected
            assert len(inspector.gallery) == 2


def test_a_photograph_of_the_goods_is_seen_as_one_by_every_process_and_embedder(tmp_path: Path) -> None:
    (tmp_path / "goods.png").write_bytes(png(mark(1)))
    table = tmp_path / "registry.csv"
    table.write_text("mark_id,title,holder,file,variant\nfox,Fox,Fox plc,goods.png,photo\n", encoding="utf-8")
    settings = settings_in(tmp_path)
    with running(settings) as one, running(settings) as other:
        parts = one.parts
        job = RegistryImport(
            database=parts.database, files=parts.files, embedder=parts.inspector.embedder, marks=parts.marks
        )
        imported = job.run(table, skip_bad=False, dry_run=False, progress=lambda done, rows: None)
        assert (imported.changed, imported.bad) == (1, ())
        assert decision(other, 1, "A") == "divert"
        (picture,) = other.client.get("/v1/registry/marks/fox").json()["artwork"]
        assert (picture["kind"], picture["name"]) == ("photo", "goods.png")
    inspector = FakeInspector(embedder=FakeEmbedder("fb" * 32))
    with running(settings, inspector) as service:
        assert inspector.embedder.pictures == 0  # a photograph is embedded as one, not as artwork
        assert decision(service, 1, "B") == "divert"
        assert service.stored()["picture_vectors"] == 2  # by the old embedder, and by the new one


def test_a_picture_sent_twice_or_shared_by_marks_is_kept_once(service: Service) -> None:
    file = ("artwork", ("a.png", png(mark(1))))
    metadata = {"metadata": '{"title": "T", "holder": "H"}'}
    answer = service.client.put("/v1/registry/marks/a", data=metadata, files=[file, file])
    assert len(answer.json()["artwork"]) == 1
    service.client.put("/v1/registry/marks/b", data=metadata, files=[file])
    stored = service.stored()
    assert (stored["mark_pictures"], stored["picture_vectors"], stored["files"]) == (2, 1, 1)
    other = ("artwork", ("other.png", png(mark(2))))
    service.client.put("/v1/registry/marks/a", data=metadata, files=[other])
    assert service.stored()["picture_vectors"] == 2  # b still has the first
    service.client.put("/v1/registry/marks/b", data=metadata, files=[other])
    assert service.stored()["picture_vectors"] == 1  # now nobody has


def test_marks_are_listed_a_page_at_a_time(service: Service) -> None:
    for n in range(5):
        service.record(f"mark-{n}", n)
    first = service.client.get("/v1/registry/marks?limit=3").json()
    assert [item["mark_id"] for item in first["items"]] == ["mark-0", "mark-1", "mark-2"]
    rest = service.client.get("/v1/registry/marks", params={"limit": 3, "cursor": first["next_cursor"]}).json()
    assert [item["mark_id"] for item in rest["items"]] == ["mark-3", "mark-4"]
    assert rest["next_cursor"] is None
    assert service.client.get("/v1/registry/marks/mark-3").json() == rest["items"][0]


def test_vectors_come_back_exactly(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as service:
        service.record("fox", 1)
        before = service.scan([photograph(1, tint=10)], parcel="A").json()["verdict"]["suspicions"][0]["score"]
    parts = bootstrap(settings, loader=load_fake)
    parts.close()
    with running(settings) as service:
        after = service.scan([photograph(1, tint=10)], parcel="B").json()["verdict"]["suspicions"][0]["score"]
    assert after == before


def test_a_backlog_at_rest_asks_for_the_revision_alone(service: Service) -> None:
    service.record("fox", 1)
    backlog = service.parts.backlog
    backlog.stop()
    assert backlog.step() == 0  # nothing waits: from now on it need not look
    asked: list[str] = []
    event.listen(service.parts.database.engine, "before_cursor_execute", lambda *about: asked.append(about[2]))
    assert (backlog.step(), backlog.waiting()) == (0, 0)
    assert asked
    assert not [statement for statement in asked if "picture" in statement]
    service.record("owl", 2)
    asked.clear()
    assert backlog.step() == 0
    assert [statement for statement in asked if "picture" in statement]
