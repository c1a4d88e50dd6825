"""`tidewaiter xray`, and what is passed on to the jobs for X-ray scans."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

import service.cli.training
from inference.xray.display import shown
from inference.xray.errors import BadSidecar, SwappedEnergies
from inference.xray.reading import read_scan
from inference.xray.scan import XrayScan
from service.cli.main import app
from service.errors import CannotStart, InvalidRequest
from tests.fakes import FakeXrayInspector, without_models
from tests.integration.service.pictures import mark, photograph, png
from tests.unit.inference.xray.scans import CURVES, dicom, tiff

AIR = 58_000
SAID = {"tidewaiter_xray": 1, "air": AIR, "pitch_mm": 0.6, "polarity": "transmission", "bits": 16}
runner = CliRunner()


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Path, Path]:
    """A plate on a belt, as two PNGs."""
    rng, files = np.random.default_rng(0), []
    for name, depth in (("high", 0.5), ("low", 0.9)):
        level = np.zeros((90, 120))
        level[20:70, 30:90] = depth
        counts = np.clip(np.exp(-level) * AIR + rng.normal(0, 100, level.shape), 0, 65_535).astype(np.uint16)
        files.append(tmp_path / f"{name}.png")
        files[-1].write_bytes(bytes(cv2.imencode(".png", counts)[1]))
    return files[0], files[1]


def test_a_pair_is_packed_shown_and_drawn(pair: tuple[Path, Path], tmp_path: Path) -> None:
    said, packed, drawn = tmp_path / "scan.json", tmp_path / "scan.tif", tmp_path / "out.png"
    said.write_text(json.dumps(SAID))
    done = runner.invoke(app, ["xray", "pack", *map(str, pair), str(packed), "--sidecar", str(said)])
    assert done.exit_code == 0, done.output
    (scan,) = read_scan([packed.read_bytes()])
    assert np.array_equal(scan.counts[0], cv2.imread(str(pair[0]), cv2.IMREAD_UNCHANGED))
    assert scan.pitch == 0.6
    told = runner.invoke(app, ["xray", "show", str(packed), "--mode", "inverse", "--draw", str(drawn)])
    assert told.exit_code == 0, told.output
    assert "120 x 90 pixels of 0.6 mm, two energies; materials unknown" in told.stdout
    assert "calibration is missing" in told.stdout
    assert cv2.imread(str(drawn)).shape == (90, 120, 3)


def packed_from(tmp_path: Path, high: Path, low: Path, said: dict[str, object] | None = None) -> XrayScan:
    """The scan that `pack` makes of two files, as stations post it."""
    into, beside = tmp_path / "packed.tif", tmp_path / "beside.json"
    beside.write_text(json.dumps(said))
    given = ["xray", "pack", str(high), str(low), str(into), *([] if said is None else ["--sidecar", str(beside)])]
    done = runner.invoke(app, given)
    if done.exception is not None:
        assert not into.exists()
        raise done.exception
    return read_scan([into.read_bytes()])[0]


def test_inverted_images_are_packed_the_right_way_up(pair: tuple[Path, Path], tmp_path: Path) -> None:
    upright = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in pair]
    for path, counts in zip(pair, upright, strict=True):
        path.write_bytes(bytes(cv2.imencode(".png", 65_535 - counts)[1]))
    said = {"tidewaiter_xray": 1, "polarity": "inverted", "air": 65_535 - AIR, "dark": 65_535, "pitch_mm": 1}
    scan = packed_from(tmp_path, *pair, said)
    assert np.array_equal(scan.counts[0], upright[0])
    assert (scan.air, scan.dark, scan.pitch) == (AIR, 0, 1.0)
    assert float(np.median(scan.high[30:60, 40:80])) == pytest.approx(0.5, abs=0.02)


def test_what_the_images_say_themselves_is_packed_with_them(pair: tuple[Path, Path], tmp_path: Path) -> None:
    high, low = (cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in pair)
    one, other = tmp_path / "one.tif", tmp_path / "other.dcm"
    words = {"tidewaiter_xray": 1, "channel": "low", "air": AIR + 1, "scanner": "belt", "calibration": CURVES}
    one.write_bytes(tiff(low, description=json.dumps(words)))
    other.write_bytes(dicom(high, ImagerPixelSpacing=[0.8, 0.8], PixelIntensityRelationshipSign=1))
    scan = packed_from(tmp_path, one, other)  # low comes first, and says so
    assert np.array_equal(scan.counts[0], high)
    assert scan.pitch == 0.8
    assert scan.curves is not None
    assert (scan.said.scanner, scan.said.polarity, scan.said.air) == ("belt", "transmission", (None, AIR + 1))
    beside = packed_from(tmp_path, one, other, {"tidewaiter_xray": 1, "pitch_mm": 2, "air": AIR})
    assert (beside.pitch, beside.said.air) == (2.0, (AIR, AIR))


def test_a_channel_beside_two_images_is_named(pair: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(BadSidecar, match="channel 'low' is said of both energies"):
        packed_from(tmp_path, *pair, {"tidewaiter_xray": 1, "channel": "low"})


def test_what_is_wrong_is_named(pair: tuple[Path, Path], tmp_path: Path) -> None:
    said = tmp_path / "scan.json"
    said.write_text(json.dumps(SAID))
    swapped = ["xray", "pack", str(pair[1]), str(pair[0]), str(tmp_path / "x.tif"), "--sidecar", str(said)]
    assert isinstance(runner.invoke(app, swapped).exception, SwappedEnergies)
    assert not (tmp_path / "x.tif").exists()
    assert isinstance(runner.invoke(app, ["xray", "show", str(tmp_path / "none.tif")]).exception, CannotStart)
    assert isinstance(runner.invoke(app, ["xray", "show", str(pair[0]), "--mode", "pink"]).exception, InvalidRequest)


@pytest.mark.parametrize(
    ("given", "module", "passed"),
    [
        (["xray", "render", "--out", "x"], "datasets.xray", ["--out", "x"]),
        (["evaluate", "xray", "--scans", "3"], "training.xray.evaluation", ["--scans", "3"]),
        (["train", "xray-embedder", "--help"], "training.xray.embedder_job", ["--help"]),
        (["train", "xray-detector", "--steps", "2"], "training.xray.detector_job", ["--steps", "2"]),
    ],
)
def test_jobs_are_started_with_what_they_are_given(
    given: list[str], module: str, passed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[list[str]] = []

    class Finished:
        returncode = 0

    def run(command: list[str], *, check: bool) -> Finished:
        started.append(command)
        assert not check
        return Finished()

    monkeypatch.setattr(service.cli.training.subprocess, "run", run)
    assert runner.invoke(app, given).exit_code == 0
    assert started[0][1:] == ["-m", module, *passed]
    assert len(started) == 1


def test_scans_are_inspected_beside_photographs(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    without_models(monkeypatch)
    monkeypatch.setattr("service.cli.inspect.load_xray_models", lambda _folder, _threads: FakeXrayInspector())
    table, photo, drawn = tmp_path / "registry.csv", tmp_path / "photo.jpg", tmp_path / "out.png"
    photo.write_bytes(photograph(6))
    (tmp_path / "plate.png").write_bytes(png(shown(read_scan([pair[0].read_bytes()], json.dumps(SAID))[0], "grey")))
    (tmp_path / "six.png").write_bytes(png(mark(6)))
    table.write_text("mark_id,title,holder,file\nplate,Plate,Plate Ltd,plate.png\nsix,Six,Six Ltd,six.png\n")
    given = ["inspect", str(pair[0]), str(photo), "--registry", str(table), "--json"]
    done = runner.invoke(app, given)
    assert done.exit_code == 0, done.output
    found = [item["verdict"]["suspicions"][0]["mark"]["mark_id"] for item in json.loads(done.stdout)]
    assert found == ["plate", "six"]
    one = runner.invoke(app, ["inspect", str(pair[0]), "--registry", str(table), "--draw", str(drawn)])
    assert one.exit_code == 0, one.output
    assert cv2.imread(str(drawn)) is not None


def test_what_a_picture_cannot_say_is_said_beside_it(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDEWAITER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("service.cli.inspect.load_xray_models", lambda _folder, _threads: FakeXrayInspector())
    high, sidecar, table = pair[0], tmp_path / "said.json", tmp_path / "registry.csv"
    turned = tmp_path / "turned.png"
    turned.write_bytes(bytes(cv2.imencode(".png", 65_535 - cv2.imread(str(high), cv2.IMREAD_UNCHANGED))[1].tobytes()))
    (tmp_path / "plate.png").write_bytes(png(shown(read_scan([high.read_bytes()], json.dumps(SAID))[0], "grey")))
    table.write_text("mark_id,title,holder,file\nplate,Plate,Plate Ltd,plate.png\n")
    sidecar.write_text(json.dumps({"tidewaiter_xray": 1, "polarity": "inverted"}))
    done = runner.invoke(app, ["inspect", str(turned), "--registry", str(table), "--sidecar", str(sidecar)])
    assert done.exit_code == 0, done.output
    assert "Only one energy" in done.stdout
    sidecar.write_text('{"tidewaiter_xray": 1, "pitch_mm": "wide"}')
    wrong = runner.invoke(app, ["inspect", str(turned), "--registry", str(table), "--sidecar", str(sidecar)])
    assert "sidecar.pitch_mm" in str(wrong.exception)
    lost = runner.invoke(app, ["inspect", str(turned), "--registry", str(table), "--sidecar", str(tmp_path / "no")])
    assert "cannot be read" in str(lost.exception)


def test_without_models_scans_are_not_inspected(
    pair: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.cli.inspect.load_xray_models", lambda _folder, _threads: None)
    (tmp_path / "registry.csv").write_text("mark_id,title,holder,file\n")
    done = runner.invoke(app, ["inspect", str(pair[0]), "--registry", str(tmp_path / "registry.csv")])
    assert isinstance(done.exception, CannotStart)
    assert "no models" in str(done.exception)
