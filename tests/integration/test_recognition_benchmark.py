"""The benchmark of recognition as a command, on a small set of its own: real search, SIFT and judgement, fake nets."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.fictitious.__main__ import write_registry
from datasets.fictitious.marks import fictitious_marks
from inference.artwork.rasterise import rasterise
from inference.calibration import Calibration
from inference.gallery import Gallery
from inference.inspector import Inspector
from inference.lines import Lines
from inference.reader import QUICK, Limits
from inference.vocabulary import Boxes, Image, Reading, Vectors
from tests.fakes import FakeDetector, FakeEmbedder
from tests.unit.training.packing import lively_trunk, pack
from training.recognition import __main__ as command
from training.recognition import large_photograph

MARKS = 6
CLEAN = 40


class Detector(FakeDetector):
    """One mark, as large as the photograph."""

    sha256 = "d" * 64


class Embedder(FakeEmbedder):
    """Thumbnails as vectors that all are alike, so that a word that was read decides."""

    side = 64
    parts = 0

    def embed_image(self, image: Image) -> Vectors:
        vector = super().embed_image(image)
        vector[-1] = 2.0
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def embed(self, image: Image, boxes: Boxes, thorough: int = 8) -> Vectors:
        return super().embed(image, boxes)


@dataclass
class Reader:
    """Reads the first mark's name wherever something is drawn dark on light."""

    title: str
    sha256: dict[str, str] = field(default_factory=lambda: {"reader": "e" * 64})

    def find(self, image: Image) -> Lines:
        return Lines(quads=np.zeros((0, 4, 2), np.float32), chances=np.zeros((4, 4), np.float32))

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        return [(Reading(text=self.title, confidence=0.9, place="beside"),)] * len(boxes)


def inspector(title: str) -> Inspector:
    embedder = Embedder()
    return Inspector(
        detector=Detector(),  # type: ignore[arg-type]
        embedder=embedder,  # type: ignore[arg-type]
        gallery=Gallery(embedder.dimension),
        calibration=Calibration(intercept=-5.0, similarity=9.0),
        threshold=0.5,
        reader=Reader(title),
    )


