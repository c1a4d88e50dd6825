"""Retraining as a job: what officers said is collected and trained on, and what comes of it is proven and entered."""

import hashlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.audit import repository as audit
from service.jobs.schemas import JobOut
from service.retraining import process
from service.retraining.errors import NothingToLearnFrom
from service.retraining.rules import load_rules
from service.retraining.triggers import Triggers
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.pictures import photograph
from tests.integration.service.releases import load_folder
from tests.integration.service.test_service_identity import Watch
from tests.toy_models import bundle, detector, embedder, model


@pytest.fixture
def watch() -> Watch:
    """The time."""
    return Watch()


@pytest.fixture(params=KINDS)
def loop(
    request: pytest.FixtureRequest, tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """A service with toy models, a recorded mark, and a training that takes no time."""
    monkeypatch.setattr(process, "MODULE", "tests.integration.service.fake_training")
    settings = settings_in(
        tmp_path, models_dir=champion(tmp_path), database_url=fresh_url(request.param, tmp_path), workers=1
    )
    (tmp_path / "retraining").mkdir()
    with running(settings, loader=load_folder, clock=watch) as started:
        assert started.record("fox", 1, "Fox Works").status_code == 201
        yield started


def champion(folder: Path) -> Path:
    """A folder of toy bundles that is shipped."""
    models = folder / "shipped"
    models.mkdir()
    bundle(models / "detector-1", model(detector()), "detector")
    bundle(models / "embedder-1", model(embedder()), "embedder")
    lines = []
    for role in ("detector", "embedder"):
        sha256 = hashlib.sha256((models / f"{role}-1" / "model.onnx").read_bytes()).hexdigest()
        lines.append(f'[{role}]\nname = "{role}-1"\nsha256 = "{sha256}"\n')
    (models / "current.toml").write_text("\n".join(lines), encoding="utf-8")
    return models


def decided(service: Service, watch: Watch, count: int = 2) -> None:
    """Alerts that two officers confirmed, some time ago."""
    for number in range(count):
        alert = service.scan([photograph(1, tint=number)], parcel=f"P{watch.now:%d%H%M}-{number}").json()["alerts"][0]
        path = f"/v1/alerts/{alert}"
        said = {"action": "suspend", "reason_code": "features_differ", "officer": "anna"}
        assert service.client.post(f"{path}/decisions", json=said).status_code == 200
        assert service.client.post(f"{path}/seconds", json={"agrees": True, "officer": "bao"}).status_code == 200
    watch.now += timedelta(minutes=1)


def retrain(service: Service, how: str, **more: Any) -> JobOut:
    """Ask for a retraining and wait until it is over."""
    (service.parts.settings.var_dir / "retraining" / "how").write_text(how, encoding="utf-8")
    asked = service.client.post("/v1/retrainings", json={"mode": "smoke", "officer": "tom", **more})
    assert asked.status_code == 202, asked.text
    job = asked.json()["id"]
    wait_for(lambda: service.parts.learning.jobs.get(job).state not in ("queued", "running"), 60)
    return service.parts.learning.jobs.get(job)


def test_verdicts_become_a_candidate(loop: Service, watch: Watch) -> None:
    decided(loop, watch)
    job = retrain(loop, "pass")
    assert job.state == "done", job.message
    assert job.result is not None
    assert (job.result["state"], job.result["passed"], job.result["labels"]) == ("candidate", True, 2)
    assert [step.name for step in job.steps] == ["collect", "registry", "finetune", "adopt"]
    release = loop.client.get(f"/v1/models/releases/{job.result['release']}").json()
    assert [(one["role"], one["name"]) for one in release["bundles"]] == [
        ("detector", "detector-1"),
        ("embedder", "embedder-2"),
    ]
    assert (release["parent_id"], release["job_id"]) == (loop.parts.serving.champion.release, job.id)
    assert release["gates"]["gates"][0]["gate"] == "recall"
    run = loop.parts.settings.var_dir / "retraining" / job.id
    request = json.loads((run / "request.json").read_text(encoding="utf-8"))
    assert request["roles"] == ["embedder"]
    assert "fox" in (run / "registry" / "registry.csv").read_text(encoding="utf-8")
    assert "anna" not in (run / "labels" / "labels.jsonl").read_text(encoding="utf-8"), "an officer's name left"
    with loop.parts.database.read() as session:
        entered = {kind: [one.action for one in audit.since(session, 0, kind, 100)] for kind in ("job", "release")}
    assert entered == {"job": ["entered"], "release": ["added"]}


def test_a_candidate_can_be_loaded_as_a_shadow(loop: Service, watch: Watch) -> None:
    decided(loop, watch)
    job = retrain(loop, "pass")
    assert job.result is not None
    said = {"reason": "let it look", "officer": "tom"}
    answer = loop.client.post(f"/v1/models/releases/{job.result['release']}/shadow", json=said).json()
    assert (answer["here"]["shadow"], answer["faults"]) == (job.result["release"], {})
    assert loop.parts.learning.shadowing.step() == 2


def test_a_candidate_that_the_gates_refuse_goes_nowhere(loop: Service, watch: Watch) -> None:
    decided(loop, watch)
    job = retrain(loop, "refuse")
    assert job.result is not None
    assert (job.state, job.result["state"], job.result["passed"]) == ("done", "refused", False)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("fail", "the loss is not a number"),
        ("unsigned", "not signed"),
        ("nothing_new", "nothing but the champion's models"),
    ],
)
def test_what_goes_wrong_is_told_and_changes_nothing(loop: Service, watch: Watch, how: str, words: str) -> None:
    decided(loop, watch)
    before = sums(loop.parts.settings.models_dir)
    job = retrain(loop, how)
    assert job.state == "failed"
    assert words in (job.message or "")
    assert len(loop.client.get("/v1/models/releases").json()["items"]) == 1
    assert sums(loop.parts.settings.models_dir) == before


