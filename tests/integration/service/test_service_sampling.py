"""Questions to officers, on both databases: chosen beside the line, asked once, answered once, learnt from."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import insert, select, update

from inference.archive import packed
from inference.vocabulary import Detection, Finding, Mark, Match
from service.audit.service import AuditService
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.sampling import repository
from service.sampling.choosing import Chooser
from service.sampling.rules import SamplingRules, load_sampling_rules
from service.tables import AlertRow, LabelTaskRow, ScanRow, SeenViewRow, ShadowLookRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, key_of, running, settings_in
from tests.integration.service.learning_app import LearningApp, learning
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import Watch

EMBEDDED = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
SHIPPED = load_sampling_rules()
BOX = (20.0, 20.0, 120.0, 120.0)


def asking(**budget: int) -> SamplingRules:
    """The shipped rules without chance."""
    lots = SHIPPED.samplers.model_copy(update={"random": SHIPPED.samplers.random.model_copy(update={"rate": 0.0})})
    return SHIPPED.model_copy(
        update={"samplers": lots, "double_rate": 0.0, "budget": SHIPPED.budget.model_copy(update=budget)}
    )


@pytest.fixture
def watch() -> Watch:
    """The time."""
    return Watch()


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service with a recorded mark and officers of two offices, by the real time: scans are named by it."""
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings) as started:
        started.record("fox", 1, "Fox Works")
        started.parts.accounts.add_office("harbour", "Harbour office", by="tests")
        for name, office in (("lin", None), ("maria", None), ("harbour.officer", "harbour")):
            started.parts.accounts.add(NewAccount(name=name, roles=[Role.OFFICER], office=office), by="tests")
        yield started


@pytest.fixture
def app(service: Service, watch: Watch) -> Iterator[LearningApp]:
    """The application with questions; its time is some minutes after the scans."""
    with learning(service.parts, watch, key_of(service.parts), sampling=asking()) as made:
        yield made


def seen(service: Service, watch: Watch, count: int = 1, *, score: float = 0.52, **more: Any) -> list[str]:
    """Scans of which the archive keeps one place each, nearly a suspicion; then some minutes later."""
    scans = [service.scan([photograph(50 + n)], parcel=f"P{n}", **more).json()["id"] for n in range(count)]
    keep(service, scans, score)
    with service.parts.database.write() as session:
        thresholds = session.get_one(ScanRow, scans[0]).verdict
        assert thresholds is not None
        session.execute(update(ScanRow).values(verdict=thresholds | {"threshold": 0.5, "thresholds": {"photo": 0.5}}))
        watch.now = session.get_one(ScanRow, scans[-1]).received_at
    watch.on(minutes=5)
    return scans


def keep(service: Service, scans: list[str], score: float) -> None:
    mark = Mark(mark_id="fox", title="Fox", holder="Fox Works")
    match = Match(mark=mark, reference="ab" * 32, similarity=score, score=score)
    vector = np.ones(4, np.float32) / 2
    finding = Finding(detection=Detection(box=BOX, score=0.7), matches=(match,), vector=vector)
    kept = packed([finding])
    with service.parts.database.write() as session:
        session.query(SeenViewRow).delete()
        rows = [
            {
                "scan_id": scan,
                "view": 0,
                "embedder": "ab" * 32,
                "at": session.get_one(ScanRow, scan).received_at,
                "count": kept.count,
                "vectors": kept.vectors,
                "facts": kept.facts,
                "marks": kept.marks,
            }
            for scan in scans
        ]
        session.execute(insert(SeenViewRow), rows)


def take(client: httpx.Client, count: int = 1) -> list[dict[str, Any]]:
    answer = client.post("/v1/labels/tasks/claims", json={"count": count})
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def answer(client: httpx.Client, task: str, **said: Any) -> httpx.Response:
    return client.post(f"/v1/labels/tasks/{task}/answers", json=said)


def rows(service: Service) -> list[LabelTaskRow]:
    with service.parts.database.read() as session:
        return list(session.execute(select(LabelTaskRow).order_by(LabelTaskRow.id)).scalars())


