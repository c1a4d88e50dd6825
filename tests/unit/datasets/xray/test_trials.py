"""Frozen sets of scans, training windows, and marks in real cartons: all by their seed."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.xray import __main__ as rendering
from datasets.xray.cartons import attenuation_of, carton_scene, half_of, inside, levels_of, load_cartons, project
from datasets.xray.crops import Stock, Turned, render_crop, render_scene
from datasets.xray.placing import Laid
from datasets.xray.scanners import HELD_OUT, TRAINED
from datasets.xray.trials import SIZES, Trials, rendered
from inference.xray.reading import read_scan
from inference.xray.relief import filed_view

FLAT = np.zeros((60, 90), np.uint8)
cv2.circle(FLAT, (30, 30), 26, 255, -1)
cv2.rectangle(FLAT, (50, 10), (85, 24), 255, -1)
SAMPLES = Path("datasets/samples/registry.csv")


def carton() -> np.ndarray:
    """A grey picture like those of the real cartons: a box of rods, turned, without anything in the corners."""
    grey = np.full((320, 320), 253, np.uint8)
    cv2.rectangle(grey, (60, 50), (270, 260), 200, -1)
    for row in range(4):
        cv2.rectangle(grey, (80, 65 + 48 * row), (250, 100 + 48 * row), 70, -1)
    noise = np.random.default_rng(0).normal(0, 1.5, grey.shape)
    turned = cv2.warpAffine(grey, cv2.getRotationMatrix2D((160, 160), 12, 1.0), (320, 320))
    return np.clip(turned + noise * (turned > 8), 0, 255).astype(np.uint8)


def test_a_trial_depends_on_its_seed_and_number_alone() -> None:
    trials = Trials(seed=3, reliefs=[FLAT, FLAT.T.copy()])
    first, again = trials.scan(4), trials.scan(4)
    assert np.array_equal(first.raw.low, again.raw.low)
    assert first.marks == again.marks
    assert not np.array_equal(first.raw.low, trials.scan(5).raw.low)
    assert {mark.row for index in range(4) for mark in trials.scan(index).marks} <= {0, 1}
    for mark in first.marks:
        x1, y1, x2, y2 = mark.box
        assert 0 <= x1 < x2 <= 1200
        assert max(x2 - x1, y2 - y1) < 1.6 * SIZES[1]


def test_processes_render_what_one_would() -> None:
    trials = Trials(seed=8, reliefs=[FLAT], scanner=TRAINED[1].name, clean=True)
    one, other = list(rendered(trials, 2, 0)), list(rendered(trials, 2, 1))
    assert [t.index for t in other] == [0, 1]
    assert all(np.array_equal(a.raw.high, b.raw.high) for a, b in zip(one, other, strict=True))
    assert all(trial.marks == () for trial in one)


def test_crops_show_marks_as_they_are_filed() -> None:
    rng, stock = np.random.default_rng(5), Stock(5, size=2)
    for turned in (Turned(turns=0, mirrored=False), Turned(turns=1, mirrored=True)):
        views = [filed_view(FLAT, 64, turns, mirrored=flip)[..., 0] for flip in (False, True) for turns in range(4)]
        votes = np.zeros(8)
        for _ in range(40):
            crop = cv2.cvtColor(render_crop(rng, FLAT, stock, turned, 64), cv2.COLOR_RGB2GRAY).astype(float)
            alike = [abs(np.corrcoef(crop.ravel(), view.ravel().astype(float))[0, 1]) for view in views]
            votes[int(np.nan_to_num(alike).argmax())] += 1
        assert votes.argmax() == turned.index, votes


def test_scenes_have_boxes_inside_of_them() -> None:
    rng, stock = np.random.default_rng(6), Stock(6, size=2)
    count = 0
    for _ in range(6):
        picture, boxes = render_scene(rng, [FLAT], stock, 192)
        assert picture.shape == (192, 192, 3)
        assert boxes.dtype == np.float32
        count += len(boxes)
        assert (boxes >= -1).all()
        assert (boxes <= 194).all()
    assert count > 3


def test_marks_are_added_to_a_carton_where_it_is_and_nothing_else_changes() -> None:
    grey = carton()
    x1, y1, x2, y2 = inside(grey)
    assert (abs(x1 - 35) < 25, abs(y2 - 285) < 25) == (True, True)
    response = TRAINED[0].response().binned(8)
    both, marks = project(np.random.default_rng(1), grey, TRAINED[0], response, [FLAT], [0, 0], (50.0, 60.0))
    assert marks
    changed = both != grey
    assert 0.001 < changed.mean() < 0.3
    darker = attenuation_of(both)[changed] - attenuation_of(grey)[changed]
    assert float(np.median(darker)) > 0.01  # things attenuate
    left = project(np.random.default_rng(1), grey, TRAINED[0], response, [FLAT], [])
    assert np.array_equal(left[0], grey)


def test_carton_scenes_are_reduced_with_their_boxes() -> None:
    rng = np.random.default_rng(2)
    for _ in range(6):
        picture, boxes = carton_scene(rng, [carton()], [FLAT], 160)
        assert picture.shape == (160, 160, 3)
        assert ((boxes >= 0) & (boxes <= 160.01)).all()


def test_marks_that_leave_no_trace_in_a_carton_have_no_box() -> None:
    boxes = {}
    for name, dark in (("as it is", 1), ("nearly black", 60)):
        rng = np.random.default_rng(3)
        boxes[name] = sum(len(carton_scene(rng, [carton() // dark], [FLAT], 160)[1]) for _ in range(12))
    assert boxes["as it is"] > boxes["nearly black"]


def test_cartons_are_of_one_half_or_the_other(tmp_path: Path) -> None:
    for index in range(12):
        (tmp_path / f"{index}.jpg").write_bytes(bytes(cv2.imencode(".jpg", carton())[1]))
    train, evaluation = load_cartons(tmp_path, "train"), load_cartons(tmp_path, "evaluation")
    assert len(train) + len(evaluation) == 12
    assert not train.keys() & evaluation.keys()
    assert all(half_of(name) == "train" for name in train)
    with pytest.raises(FileNotFoundError, match="no scans"):
        load_cartons(tmp_path / "elsewhere", "train")


def test_scans_are_written_with_what_is_in_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--registry", str(SAMPLES), "--out", str(tmp_path), "--count", "2", "--scanner", HELD_OUT.name]
    assert rendering.main(arguments) == 0
    told = json.loads((tmp_path / "annotations.json").read_text())
    assert [image["file_name"] for image in told["images"]] == ["scan-0000.tif", "scan-0001.tif"]
    assert {box["attributes"]["form"] for box in told["annotations"]}
    (scan,) = read_scan([(tmp_path / "scan-0000.tif").read_bytes()])
    assert scan.remarks == ()
    assert scan.pitch == HELD_OUT.pitch
    assert (tmp_path / "scan-0001.jpg").stat().st_size > 5_000
    assert rendering.main(["--registry", str(tmp_path / "annotations.json"), "--out", str(tmp_path)]) == 2
    assert "registry" in capsys.readouterr().err.lower()


def test_levels_are_of_the_relief_where_the_scan_is_so_bright() -> None:
    relief = np.zeros((40, 40), np.float32)
    relief[:, :20] = 0.5  # g/cm2 in half of its box: deviates by 0.25
    mark = Laid(
        row=0, form="emblem", material="steel", corner=(10, 10), relief=relief, mirrored=False, angle=0.0,
        box=np.array([10, 10, 50, 50], np.float32),
    )  # fmt: skip
    grey = np.full((60, 60), 120, np.uint8)
    assert levels_of(grey, mark) == pytest.approx(120 * 0.2 * 0.25)
    outside = replace(mark, box=np.array([70, 70, 90, 90], np.float32))
    assert levels_of(grey, outside) == 0.0
