"""The command: one JSON object and nothing else on standard output, or a clear mistake and nothing there at all."""

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
from inference.gallery import Gallery, Hit
from inference.suspicion import judge, match
from inference.vocabulary import Boxes, Detection, Finding, Image, Scores, Vectors, Verdict
from training.evaluation import __main__ as command


@dataclass
class GreyThumbnails:
    """An embedder: the box as 8 x 8 grey values."""

    sha256: str = "f" * 64

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        rows = [self._vector(image[int(y1) : int(y2), int(x1) : int(x2)]) for x1, y1, x2, y2 in boxes]
        return np.array(rows, np.float32).reshape(-1, 64)

    def embed_artwork(self, artwork: np.ndarray) -> Vectors:
        alpha = artwork[..., 3:].astype(np.float32) / 255
        flat = (artwork[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
        return self._vector(flat)[None]

    def _vector(self, crop: Image) -> Vectors:
        grey = cv2.resize(crop, (8, 8), interpolation=cv2.INTER_AREA).mean(2).ravel() - 127.5 + 1e-3
        return (grey / np.linalg.norm(grey)).astype(np.float32)


class WholePicture:
    """A detector that always sees one mark, as large as the picture."""

    def detect(self, image: Image) -> tuple[Boxes, Scores]:
        return np.array([[0, 0, image.shape[1], image.shape[0]]], np.float32), np.array([0.9], np.float32)


@dataclass
class Pipeline:
    """Real gallery and real judgement around the two fakes."""

    embedder: GreyThumbnails = field(default_factory=GreyThumbnails)
    detector: WholePicture = field(default_factory=WholePicture)
    gallery: Gallery = field(default_factory=lambda: Gallery(64))
    threshold: float = 0.5
    calibration: Calibration = field(default_factory=lambda: Calibration(intercept=-9.0, similarity=10.0))

    def inspect(self, image: Image) -> Verdict:
        boxes, scores = self.detector.detect(image)
        detection = Detection(box=tuple(boxes[0].tolist()), score=float(scores[0]))
        (hits,) = self.gallery.search(self.embedder.embed(image, boxes), 4)
        found = match(hits, seen=detection, calibration=self.calibration)
        return judge([Finding(detection=detection, matches=found)], self.threshold)

    def recognise(self, image: Image, boxes: Boxes, k: int) -> list[list[Hit]]:
        return self.gallery.search(self.embedder.embed(image, boxes), k)


@dataclass
class Case:
    folder: Path
    registry: Path
    cache: Path

    def run(self, *further: str) -> int:
        return command.main([str(self.folder), "--registry", str(self.registry), "--cache", str(self.cache), *further])


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """Six marks; two photographs that are the artwork itself, and one grey ramp."""
    monkeypatch.setattr(command, "load_inspector", lambda models: Pipeline())
    marks = fictitious_marks(6, 1)
    registry = write_registry(marks, tmp_path / "registry")
    folder = tmp_path / "set"
    folder.mkdir()
    images, annotations = [], []
    for index, mark in enumerate((*marks[:2], None)):
        if mark:
            artwork = rasterise(mark.colour.encode(), name="x")
            alpha = artwork[..., 3:] / 255
            picture = (artwork[..., :3] * alpha + 255 * (1 - alpha)).astype(np.uint8)
        else:
            picture = np.repeat(np.tile(np.arange(200, dtype=np.uint8), (150, 1))[..., None], 3, 2)
        height, width = picture.shape[:2]
        cv2.imwrite(str(folder / f"{index}.png"), picture[..., ::-1])
        marks_here = [mark.holder] if mark else []
        images.append(
            {"id": index, "file_name": f"{index}.png", "width": width, "height": height, "marks": marks_here,
             "boxes_complete": True}
        )  # fmt: skip
        if mark:
            annotations.append({"id": index, "image_id": index, "category_id": index, "bbox": [0, 0, width, height]})
    categories = [{"id": i, "name": mark.holder} for i, mark in enumerate(marks)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (folder / "annotations.json").write_text(json.dumps(content))
    return Case(folder=folder, registry=registry, cache=tmp_path / "cache")


def test_a_set_with_a_mistake_prints_nothing_on_standard_output(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    (case.folder / "1.png").unlink()
    assert case.run("--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "bad-evaluation-set" in err
    assert "there is no file '1.png'" in err


def test_a_truncated_picture_is_named(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    data = (case.folder / "1.png").read_bytes()
    (case.folder / "1.png").write_bytes(data[: len(data) // 2])
    assert case.run("--json") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "1.png" in err


def test_a_missing_registry_is_named(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    case.registry.unlink()
    assert case.run() == 2
    assert "registry.csv" in capsys.readouterr().err


def test_a_registry_without_usable_rows_is_refused(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    case.registry.write_text(case.registry.read_text().splitlines()[0] + "\n")
    assert case.run() == 2
    assert "no usable row" in capsys.readouterr().err


def test_bad_rows_are_named_with_their_lines_and_left_out(
    case: Case, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    with case.registry.open("a") as file:
        file.write("nothing,Nothing,nothing,artwork/none.svg,x,y,symbol,True,held_out\n")
    assert case.run("--json") == 0
    json.loads(capsys.readouterr().out)
    assert "line 14 is left out" in caplog.text  # a header and twelve rows come before


def test_missing_models_are_a_mistake(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    assert case.run("--models", str(case.folder)) == 2
    assert "bad-bundle" in capsys.readouterr().err


def test_json_is_one_object_and_nothing_else(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.run("--json") == 0
    out, err = capsys.readouterr()
    report = json.loads(out)
    assert out.count("\n") == 1
    assert "pictures" in err  # progress
    assert list(report) == ["crops", "detection", "photos", "ece", "ms"]
    assert report["crops"]["top1"] == pytest.approx({"value": 1.0, "n": 2, "low": 0.342380, "high": 1.0}, abs=1e-6)
    assert report["detection"]["recall20"]["value"] == 1.0
    assert report["detection"]["ap50"]["n"] == 2
    assert report["photos"]["recall"]["n"] == 2
    assert report["photos"]["fpir"]["n"] == 1
    assert report["photos"]["thresholds"]["shipped"] == 0.5
    assert set(report["crops"]["by_size"]) == {"lt32", "32_64", "64_128", "ge128"}
    assert report["ms"]["median"]["n"] == 3
    assert "onnxruntime" in report["ms"]["provider"]


def test_further_clean_pictures_count_for_photos_only(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    clean = case.cache.parent / "clean"
    clean.mkdir()
    for index in range(3):
        cv2.imwrite(str(clean / f"{index}.png"), np.full((20, 20, 3), 80 * index, np.uint8))
    assert case.run("--json", "--clean", str(clean)) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["photos"]["fpir"]["n"] == 4
    assert report["photos"]["wrong"]["n"] == 6
    assert report["ece"]["n"] == 3
    assert report["ms"]["median"]["n"] == 3


def test_a_second_run_reads_the_cache(
    case: Case, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert case.run("--json") == 0
    first = json.loads(capsys.readouterr().out)
    monkeypatch.setattr(GreyThumbnails, "embed_artwork", lambda self, artwork: pytest.fail("embedded again"))
    assert case.run("--json") == 0
    second = json.loads(capsys.readouterr().out)
    assert {k: v for k, v in first.items() if k != "ms"} == {k: v for k, v in second.items() if k != "ms"}


def test_unusable_artwork_is_named_but_its_holder_stays_registered(
    case: Case, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    spoilt = fictitious_marks(6, 1)[0]
    for file in (case.registry.parent / "artwork").glob(f"{spoilt.mark_id}*"):
        file.write_text("<svg")
    assert case.run("--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert "line 2 is left out" in caplog.text
    assert "not well-formed" in caplog.text
    assert report["crops"]["top1"]["n"] == 2  # a miss, not an excuse
    assert report["crops"]["top1"]["value"] == 0.5


def test_the_table_is_printed_without_json(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert case.run() == 0
    out = capsys.readouterr().out
    assert "crops.top1" in out
    assert "photos.recall_at_fpir10" in out


def test_torch_is_not_imported() -> None:
    code = "import sys, training.evaluation.__main__; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code
