"""From officers' decisions to labels on disk, on both databases: what counts, what does not, what the audit has."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from datasets.labels.lines import read_lines, write_lines
from datasets.versions.collected import read_collected
from service.audit.service import AuditService
from service.clock import system_clock
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.labels.errors import DamagedPicture, LabelFolderTaken
from service.labels.rules import load_label_rules
from service.tables import AuditEntryRow, LabelSetRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, key_of, running, settings_in
from tests.integration.service.learning_app import LearningApp, learning
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import Watch, keyed

SENDER = {"consignor": {"name": "A. Sender Ltd", "identifiers": [{"type": "eori", "value": "NL987654321"}]}}

PEOPLE = (
    ("lin", Role.OFFICER, None),
    ("maria", Role.OFFICER, None),
    ("harbour.officer", Role.OFFICER, "harbour"),
    ("harbour.operator", Role.MODEL_OPERATOR, "harbour"),
)
EMBEDDED = pytest.mark.parametrize("service", ["sqlite"], indirect=True)  # what asks the database nothing of its own


@pytest.fixture
def watch() -> Watch:
    """The time."""
    return Watch()


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path, watch: Watch) -> Iterator[Service]:
    """A service with two recorded marks and officers of two offices, on each kind of database."""
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings, clock=watch) as started:
        started.record("fox", 1, "Fox Works")
        started.record("owl", 2, "Owl Ltd")
        started.parts.accounts.add_office("harbour", "Harbour office", by="tests")
        for name, role, office in PEOPLE:
            started.parts.accounts.add(NewAccount(name=name, roles=[role], office=office), by="tests")
        yield started


@pytest.fixture
def app(service: Service, watch: Watch) -> Iterator[LearningApp]:
    """The application with labels; one officer's hard negatives count here."""
    rules = load_label_rules()
    rules = rules.model_copy(
        update={"caps": rules.caps.model_copy(update={"officers_against": 1, "second_from_score": 1})}
    )
    with learning(service.parts, watch, key_of(service.parts), rules=rules) as made:
        yield made


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LearningApp]:
    """One for what changes nothing."""
    with running(settings_in(tmp_path_factory.mktemp("small"))) as started:
        started.record("fox", 1, "Fox Works")
        with learning(started.parts, system_clock, key_of(started.parts)) as made:
            yield made


def raised(service: Service, parcel: str, tint: int = 0, **more: Any) -> str:
    alerts: list[str] = service.scan([photograph(1, tint=tint)], parcel=parcel, **more).json()["alerts"]
    return alerts[0]


def decide(service: Service, name: str, alert: str, action: str, **more: Any) -> None:
    with keyed(service, name) as client:
        answer = client.post(f"/v1/alerts/{alert}/decisions", json={"action": action, **more})
        assert answer.status_code == 200, answer.text


def entries(service: Service) -> list[tuple[str, str, str]]:
    with service.parts.database.read() as session:
        rows = session.query(AuditEntryRow).filter(AuditEntryRow.kind.in_(("labels", "alert"))).all()
        return [(row.actor, row.action, row.subject) for row in rows]


def season(service: Service, watch: Watch) -> dict[str, str]:
    """Parcel -> alert, one of each kind."""
    made = {name: raised(service, name, n, declaration=SENDER) for n, name in enumerate(("P1", "P2", "P3", "P4", "P5"))}
    decide(service, "lin", made["P1"], "suspend", reason_code="features_differ")
    with keyed(service, "maria") as client:
        assert client.post(f"/v1/alerts/{made['P1']}/seconds", json={"agrees": True}).status_code == 200
    decide(service, "lin", made["P2"], "release", reason_code="nothing_suspicious")
    decide(service, "lin", made["P3"], "not_a_logo")
    decide(service, "maria", made["P4"], "other_mark", mark_id="owl")
    decide(service, "lin", made["P5"], "suspend", reason_code="features_differ")  # waits for the second officer
    watch.on(minutes=1)
    return made


