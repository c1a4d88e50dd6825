"""The station agent alone: its package in an environment of its own, without numpy and without the service."""

import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

import pytest

AGENT = Path(__file__).resolve().parents[2] / "service" / "agent"


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing but the agent's package and what it needs."""
    folder = tmp_path_factory.mktemp("alone")
    source, place = folder / "source", folder / "venv"
    shutil.copytree(AGENT, source, ignore=shutil.ignore_patterns("__pycache__"))
    venv.create(place, with_pip=shutil.which("uv") is None)
    python = place / "bin" / "python"
    install = [shutil.which("uv") or "", "pip", "install", "--quiet", "--python", str(python), str(source)]
    if not install[0]:
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(source)]
    subprocess.run(install, check=True, timeout=240)  # noqa: S603 - as written
    return place / "bin"


def said(alone: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "NO_COLOR": "1", "COLUMNS": "120"}
    command = [str(alone / "tidewaiter"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd="/", check=False)  # noqa: S603


def test_the_package_has_the_agent_and_not_numpy(alone: Path) -> None:
    told = said(alone, "station", "--help")
    assert told.returncode == 0, told.stderr
    for command in ("watch", "send", "simulate", "doctor", "conformance", "unit"):
        assert command in told.stdout
    unit = said(alone, "station", "unit")
    assert "ProtectSystem=strict" in unit.stdout
    code = "import importlib.util as u; print([n for n in ('numpy', 'cv2', 'fastapi', 'sqlalchemy') if u.find_spec(n)])"
    found = subprocess.run([str(alone / "python"), "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("watch", "/", "--station", "s", "--url", "http://customs.example"), "no key"),
        (("watch", "/nowhere", "--station", "s", "--key-file", "KEY"), "is no folder"),
        (("watch", "/", "--station", "s", "--key-file", "OPEN"), "can be read by others"),
        (("watch", "/", "--station", "s", "--key-file", "KEY", "--pattern", "{view}"), "pattern"),
        (
            (
                "send",
                "/etc/hostname",
                "--parcel",
                "P",
                "--station",
                "s",
                "--key-file",
                "KEY",
                "--url",
                "http://a.example",
            ),
            "https",
        ),
        (
            ("send", "/etc/hostname", "--parcel", "P", "--station", "s", "--key-file", "KEY", "--lane", "fast"),
            "live, handheld",
        ),
        (("simulate", "--station", "s", "--key-file", "KEY"), "no photographs"),
    ],
)
def test_what_cannot_be_run_is_said_in_one_line(
    alone: Path, tmp_path: Path, arguments: tuple[str, ...], expected: str
) -> None:
    private, public = tmp_path / "key", tmp_path / "open"
    for path, mode in ((private, 0o600), (public, 0o644)):
        path.write_text("twk_secret", encoding="ascii")
        path.chmod(mode)
    places = {"KEY": str(private), "OPEN": str(public)}
    told = said(alone, "station", *(places.get(argument, argument) for argument in arguments))
    assert told.returncode == 1, told.stderr
    assert expected in told.stderr
    assert "Traceback" not in told.stderr
    assert "twk_secret" not in told.stderr + told.stdout


def test_the_agent_is_imported_without_what_it_must_not_need() -> None:
    blocked = ["numpy", "cv2", "onnxruntime", "fastapi", "starlette", "uvicorn", "sqlalchemy", "pydantic", "inference"]
    code = f"import sys; sys.modules.update(dict.fromkeys({blocked!r})); import service.agent.standalone"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=AGENT.parents[1])  # noqa: S603
