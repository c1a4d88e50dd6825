"""Posting again: the same is answered the same, another body is refused, and one scan is stored however often."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, key_of, running, settings_in
from tests.integration.service.inspectors import Gated
from tests.integration.service.pictures import photograph

RAW = {"Content-Type": "image/jpeg"}


def post(service: Service, key: str, *, seed: int = 1, parcel: str = "P1", **headers: str) -> httpx.Response:
    """One image as the body, under a key."""
    query = {"station": "dock-3", "parcel": parcel}
    sent = {**RAW, "Idempotency-Key": key, **headers}
    return service.client.post("/v1/scans", params=query, content=photograph(seed), headers=sent)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_post_is_answered_the_same(tmp_path: Path, kind: str) -> None:
    with running(settings_in(tmp_path, database_url=fresh_url(kind, tmp_path))) as service:
        first = post(service, "k-1")
        before = service.stored()
        again = post(service, "k-1")
        assert (first.status_code, again.status_code) == (201, 200)
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"
        assert again.json() == first.json()
        assert service.stored() == before
        assert_problem(post(service, "k-1", seed=2), 422, "idempotency-key-reused", "Idempotency-Key")
        assert_problem(post(service, "k-1", parcel="P2"), 422, "idempotency-key-reused", "Idempotency-Key")
        assert service.stored() == before


def test_another_key_for_the_same_scan_is_the_same_scan(service: Service) -> None:
    first, other = post(service, "k-1"), post(service, "k-2")
    assert other.headers["idempotency-replayed"] == "true"
    assert other.json()["id"] == first.json()["id"]
    assert post(service, "k-2").json()["id"] == first.json()["id"]
    assert_problem(post(service, "k-2", seed=2), 422, "idempotency-key-reused", "Idempotency-Key")


def test_while_the_first_is_in_progress_the_second_is_told_so(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path), inspector) as service, ThreadPoolExecutor(1) as station:
        first = station.submit(post, service, "k-1")
        assert inspector.entered.acquire(timeout=20)
        refused = post(service, "k-1")
        assert_problem(refused, 409, "still-in-progress", "Idempotency-Key")
        assert refused.headers["retry-after"] == "1"
        inspector.gate.set()
        assert first.result().status_code == 201
        assert post(service, "k-1").json() == first.result().json()


def test_who_was_told_202_is_told_how_it_stands(tmp_path: Path) -> None:
    inspector = Gated()
    with running(settings_in(tmp_path), inspector) as service:
        first = post(service, "k-1", Prefer="wait=0")
        again = post(service, "k-1", Prefer="wait=0")
        assert (first.status_code, again.status_code) == (202, 202)
        assert again.headers["idempotency-replayed"] == "true"
        inspector.gate.set()
        done = post(service, "k-1", Prefer="wait=20")
        assert (done.status_code, done.json()["state"]) == (200, "done")
        assert done.json()["id"] == first.json()["id"]


@pytest.mark.parametrize("kind", KINDS)
def test_many_at_once_under_one_key_store_one_scan(tmp_path: Path, kind: str) -> None:
    settings = settings_in(tmp_path, database_url=fresh_url(kind, tmp_path), workers=2)
    with running(settings) as service, ThreadPoolExecutor(8) as stations:
        seeds = [1, 1, 1, 1, 2, 2, 2, 2]
        answers = list(stations.map(lambda seed: post(service, "k-1", seed=seed), seeds))
        codes = [answer.status_code for answer in answers]
        assert codes.count(201) == 1
        assert set(codes) <= {200, 201, 409, 422}
        assert 422 in codes
        stored = service.stored()
        assert (stored["scans"], stored["scan_views"]) == (1, 1)


def test_a_key_is_forgotten_after_a_day(tmp_path: Path) -> None:
    moment = [datetime.now(UTC)]
    with running(settings_in(tmp_path), clock=lambda: moment[0]) as service:
        first = post(service, "k-1")
        moment[0] += timedelta(hours=23, minutes=59)
        assert_problem(post(service, "k-1", seed=2), 422, "idempotency-key-reused", "Idempotency-Key")
        moment[0] += timedelta(minutes=2)
        other = post(service, "k-1", seed=2)
        assert other.status_code == 201
        assert other.json()["id"] != first.json()["id"]
        assert post(service, "k-1", seed=2).json()["id"] == other.json()["id"]


def test_a_key_outlives_the_process(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with running(settings) as service:
        first = post(service, "k-1").json()
    with running(settings) as service:
        assert post(service, "k-1").json() == first
        assert service.stored()["scans"] == 1


@pytest.mark.parametrize("key", ["", "a b", "k" * 256, "a\tb"])
def test_what_is_no_key_is_refused(service: Service, key: str) -> None:
    refused = post(service, key)
    assert_problem(refused, 422, "invalid-request", "Idempotency-Key")
    assert service.stored()["scans"] == 0


def test_keys_of_two_accounts_do_not_meet(service: Service) -> None:
    mine = post(service, "k-1")
    other = {"Authorization": f"Bearer {key_of(service.parts, 'another')}"}
    theirs = post(service, "k-1", seed=2, **other)
    assert (mine.status_code, theirs.status_code) == (201, 201)


def test_equal_images_of_a_device_that_numbers_them_are_two_scans(service: Service) -> None:
    def numbered(image_id: str) -> Any:
        return service.scan([photograph(1)], images=[{"image_id": image_id}])

    first, second, again = numbered("cam-1"), numbered("cam-2"), numbered("cam-1")
    assert first.json()["id"] == again.json()["id"]
    assert second.json()["id"] != first.json()["id"]
    assert first.json()["views"][0]["image_id"] == "cam-1"


def test_metadata_that_lies_about_the_image_is_refused(service: Service) -> None:
    lie = service.scan([photograph(1)], images=[{"sha256": "0" * 64}])
    assert_problem(lie, 422, "false-hash", "metadata.images[0].sha256")
    two = service.scan([photograph(1)], images=[{}, {}])
    assert_problem(two, 422, "views-miscounted", "metadata.images")
    mistyped = {"reference": {"type": "s10", "value": "RX123456780NL"}}
    answer = service.scan([photograph(1)], declaration=mistyped)
    assert (
        "check digit should be 5"
        in assert_problem(answer, 422, "invalid-request", "metadata.declaration.reference")["detail"]
    )
    stored = service.stored()
    assert (stored["scans"], stored["files"]) == (0, 0)