def test_decisions_become_labels_on_disk(service: Service, app: LearningApp, watch: Watch, tmp_path: Path) -> None:
    made = season(service, watch)
    answer = app.client.post(
        f"/v1/alerts/{made['P1']}/holder-words", json={"answer": "infringing", "reference": "FW 1"}
    )
    assert answer.status_code == 201, answer.text
    watch.on(minutes=1)
    counts = app.client.get("/v1/labels").json()
    assert counts["by_strength"] == {"gold": 1, "weak": 2}
    assert counts["by_category"] == {"logo": 2, "not_a_logo": 1}
    assert counts["by_mark"] == {"fox": 1, "owl": 1}
    assert counts["by_office"] == {"main": 3}
    assert counts["left"] == {"proposed": 1, "says_nothing": 1}
    collected = app.labels.collect()
    app.labels.export(tmp_path / "out", collected, by="m.operator")
    data = (tmp_path / "out" / "labels.jsonl").read_bytes()
    images = read_lines(data)
    assert write_lines(images) == data
    gold = next(label for image in images for label in image.labels if label.strength == "gold")
    assert (gold.mark_id, gold.holder, gold.authenticity) == ("fox", "Fox Works", "infringing")
    assert len({image.parcel for image in images}) == 3
    assert len({image.consignor for image in images}) == 1
    for image in images:
        path = tmp_path / "out" / "pictures" / image.file_name
        original = service.parts.files.path(image.sha256)
        assert path.read_bytes() == original.read_bytes()
        assert path.stat().st_ino != original.stat().st_ino  # what is blurred there must not blur the evidence
    for name in ("lin", "maria", "P1", "NL987654321", "Sender"):
        assert f'"{name}"' not in data.decode()
    assert read_collected(tmp_path / "out" / "collected.json").excluded
    assert ("m.operator", "exported", "labels") in entries(service)
    assert AuditService(service.parts.database).verify().faults == ()
    assert collected == app.labels.collect()  # nothing of it depends on when it is asked


@EMBEDDED
def test_what_is_undone_or_too_fresh_gives_no_label(service: Service, app: LearningApp, watch: Watch) -> None:
    alert = raised(service, "P1")
    decide(service, "lin", alert, "not_a_logo")
    assert app.labels.counts(None, watch.now.replace(hour=10), office=None).left == {"not_yet_in_effect": 1}
    with keyed(service, "lin") as client:
        assert client.post(f"/v1/alerts/{alert}/undo", json={}).status_code == 200
    watch.on(minutes=1)
    counts = app.client.get("/v1/labels").json()
    assert (counts["labels"], counts["left"]) == (0, {"undone": 1})
    left = app.client.get("/v1/labels/left").json()
    assert [one["reason"] for one in left["items"]] == ["undone"]
    early = app.client.get("/v1/labels", params={"until": "2026-03-01T00:00:00Z"}).json()
    assert early["left"] == {}
    assert_problem(app.client.get("/v1/labels", params={"since": "2026-03-01"}), 422, "invalid-request", "since")


def test_exclusions_hold_until_they_are_lifted(service: Service, app: LearningApp, watch: Watch) -> None:
    season(service, watch)
    wanted = {"kind": "officer", "subject": "lin", "reason": "did not look"}
    made = app.client.post("/v1/labels/exclusions", json=wanted)
    assert made.status_code == 201, made.text
    body = assert_problem(app.client.post("/v1/labels/exclusions", json=wanted), 409, "already-excluded", "subject")
    assert body["current"]["reason"] == "did not look"
    counts = app.client.get("/v1/labels").json()
    assert (counts["by_mark"], counts["left"]["excluded_officer"]) == ({"owl": 1}, 3)
    assert [one["subject"] for one in counts["exclusions"]] == ["lin"]
    path = f"/v1/labels/exclusions/{made.json()['id']}"
    assert app.client.delete(path, params={"reason": "a mistake"}).status_code == 204
    again = app.client.delete(path, params={"reason": "a mistake"})
    assert_problem(again, 404, "unknown-exclusion", "exclusion_id")
    assert app.client.get("/v1/labels").json()["by_mark"] == {"fox": 1, "owl": 1}
    done = [action for _, action, _ in entries(service)]
    assert {"excluded", "included"} <= set(done)
    for bad in ({**wanted, "kind": "parcel"}, {**wanted, "reason": " "}, {**wanted, "subject": ""}):
        assert app.client.post("/v1/labels/exclusions", json=bad).status_code == 422


