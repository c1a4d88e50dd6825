"""Right holders, companies' questions and replays on the command line, with the fake inspector."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import update
from typer.testing import CliRunner, Result

from inference.errors import TidewaiterError
from service.bootstrap import bootstrap
from service.cli.main import app
from service.parts import Parts
from service.scans.schemas import ScanMetadata
from service.settings import load_settings
from service.tables import ScanRow
from service.uploads import whole_body
from tests.fakes import load_fake, without_models
from tests.integration.service.pictures import mark, photograph, png

runner = CliRunner()
FILING = {
    "officer": "r",
    "number": "T1",
    "status": "approved",
    "decided_on": "2026-03-02",
    "holder": {"name": "Kestrel", "country": "NL"},
    "goods": [{"nice_class": 11, "text": "lamps"}],
    "authorised_users": [{"name": "Harbour Lamps", "identifiers": [{"type": "eori", "value": "NL123456789"}]}],
    "marks": [{"mark_id": "m", "title": "Kestrel Lantern"}],
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """State in a folder of its own, the fake inspector for the real one, and one approved recordation."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("TIDEWAITER_MIN_FREE_BYTES", "0")
    without_models(monkeypatch)
    (tmp_path / "a.png").write_bytes(png(mark(1)))
    (tmp_path / "filing.json").write_text(json.dumps(FILING), encoding="utf-8")
    run("registry", "enter", tmp_path / "filing.json", "--artwork", tmp_path / "a.png")
    yield
    structlog.reset_defaults()


def called(*arguments: object) -> Result:
    return runner.invoke(app, list(map(str, arguments)), env={"COLUMNS": "300"})


def run(*arguments: object) -> str:
    result = called(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.stdout


def service_parts() -> Parts:
    """The parts of a service over the same database; what they log is not the last command's."""
    structlog.reset_defaults()
    return bootstrap(load_settings(), loader=load_fake)


def test_companies_look_up_public_fields_alone() -> None:
    told = run("companies", "lookup", "--mark", "kestral")
    assert "T1" in told
    assert "recorded" in told
    assert "1 found" in told
    assert "Harbour" not in told
    assert "0 found" in run("companies", "lookup", "--number", "T9")


def test_companies_check_a_list(tmp_path: Path) -> None:
    listed, answer = tmp_path / "list.csv", tmp_path / "out.csv"
    listed.write_text("number,ours\nT1,=1+1\nT9,x\n", encoding="utf-8")
    run("companies", "check", listed, "--out", answer)
    rows = list(csv.DictReader(io.StringIO(answer.read_text(encoding="utf-8"))))
    assert [(row["found"], row["status"]) for row in rows] == [("1", "recorded"), ("0", "")]
    assert run("companies", "check", listed) == answer.read_text(encoding="utf-8")
    listed.write_bytes(b"number\n" + b"T1\n" * 200_000)
    assert "bytes" in str(called("companies", "check", listed).exception)


def test_companies_have_goods_reviewed_and_shown_again(tmp_path: Path) -> None:
    picture = tmp_path / "label.jpg"
    picture.write_bytes(photograph(1))
    told = run("companies", "review", picture, "--goods", "lamps=940540", "--id", "eori:NL 123 456 789", "--keep")
    assert "Kestrel Lantern" in told
    assert "authorisation: covered" in told
    assert "1 recorded look-alike;" in told
    review = told.split("kept as ")[1].strip()
    assert json.loads(run("companies", "kept", review, "--json"))["look_alikes"][0]["filing"]["number"] == "T1"
    picture.write_bytes(photograph(2))
    assert "no recorded look-alikes" in run("companies", "review", picture)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        (["--id", "eori"], "metadata.identifiers[0].value"),
        (["--id", "passport:1"], "metadata.identifiers[0].type"),
        (["--goods", "lamps=9x"], "metadata.goods[0].hs"),
        (["--goods", ""], "metadata.goods[0].name"),
    ],
)
def test_what_is_asked_wrongly_is_named(tmp_path: Path, options: list[str], field: str) -> None:
    error = called("companies", "review", tmp_path / "a.png", *options).exception
    assert isinstance(error, TidewaiterError)
    assert error.field == field


def test_right_holders_are_listed_changed_and_entered(tmp_path: Path) -> None:
    listed = run("registry", "holders", "list")
    assert "1 right holders" in listed
    identifier = next(word for word in listed.split() if word.startswith("holder_"))
    assert json.loads(run("registry", "holders", "show", identifier))["holder"]["name"] == "Kestrel"
    entry = tmp_path / "holder.json"
    entry.write_text(json.dumps({"name": "Kestrel Works", "country": "NL", "officer": "r"}), encoding="utf-8")
    assert json.loads(run("registry", "holders", "change", identifier, entry))["version"] == 2
    assert "Kestrel Works" in run("registry", "list")
    refused = called("registry", "holders", "enter", entry).exception
    assert isinstance(refused, TidewaiterError)
    assert "has this name and country" in str(refused)


def test_a_recordation_is_changed_and_its_mark_removed(tmp_path: Path) -> None:
    listed = run("registry", "find", "kestrel")
    identifier = next(word for word in listed.split() if word.startswith("recordation_"))
    shown = json.loads(run("registry", "show", identifier))
    pictures = [{"sha256": one["sha256"]} for one in shown["marks"][0]["pictures"]]
    lamp = {"mark_id": "m", "title": "Kestrel Lamp", "pictures": pictures}
    body = shown["content"] | {"officer": "r", "marks": [lamp]}
    change = tmp_path / "change.json"
    change.write_text(json.dumps(body), encoding="utf-8")
    assert "approved, in force" in run("registry", "change", identifier, change)
    assert "Kestrel Lamp" in run("registry", "list")
    assert "m is matched no longer" in run("registry", "remove", "m")
    assert "0 marks" in run("registry", "list")


def test_a_verdict_is_reached_again() -> None:
    parts = service_parts()
    scan = parts.scans.receive(ScanMetadata(station="s", parcel="P1"), [whole_body(photograph(1))])
    (alert,) = scan.alerts
    parts.close()
    run("registry", "remove", "m")
    for subject in (alert, scan.id):  # by the registry as it was
        told = run("replay", subject)
        assert "the same verdict: divert, by 1 marks at revision 1" in told
        assert "Kestrel Lantern of Kestrel" in told
    assert json.loads(run("replay", alert, "--json"))["same"] is True
    refused = called("replay", "alert_none").exception
    assert isinstance(refused, TidewaiterError)
    assert refused.status == 404


def test_another_verdict_is_told_and_is_exit_status_one() -> None:
    parts = service_parts()
    scan = parts.scans.receive(ScanMetadata(station="s", parcel="P1"), [whole_body(photograph(1))])
    stored = scan.model_dump(mode="json")["verdict"] | {"decision": "hold"}
    with parts.database.write() as session:
        session.execute(update(ScanRow).values(verdict=stored))
    parts.close()
    result = called("replay", scan.id)
    assert result.exit_code == 1
    assert "another verdict: divert" in result.stdout
    assert "the decision was hold, now it is divert" in result.stdout
