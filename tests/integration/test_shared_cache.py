"""`tidewaiter inspect`, the evaluation and the calibration share their caches: what one embedded, no other embeds."""

import csv
import itertools
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
import structlog
from rich.progress import Progress
from typer.testing import CliRunner

from inference.artwork.raster_cache import RasterCache
from inference.fitting import Fitter
from service.cli.main import app
from service.settings import Settings
from tests.fakes import FakeInspector, without_models
from tests.integration.service.pictures import mark, photograph, png
from training import calibration
from training.evaluation import __main__ as evaluation
from training.evaluation.registry import cache_folder

Command = Callable[[Path], None]

SIDE = 240  # pixels


@pytest.fixture
def inspector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], FakeInspector]]:
    """The inspector that the next command will use, whichever it is."""
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))

    def prepare() -> FakeInspector:
        fresh = FakeInspector()
        without_models(monkeypatch, lambda *_: fresh)
        monkeypatch.setattr(evaluation, "load_inspector", lambda _: fresh)
        return fresh

    yield prepare
    structlog.reset_defaults()  # the commands set it to a standard error that is gone by now


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A registry of two marks."""
    path = tmp_path / "registry.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(("mark_id", "title", "holder", "file"))
        for seed in (1, 2):
            (tmp_path / f"{seed}.png").write_bytes(png(mark(seed)))
            out.writerow((f"m{seed}", f"Mark {seed}", f"Holder {seed}", f"{seed}.png"))
    return path


def inspect(table: Path) -> None:
    photo = table.parent / "photo.jpg"
    photo.write_bytes(photograph(1, SIDE))
    result = CliRunner().invoke(app, ["inspect", str(photo), "--registry", str(table), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)[0]["verdict"]["suspicions"][0]["mark"]["mark_id"] == "m1"


def evaluate(table: Path) -> None:
    folder = table.parent / "set"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(photograph(2, SIDE))
    image = {"id": 1, "file_name": "a.jpg", "width": SIDE, "height": SIDE, "marks": ["Holder 2"]}
    content = {
        "images": [{**image, "boxes_complete": True}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, SIDE, SIDE]}],
        "categories": [{"id": 1, "name": "Holder 2"}],
    }
    (folder / "annotations.json").write_text(json.dumps(content))
    assert evaluation.main([str(folder), "--registry", str(table), "--json"]) == 0


def calibrate(table: Path) -> None:
    inspector = evaluation.load_inspector(Path("models"))
    with Progress(disable=True) as progress:
        calibration.register(table, inspector, calibration.cache_folder(), progress)


COMMANDS = (inspect, evaluate, calibrate)


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(COMMANDS, 2)))
def test_the_second_embeds_nothing(
    first: Command,
    second: Command,
    table: Path,
    inspector: Callable[[], FakeInspector],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = inspector()
    first(table)
    assert before.embedder.pictures == 2
    after = inspector()
    monkeypatch.setattr(RasterCache, "drawn", lambda *_, **__: pytest.fail("drawn again"))
    second(table)
    assert after.embedder.pictures == 0
    assert len(after.gallery) == 2


def test_unless_told_otherwise_all_use_the_same_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIDEWAITER_VAR_DIR", raising=False)
    assert cache_folder() == Settings().var_dir / "cache"
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "100 % own"))
    assert cache_folder() == Settings().var_dir / "cache"
    with pytest.raises(SystemExit, match="0"):  # a % in the folder's name does not spoil the help
        evaluation.main(["--help"])


def test_who_is_registered_can_be_laid_on_a_photograph(table: Path, inspector: Callable[[], FakeInspector]) -> None:
    registered = inspector()
    with Progress(disable=True) as progress:
        calibration.register(table, registered, cache_folder(), progress)
    fitter = registered.fitter
    assert isinstance(fitter, Fitter)
    filed = sha256((table.parent / "1.png").read_bytes()).hexdigest()
    assert fitter.artworks(filed) is not None
    assert fitter.artworks("0" * 64) is None
