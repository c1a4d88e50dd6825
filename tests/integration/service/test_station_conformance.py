"""The conformance kit: it passes against this service, and fails against one that breaks the contract."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from service.agent.conformance.asking import Asking
from service.agent.conformance.kit import Result, as_markdown, run
from service.agent.standalone import app
from tests.integration.service.harness import Service, key_of_station, running, settings_in


def asked(service: Service) -> list[Result]:
    key = key_of_station(service.parts, "dock-3")["Authorization"].removeprefix("Bearer ")
    ask = Asking(url=str(service.client.base_url), key=key, station="dock-3")
    try:
        return run(ask)
    finally:
        ask.close()


def test_this_service_conforms_and_the_report_can_be_handed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings_in(tmp_path / "var", queue=8)) as service:
        key = key_of_station(service.parts, "dock-3")["Authorization"].removeprefix("Bearer ")
        monkeypatch.setenv("TIDEWAITER_STATION_KEY", key)
        report = tmp_path / "report.md"
        url = str(service.client.base_url)
        command = ["station", "conformance", url, "--station", "dock-3", "--report", str(report)]
        told = CliRunner().invoke(app, command, catch_exceptions=False)
    assert told.exit_code == 0, told.output
    assert "passed" in told.output
    text = report.read_text(encoding="utf-8")
    assert "0 failed" in text
    assert key not in text


@pytest.mark.parametrize(
    ("broken", "by", "check"),
    [
        ("service.scans.taking.ScanIntake._stored", lambda *_: None, "Idempotency-Key"),
        ("service.scans.taking._answer_by", lambda *_: None, "late"),
        ("service.identity.guard.Principal.need", lambda *_: None, "alerts nor registry"),
    ],
)
def test_a_service_that_breaks_the_contract_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, by: object, check: str
) -> None:
    with running(settings_in(tmp_path)) as service:
        monkeypatch.setattr(broken, by)
        results = asked(service)
    failed = [result.what for result in results if not result.passed]
    assert any(check in what for what in failed), failed
    assert len(failed) < len(results)
    assert "**FAIL**" in as_markdown(results, "http://x", "dock-3")
