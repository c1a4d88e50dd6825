"""Releases of models: approved by two, tried in the shadow, as a canary, promoted, rolled back; swapped unnoticed."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.audit import repository as audit
from service.modelops.canary import CanaryTerms, fraction
from service.parts import Parts
from service.settings import Settings
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.pictures import photograph
from tests.integration.service.releases import (
    approved,
    candidate,
    embedder_of,
    empty_models,
    load_folder,
    step,
)

QUICK = "approvals = 2\nshadow_looks = 2\ncanary_scans = 1\ncanary_share = 0.5\nshadow_a_minute = 60000\n"


def settings(folder: Path, **changes: Any) -> Settings:
    rules = folder / "rollout.toml"
    rules.write_text(QUICK, encoding="utf-8")
    return settings_in(folder, models_dir=empty_models(folder), rollout_rules=rules, **changes)


@pytest.fixture(params=KINDS)
def models(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service whose models are fake releases, with one recorded mark."""
    url = fresh_url(request.param, tmp_path)
    with running(settings(tmp_path, database_url=url), loader=load_folder) as started:
        assert started.record("m1", 1).status_code == 201
        yield started


def scan(service: Service, parcel: str, **more: Any) -> dict[str, Any]:
    """Post a photograph of the recorded mark; the scan as it was stored."""
    answer = service.scan([photograph(1)], parcel=parcel, **more)
    assert answer.status_code in (200, 201), answer.text
    body: dict[str, Any] = answer.json()
    return body


def deployment(service: Service) -> dict[str, Any]:
    body: dict[str, Any] = service.client.get("/v1/models/deployment").json()
    return body


def looked(parts: Parts) -> int:
    """Let the shadow look until nothing is left."""
    total = 0
    while count := parts.learning.shadowing.step():
        total += count
    return total


def test_the_shipped_models_are_the_first_champion(models: Service) -> None:
    now = deployment(models)
    releases = models.client.get("/v1/models/releases").json()["items"]
    assert [(one["origin"], one["state"], one["parts"]) for one in releases] == [("shipped", "approved", ["champion"])]
    assert now["champion"] == releases[0]["id"] == now["here"]["champion"]
    assert now["previous"] is None
    assert scan(models, "P1")["verdict"]["snapshot"]["release"] == now["champion"]


def test_from_candidate_to_champion_and_back(models: Service) -> None:
    first = deployment(models)["champion"]
    for number in range(3):
        scan(models, f"P{number}")
    release = candidate(models.parts, 1).id
    assert step(models, f"releases/{release}/shadow").status_code == 200
    assert looked(models.parts) == 3
    report = models.client.get(f"/v1/models/releases/{release}/shadow").json()
    assert (report["looks"], report["same"], report["gained_count"], report["lost_count"]) == (3, 3, 0, 0)
    for officer in ("anna", "bao"):
        assert step(models, f"releases/{release}/approvals", officer=officer).status_code == 200
    assert step(models, f"releases/{release}/canary", stations=["dock-9"]).status_code == 200
    assert scan(models, "C1", station="dock-9")["verdict"]["snapshot"]["release"] == release
    elsewhere = scan(models, "C2")
    assert elsewhere["verdict"]["snapshot"]["release"] == first
    assert step(models, f"releases/{release}/champion").status_code == 200
    promoted = scan(models, "C3")
    assert promoted["verdict"]["snapshot"]["release"] == release
    assert promoted["verdict"]["models"]["embedder"] == embedder_of(1)
    assert promoted["verdict"]["decision"] == "divert", "the registry was not embedded for the new models"
    now = deployment(models)
    assert (now["champion"], now["previous"], now["canary"], now["shadow"]) == (release, first, None, None)
    started = time.monotonic()
    assert step(models, "rollback", reason="it misses too much").status_code == 200
    assert time.monotonic() - started < 5
    assert scan(models, "C4")["verdict"]["snapshot"]["release"] == first
    assert_problem(step(models, "rollback"), 409, "nothing-to-go-back-to", "champion")
    with models.parts.database.read() as session:
        entries = audit.since(session, 0, "release", 100)
    assert [entry.action for entry in entries] == [
        "added", "shadow", "approved", "approved", "canary", "promoted", "rolled_back"
    ]  # fmt: skip
    assert entries[-1].detail["before"]["champion"] == release


