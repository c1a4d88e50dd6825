"""The command line, in this process where it can be, with the fake inspector."""

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest
import structlog
from sqlalchemy import select
from typer.testing import CliRunner

import service.cli.demo
import service.cli.training
from inference.fitting import Fitter
from service.cli.inspect import opened
from service.cli.main import app, main
from service.database import Database
from service.errors import CannotStart, InvalidRequest, UnsafeAddress
from service.registry import repository
from service.settings import load_settings
from service.tables import VectorRow
from tests.fakes import without_models
from tests.integration.service.pictures import SVG_WITH_REFERENCE, mark, photograph, png

COLUMNS = ("mark_id", "title", "holder", "file", "source", "licence", "variant", "colour", "split")
ROOT = Path(__file__).resolve().parents[3]
runner = CliRunner()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """State in a folder of its own, and the fake inspector for the real one."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("TIDEWAITER_MIN_FREE_BYTES", "0")
    without_models(monkeypatch)
    yield
    structlog.reset_defaults()  # the commands set it to a standard error that is gone by now


def write_table(folder: Path, rows: list[tuple[str, str, bytes]]) -> Path:
    """A registry table of (mark_id, holder, artwork) and its pictures."""
    path = folder / "registry.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(COLUMNS)
        for n, (mark_id, holder, data) in enumerate(rows):
            name = f"{n}.svg" if data.startswith(b"<") else f"{n}.png"
            (folder / name).write_bytes(data)
            out.writerow((mark_id, f"{mark_id.title()} {n}", holder, name, "own", "CC0-1.0", "symbol", "True", "train"))
    return path


def listed() -> str:
    result = runner.invoke(app, ["registry", "list"])
    assert result.exit_code == 0, result.output
    return result.stdout


def test_import_is_repeatable(tmp_path: Path) -> None:
    table = write_table(
        tmp_path, [("fox", "Fox", png(mark(1))), ("owl", "Owl", png(mark(2))), ("fox", "Fox", png(mark(3)))]
    )
    dry = runner.invoke(app, ["registry", "import", str(table), "--dry-run"])
    assert "2 would be imported, 0 as before" in dry.stdout
    assert "0 marks" in listed()
    first = runner.invoke(app, ["registry", "import", str(table)])
    assert first.exit_code == 0, first.output
    assert "3 rows, 2 marks: 2 imported, 0 as before" in first.stdout
    again = runner.invoke(app, ["registry", "import", str(table)])
    assert "3 rows, 2 marks: 0 imported, 2 as before" in again.stdout
    assert "2 marks" in listed()


def as_photographs(table: Path, *rows: int) -> None:
    """Say of some rows of a table, counted from 0, that they are photographs of the genuine goods."""
    lines = table.read_text(encoding="utf-8").splitlines()
    told = [line.replace("symbol", "photo") if n - 1 in rows else line for n, line in enumerate(lines)]
    table.write_text("\n".join(told) + "\n", encoding="utf-8")


def test_photographs_of_the_genuine_goods_are_imported_as_what_they_are(tmp_path: Path) -> None:
    fox = png(mark(1))
    table = write_table(tmp_path, [("fox", "Fox", fox), ("fox", "Fox", fox), ("owl", "Owl", png(mark(2)))])
    as_photographs(table, 1, 2)
    done = runner.invoke(app, ["registry", "import", str(table)])
    assert done.exit_code == 0, done.output
    assert "3 rows, 2 marks: 2 imported, 0 as before" in done.stdout
    again = runner.invoke(app, ["registry", "import", str(table)])
    assert "0 imported, 2 as before" in again.stdout
    assert listed_kinds() == {"fox": ["artwork", "photo"], "owl": ["photo"]}  # the same bytes twice: two pictures
    as_photographs(table, 0)
    assert "1 imported, 1 as before" in runner.invoke(app, ["registry", "import", str(table)]).stdout
    assert listed_kinds() == {"fox": ["photo"], "owl": ["photo"]}


def listed_kinds() -> dict[str, list[str]]:
    """Mark -> the kinds of its pictures, as they are stored."""
    database = Database(load_settings().url)
    with database.read() as session:
        rows = repository.page(session, after="", limit=100)
        found = {row.mark_id: [picture.kind for picture in row.pictures] for row in rows}
        vectors = {(row.sha256, row.kind) for row in session.execute(select(VectorRow)).scalars()}
        assert vectors == {(p.sha256, p.kind) for row in rows for p in row.pictures}  # none lacks, none is left over
    database.close()
    return found


def test_bad_rows_are_all_listed_and_nothing_is_imported(tmp_path: Path) -> None:
    rows = [
        ("fox", "Fox", png(mark(1))),
        ("bad", "Bad", SVG_WITH_REFERENCE),
        ("nobody", "", png(mark(2))),
        ("cut", "Cut", png(mark(3))[:-30]),
        ("fox", "Wolf", png(mark(4))),
    ]
    table = write_table(tmp_path, rows)
    refused = runner.invoke(app, ["registry", "import", str(table)])
    assert refused.exit_code == 1
    for line in (3, 4, 5, 6):
        assert f"line {line}: " in refused.stderr, refused.stderr
    assert "line 2: " not in refused.stderr
    assert "nothing was imported" in refused.stderr
    assert "0 marks" in listed()
    assert not [path for path in (tmp_path / "var" / "files").rglob("*") if path.is_file()]
    skipped = runner.invoke(app, ["registry", "import", str(table), "--skip-bad"])
    assert skipped.exit_code == 0
    assert "1 rows, 1 marks: 1 imported, 0 as before, 4 bad rows skipped" in skipped.stdout
    assert "line 5: " in skipped.stderr
    assert "1 marks" in listed()


def test_inspect_with_a_table_can_lay_its_artwork_on_photographs(tmp_path: Path) -> None:
    table = write_table(tmp_path, [("fox", "Fox", png(mark(1)))])
    with opened(load_settings(), table) as inspector:
        assert isinstance(inspector.fitter, Fitter)
        assert inspector.fitter.artworks(sha256(png(mark(1))).hexdigest()) is not None


def test_inspect_with_a_table_caches_vectors_and_prints_json(tmp_path: Path) -> None:
    table = write_table(tmp_path, [("fox", "Fox", png(mark(1))), ("bad", "Bad", SVG_WITH_REFERENCE)])
    photo, drawn = tmp_path / "a.jpg", tmp_path / "out.png"
    photo.write_bytes(photograph(1))
    command = ["inspect", str(photo), "--registry", str(table), "--json", "--draw", str(drawn)]
    for _ in range(2):
        result = runner.invoke(app, command)
        assert result.exit_code == 0, result.output
        found = json.loads(result.stdout)
        assert [item["image"] for item in found] == [str(photo)]
        assert found[0]["verdict"]["decision"] == "divert"
        assert found[0]["verdict"]["suspicions"][0]["mark"]["mark_id"] == "fox"
        assert "line 3" in result.stderr
    picture = cv2.imread(str(drawn))
    assert picture is not None
    assert picture.shape == (240, 240 + 96, 3)  # the filed artwork stands beside it
    (cache,) = (tmp_path / "var" / "cache").glob("artwork-*.npz")
    with np.load(cache) as saved:
        assert saved["vectors"].shape[0] == 2
    cache.write_bytes(b"damaged")
    assert runner.invoke(app, command).exit_code == 0


def test_inspect_uses_the_services_own_registry(tmp_path: Path) -> None:
    photo = tmp_path / "a.jpg"
    photo.write_bytes(photograph(1))
    empty = runner.invoke(app, ["inspect", str(photo)])
    assert "registry is empty" in empty.stderr
    assert "pass" in empty.stdout
    runner.invoke(app, ["registry", "import", str(write_table(tmp_path, [("fox", "Fox Works", png(mark(1)))]))])
    result = runner.invoke(app, ["inspect", str(photo)])
    assert "divert" in result.stdout
    assert "Fox Works" in result.stdout


def test_inspect_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    missing = runner.invoke(app, ["inspect", str(tmp_path / "none.jpg")])
    assert isinstance(missing.exception, CannotStart)
    two = runner.invoke(app, ["inspect", "a.jpg", "b.jpg", "--draw", "o.png"])
    assert isinstance(two.exception, InvalidRequest)


def test_serve_refuses_public_addresses(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert isinstance(runner.invoke(app, ["serve", "--host", "0.0.0.0"]).exception, UnsafeAddress)  # noqa: S104
    monkeypatch.setattr(sys, "argv", ["tidewaiter", "serve", "--host", "0.0.0.0"])  # noqa: S104
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "loopback" not in capsys.readouterr().out


def test_training_commands_pass_everything_on(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []

    def run(command: list[str], *, check: bool) -> subprocess.CompletedProcess[str]:
        started.append(command[1:])
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr(subprocess, "run", run)
    lines = {
        "train detector --epochs 2 --help": "training.detector_job",
        "train embedder --resume": "training.embedder_job",
        "evaluate SET --registry r.csv --json --clean dir": "training.evaluation",
        "bench --json": "training.bench",
    }
    for line, module in lines.items():
        words = line.split()
        rest = words[2:] if words[0] == "train" else words[1:]
        assert runner.invoke(app, words).exit_code == 3
        assert started[-1] == ["-m", module, *rest]


def test_training_without_torch_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = runner.invoke(app, ["train", "detector"])
    assert isinstance(result.exception, CannotStart)
    assert "torch" in result.exception.detail


def test_doctor_warns_of_wrong_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    (models / "d").mkdir(parents=True)
    (models / "d" / "model.onnx").write_bytes(b"x")
    right = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    for sha, said in ((right, "as expected"), ("0" * 64, f"expected {'0' * 64}")):
        (models / "current.toml").write_text(f'[detector]\nname = "d"\nsha256 = "{sha}"\n')
        monkeypatch.setenv("TIDEWAITER_MODELS_DIR", str(models))
        result = runner.invoke(app, ["doctor"])
        assert result.exit_code == 0, result.output
        assert said in result.stdout
    assert "warn model" in result.stdout
    assert "python" in result.stdout
    assert "database" in result.stdout


@pytest.mark.parametrize(("allowed", "said"), [(4096, "ok   open files"), (4095, "warn open files")])
def test_doctor_warns_of_too_few_open_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: int, said: str
) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path))
    monkeypatch.setattr("service.cli.doctor.open_files_allowed", lambda: allowed)
    assert said in runner.invoke(app, ["doctor"]).stdout


def test_the_demo_shows_each_parcel_and_can_be_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    samples = tmp_path / "samples"
    (samples / "parcels").mkdir(parents=True)
    write_table(samples, [("fox", "Fox", png(mark(1))), ("owl", "Owl", png(mark(2)))])
    (samples / "parcels" / "parcel-1.jpg").write_bytes(photograph(1))
    (samples / "parcels" / "parcel-2.jpg").write_bytes(photograph(9))
    monkeypatch.setattr(service.cli.demo, "SAMPLES", samples)
    command = [sys.executable, "-m", "tests.integration.service.fake_service", "serve"]
    monkeypatch.setattr(service.cli.demo, "serve_command", lambda: command)
    monkeypatch.setenv("TIDEWAITER_PORT", "0")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH")))))
    for _ in range(2):
        result = runner.invoke(app, ["demo", "--once"])
        assert result.exit_code == 0, (result.output, (tmp_path / "var/demo/service.log").read_text())
        assert "parcel-1" in result.stdout
        assert "divert" in result.stdout
        assert "Looks like Fox 0." in result.stdout
        assert "pass" in result.stdout


def test_files_of_one_name_are_views_of_one_parcel(tmp_path: Path) -> None:
    for name in ("b.tif", "b.jpg", "a.jpg", "expected.json"):
        (tmp_path / name).write_bytes(b"")
    views = service.cli.demo.sample_parcels(tmp_path)
    assert {parcel: [path.name for path in paths] for parcel, paths in views.items()} == {
        "a": ["a.jpg"],
        "b": ["b.jpg", "b.tif"],
    }


UNTIL_TERMINATED = """
import sys
from pathlib import Path
from service.cli import demo
from service.settings import Settings
demo.serve_command = lambda: [sys.executable, "-c", "import time; time.sleep(600)"]
with demo.started(Settings(var_dir=Path(sys.argv[1])), 0) as process:
    print(process.pid, flush=True)
    process.wait()
"""


def test_a_demo_that_is_terminated_takes_its_service_with_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UNTIL_TERMINATED, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:  # noqa: S603 - our own
        assert demo.stdout is not None
        service_pid = int(demo.stdout.readline())
        demo.terminate()
        assert demo.wait(30) == 143
    with pytest.raises(ProcessLookupError):
        os.kill(service_pid, 0)


def test_the_demo_says_when_the_service_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "parcels").mkdir()
    (tmp_path / "parcels" / "p.jpg").write_bytes(photograph(1))
    monkeypatch.setattr(service.cli.demo, "SAMPLES", tmp_path)
    monkeypatch.setattr(service.cli.demo, "serve_command", lambda: [sys.executable, "-c", "raise SystemExit(3)"])
    result = runner.invoke(app, ["demo", "--once"])
    assert isinstance(result.exception, CannotStart)
    assert "status 3" in result.exception.detail