def test_a_place_is_asked_about_once_answered_once_and_learnt_from(
    service: Service, app: LearningApp, watch: Watch
) -> None:
    (scan,) = seen(service, watch)
    assert app.chooser.step() == 1
    (row,) = rows(service)
    assert (row.scan_id, row.view, row.sampler, row.place) == (scan, 0, "rare_mark", "20,20,120,120")
    assert app.chooser.step() is None
    again = Chooser(database=service.parts.database, rules=asking(), idle=lambda: True, clock=watch)
    assert again.step() == 0  # after a start it looks back, and asks nothing twice
    lin, maria = app.keyed("lin"), app.keyed("maria")
    (task,) = take(lin)
    assert (task["box"], task["candidates"], task["claimed_by"]) == (list(BOX), ["fox"], "lin")
    assert task["url"] == f"/v1/scans/{scan}/views/0"
    assert take(maria) == []
    assert [one["id"] for one in take(lin)] == [task["id"]]  # held longer
    body = assert_problem(answer(maria, task["id"], category="not_a_logo"), 409, "task-taken", "task_id")
    assert body["current"]["claimed_by"] == "lin"
    done = answer(lin, task["id"], category="logo", mark_id="fox", box=[10, 10, 100, 100])
    assert done.json()["state"] == "answered", done.text
    late = assert_problem(answer(maria, task["id"], category="not_a_logo"), 409, "already-answered", "task_id")
    assert late["current"]["answer"] == {"category": "logo", "mark_id": "fox", "box": [10, 10, 100, 100]}
    watch.on(minutes=1)
    (image,) = app.labels.collect().images
    (label,) = image.labels
    assert (label.strength, label.mark_id, label.holder, label.box) == ("weak", "fox", "Fox Works", (10, 10, 100, 100))
    assert label.source == f"task:{task['id']}"
    counts = app.client.get("/v1/labels/tasks").json()
    assert (counts["by_sampler"], counts["today"]) == ({"rare_mark": {"answered": 1}}, 1)
    with service.parts.database.read() as session:
        assert repository.labels_of(session, {"fox", "owl"}) == {"fox": 1}
    assert AuditService(service.parts.database).verify().faults == ()


def test_many_who_take_and_answer_together_each_win_once(service: Service, app: LearningApp, watch: Watch) -> None:
    seen(service, watch, 4)
    assert app.chooser.step() == 4
    names = ("lin", "maria")
    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, [app.keyed(names[n % 2]) for n in range(4)]))
    held = {(task["id"], task["claimed_by"]) for items in taken for task in items}
    assert len({task for task, _ in held}) == len(held)
    task = next(row for row in rows(service) if row.claimed_by is not None)
    holder = app.keyed(task.claimed_by or "")
    mine = {row.id for row in rows(service) if row.claimed_by == task.claimed_by}
    assert {one["id"] for one in take(holder, len(mine))} == mine  # first those that one holds
    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(lambda n: answer(holder, task.id, category=("logo", "not_a_logo")[n % 2]), range(4)))
    assert sorted(one.status_code for one in said) == [200, 409, 409, 409]


def test_two_processes_that_choose_together_ask_once(service: Service, app: LearningApp, watch: Watch) -> None:
    seen(service, watch, 5)
    rules = asking(a_minute=3)
    choosers = [Chooser(database=service.parts.database, rules=rules, idle=lambda: True, clock=watch) for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda one: one.step(), choosers))
    assert [one.step() for one in choosers] == [None, None, None]  # nothing more may be asked this minute
    assert len(rows(service)) == 3
    watch.on(minutes=1)
    assert {one.step() for one in choosers} <= {0, 1, 2, None}
    assert len(rows(service)) == 5
    assert len({row.scan_id for row in rows(service)}) == 5


@EMBEDDED
def test_another_officer_is_asked_again_and_two_who_agree_are_strong(service: Service, watch: Watch) -> None:
    seen(service, watch)
    always = asking().model_copy(update={"double_rate": 1.0})
    with learning(service.parts, watch, key_of(service.parts), sampling=always) as app:
        app.chooser.step()
        lin, maria = app.keyed("lin"), app.keyed("maria")
        first = take(lin)[0]["id"]
        assert answer(lin, first, category="logo", mark_id="fox").status_code == 200
        assert take(lin) == []  # not the same officer
        (second,) = take(maria)
        assert second["answer"] is None
        assert "second_of" not in json.dumps(second)
        assert_problem(answer(lin, second["id"], category="not_a_logo"), 409, "task-taken", "task_id")
        assert answer(maria, second["id"], category="logo", mark_id="fox").status_code == 200
        assert take(maria) == []
        watch.on(minutes=1)
        (label,) = app.labels.collect().images[0].labels
        assert (label.strength, len([1 for name, _ in label.provenance if name == "officer"])) == ("strong", 2)


