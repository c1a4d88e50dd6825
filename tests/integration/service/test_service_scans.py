"""Scans: stored before they are inspected, once however often they are posted, and taken up again after a crash."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import httpx
import pytest

from inference.errors import BrokenImage
from service.bootstrap import bootstrap
from service.scans.judging import MAX_ATTEMPTS
from service.scans.schemas import ScanMetadata
from service.uploads import Upload, whole_body
from tests.fakes import load_fake
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.inspectors import Failing, Gated
from tests.integration.service.pictures import photograph

METADATA = ScanMetadata(station="dock-3", parcel="P1")


def test_a_recorded_mark_in_any_view_diverts_the_parcel(service: Service) -> None:
    assert service.record("fox", 1, "Fox Works").status_code == 201
    assert service.record("owl", 2).status_code == 201
    declaration = {"consignor": "A", "goods": ["lamps"]}
    taken = datetime.now(timezone(timedelta(hours=1))).replace(microsecond=0)
    answer = service.scan(
        [photograph(9), photograph(1), photograph(1, tint=20)],
        captured_at=taken.isoformat(),
        declaration=declaration,
    )
    assert answer.status_code == 201
    scan = answer.json()
    assert answer.headers["location"] == f"/v1/scans/{scan['id']}"
    assert scan["state"] == "done"
    assert datetime.fromisoformat(scan["captured_at"]) == taken
    declared = scan["declaration"]
    assert declared["consignor"] == {"name": "A", "identifiers": []}
    assert declared["consignee"] is None
    assert [(item["name"], item["hs"]) for item in declared["goods"]] == [("lamps", None)]
    verdict = scan["verdict"]
    assert verdict["decision"] == "divert"
    assert {item["view"] for item in verdict["suspicions"]} == {1, 2}
    first = verdict["suspicions"][0]
    assert first["mark"] == {"mark_id": "fox", "title": "Title fox", "holder": "Fox Works"}
    assert first["box"] == [0, 0, 240, 240]
    assert first["score"] >= verdict["threshold"]
    assert first["reasons"][0]["code"] == "looks_like_mark"
    assert (
        first["candidates"][0]["reference"]
        == service.client.get("/v1/registry/marks/fox").json()["artwork"][0]["sha256"]
    )
    assert len(scan["alerts"]) == 1  # one right holder, though seen in two views
    assert service.client.get(f"/v1/scans/{scan['id']}").json() == scan
    alert = service.client.get(f"/v1/alerts/{scan['alerts'][0]}").json()
    assert [s["view"] for s in alert["sightings"]] == [s["view"] for s in verdict["suspicions"]]


def test_a_parcel_without_recorded_marks_passes(service: Service) -> None:
    scan = service.scan([photograph(9)]).json()
    assert scan["verdict"]["decision"] == "pass"
    assert scan["alerts"] == []


def test_the_raw_form_and_the_view_as_it_was_sent(service: Service) -> None:
    data = photograph(1)
    answer = service.client.post(
        "/v1/scans?station=dock-3&parcel=P1", content=data, headers={"Content-Type": "image/jpeg"}
    )
    assert answer.status_code == 201
    view = answer.json()["views"][0]
    assert (view["width"], view["height"], view["size"]) == (240, 240, len(data))
    got = service.client.get(view["url"])
    assert got.content == data
    assert got.headers["content-type"] == "image/jpeg"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in got.headers["content-security-policy"]
    missing = service.client.get(view["url"].removesuffix("0") + "1")
    assert assert_problem(missing, 404, "unknown-view", "index")["limit"] == "0 to 0"


def test_the_same_post_again_answers_with_the_stored_scan(service: Service) -> None:
    first = service.scan([photograph(1), photograph(2)])
    before = service.stored()
    again = service.scan([photograph(1), photograph(2)])
    assert again.status_code == 200
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
    assert service.stored() == before
    others = [service.scan([photograph(2), photograph(1)]), service.scan([photograph(1), photograph(2)], parcel="P2")]
    assert [answer.status_code for answer in others] == [201, 201]
    assert "idempotency-replayed" not in others[0].headers


def test_identical_posts_at_once_store_one_scan(tmp_path: Path) -> None:
    with running(settings_in(tmp_path, workers=4)) as service:
        service.record("fox", 1)
        with ThreadPoolExecutor(8) as together:
            answers = list(together.map(lambda _: service.scan([photograph(1)]), range(8)))
        assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
        assert len({answer.json()["id"] for answer in answers}) == 1
        assert all(answer.json()["verdict"]["decision"] == "divert" for answer in answers)
        stored = service.stored()
        assert (stored["scans"], stored["scan_views"], stored["alerts"]) == (1, 1, 1)


def test_a_scan_is_on_disk_before_it_is_inspected(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path), inspector) as service, ThreadPoolExecutor(1) as station:
        posting = station.submit(service.scan, [photograph(1)])
        assert inspector.entered.acquire(timeout=20)
        stored = service.stored()
        scan_id = service.parts.scans.unfinished()[0]
        state = service.client.get(f"/v1/scans/{scan_id}").json()
        inspector.gate.set()
        assert posting.result().status_code == 201
    assert (stored["scans"], stored["scan_views"], stored["files"]) == (1, 1, 1)
    assert (state["state"], state["verdict"]) == ("received", None)


def test_a_full_queue_answers_503_and_stores_nothing(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path, workers=1, queue=1), inspector) as service, ThreadPoolExecutor(2) as stations:
        first = stations.submit(service.scan, [photograph(1)], parcel="P1")
        assert inspector.entered.acquire(timeout=20)
        second = stations.submit(service.scan, [photograph(1)], parcel="P2")
        wait_for(lambda: b"tidewaiter_scans_waiting 2.0" in service.parts.metrics.text())
        refused = service.scan([photograph(1)], parcel="P3")
        body = assert_problem(refused, 503, "overloaded", "queue")
        assert int(refused.headers["retry-after"]) >= 1
        assert (body["waiting"], body["room"]) == (2, 2)
        inspector.gate.set()
        assert [future.result().status_code for future in (first, second)] == [201, 201]
        assert service.stored()["scans"] == 2
        assert service.scan([photograph(1)], parcel="P3").status_code == 201


def test_a_scan_left_by_a_crash_is_inspected_at_the_next_start(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    parts = bootstrap(settings, loader=load_fake)
    parts.intake.take(METADATA, [whole_body(photograph(1))])  # and then the process dies
    left = parts.scans.unfinished()
    parts.close()
    assert len(left) == 1

    with running(settings) as service:
        service.record("fox", 1)
        wait_for(lambda: not service.parts.scans.unfinished())
        scan = service.client.get(f"/v1/scans/{left[0]}").json()
        assert scan["state"] == "done"
        assert scan["verdict"]["decision"] in {"pass", "divert"}  # whichever came first, the mark or the inspection
        again = service.scan([photograph(1)])
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == scan


def test_a_failed_inspection_keeps_the_scan_and_a_repeated_post_inspects_it(tmp_path: Path) -> None:
    with running(settings_in(tmp_path), Failing(1)) as service:
        assert_problem(service.scan([photograph(1)]), 500, "inspection-failed", "views")
        assert service.stored()["scans"] == 1
        again = service.scan([photograph(1)])
        assert again.status_code == 200
        assert again.json()["state"] == "done"
        assert service.parts.scans.unfinished() == []


def test_a_scan_that_keeps_failing_is_given_up(tmp_path: Path) -> None:
    with running(settings_in(tmp_path), Failing(MAX_ATTEMPTS)) as service:
        for _ in range(MAX_ATTEMPTS):
            answer: httpx.Response = service.scan([photograph(1)])
            assert_problem(answer, 500, "inspection-failed", "views")
        assert service.parts.scans.unfinished() == []  # no start tries it again
        assert service.scan([photograph(1)]).json()["state"] == "done"  # but a station may


def test_many_large_views_are_not_all_kept_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.scans.taking.KEPT_PIXELS", 240 * 240)
    parts = bootstrap(settings_in(tmp_path), loader=load_fake)
    views = [photograph(seed) for seed in range(3)]
    uploads = [Upload(field=f"views[{n}]", name="", file=whole_body(data).file) for n, data in enumerate(views)]
    first = parts.intake.take(METADATA, uploads)
    assert [image is None for image in first.images or ()] == [False, True, True]
    second = parts.intake.take(METADATA.model_copy(update={"parcel": "P2"}), uploads)
    assert second.images == (None, None, None)  # the first one's is still kept
    parts.intake.release(first)
    with pytest.raises(BrokenImage):
        parts.intake.take(METADATA.model_copy(update={"parcel": "P3"}), [uploads[0], whole_body(views[0][:200])])
    scan = parts.scans.receive(METADATA.model_copy(update={"parcel": "P4"}), uploads)
    parts.close()
    assert (scan.state, len(scan.views)) == ("done", 3)
