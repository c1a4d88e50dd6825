"""Each bad input gets a problem that names field and limit, leaves nothing behind, and the process lives on."""

import json
from typing import Any

import httpx
import pytest

from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import SVG_WITH_REFERENCE, mark, photograph, png, vast_png

GOOD = photograph(1)
METADATA = {"metadata": json.dumps({"station": "dock-3", "parcel": "P1"})}


def assert_untouched(service: Service) -> None:
    assert set(service.stored().values()) == {0}
    assert service.client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("data", "status", "code", "limit"),
    [
        (b"", 422, "empty-image", None),
        (b"this is no photograph, whatever its name says", 415, "unsupported-image", "image/jpeg"),
        (GOOD[: len(GOOD) // 2], 422, "broken-image", None),
        (GOOD[:20], 422, "broken-image", None),
        (vast_png(), 413, "image-too-large", "50,000,000 pixels"),
        (b"GIF89a" + bytes(40), 415, "unsupported-image", "image/jpeg"),
        (SVG_WITH_REFERENCE, 415, "unsupported-image", "image/jpeg"),
    ],
    ids=["empty", "text", "truncated", "only a header", "vast", "gif", "svg"],
)
def test_a_bad_view_is_named_and_nothing_is_stored(
    service: Service, data: bytes, status: int, code: str, limit: str | None
) -> None:
    answer = service.scan([GOOD, data])
    body = assert_problem(answer, status, code, "views[1]")
    if limit is not None:
        assert limit in body["limit"]
    assert_untouched(service)


def test_a_bad_image_as_the_whole_body_is_named(service: Service) -> None:
    headers = {"Content-Type": "image/jpeg"}
    for data, status, code in (
        (b"", 422, "empty-image"),
        (b"no", 415, "unsupported-image"),
        (GOOD[:-9], 422, "broken-image"),
    ):
        answer = service.client.post("/v1/scans?station=dock-3&parcel=P1", content=data, headers=headers)
        assert_problem(answer, status, code, "body")
    assert_untouched(service)


@pytest.mark.parametrize("kind", ["", "application/json", "image/gif", "text/plain"])
def test_an_unsupported_body_names_what_is_supported(service: Service, kind: str) -> None:
    headers = {"Content-Type": kind} if kind else {}
    body = assert_problem(
        service.client.post("/v1/scans", content=b"", headers=headers), 415, "unsupported-body", "Content-Type"
    )
    assert "multipart/form-data" in body["limit"]
    assert "image/webp" in body["limit"]
    assert_untouched(service)


@pytest.mark.parametrize(
    ("metadata", "field"),
    [
        ({"station": "s", "parcel": "p", "colour": "red"}, "metadata.colour"),
        ({"station": "s", "parcel": "p", "declaration": {"consigner": "x"}}, "metadata.declaration.consigner"),
        ({"station": "s", "parcel": "p", "declaration": {"goods": ["a", 3]}}, "metadata.declaration.goods[1]"),
        ({"station": "s"}, "metadata.parcel"),
        ({"station": " ", "parcel": "p"}, "metadata.station"),
        ({"station": "s", "parcel": "p" * 129}, "metadata.parcel"),
        ({"station": "s", "parcel": "p", "captured_at": "yesterday"}, "metadata.captured_at"),
        ({"station": "s", "parcel": "p", "captured_at": "2026-03-02T09:00:00"}, "metadata.captured_at"),
        ([], "metadata"),
    ],
)
def test_bad_metadata_names_its_field(service: Service, metadata: Any, field: str) -> None:
    files = [("views", ("a.jpg", GOOD))]
    answer = service.client.post("/v1/scans", data={"metadata": json.dumps(metadata)}, files=files)
    body = assert_problem(answer, 422, "invalid-request", field)
    if field == "metadata.colour":
        assert "station, parcel, captured_at, answer_by, lane, images, declaration" in body["limit"]
    if metadata == {"station": "s", "parcel": "p" * 129}:
        assert "128" in body["limit"]
    assert_untouched(service)


def test_parts_that_are_missing_unknown_or_too_many(service: Service) -> None:
    post = service.client.post
    assert_problem(
        post("/v1/scans", data=METADATA, files=[("photo", ("a.jpg", GOOD))]), 422, "invalid-request", "photo"
    )
    assert_problem(post("/v1/scans", files=[("views", ("a.jpg", GOOD))]), 422, "invalid-request", "metadata")
    assert_problem(post("/v1/scans", files={"metadata": (None, "{}")}), 422, "invalid-request", "views")
    assert_problem(post("/v1/scans", files={"metadata": (None, "{")}), 422, "invalid-request", "views")
    body = assert_problem(service.scan([GOOD] * 9), 422, "invalid-request", "views")
    assert body["limit"] == "1 to 8"
    assert_problem(service.scan([GOOD] * 30), 400, "broken-body", "body")
    broken = post("/v1/scans", content=b"rubbish", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert broken.status_code in {400, 422}
    assert_problem(
        post("/v1/scans", content=b"", headers={"Content-Type": "multipart/form-data"}), 400, "broken-body", "body"
    )
    assert_untouched(service)


def test_raw_form_needs_station_and_parcel(service: Service) -> None:
    headers = {"Content-Type": "image/jpeg"}
    answer = service.client.post("/v1/scans?station=s", content=GOOD, headers=headers)
    assert_problem(answer, 422, "invalid-request", "parcel")
    assert_untouched(service)


def test_an_import_has_a_limit_of_its_own(tmp_path: Any) -> None:
    with running(settings_in(tmp_path, max_body_bytes=20_000, max_import_bytes=50_000)) as service:
        for size, status in ((30_000, 202), (60_000, 413)):
            answer = service.client.post(
                "/v1/registry/imports",
                data={"metadata": '{"officer": "r"}'},
                files=[("file", ("registry.csv", b"number\n" + b"x" * size))],
            )
            assert answer.status_code == status, answer.text
        assert answer.json()["limit"] == "50000 bytes"


def test_a_body_over_the_limit_is_refused_while_it_is_read(tmp_path: Any) -> None:
    with running(settings_in(tmp_path, max_body_bytes=20_000)) as service:
        announced = service.scan([bytes(30_000)])
        assert assert_problem(announced, 413, "body-too-large", "body")["limit"] == "20000 bytes"
        headers = {"Content-Type": "image/jpeg"}  # in chunks: no length is announced
        chunks = (bytes(1000) for _ in range(30))
        slow = service.client.post("/v1/scans?station=s&parcel=p", content=chunks, headers=headers)
        assert_problem(slow, 413, "body-too-large", "body")
        assert_untouched(service)


def test_a_file_over_the_limit_is_refused(tmp_path: Any) -> None:
    with running(settings_in(tmp_path, max_image_bytes=len(GOOD) - 1)) as service:
        body = assert_problem(service.scan([GOOD]), 413, "image-too-large", "views[0]")
        assert str(len(GOOD) - 1) in body["limit"].replace(",", "")
        assert_untouched(service)


@pytest.mark.parametrize(
    ("artwork", "status"),
    [(b"", 422), (b"words", 422), (SVG_WITH_REFERENCE, 422), (png(mark(2))[:-20], 422), (vast_png(), 422)],
    ids=["empty", "text", "svg with a reference", "truncated", "vast"],
)
def test_bad_artwork_is_named_and_nothing_is_stored(service: Service, artwork: bytes, status: int) -> None:
    files = [("artwork", ("good.png", png(mark(1)))), ("artwork", ("bad.svg", artwork))]
    metadata = {"metadata": '{"title": "T", "holder": "H"}'}
    answer = service.client.put("/v1/registry/marks/m", data=metadata, files=files)
    code = "unsafe-artwork" if artwork == SVG_WITH_REFERENCE else "bad-artwork"
    body = assert_problem(answer, status, code, "artwork[1]")
    if artwork == SVG_WITH_REFERENCE:
        assert body.get("limit")
    assert_untouched(service)
    assert service.client.get("/readyz").json()["marks"] == 0


def test_bad_mark_metadata_is_named(service: Service) -> None:
    files = [("artwork", ("good.png", png(mark(1))))]
    put = service.client.put
    answer = put("/v1/registry/marks/m", data={"metadata": '{"title": "T", "holder": "H", "x": 1}'}, files=files)
    assert_problem(answer, 422, "invalid-request", "metadata.x")
    assert_problem(put("/v1/registry/marks/m", json={}), 422, "invalid-request", "Content-Type")
    assert_problem(put("/v1/registry/marks/a b", files=files), 422, "invalid-request", "mark_id")
    assert_untouched(service)


@pytest.mark.parametrize(
    ("method", "path", "code", "field"),
    [
        ("GET", "/v1/scans/none", "unknown-scan", "scan_id"),
        ("GET", "/v1/scans/none/views/0", "unknown-scan", "scan_id"),
        ("GET", "/v1/alerts/none", "unknown-alert", "alert_id"),
        ("GET", "/v1/registry/marks/none", "unknown-mark", "mark_id"),
        ("DELETE", "/v1/registry/marks/none", "unknown-mark", "mark_id"),
        ("GET", "/v1/nothing", "not-found", None),
    ],
)
def test_unknown_things_are_404(service: Service, method: str, path: str, code: str, field: str | None) -> None:
    assert_problem(service.client.request(method, path), 404, code, field)


def test_wrong_methods_and_parameters(service: Service) -> None:
    answer = service.client.delete("/v1/scans")
    assert_problem(answer, 405, "method-not-allowed", None)
    assert answer.headers["allow"] == "POST"
    body = assert_problem(service.client.get("/v1/alerts?limit=0"), 422, "invalid-request", "limit")
    assert "1" in body["limit"]
    assert_problem(service.client.get("/v1/alerts?status=lost"), 422, "invalid-request", "status")


def test_requests_that_another_page_or_name_sent_are_refused(service: Service) -> None:
    get = service.client.get
    assert_problem(get("/v1/alerts", headers={"Host": "parcels.example"}), 421, "foreign-host", "Host")
    assert_problem(get("/v1/alerts", headers={"Origin": "https://parcels.example"}), 421, "foreign-host", "Origin")
    assert get("/v1/alerts", headers={"Origin": "http://localhost:8640"}).status_code == 200


def test_an_unexpected_error_tells_nothing_and_is_logged(service: Service, capfd: pytest.CaptureFixture[str]) -> None:
    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("the secret is 1234")

    object.__setattr__(service.parts, "alerts", type("Broken", (), {"page": explode})())
    answer: httpx.Response = service.client.get("/v1/alerts")
    assert_problem(answer, 500, "unexpected", None)
    assert "1234" not in answer.text
    assert "RuntimeError" not in answer.text
    said = capfd.readouterr()
    assert "unexpected_error" in said.out + said.err
    assert service.client.get("/healthz").status_code == 200
