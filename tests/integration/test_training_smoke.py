"""From artwork to a verdict: both jobs train a few steps, resume, are exported, and inspect one picture."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from inference.artwork.rasterise import rasterise
from inference.embedder import artwork_view
from inference.inspector import load_inspector
from inference.vocabulary import Mark
from tests.unit.datasets.wordmarks.typefaces import write_font
from tests.unit.training.packing import lively_trunk, pack
from training import cohort, detector_job, embedder_job, engine, export

# torch.onnx speaks of a slice that it leaves to ONNX Runtime
pytestmark = pytest.mark.filterwarnings("ignore:Constant folding")

SAMPLES = Path(__file__).parents[2] / "datasets" / "samples"


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a table of ten fictitious marks to train on, two photographs and a trunk of random weights."""
    folder = tmp_path_factory.mktemp("material")
    with (SAMPLES / "registry.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:20]
    (folder / "artwork").mkdir()
    with (folder / "artwork.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        for row in rows:
            (folder / row["file"]).write_bytes((SAMPLES / row["file"]).read_bytes())
            writer.writerow(row | {"split": "train"})
    (folder / "photographs").mkdir()
    for index in range(2):
        coarse = np.random.default_rng(index).integers(0, 256, (5, 8, 3), np.uint8)
        picture = cv2.resize(coarse, (160, 100), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / "photographs" / f"{index}.jpg"), picture)
    pack(lively_trunk(1), folder / "trunk.pth")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the nets are small: threads that wait for one another cost more
    yield folder
    torch.set_num_threads(threads)


def run(main: object, *arguments: str | Path) -> None:
    """Call a command's main() with these arguments."""
    assert callable(main)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["command", *map(str, arguments)])
        main()


def train(material: Path, main: object, steps: int, *more: str) -> None:
    places = ("--artwork", material / "artwork.csv", "--photographs", material / "photographs")
    places += ("--trunk", material / "trunk.pth", "--out", material / "out", "--cache", material / "cache")
    how = ("--no-compile", "--workers", "0", "--side", "64", "--steps", str(steps), "--seed", "5")
    run(main, *places, *how, *more)


@pytest.fixture(scope="module")
def deployed(material: Path) -> Path:
    """Bundles of both roles after two steps of training, deployed."""
    jobs = (("detector", detector_job.main, "128", "--scenes"), ("embedder", embedder_job.main, "64", "--marks"))
    out = material / "deployed"
    for role, main, side, many in jobs:
        train(material, main, 2, many, "2", "--out", str(out))
        place = ("--checkpoint", out / f"{role}.pt", "--models", out / "models", "--version", "1")
        run(export.main, role, *place, "--side", side, "--least", "0", "--deploy")
    return out / "models"


@pytest.mark.parametrize(
    ("role", "main", "more"),
    [
        ("detector", detector_job.main, ("--scenes", "2")),
        ("embedder", embedder_job.main, ("--marks", "3")),
    ],
)
def test_a_job_trains_resumes_and_is_exported(material: Path, role: str, main: object, more: tuple[str, ...]) -> None:
    checkpoint = material / "out" / f"{role}.pt"
    for steps in (2, 3):
        train(material, main, steps, *more)
        saved = engine.load_checkpoint(checkpoint)
        assert saved is not None
        assert saved["step"] == steps
        assert all(value.isfinite().all() for value in saved["net"].values())
    log = [line.split() for line in (material / "out" / f"{role}.log").read_text().splitlines()]
    assert [int(step) for step, _ in log] == [1, 2, 3]
    assert all(0 < float(loss) < 1000 for _, loss in log)
    place = ("--checkpoint", checkpoint, "--models", material / "models", "--version", "9")
    run(export.main, role, *place, "--side", "128" if role == "detector" else "64", "--least", "0", "--deploy")
    description = json.loads((material / "models" / f"{role}-9" / "bundle.json").read_text(encoding="utf-8"))
    assert description["trained"]["steps"] == 3


@pytest.mark.parametrize("more", [(), ("--hardest", "3", "--hardest-share", "1")])
def test_the_embedder_learns_from_the_batched_renderer(material: Path, tmp_path: Path, more: tuple[str, ...]) -> None:
    """Resumed, it ends where the unbroken run does: also with hard renderings, as the net is resumed, too."""
    ends = {}
    for way, stops in (("unbroken", (3,)), ("resumed", (1, 3))):
        for stop in stops:
            place = ("--out", str(tmp_path / way), "--marks", "3", "--renderer", "batched")
            train(material, embedder_job.main, stop, *place, *more)
        ends[way] = (tmp_path / way / "embedder.log").read_text().splitlines()
    assert [line.split()[0] for line in ends["unbroken"]] == ["1", "2", "3"]
    assert ends["resumed"] == ends["unbroken"]