@EMBEDDED
def test_bad_answers_are_refused_and_change_nothing(service: Service, app: LearningApp, watch: Watch) -> None:
    seen(service, watch)
    app.chooser.step()
    lin, harbour = app.keyed("lin"), app.keyed("harbour.officer")
    (task,) = take(lin)
    assert_problem(answer(lin, task["id"], category="logo", mark_id="unheard-of"), 404, "unknown-mark", "mark_id")
    for box in ([0, 0, 241, 100], [-1, 0, 10, 10], [10, 10, 10, 20], [50, 50, 10, 10], [0, 0, 1, 1], [0, 0, 1e308, 1]):
        body = assert_problem(answer(lin, task["id"], category="logo", box=box), 422, "box-outside", "box")
        assert "240x240" in body["limit"]
    for bad in (
        {"category": "perhaps"},
        {"category": "not_a_logo", "mark_id": "fox"},
        {"category": "not_a_logo", "box": [0, 0, 10, 10]},
        {"category": "logo", "mark_id": ""},
        {"category": "logo", "box": [1, 2, 3]},
        {},
    ):
        assert answer(lin, task["id"], **bad).status_code == 422
    assert_problem(answer(harbour, task["id"], category="not_a_logo"), 404, "unknown-task", "task_id")
    assert_problem(answer(lin, "task_nothing", category="not_a_logo"), 404, "unknown-task", "task_id")
    assert take(harbour) == []
    assert harbour.get("/v1/labels/tasks").json()["by_state"] == {}
    assert rows(service)[0].state == "open"


@EMBEDDED
def test_what_is_passed_over_goes_to_others_and_then_to_nobody(
    service: Service, app: LearningApp, watch: Watch
) -> None:
    seen(service, watch)
    app.chooser.step()
    lin, maria = app.keyed("lin"), app.keyed("maria")
    task = take(lin)[0]["id"]
    assert_problem(maria.post(f"/v1/labels/tasks/{task}/skips", json={}), 409, "task-taken", "task_id")
    assert lin.post(f"/v1/labels/tasks/{task}/skips", json={}).json()["state"] == "open"
    assert take(lin) == []
    assert [one["id"] for one in take(maria)] == [task]
    assert maria.post(f"/v1/labels/tasks/{task}/skips", json={}).json()["state"] == "expired"
    assert_problem(answer(maria, task, category="not_a_logo"), 409, "already-answered", "task_id")


@EMBEDDED
def test_a_claim_runs_out_and_so_does_a_question(service: Service, app: LearningApp, watch: Watch) -> None:
    seen(service, watch)
    app.chooser.step()
    lin, maria = app.keyed("lin"), app.keyed("maria")
    take(lin)
    watch.on(minutes=SHIPPED.claim_minutes)
    assert len(take(maria)) == 1
    watch.on(days=SHIPPED.expire_days + 1)
    with service.parts.database.write() as session:
        assert repository.expire(session, watch.now) == 1
    assert take(maria) == []


@EMBEDDED
def test_nothing_is_chosen_while_scans_wait_and_tests_never(service: Service, app: LearningApp, watch: Watch) -> None:
    real = service.scan([photograph(1)], parcel="real").json()
    seen(service, watch, 2)
    busy = Chooser(database=service.parts.database, rules=asking(), idle=lambda: False, clock=watch)
    assert busy.step() is None
    with service.parts.database.write() as session:
        session.execute(update(AlertRow).where(AlertRow.id == real["alerts"][0]).values(test_answer="confirmed"))
    keep(service, [real["id"]], 0.52)
    assert app.chooser.step() == 0
    with service.parts.database.write() as session:
        session.execute(update(AlertRow).values(test_answer=None))
    again = Chooser(database=service.parts.database, rules=asking(), idle=lambda: True, clock=watch)
    assert again.step() == 1


@EMBEDDED
def test_what_a_shadow_sees_otherwise_is_asked_about(service: Service, app: LearningApp, watch: Watch) -> None:
    scan = seen(service, watch, score=0.9)[0]
    with service.parts.database.write() as session:
        release = service.parts.eyes.release
        document = {"gained": {}, "lost": {"Fox Works": 0.9}, "differences": []}
        look = {"scan_id": scan, "release_id": release, "by": release, "same": False, "document": document}
        session.execute(insert(ShadowLookRow), [look | {"at": watch.now}])
    watch.on(minutes=5)
    assert app.chooser.step() == 1
    assert [(row.scan_id, row.sampler) for row in rows(service)] == [(scan, "champion_challenger")]


@EMBEDDED
def test_a_declared_brand_that_is_not_seen_is_asked_about(service: Service, app: LearningApp, watch: Watch) -> None:
    goods = {"goods": [{"name": "lamps", "brand": "TITLE FOX"}]}
    seen(service, watch, score=0.1, declaration=goods)
    assert app.chooser.step() == 1
    assert [row.sampler for row in rows(service)] == ["declared_brand_no_hit"]