def test_each_step_wants_the_one_before(models: Service) -> None:
    release = candidate(models.parts, 1).id
    champion = deployment(models)["champion"]
    assert_problem(step(models, f"releases/{release}/canary"), 409, "not-approved", "release_id")
    one = step(models, f"releases/{release}/approvals", officer="anna").json()
    assert (one["state"], one["approvals_lacking"]) == ("candidate", 1)
    assert_problem(step(models, f"releases/{release}/approvals", officer="anna"), 409, "said-already", "officer")
    assert_problem(step(models, f"releases/{release}/refusals", officer="anna"), 409, "said-already", "officer")
    assert step(models, f"releases/{release}/approvals", officer="bao").json()["state"] == "approved"
    assert_problem(step(models, f"releases/{release}/approvals", officer="chen"), 409, "not-possible-now", "release_id")
    lacking = assert_problem(step(models, f"releases/{release}/canary"), 409, "not-possible-now", "release_id")
    assert "0 scans as a shadow" in lacking["detail"]
    assert_problem(step(models, f"releases/{release}/champion"), 409, "not-possible-now", "release_id")
    assert_problem(step(models, f"releases/{champion}/shadow"), 409, "not-possible-now", "release_id")
    assert_problem(step(models, "releases/release_0/shadow"), 404, "unknown-release", "release_id")
    assert_problem(step(models, "canary/end"), 409, "not-possible-now", "part")
    assert_problem(step(models, "rollback", reason="x"), 422, "invalid-request", "reason")
    assert deployment(models)["revision"] == 0, "a step that was refused changed something"


def test_a_release_that_its_gates_refuse_is_kept_and_goes_nowhere(models: Service) -> None:
    refused = candidate(models.parts, 2, gates={"passed": False, "gates": [{"name": "recall", "passed": False}]})
    assert refused.state == "refused"
    assert_problem(step(models, f"releases/{refused.id}/approvals"), 409, "not-possible-now", "release_id")
    assert_problem(step(models, f"releases/{refused.id}/shadow"), 409, "not-possible-now", "release_id")
    again = candidate(models.parts, 2)
    assert (again.id, again.state) == (refused.id, "refused"), "the same models are one release"


def test_a_release_whose_files_are_gone_changes_nothing(models: Service) -> None:
    first = deployment(models)["champion"]
    release = candidate(models.parts, 3)
    for bundle in release.bundles:
        models.parts.files.path(bundle.sha256).unlink()
    answer = step(models, f"releases/{release.id}/shadow").json()
    assert answer["here"]["shadow"] is None
    assert "No such file" in answer["faults"][release.id]
    assert scan(models, "P1")["verdict"]["snapshot"]["release"] == first


def test_thresholds_are_versioned_apart_from_the_models(models: Service) -> None:
    assert scan(models, "T0")["verdict"]["decision"] == "divert"
    strict = {"stations": {"dock-3": {"photo": 1.0}}}
    made = step(models, "thresholds", thresholds=strict, reason="too many false alarms at dock-3")
    assert made.status_code == 201
    at_dock = scan(models, "T1")["verdict"]
    assert (at_dock["threshold"], at_dock["snapshot"]["thresholds"]) == (1.0, 1)
    assert scan(models, "T2", station="dock-4")["verdict"]["decision"] == "divert"
    assert step(models, "thresholds", thresholds={"marks": {"m1": 1.0}}).status_code == 201
    stricter = scan(models, "T3")["verdict"]
    assert (stricter["decision"], stricter["suspicions"]) == ("pass", [])
    back = step(models, "thresholds/0/use").json()
    assert back["at_work"] == 0
    assert [one["version"] for one in back["items"]] == [2, 1]
    assert scan(models, "T4")["verdict"]["decision"] == "divert"