@EMBEDDED
def test_offices_see_their_own_and_do_not_exclude_others(service: Service, app: LearningApp, watch: Watch) -> None:
    made = season(service, watch)
    operator, officer = app.keyed("harbour.operator"), app.keyed("harbour.officer")
    assert operator.get("/v1/labels").json()["labels"] == 0
    wanted = {"kind": "office", "subject": "main", "reason": "theirs"}
    assert_problem(operator.post("/v1/labels/exclusions", json=wanted), 403, "not-allowed", "account")
    assert_problem(operator.get("/v1/labels/exclusions"), 403, "not-allowed", "account")
    assert_problem(officer.get("/v1/labels"), 403, "not-allowed", "account")
    word = {"answer": "genuine", "reference": "x"}
    path = f"/v1/alerts/{made['P1']}/holder-words"
    assert_problem(officer.post(path, json=word), 404, "unknown-alert", "alert_id")
    assert_problem(operator.post(path, json=word), 403, "not-allowed", "account")


@EMBEDDED
def test_a_right_holder_answers_once(service: Service, app: LearningApp, watch: Watch) -> None:
    alert = raised(service, "P1")
    path, word = f"/v1/alerts/{alert}/holder-words", {"answer": "genuine", "reference": "FW 2"}
    assert app.keyed("maria").post(path, json=word).json()["entered_by"] == "maria"
    body = assert_problem(app.client.post(path, json=word), 409, "word-given", "alert_id")
    assert body["current"]["answer"] == "genuine"
    assert_problem(app.client.post("/v1/alerts/nothing/holder-words", json=word), 404, "unknown-alert", "alert_id")
    for bad in ({"answer": "perhaps", "reference": "x"}, {"answer": "genuine", "reference": ""}, {"answer": "genuine"}):
        assert app.client.post(path, json=bad).status_code == 422
    assert app.labels.collect().images == ()  # nobody has decided anything
    decide(service, "lin", alert, "hold")
    watch.on(minutes=1)
    labels = [label for image in app.labels.collect().images for label in image.labels]
    assert [(one.strength, one.authenticity) for one in labels] == [("weak", "genuine")]


