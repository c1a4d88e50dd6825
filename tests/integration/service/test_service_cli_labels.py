"""`tidewaiter labels`: counted, taken along in other formats and brought back, excluded and confirmed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.cli import labels as commands
from service.errors import CannotStart, InvalidRequest
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from service.labels.errors import BadLabelSet, LabelFolderTaken, UnknownExclusion
from service.labels.rules import load_label_rules
from service.parts import Parts
from tests.integration.service.harness import Service, key_of, running, settings_in
from tests.integration.service.learning_app import learning
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_identity import Watch, keyed


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service with one decision that counts; the commands open its parts."""
    watch = Watch()
    with running(settings_in(tmp_path / "var"), clock=watch) as started:
        started.record("fox", 1, "Fox Works")
        started.parts.accounts.add(NewAccount(name="lin", roles=[Role.OFFICER]), by="tests")
        alert = started.scan([photograph(1)], parcel="P1").json()["alerts"][0]
        with keyed(started, "lin") as client:
            assert client.post(f"/v1/alerts/{alert}/decisions", json={"action": "authorised_party"}).status_code == 200
        watch.on(minutes=1)
        with learning(started.parts, watch, key_of(started.parts), rules=load_label_rules()) as app:

            @contextmanager
            def opened() -> Iterator[Parts]:
                made = type("Made", (), {"labels": app.labels})()
                yield replace(started.parts, learning=made)

            monkeypatch.setattr(commands, "opened_parts", opened)
            yield started


def run(*arguments: str) -> str:
    done = CliRunner().invoke(commands.app, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_labels_leave_in_another_format_and_come_back(service: Service, tmp_path: Path) -> None:
    counts = json.loads(run("list", "--json"))
    assert (counts["labels"], counts["by_mark"]) == (1, {"fox": 1})
    assert "mark fox" in run("list")
    run("export", str(tmp_path / "lines"))
    assert (tmp_path / "lines" / "labels.jsonl").read_bytes().count(b"\n") == 1
    run("export", str(tmp_path / "coco"), "--format", "coco")
    annotations = json.loads((tmp_path / "coco" / "annotations.json").read_text(encoding="utf-8"))
    assert len(annotations["annotations"]) == 1
    assert len(list((tmp_path / "coco" / "pictures").iterdir())) == 1
    with pytest.raises(LabelFolderTaken):
        run("export", str(tmp_path / "coco"))
    pictures = ("--pictures", str(tmp_path / "coco" / "pictures"))
    run("import", str(tmp_path / "coco"), "--format", "coco", *pictures, "--name", "back", "--licence", "own")
    run("import", str(tmp_path / "lines"), "--name", "again", "--licence", "own")
    assert "again" in run("sets")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("tmp")] == []


def test_labels_are_excluded_and_let_in_again(service: Service, tmp_path: Path) -> None:
    run("exclude", "officer", "lin", "--reason", "did not look")
    assert json.loads(run("list", "--json"))["left"] == {"excluded_officer": 1}
    assert "excluded_officer" in run("left")
    run("include", "officer", "lin", "--reason", "a mistake")
    with pytest.raises(UnknownExclusion):
        run("include", "officer", "lin", "--reason", "a mistake")
    alert = service.client.get("/v1/alerts").json()["items"][0]["id"]
    run("confirm", alert, "--answer", "genuine", "--reference", "FW 3")
    assert json.loads(run("list", "--json", "--until", "2026-03-02T10:00:00Z"))["by_strength"] == {"gold": 1}


def test_what_cannot_be_done_is_said(service: Service, tmp_path: Path) -> None:
    for since in ("yesterday", "2026-03-01"):
        with pytest.raises(InvalidRequest, match="since|2026|yesterday"):
            run("list", "--since", since)
    (tmp_path / "bad.json").write_text("{}", encoding="utf-8")
    with pytest.raises(CannotStart, match="ended with 1"):
        run("import", str(tmp_path / "bad.json"), "--format", "coco", "--name", "bad", "--licence", "own")
    with pytest.raises(BadLabelSet):
        run("import", str(tmp_path / "bad.json"), "--name", "bad", "--licence", "own")