def test_without_decisions_there_is_nothing_to_learn_from(loop: Service) -> None:
    job = retrain(loop, "pass")
    assert job.state == "failed"
    assert NothingToLearnFrom.__doc__ is not None
    assert "nothing was decided" in (job.message or "")


def test_one_retraining_at_a_time_and_it_can_be_ended(loop: Service, watch: Watch) -> None:
    decided(loop, watch)
    folder = loop.parts.settings.var_dir / "retraining"
    (folder / "how").write_text("wait", encoding="utf-8")
    job = loop.client.post("/v1/retrainings", json={"mode": "smoke", "officer": "tom"}).json()["id"]
    wait_for((folder / job / "waiting").exists, 30)
    second = loop.client.post("/v1/retrainings", json={"mode": "smoke"})
    assert job in assert_problem(second, 409, "retraining-under-way", "job_id")["detail"]
    assert loop.client.post(f"/v1/jobs/{job}/cancellation").status_code == 200
    wait_for(lambda: loop.parts.learning.jobs.get(job).state == "cancelled", 30)
    assert not (folder / job / "candidate").exists()


def test_a_retraining_that_was_cut_off_goes_on_with_what_it_had(loop: Service, watch: Watch) -> None:
    """The labels are those of the first time: what was decided since is for the next retraining."""
    decided(loop, watch)
    failed = retrain(loop, "fail")
    run = loop.parts.settings.var_dir / "retraining" / failed.id
    before = (run / "labels" / "labels.jsonl").read_bytes()
    decided(loop, watch, 3)
    (run.parent / "how").write_text("pass", encoding="utf-8")
    told = Quiet()
    handler = loop.parts.learning.jobs._handlers["retrain"]
    result = handler.run(failed.id, failed.options, told)
    assert (result["state"], result["labels"]) == ("candidate", 2)
    assert (run / "labels" / "labels.jsonl").read_bytes() == before
    assert "collect" not in told.steps


class Quiet:
    """Remembers the steps."""

    def __init__(self) -> None:
        self.steps: list[str] = []

    def moved(self, step: str, done: int, total: int | None = None, note: str = "") -> None:
        self.steps.append(step)

    def check(self) -> None:
        """Goes on."""


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"roles": ["reader"]}, "roles[0]"),
        ({"roles": ["embedder", "embedder"]}, "roles"),
        ({"roles": []}, "roles"),
        ({"mode": "fast"}, "mode"),
        ({"minutes": 0}, "minutes"),
        ({"epochs": 3}, "epochs"),
    ],
)
def test_bad_requests_are_refused(service: Service, asked: dict[str, Any], field: str) -> None:
    answer = service.client.post("/v1/retrainings", json=asked)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert service.client.get("/v1/jobs").json() == {"items": []}


def test_it_begins_by_itself_when_there_is_enough_and_not_again_too_soon(loop: Service, watch: Watch) -> None:
    rules = load_rules().model_copy(update={"every_days": 7, "least_decisions": 2})
    drifting = threading.Event()
    parts = loop.parts
    parts.learning.jobs.stop()
    triggers = Triggers(
        database=parts.database,
        jobs=parts.learning.jobs,
        rules=rules.model_copy(update={"on_drift": True}),
        drifting=lambda _session: drifting.is_set(),
        clock=lambda: datetime.now(UTC) + later,
    )
    later = timedelta(0)
    assert triggers.check() is None, "nothing was decided"
    decided(loop, watch)
    first = triggers.check()
    assert first is not None
    assert parts.learning.jobs.get(first).options["cause"] == "schedule"
    assert triggers.check() is None, "one is under way"
    parts.learning.jobs.cancel(first, "anna")
    drifting.set()
    assert triggers.check() is None, "that was just now"
    later = timedelta(days=2)
    assert triggers.check() is None, "nothing was decided since"
    watch.now = datetime.now(UTC) + timedelta(hours=1)
    decided(loop, watch, 4)
    again = triggers.check()
    assert again is not None
    assert parts.learning.jobs.get(again).options["cause"] == "drift"


def sums(folder: Path) -> dict[str, str]:
    """What is in a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