def test_a_second_look_makes_it_strong_and_a_test_is_never_a_label(
    tmp_path: Path, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "review.toml"
    shipped = (Path(__file__).parents[3] / "service/alerts/data/review.toml").read_text(encoding="utf-8")
    own.write_text(shipped.replace("double_rate = 0.0", "double_rate = 1.0"), encoding="utf-8")
    with running(settings_in(tmp_path, review_rules=own), clock=watch) as service:
        service.record("fox", 1, "Fox Works")
        for name, role, _ in PEOPLE[:2]:
            service.parts.accounts.add(NewAccount(name=name, roles=[role]), by="tests")
        alert = raised(service, "P1")
        decide(service, "lin", alert, "not_a_logo")
        copy = next(one["id"] for one in service.client.get("/v1/alerts").json()["items"] if one["id"] != alert)
        decide(service, "maria", copy, "not_a_logo")
        watch.on(minutes=1)
        with learning(service.parts, watch, key_of(service.parts)) as app:
            collected = app.labels.collect()
            labels = [label for image in collected.images for label in image.labels]
            assert [(one.strength, one.category) for one in labels] == [("strong", "not_a_logo")]
            assert collected.left == ()


def packed(image: dict[str, Any], files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("labels.jsonl", json.dumps(image) + "\n")
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def record(data: bytes, **changes: Any) -> dict[str, Any]:
    label = {"label_id": "l1", "box": [0, 0, 50, 50], "category": "logo", "mark_id": "fox", "strength": "gold"}
    image = {"image_id": "i1", "file_name": "a.jpg", "sha256": hashlib.sha256(data).hexdigest(), "width": 240}
    return image | {"height": 240, "labels": [label | {"source": "audit"}]} | changes


def posted(client: httpx.Client, data: bytes, **about: Any) -> httpx.Response:
    metadata = json.dumps({"name": "audited", "licence": "CC0-1.0", **about})
    return client.post("/v1/labels/sets", data={"metadata": metadata}, files={"file": ("set.zip", data)})


def test_a_set_from_elsewhere_is_learnt_from(service: Service, app: LearningApp, watch: Watch, tmp_path: Path) -> None:
    data = photograph(1)
    made = posted(app.client, packed(record(data), {"pictures/a.jpg": data}))
    assert made.status_code == 201, made.text
    assert (made.json()["images"], made.json()["labels"]) == (1, 1)
    watch.on(minutes=1)
    assert [one["name"] for one in app.client.get("/v1/labels/sets").json()["items"]] == ["audited"]
    collected = app.labels.collect()
    app.labels.export(tmp_path / "out", collected, by="m")
    (image,) = read_lines((tmp_path / "out" / "labels.jsonl").read_bytes())
    assert (image.licence, image.labels[0].strength, image.labels[0].mark_id) == ("CC0-1.0", "gold", "fox")
    assert (tmp_path / "out" / "pictures" / image.file_name).read_bytes() == data
    assert app.keyed("harbour.operator").get("/v1/labels").json()["labels"] == 0
    assert any(action == "imported" for _, action, _ in entries(service))


BAD_SETS: tuple[tuple[dict[str, Any], bool, str], ...] = (
    ({"labels": [{"label_id": "l"}]}, True, "labels[0].box"),
    ({"width": 241}, True, "has 240x240 pixels"),
    ({"sha256": "ab" * 32}, True, "another sha256"),
    ({}, False, "is not in the zip"),
    ({"file_name": "../../etc/passwd"}, True, "no file in the folder"),
)


def test_a_set_that_cannot_be_used_leaves_nothing(small: LearningApp) -> None:
    data = photograph(1)
    for changes, files, message in BAD_SETS:
        answer = posted(small.client, packed(record(data, **changes), {"pictures/a.jpg": data} if files else {}))
        assert message in assert_problem(answer, 422, "bad-label-set", answer.json()["field"])["detail"]
    with small.parts.database.read() as session:
        assert session.query(LabelSetRow).count() == 0


def test_what_is_no_zip_of_labels_is_refused(small: LearningApp) -> None:
    data = photograph(1)
    for bad in (b"", b"PK\x03\x04", data, packed(record(data), {})[:-9]):
        assert_problem(posted(small.client, bad), 422, "bad-label-set", "file")
    label = record(data)["labels"][0] | {"mark_id": "unheard-of"}
    strange = packed(record(data, labels=[label]), {"pictures/a.jpg": data})
    body = assert_problem(posted(small.client, strange), 422, "bad-label-set", "mark_id")
    assert "mark 'unheard-of' of 1 labels is not in the registry" in body["detail"]
    broken = packed(record(b"no picture"), {"pictures/a.jpg": b"no picture"})
    assert_problem(posted(small.client, broken), 422, "bad-label-set", "pictures")
    whole = packed(record(data), {"pictures/a.jpg": data})
    flipped = whole.replace(data[100:120], b"\0" * 20)
    assert flipped != whole
    assert posted(small.client, flipped).status_code == 422
    assert posted(small.client, whole, colour="red").status_code == 422


@EMBEDDED
def test_a_folder_in_use_and_a_damaged_picture_are_refused(
    service: Service, app: LearningApp, watch: Watch, tmp_path: Path
) -> None:
    season(service, watch)
    collected = app.labels.collect()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("mine")
    with pytest.raises(LabelFolderTaken, match="not empty"):
        app.labels.export(tmp_path / "full", collected, by="m")
    path = service.parts.files.path(collected.images[0].sha256)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(DamagedPicture, match="other bytes"):
        app.labels.export(tmp_path / "one", collected, by="m")
    path.unlink()
    with pytest.raises(DamagedPicture, match="not there"):
        app.labels.export(tmp_path / "two", collected, by="m")


def test_each_operation_is_described_with_an_example(small: LearningApp) -> None:
    document = small.client.get("/openapi.json").json()
    paths = [path for path in document["paths"] if "/labels" in path or "holder-words" in path]
    assert len(paths) == 10
    for path in paths:
        for method, operation in document["paths"][path].items():
            assert operation["summary"], (method, path)
            good = next(answer for code, answer in operation["responses"].items() if code.startswith("2"))
            for content in good.get("content", {}).values():
                name = content["schema"]["$ref"].rsplit("/", 1)[-1]
                assert document["components"]["schemas"][name].get("examples"), (method, path)