@dataclass
class Case:
    folder: Path

    def run(self, *further: str) -> dict[str, dict[str, object]]:
        """Run the command; what it wrote, by name."""
        given = {"--set": "set", "--registry": "registry/registry.csv", "--clean": "clean", "--trunk": "trunk.pth"}
        given |= {"--samples": "registry", "--cache": "cache", "--out": "out/recognition.jsonl"}
        arguments = [word for name, path in given.items() for word in (name, str(self.folder / path))]
        assert command.main([*arguments, "--marks", "3", "--draws", "5", "--threads", "1", *further]) == 0
        lines = (self.folder / "out" / "recognition.jsonl").read_text(encoding="utf-8").splitlines()
        return {line["name"]: line for line in map(json.loads, lines)}


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Six marks; photographs of two of them, a grey ramp in the set, and noise beside it."""
    marks = fictitious_marks(MARKS, 1)
    registry = write_registry(marks, tmp_path / "registry")
    assert registry == tmp_path / "registry" / "registry.csv"
    monkeypatch.setattr(command, "load_inspector", lambda models, threads: inspector(marks[0].title))
    monkeypatch.setattr(large_photograph, "RUNS", 3)
    (tmp_path / "set").mkdir()
    ramp = np.repeat(np.tile(np.arange(200, dtype=np.uint8), (150, 1))[..., None], 3, 2)
    images, annotations = [], []
    for index, picture in enumerate((photograph(marks[0].colour), photograph(marks[1].colour), ramp)):
        cv2.imwrite(str(tmp_path / "set" / f"{index}.png"), picture[..., ::-1])
        height, width = picture.shape[:2]
        holders = [marks[index].holder] if index < 2 else []
        about = {"id": index, "file_name": f"{index}.png", "width": width, "height": height}
        images.append({**about, "marks": holders, "boxes_complete": True})
        if holders:
            annotations.append({"id": index, "image_id": index, "category_id": index, "bbox": [0, 0, width, height]})
    categories = [{"id": i, "name": mark.holder} for i, mark in enumerate(marks)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (tmp_path / "set" / "annotations.json").write_text(json.dumps(content))
    noise = np.random.default_rng(3)
    (tmp_path / "clean").mkdir()
    for index in range(CLEAN):
        picture = cv2.resize(noise.integers(0, 256, (6, 6, 3), np.uint8), (96, 96))
        cv2.imwrite(str(tmp_path / "clean" / f"{index}.png"), picture)
    (tmp_path / "registry" / "parcels").mkdir()
    (tmp_path / "registry" / "parcels" / "expected.json").write_text('{"plain.png": []}')
    cv2.imwrite(str(tmp_path / "registry" / "parcels" / "plain.png"), ramp)
    pack(lively_trunk(3), tmp_path / "trunk.pth")
    return Case(folder=tmp_path)


def photograph(svg: str) -> Image:
    """The artwork itself on white."""
    artwork = rasterise(svg.encode(), name="x")
    alpha = artwork[..., 3:] / 255
    return np.asarray((artwork[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8))


def test_one_run_measures_everything_that_can_be_measured(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    lines = case.run()
    out, err = capsys.readouterr()
    assert "crops_top1" in out
    assert "written to" in out
    assert "photographs" in err  # progress
    # "beside" every box stands the first mark's name: the second mark is lost to it, unless only the inside is read
    assert (lines["crops_top1"]["value"], lines["crops_top1"]["n"]) == (0.5, 2)
    assert lines["crops_top1_inside"]["value"] == 1.0
    assert lines["crops_top1_word"]["value"] == 1.0
    assert lines["crops_top1_figurative"]["value"] == 0.0
    assert lines["reading_gain_word"]["value"] == 0.0
    assert lines["reading_loss_figurative"]["value"] == 100.0
    assert lines["verification_gain"]["why"] == "the inspector has no verifier"
    assert (lines["recall20"]["value"], lines["recall20"]["n"]) == (1.0, 2)
    assert (lines["sift_crops_top1"]["value"], lines["sift_crops_top1"]["n"]) == (1.0, 2)
    assert lines["sift_photo_ms"]["n"] == 3
    assert lines["imagenet_crops_top1"]["n"] == 2
    assert "at most 0 of 41 clean photographs" in str(lines["photo_recall_fpir_1pct"]["note"])
    growth = lines["fpir_growth"]
    assert f"of {(CLEAN + 1) * 5} ({CLEAN + 1} x 5 random registries)" in str(growth.get("note") or growth["why"])
    time = lines["photo_1080p_ms"]
    assert time["n"] == 3
    assert time["ratio_to"] == "time to decode the same JPEG"
    assert float(str(time["ratio"])) > 1
    assert "ONNX Runtime" in str(time["note"])
    for line in lines.values():
        assert ("why" in line) == (line["value"] is None)
        if line["unit"] == "share" and line["value"] is not None:
            assert float(str(line["low"])) <= float(str(line["value"])) <= float(str(line["high"]))


def test_without_a_set_all_of_it_is_null_and_says_why(case: Case, caplog: pytest.LogCaptureFixture) -> None:
    (case.folder / "set" / "annotations.json").unlink()
    lines = case.run()
    null = {name: line for name, line in lines.items() if line["value"] is None}
    assert set(lines) - set(null) == {"photo_1080p_ms"}  # needs no set
    assert all("annotations.json" in str(line["why"]) for line in null.values())
    assert "the photographs cannot be used" in caplog.text


def test_without_a_registry_nothing_is_measured(case: Case) -> None:
    (case.folder / "registry" / "registry.csv").unlink()
    lines = case.run()
    assert all(line["value"] is None and "registry.csv" in str(line["why"]) for line in lines.values())


def test_what_is_missing_beside_the_set_costs_its_figures_alone(case: Case) -> None:
    (case.folder / "trunk.pth").write_bytes(b"no trunk")
    lines = case.run("--clean", str(case.folder / "nowhere"), "--limit", "2")
    assert "trunk.pth is no packed trunk" in str(lines["imagenet_crops_top1"]["why"])
    assert lines["crops_top1"]["value"] is not None


def test_torch_is_not_imported() -> None:
    code = "import sys, training.recognition.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code
