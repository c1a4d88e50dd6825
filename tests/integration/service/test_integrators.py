"""docs/integrators.md: each command in it is run, in its order, and prints what the page says it prints."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.cli.stations import app
from service.stations.policy import Policy, Terms
from tests.integration.service.harness import Service, key_of_station
from tests.integration.service.pictures import photograph

PAGE = Path(__file__).resolve().parents[3] / "docs" / "integrators.md"
BLOCK = re.compile(r"```bash\n(.*?)```\n\n```text\n(.*?)```", re.DOTALL)
ANYTHING = "…"


def blocks() -> list[tuple[str, str]]:
    """Commands, and what they print."""
    return BLOCK.findall(PAGE.read_text(encoding="utf-8"))


def test_each_command_of_the_page_prints_what_it_says(service: Service, tmp_path: Path) -> None:
    assert shutil.which("curl"), "curl is needed: the page's examples use it"
    service.record("fox", 1, "Fox Works")
    terms = Terms(answer_within_ms=12_000, policy=Policy(default="fail_closed", modes={"mail": "fail_open"}))
    service.parts.stations.set_up("dock-3", "main", terms, by="tests")
    key = key_of_station(service.parts, "dock-3")["Authorization"].removeprefix("Bearer ")
    (tmp_path / "fox.jpg").write_bytes(photograph(1))
    (tmp_path / "plain.jpg").write_bytes(photograph(9))
    environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "URL": str(service.client.base_url), "KEY": key}
    assert len(blocks()) == 7
    for command, expected in blocks():
        told = subprocess.run(  # noqa: S603 - our own page
            ["/bin/bash", "-euo", "pipefail", "-c", command],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
            check=False,
            timeout=60,
        )
        assert told.returncode == 0, f"{command}\n{told.stdout}\n{told.stderr}"
        pattern = re.escape(expected.strip()).replace(re.escape(ANYTHING), ".*")
        assert re.fullmatch(pattern, "\n".join(line.rstrip() for line in told.stdout.strip().splitlines())), (
            f"{command}\nprinted:\n{told.stdout}\ninstead of:\n{expected}"
        )


@pytest.mark.parametrize("command", ["set", "key"])
def test_what_the_page_says_an_administrator_does_exists(command: str) -> None:
    assert command in {item.name for item in app.registered_commands}
    assert f"tidewaiter stations {command} dock-3" in PAGE.read_text(encoding="utf-8")
