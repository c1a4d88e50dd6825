"""X-ray scans through the service: posted beside photographs, judged by their own models, shown and replayed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import httpx
import numpy as np
import pytest
from sqlalchemy import select

from inference.fusion import Gain
from inference.xray.packing import pack
from service.alerts.injecting import copied
from service.tables import ViewRow
from tests.fakes import FakeInspector, FakeXrayInspector
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.pictures import jpeg, mark, photograph, png
from tests.unit.inference.xray.scans import dicom

AIR = 58_000
UPRIGHT = {"tidewaiter_xray": 1, "polarity": "transmission", "air": AIR, "bits": 16}


def counts(seed: int, side: int = 240) -> tuple[np.ndarray, np.ndarray]:
    """High and low counts of a scan that looks like mark `seed` in grey: what is dark in it is thick here."""
    grey = cv2.cvtColor(mark(seed), cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    thick = cv2.resize(4 * (1 - grey) ** (1 / 0.6), (side, side), interpolation=cv2.INTER_NEAREST)
    noise = np.random.default_rng(seed).normal(0, 60, (2, side, side))
    both = [np.exp(-thick * factor) * AIR + own for factor, own in zip((1.0, 1.3), noise, strict=True)]
    high, low = (np.clip(np.rint(own), 0, 65_535).astype(np.uint16) for own in both)
    return high, low


def scan_file(seed: int) -> bytes:
    return pack(*counts(seed), {"tidewaiter_xray": 1, "air": AIR, "polarity": "transmission", "bits": 16})


def worn_scan(seed: int, other: int) -> bytes:
    """A scan of mark `seed` that is somewhat like another."""
    mixed = [
        np.exp(0.7 * np.log(np.maximum(a, 1)) + 0.3 * np.log(np.maximum(b, 1)))
        for a, b in zip(counts(seed), counts(other), strict=True)
    ]
    high, low = (np.rint(own).astype(np.uint16) for own in mixed)
    return pack(high, low, {"tidewaiter_xray": 1, "air": AIR, "polarity": "transmission", "bits": 16})


def weighable(seed: int) -> bytes:
    """The same with curves of materials and the size of a pixel."""
    wedges = [
        {"z": z, "high": [0.1, 5.0], "low": [0.1 * up, 5.0 * up]} for z, up in ((6.5, 1.05), (13, 1.25), (26, 1.6))
    ]
    sidecar = {"tidewaiter_xray": 1, "air": AIR, "polarity": "transmission", "bits": 16, "pitch_mm": 1.5}
    return pack(*counts(seed), {**sidecar, "calibration": {"name": "test", "materials": wedges}})


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(settings_in(tmp_path), xray=FakeXrayInspector()) as started:
        yield started


def grey(seed: int) -> np.ndarray:
    """Mark `seed` in grey, as an X-ray shows it: (h, w, 3)."""
    return cv2.cvtColor(cv2.cvtColor(mark(seed), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def grey_mark(service: Service, mark_id: str, seed: int) -> None:
    """Record mark `seed` in grey, as reliefs have no colours."""
    metadata = json.dumps({"title": f"Title {mark_id}", "holder": f"Holder {mark_id}"})
    files = [("artwork", (f"{mark_id}.png", png(grey(seed))))]
    answer = service.client.put(f"/v1/registry/marks/{mark_id}", data={"metadata": metadata}, files=files)
    assert answer.status_code in (200, 201), answer.text


def body_of(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def test_a_mark_recorded_a_moment_ago_is_found_in_an_xray(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    body = body_of(service.scan([scan_file(5)]))
    assert body["verdict"]["decision"] == "divert"
    view = body["views"][0]
    assert (view["modality"], view["media_type"], view["width"]) == ("xray", "image/tiff", 240)
    assert body["verdict"]["suspicions"][0]["mark"]["mark_id"] == "anchor"
    assert set(body["verdict"]["models"]) == {"xray_detector", "xray_embedder"}
    assert len(body["alerts"]) == 1


def test_views_of_both_kinds_are_one_scan_with_the_threshold_of_each(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    service.record("kestrel", 6)
    body = body_of(service.scan([photograph(6), scan_file(5), scan_file(9)]))
    assert [view["modality"] for view in body["views"]] == ["photo", "xray", "xray"]
    found = {item["mark"]["mark_id"]: (item["view"], item["threshold"]) for item in body["verdict"]["suspicions"]}
    assert found == {"kestrel": (0, 0.9), "anchor": (1, 0.7)}
    assert body["verdict"]["thresholds"] == {"photo": 0.9, "xray": 0.7}
    assert len(body["alerts"]) == 2


def test_marks_that_are_withdrawn_are_found_in_neither(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    assert body_of(service.scan([scan_file(5)]))["verdict"]["decision"] == "divert"
    assert service.client.delete("/v1/registry/marks/anchor").status_code in (200, 204)
    assert body_of(service.scan([scan_file(5)], parcel="P2"))["verdict"]["decision"] == "pass"


def test_what_is_not_known_of_a_scan_is_said_with_the_verdict(service: Service) -> None:
    body = body_of(service.scan([photograph(6), deep_png(counts(5)[0])], images=[{}, {"xray": UPRIGHT}]))
    told = {(item["view"], item["code"]) for item in body["verdict"]["remarks"]}
    assert told >= {(1, "no_pitch"), (1, "one_energy")}
    assert {view for view, _ in told} == {1}
    assert body_of(service.scan([photograph(6)], parcel="P2"))["verdict"]["remarks"] == []


def deep_png(counts: np.ndarray) -> bytes:
    return bytes(cv2.imencode(".png", counts)[1].tobytes())


def test_what_a_file_cannot_say_its_sender_says_and_it_is_kept(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    turned = deep_png(65_535 - counts(5)[0])
    said = {"tidewaiter_xray": 1, "polarity": "inverted", "air": 65_535 - AIR, "bits": 16}
    body = body_of(service.scan([turned], images=[{"xray": said}]))
    assert body["verdict"]["decision"] == "divert"
    with service.parts.database.read() as session:
        (row,) = session.scalars(select(ViewRow)).all()
        assert json.loads(row.sidecar or "null") == said
    again = service.client.get(f"/v1/scans/{body['id']}").json()
    assert again["verdict"] == body["verdict"]
    plain = body_of(service.scan([deep_png(counts(5)[0])], parcel="P2", images=[{"xray": UPRIGHT}]))
    assert plain["verdict"]["suspicions"][0]["score"] == body["verdict"]["suspicions"][0]["score"]


@pytest.mark.parametrize(
    ("said", "status", "named"),
    [
        ({"xray": {"air": 5}}, 422, "images[0].xray.tidewaiter_xray"),
        ({"xray": {"tidewaiter_xray": 1, "pitch_mm": -1}}, 422, "images[0].xray.pitch_mm"),
        ({"xray": {"tidewaiter_xray": 1, "nonsense": 1}}, 422, "images[0].xray"),
        ({"xray": {"tidewaiter_xray": 1}, "modality": "photo"}, 422, "metadata"),
        ({"xray": "air"}, 422, "metadata"),
    ],
)
def test_what_is_said_wrongly_of_a_scan_is_named(
    service: Service, said: dict[str, Any], status: int, named: str
) -> None:
    answer = service.scan([deep_png(counts(5)[0])], images=[said])
    assert answer.status_code == status, answer.text
    assert named in answer.text
    assert service.client.get("/v1/scans").json().get("items", []) == []


def test_pictures_are_xrays_if_their_sender_says_so(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    high = np.pad(counts(5)[0], 30, constant_values=AIR)  # a belt around it
    shown = png(cv2.cvtColor((high >> 8).astype(np.uint8), cv2.COLOR_GRAY2RGB))
    as_photo = body_of(service.scan([shown]))
    assert as_photo["views"][0]["modality"] == "photo"
    as_scan = body_of(service.scan([shown], parcel="P2", images=[{"modality": "xray"}]))
    assert as_scan["views"][0]["modality"] == "xray"
    deep = body_of(service.scan([bytes(cv2.imencode(".png", high)[1])], parcel="P3"))
    assert deep["views"][0]["modality"] == "xray"


def test_scans_that_cannot_be_judged_are_refused_by_name_and_leave_nothing(service: Service) -> None:
    high, low = counts(5)
    said = {"tidewaiter_xray": 1, "air": AIR, "polarity": "transmission", "bits": 16}
    before = service.stored()
    for data, status, code in (
        (pack(low, high, said), 422, "swapped-energies"),
        (pack(high, np.ascontiguousarray(low[::-1]), said), 422, "mismatched-energies"),
        (pack(high >> 5, low >> 5, said), 422, "wrong-bit-depth"),
        (pack(high, low, {"tidewaiter_xray": 1, "air": "bright"}), 422, "bad-sidecar"),
        (scan_file(5)[:-1000], 422, "broken-image"),
        (b"II*\0" + bytes(60), 422, "broken-image"),
    ):
        answer = service.scan([photograph(1), data])
        assert answer.json()["field"].startswith("views[1]")
        assert_problem(answer, status, code, answer.json()["field"])
    assert service.stored() == before


def test_without_models_for_xrays_they_are_refused(tmp_path: Path) -> None:
    with running(settings_in(tmp_path)) as service:
        told = assert_problem(service.scan([scan_file(5)]), 415, "unsupported-image", "views[0]")
        assert "no models" in told["detail"]


def test_a_scan_is_given_out_as_it_came_and_drawn_for_browsers(service: Service) -> None:
    data = scan_file(5)
    body = body_of(service.scan([data]))
    sent = service.client.get(body["views"][0]["url"])
    assert (sent.content, sent.headers["content-type"]) == (data, "image/tiff")
    media_type, drawn = service.parts.scans.shown(body["id"], 0, "inverse")
    picture = cv2.imdecode(np.frombuffer(drawn, np.uint8), cv2.IMREAD_COLOR)
    assert (media_type, picture.shape) == ("image/png", (240, 240, 3))


def test_a_dicom_scan_is_given_out_under_a_name_that_is_one(service: Service) -> None:
    body = body_of(service.scan([dicom(np.pad(counts(5)[0], 30, constant_values=AIR))]))
    sent = service.client.get(body["views"][0]["url"])
    assert sent.headers["content-type"] == "application/dicom"
    assert sent.headers["content-disposition"] == f'attachment; filename="{body["id"]}-0.dicom"'


def test_a_scan_that_is_copied_for_a_second_officer_stays_an_xray(service: Service) -> None:
    body = body_of(service.scan([scan_file(5)]))
    with service.parts.database.read() as session:
        (view,) = session.execute(select(ViewRow).where(ViewRow.scan_id == body["id"])).scalars()
    assert copied(view)["modality"] == "xray"


def test_an_xray_verdict_is_reached_again_by_the_registry_as_it_was(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    body = body_of(service.scan([scan_file(5)]))
    service.client.delete("/v1/registry/marks/anchor")
    replayed = service.client.post(f"/v1/alerts/{body['alerts'][0]}/replays")
    assert replayed.status_code == 200, replayed.text
    assert replayed.json()["same"] is True


def test_imported_artwork_is_embedded_for_xrays_beside_the_scans(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    backlog = service.parts.xray_backlog
    assert backlog is not None
    wait_for(lambda: backlog.waiting() == 0)


@pytest.mark.parametrize(("gain", "decision"), [(None, "pass"), (Gain(intercept=4.0, slope=1.0), "divert")])
def test_a_photograph_and_a_scan_that_are_each_too_weak_raise_an_alert_together(
    tmp_path: Path, gain: Gain | None, decision: str
) -> None:
    """Both thresholds are out of reach; what the views say together is beyond them."""
    judge = FakeXrayInspector(threshold=0.99)
    judge.gain = gain
    with running(settings_in(tmp_path), inspector=FakeInspector(threshold=0.99), xray=judge) as service:
        grey_mark(service, "anchor", 5)
        worn = cv2.addWeighted(grey(5), 0.7, grey(9), 0.3, 0)
        body = body_of(service.scan([jpeg(worn), worn_scan(5, 9)]))
        verdict = body["verdict"]
        assert verdict["decision"] == decision
        assert len(body["alerts"]) == (0 if gain is None else 1)
        if gain is None:
            return
        both = sorted(verdict["suspicions"], key=lambda item: item["view"])
        assert [item["modality"] for item in both] == ["photo", "xray"]
        assert both[0]["score"] == both[1]["score"] > max(item["alone"] for item in both)
        assert all(item["alone"] < 0.99 and item["adds"] > 0 for item in both)
        assert "seen_in_views" in {reason["code"] for reason in both[0]["reasons"]}
        replayed = service.client.post(f"/v1/scans/{body['id']}/replays").json()
        assert replayed["same"], replayed["differences"]


def test_a_declaration_that_the_scan_contradicts_is_a_reason_and_no_more(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    weighed = body_of(service.scan([weighable(5)], parcel="H", declaration={"gross_weight_g": 1}))
    light = body_of(service.scan([weighable(5)], parcel="L", declaration={"gross_weight_g": 90_000}))
    (doubted,), (believed,) = weighed["verdict"]["suspicions"], light["verdict"]["suspicions"]
    assert "declared_mismatch" in {reason["code"] for reason in doubted["reasons"]}
    assert "declared_mismatch" not in {reason["code"] for reason in believed["reasons"]}
    assert doubted["score"] == believed["score"]
    assert weighed["verdict"]["contents"]["least_mass"] > 1


def test_a_marks_self_test_says_whether_xrays_can_show_it(service: Service) -> None:
    grey_mark(service, "anchor", 5)
    service.parts.onboarding.run(["anchor"])
    (item,) = service.client.get("/v1/registry/recordations").json()["items"]
    shown = service.client.get(f"/v1/registry/recordations/{item['id']}").json()
    test = shown["self_tests"]["anchor"]
    assert ("xray_2d" in test["detectable_in"]) == ("leaves no trace" in test["notes"]["xray_2d"])
    assert "in relief" in test["notes"]["xray_2d"] or "leaves no trace" in test["notes"]["xray_2d"]
