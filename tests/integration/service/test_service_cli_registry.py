"""The registry on the command line: generated, imported, found, shown, changed, exported; with the fake inspector."""

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from typer.testing import CliRunner, Result

from datasets.fictitious.filings import main as generate
from inference.errors import TidewaiterError
from service.cli.main import app
from tests.fakes import without_models
from tests.integration.service.pictures import mark, png

runner = CliRunner()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """State in a folder of its own, and the fake inspector for the real one."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("TIDEWAITER_MIN_FREE_BYTES", "0")
    without_models(monkeypatch)
    yield
    structlog.reset_defaults()


def run(*arguments: object) -> Result:
    result = runner.invoke(app, ["registry", *map(str, arguments)], env={"COLUMNS": "300"})
    assert result.exit_code == 0, (result.output, result.exception)
    return result


def test_a_generated_registry_is_imported_found_and_exported(tmp_path: Path) -> None:
    archive, out = tmp_path / "r.zip", tmp_path / "out.zip"
    assert generate(["--out", str(archive), "--count", "30", "--seed", "3"]) == 0
    again = tmp_path / "again.zip"
    generate(["--out", str(again), "--count", "30", "--seed", "3"])
    assert again.read_bytes() == archive.read_bytes()
    assert "30 would be added" in run("import", archive, "--dry-run").stdout
    assert "30 added, 0 changed, 0 as before" in run("import", archive).stdout
    assert "0 added, 0 changed, 30 as before" in run("import", archive).stdout
    first = json.loads(zipfile.ZipFile(archive).read("registry.jsonl").decode().splitlines()[0])
    found = run("find", first["marks"][0]["title"], "--number", first["number"]).stdout
    assert first["number"] in found
    assert "1 found" in found
    assert "30 recordations" in run("export", out).stdout
    assert "30 recordations" in run("export", out, "--format", "csv", "--no-pictures").stdout
    assert zipfile.ZipFile(out).namelist() == ["registry.csv"]
    assert "0 pictures embedded" in run("embed").stdout


def test_bad_rows_are_listed_and_nothing_is_imported(tmp_path: Path) -> None:
    table, reports = tmp_path / "r.csv", tmp_path / "reports"
    table.write_text(
        "number,status,decided_on,holder,mark_id,title,nice_classes\nT1,approved,,H,m,T,11\n", encoding="utf-8"
    )
    result = runner.invoke(app, ["registry", "import", str(table), "--reports", str(reports)])
    assert result.exit_code == 1
    assert "Nothing was imported" in result.stderr
    assert "line 2,metadata.decided_on" in (reports / "rejected.csv").read_text(encoding="utf-8")
    assert {path.name for path in reports.iterdir()} == {"rejected.csv", "changes.csv", "duplicates.csv"}


def test_a_recordation_is_entered_shown_and_revoked(tmp_path: Path) -> None:
    picture, filing = tmp_path / "a.png", tmp_path / "filing.json"
    picture.write_bytes(png(mark(1)))
    content = {
        "officer": "r",
        "number": "T1",
        "status": "approved",
        "decided_on": "2026-03-02",
        "holder": {"name": "Kestrel"},
        "marks": [{"mark_id": "m", "title": "Kestrel"}],
    }
    filing.write_text(json.dumps(content), encoding="utf-8")
    told = run("enter", filing, "--artwork", picture).stdout
    assert "approved, in force" in told
    identifier = told.split(":")[0]
    assert json.loads(run("show", identifier).stdout)["content"]["number"] == "T1"
    assert "Kestrel" in run("look", picture).stdout
    assert "m" in run("list").stdout
    refused = runner.invoke(app, ["registry", "event", identifier, "revoke", "--officer", "r"])
    assert isinstance(refused.exception, TidewaiterError)
    assert "revoked, not in force" in run("event", identifier, "revoke", "--reason", "facts_not_truthful").stdout
    actions = [one["action"] for one in json.loads(run("history", identifier).stdout)["items"]]
    assert actions == ["entered", "revoke"]