@pytest.mark.parametrize(
    ("thresholds", "field"),
    [
        ({"everywhere": {"photo": 1.5}}, "thresholds.everywhere.photo"),
        ({"marks": {"nobody": 0.5}}, "thresholds.marks.nobody"),
        ({"anywhere": {}}, "thresholds.anywhere"),
    ],
)
def test_bad_thresholds_change_nothing(service: Service, thresholds: dict[str, Any], field: str) -> None:
    answer = step(service, "thresholds", thresholds=thresholds)
    assert answer.status_code == 422
    assert answer.json()["field"] == field
    assert step(service, "thresholds/7/use").status_code == 422
    assert service.client.get("/v1/models/thresholds").json() == {"at_work": 0, "items": []}


def test_a_hundred_swaps_under_load(tmp_path: Path) -> None:
    """No request fails, and each verdict names the very release whose models made it."""
    with running(settings(tmp_path, workers=2), loader=load_folder) as service:
        service.record("m1", 1)
        scan(service, "first")
        release = approved(service, 1)
        assert step(service, f"releases/{release}/shadow").status_code == 200
        scan(service, "second")
        assert looked(service.parts) == 2
        embedders = {release: embedder_of(1), deployment(service)["champion"]: "fa" * 32}
        over, seen, failed = threading.Event(), [], []

        def post(worker: int) -> None:
            number = 0
            while not over.is_set():
                number += 1
                answer = service.scan([photograph(1)], parcel=f"W{worker}-{number}")
                if answer.status_code == 503 and "retry-after" in answer.headers:
                    continue  # the line is full, which it says
                if answer.status_code not in (200, 201):
                    failed.append(answer.text)
                    continue
                verdict = answer.json()["verdict"]
                seen.append((verdict["snapshot"]["release"], verdict["models"]["embedder"], verdict["decision"]))

        workers = [threading.Thread(target=post, args=(n,)) for n in range(3)]
        for worker in workers:
            worker.start()
        swaps = 0
        try:
            while swaps < 100:
                assert step(service, f"releases/{release}/canary", share=1.0).status_code == 200
                if not swaps:
                    wait_for(lambda: any(one[0] == release for one in seen))
                assert step(service, f"releases/{release}/champion").status_code == 200
                assert step(service, "rollback").status_code == 200
                swaps += 3
        finally:
            over.set()
            for worker in workers:
                worker.join()
        assert not failed
        assert {made for made, _, _ in seen} == set(embedders)
        assert all(embedders[made] == embedder for made, embedder, _ in seen)
        assert {decision for _, _, decision in seen} == {"divert"}


def test_another_process_follows(tmp_path: Path) -> None:
    url = fresh_url("sqlite", tmp_path)
    with (
        running(settings(tmp_path, database_url=url), loader=load_folder) as one,
        running(settings(tmp_path, database_url=url), loader=load_folder) as other,
    ):
        one.record("m1", 1)
        scan(one, "P1")
        scan(one, "P2")
        release = approved(one, 1)
        step(one, f"releases/{release}/shadow")
        looked(one.parts)
        assert step(one, f"releases/{release}/canary", share=1.0).status_code == 200
        wait_for(lambda: deployment(other)["here"]["canary"] == release)
        assert scan(other, "P3")["verdict"]["snapshot"]["release"] == release
        step(other, f"releases/{release}/champion")
        wait_for(lambda: deployment(one)["here"]["champion"] == release)
    with running(settings(tmp_path, database_url=url), loader=load_folder) as later:
        assert scan(later, "P4")["verdict"]["snapshot"]["release"] == release, "a new process begins with the champion"


def test_a_canary_takes_its_share_whoever_asks() -> None:
    terms = CanaryTerms(stations=("dock-1",), share=0.2)
    taken = [terms.takes(f"scan_{n}", "dock-2") for n in range(5000)]
    assert 0.18 < sum(taken) / len(taken) < 0.22
    assert all(terms.takes(f"scan_{n}", "dock-1") for n in range(100))
    assert not any(CanaryTerms().takes(f"scan_{n}", "dock-1") for n in range(100))
    assert fraction("scan_1") == fraction("scan_1") != fraction("scan_2")
