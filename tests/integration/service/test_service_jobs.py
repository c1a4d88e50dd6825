"""Jobs: done once, taken up again after a crash, ended when somebody wants it; on both databases."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from service.database import Database
from service.errors import InvalidRequest
from service.jobs import repository
from service.jobs.errors import JobIsOver, UnknownJob
from service.jobs.progress import Steps
from service.jobs.service import JobService, Told
from service.tables import JobRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, wait_for

Work = Callable[[str, Mapping[str, Any], Told], dict[str, Any]]


class Handling:
    """Does what a test says."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def run(self, job_id: str, options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        return self._work(job_id, options, told)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    made = Database(fresh_url(request.param, tmp_path))
    made.migrate()
    yield made
    made.close()


def service(database: Database, work: Work) -> JobService:
    return JobService(database=database, handlers={"count": Handling(work)})


def lapse(database: Database) -> None:
    """As if the process that has the lease had died a while ago."""
    with database.write() as session:
        session.execute(update(JobRow).values(lease_until=datetime.now(UTC) - timedelta(seconds=1)))


def test_a_job_tells_its_steps_and_its_result(database: Database) -> None:
    watched: list[tuple[str, int, int | None]] = []

    def work(_job: str, options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        for number in range(int(options["to"])):
            told.moved("count", number + 1, options["to"], f"at {number}")
        told.moved("add", 1)
        return {"sum": 6}

    jobs = service(database, work)
    job = jobs.add("count", {"to": 3}, "anna")
    assert (job.state, job.steps, job.created_by) == ("queued", [], "anna")
    done = jobs.do(job.id, lambda step, count, total, _note: watched.append((step, count, total)))
    assert (done.state, done.result, done.message) == ("done", {"sum": 6}, None)
    assert [(step.name, step.state, step.done, step.total) for step in done.steps] == [
        ("count", "done", 3, 3),
        ("add", "done", 1, None),
    ]
    assert watched == [("count", 1, 3), ("count", 2, 3), ("count", 3, 3), ("add", 1, None)]
    assert done.finished_at is not None
    assert jobs.do(job.id).result == {"sum": 6}, "what is done is not done again"


def test_a_job_that_fails_says_why(database: Database) -> None:
    def work(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        told.moved("count", 1, 2)
        raise InvalidRequest("the sky is green", field="sky")

    jobs = service(database, work)
    job = jobs.add("count", {}, "anna")
    with pytest.raises(InvalidRequest):
        jobs.do(job.id)
    failed = jobs.get(job.id)
    assert failed.state == "failed"
    assert "the sky is green" in (failed.message or "")
    with pytest.raises(JobIsOver):
        jobs.cancel(job.id, "anna")


def test_what_is_wrong_inside_is_not_told_to_whoever_asks(database: Database) -> None:
    def work(_job: str, _options: Mapping[str, Any], _told: Told) -> dict[str, Any]:
        raise RuntimeError("password=secret")

    jobs = service(database, work)
    job = jobs.add("count", {}, "anna")
    with pytest.raises(RuntimeError):
        jobs.do(job.id)
    assert jobs.get(job.id).message == "It was logged."


def test_a_job_of_a_process_that_died_is_taken_up_where_it_was(database: Database) -> None:
    done: list[int] = []

    def dies(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        told.moved("count", 1, 3)
        done.append(1)
        raise SystemExit  # as sudden as it gets without taking the test along

    first = service(database, dies)
    job = first.add("count", {}, "anna")
    with pytest.raises(SystemExit):
        first.do(job.id)
    assert first.get(job.id).state == "running", "whoever died has told nobody"

    def goes_on(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        done.append(2)
        told.moved("add", 1)
        return {"all": list(done)}

    other = service(database, goes_on)
    assert other.do(job.id).state == "running", "it was taken from a process whose lease still runs"
    assert done == [1]
    lapse(database)
    finished = other.do(job.id)
    assert (finished.state, finished.result) == ("done", {"all": [1, 2]})
    assert [step.name for step in finished.steps] == ["count", "add"]


def test_a_slow_process_that_lost_its_lease_cannot_end_the_job(database: Database) -> None:
    began, go_on = threading.Event(), threading.Event()

    def slow(_job: str, _options: Mapping[str, Any], _told: Told) -> dict[str, Any]:
        began.set()
        assert go_on.wait(20)
        return {"by": "slow"}

    first, second = service(database, slow), service(database, lambda *_: {"by": "second"})
    job = first.add("count", {}, "anna")
    thread = threading.Thread(target=first.do, args=(job.id,))
    thread.start()
    assert began.wait(20)
    lapse(database)
    assert second.do(job.id).result == {"by": "second"}
    go_on.set()
    thread.join(20)
    assert first.get(job.id).result == {"by": "second"}


def test_two_processes_do_a_job_once(database: Database) -> None:
    count, lock = 0, threading.Lock()

    def work(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        nonlocal count
        with lock:
            count += 1
        time.sleep(0.05)
        told.moved("count", 1)
        return {}

    both = [service(database, work), service(database, work)]
    ids = [both[0].add("count", {}, "anna").id for _ in range(6)]
    for one in both:
        one.start()
    wait_for(lambda: all(both[0].get(job_id).state == "done" for job_id in ids))
    for one in both:
        one.stop()
    assert count == len(ids)


def test_a_job_ends_when_it_is_cancelled(database: Database) -> None:
    began = threading.Event()

    def work(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        for number in range(10_000):
            told.moved("count", number)
            began.set()
            time.sleep(0.01)
        return {}

    jobs = service(database, work)
    job = jobs.add("count", {}, "anna")
    thread = threading.Thread(target=jobs.do, args=(job.id,))
    thread.start()
    assert began.wait(20)
    jobs.cancel(job.id, "bao")
    thread.join(20)
    assert jobs.get(job.id).state == "cancelled"
    waiting = jobs.add("count", {}, "anna")
    assert jobs.cancel(waiting.id, "bao").state == "cancelled", "nobody had begun with it"


def test_a_process_that_stops_leaves_its_job_to_the_next(database: Database) -> None:
    began = threading.Event()

    def work(_job: str, _options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        while True:
            told.moved("count", 1)
            began.set()
            time.sleep(0.01)

    first = service(database, work)
    job = first.add("count", {}, "anna")
    first.start()
    assert began.wait(20)
    first.stop()
    assert first.get(job.id).state == "queued"
    assert service(database, lambda *_: {"by": "next"}).do(job.id).result == {"by": "next"}


def test_unknown_kinds_wait_for_whoever_knows_them(database: Database) -> None:
    jobs = service(database, lambda *_: {})
    with database.write() as session:
        other = repository.add(session, "paint", {}, "anna").id
        assert repository.unfinished(session, ["count"]) == []
    assert jobs.get(other).state == "queued"
    with pytest.raises(UnknownJob):
        jobs.get("job_0")


def test_a_step_that_is_told_again_is_one_step() -> None:
    steps = Steps()
    for name in ("collect", "train", "collect"):
        steps.moved(name, 1, 2)
    steps.closed()
    assert [(one["name"], one["state"]) for one in steps.document()["steps"]] == [
        ("train", "done"),
        ("collect", "done"),
    ]
    assert all(one["seconds"] >= 0 for one in steps.document()["steps"])


def test_jobs_over_the_api(service: Service) -> None:
    asked = service.client.post("/v1/rescreenings", json={"mark_id": "nobody", "officer": "anna"})
    assert asked.status_code == 202, asked.text
    job = asked.json()["id"]
    wait_for(lambda: service.client.get(f"/v1/jobs/{job}").json()["state"] == "failed")
    shown = service.client.get(f"/v1/jobs/{job}").json()
    assert "'nobody' is not in the registry" in shown["message"]
    assert [one["id"] for one in service.client.get("/v1/jobs").json()["items"]] == [job]
    assert service.client.get("/v1/jobs", params={"kind": "retrain"}).json() == {"items": []}
    assert_problem(service.client.post(f"/v1/jobs/{job}/cancellation"), 409, "job-is-over", "job_id")
    assert_problem(service.client.get("/v1/jobs/job_0"), 404, "unknown-job", "job_id")
    both = {"mark_id": "m", "recorded_since": "2026-01-01T00:00:00Z"}
    assert service.client.post("/v1/rescreenings", json=both).status_code == 422