def test_word_marks_are_trained_on_beside_the_table(material: Path, tmp_path: Path) -> None:
    write_font(tmp_path / "fonts" / "one.ttf")
    words = ("--words", "7", "--fonts", str(tmp_path / "fonts"))
    train(material, embedder_job.main, 1, "--out", str(tmp_path), "--marks", "3", *words)
    saved = engine.load_checkpoint(tmp_path / "embedder.pt")
    assert saved is not None
    assert len(saved["proxies"]) == 10 + 7


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--words", "3"), "--words needs --fonts"),
        (("--fonts", "anywhere"), "--fonts needs --words"),
        (("--words", "-1", "--fonts", "anywhere"), "--words must be at least 0"),
        (("--hardest", "2"), "--hardest needs --renderer batched"),
        (("--renderer", "batched", "--hardest", "0"), "--hardest must be at least 1"),
        (("--renderer", "batched", "--hardest-share", "1.5"), "--hardest-share must be between 0 and 1"),
    ],
)
def test_arguments_that_cannot_be_are_refused(
    material: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...], message: str
) -> None:
    with pytest.raises(SystemExit):
        train(material, embedder_job.main, 1, *more)
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("role", "main", "more"),
    [("detector", detector_job.main, ("--scenes", "2")), ("embedder", embedder_job.main, ("--marks", "3"))],
)
def test_a_job_starts_from_another_runs_net(material: Path, role: str, main: object, more: tuple[str, ...]) -> None:
    begun = material / "out" / f"{role}.pt"
    if not begun.exists():
        train(material, main, 1, *more)
    train(material, main, 1, *more, "--out", str(material / "next"), "--start", str(begun), "--frozen", "3")
    before, after = (engine.load_start(path)["net"] for path in (begun, material / "next" / f"{role}.pt"))
    changed = {name for name in before if (before[name] != after[name]).any()}
    frozen = (
        "trunk.stem.",
        "trunk.bn.",
        *(f"trunk.{part}.{i}." for part in ("dw", "dwbn", "pw", "pwbn") for i in range(3)),
    )
    assert changed
    assert not any(name.startswith(frozen) for name in changed)
    assert any(name.startswith("trunk.pw.3.") for name in changed)


def test_a_start_that_is_not_there_is_named(material: Path, tmp_path: Path) -> None:
    more = ("--scenes", "2", "--out", str(tmp_path), "--start", str(tmp_path / "none.pt"))
    with pytest.raises(FileNotFoundError, match=r"there is no checkpoint .*none\.pt"):
        train(material, detector_job.main, 1, *more)


def test_the_cohort_goes_into_the_deployed_bundle(material: Path, deployed: Path) -> None:
    before = load_inspector(deployed, threads=1)
    assert before.cohort is None
    places = ("--artwork", material / "artwork.csv", "--models", deployed, "--cache", material / "cache")
    run(cohort.main, *places, "--size", "6")
    inspector = load_inspector(deployed, threads=1)
    assert inspector.cohort is not None
    assert inspector.threshold == before.threshold  # the rest of the bundle stays
    query = np.eye(1, inspector.embedder.dimension, dtype=np.float32)
    assert -1 <= inspector.cohort.likeness(query)[0] <= 1
    assert all(found.cohort is not None for found in inspector.inspect(np.full((80, 90, 3), 99, np.uint8)).findings)


def test_what_was_exported_inspects_a_picture(deployed: Path) -> None:
    inspector = load_inspector(deployed, threads=1, threshold=0.0)
    file = SAMPLES / "artwork" / "kestrique.svg"
    artwork = rasterise(file.read_bytes(), name=file.name)
    vectors = inspector.embedder.embed_artwork(artwork)
    assert vectors.shape == (2, inspector.embedder.dimension)
    inspector.gallery.add(Mark(mark_id="kestrique", title="Kestrique", holder="kestrique"), vectors, ["a", "b"])
    verdict = inspector.inspect(artwork_view(artwork, 300))
    assert verdict.decision == "divert"
    assert verdict.suspicions[0].mark.mark_id == "kestrique"
    assert set(verdict.models) == {"detector", "embedder", "lines", "reader", "finding", "judging"}
    for finding in verdict.findings:
        x1, y1, x2, y2 = finding.detection.box
        assert 0 <= x1 < x2 <= 300
        assert 0 <= y1 < y2 <= 300


def test_exporting_nothing_says_so(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no checkpoint"):
        run(export.main, "embedder", "--checkpoint", tmp_path / "none.pt", "--models", tmp_path, "--version", "1")


def test_the_arguments_all_jobs_share_have_their_defaults() -> None:
    parser = argparse.ArgumentParser()
    engine.add_common_arguments(parser)
    args = parser.parse_args(["--artwork", "a", "--photographs", "p", "--trunk", "t"])
    assert (args.seed, args.workers, args.compile) == (1, 2, True)
