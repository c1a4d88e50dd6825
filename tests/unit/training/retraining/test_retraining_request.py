"""A request says what is to be done, or what is wrong with it."""

import json
from pathlib import Path

import pytest

from training.retraining.errors import BadGates, BadRequest
from training.retraining.gatefile import SHIPPED, read_gates
from training.retraining.request import Request


def written(folder: Path, **changes: object) -> Path:
    """A run's folder with a request that can be carried out, but for `changes` (None: the key is left out)."""
    (folder / "models").mkdir()
    (folder / "models" / "current.toml").touch()
    (folder / "labels").mkdir()
    (folder / "labels" / "labels.jsonl").touch()
    (folder / "registry.csv").touch()
    (folder / "gates.toml").touch()
    request = {"champion": "models", "labels": "labels", "registry": "registry.csv", "roles": ["embedder"]}
    request |= {"mode": "smoke", "seed": 1, "gates": "gates.toml", "minutes": 5}
    (folder / "request.json").write_text(
        json.dumps({key: value for key, value in (request | changes).items() if value is not None})
    )
    return folder


def test_paths_are_relative_to_the_run(tmp_path: Path) -> None:
    request = Request.read(written(tmp_path))
    assert request.path(tmp_path, "champion") == tmp_path / "models"
    assert request.path(tmp_path, "golden") is None
    assert request.minutes == 5.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, r"colour: Extra inputs are not permitted"),
        ({"seed": None}, r"seed: Field required"),
        ({"seed": True}, r"seed: Input should be a valid integer"),
        ({"seed": -1}, r"seed: Input should be greater than or equal to 0"),
        ({"minutes": 0}, r"minutes: Input should be greater than 0"),
        ({"minutes": "5"}, r"minutes: Input should be a valid number"),
        ({"minutes": float("inf")}, r"minutes: Input should be a finite number"),
        ({"roles": []}, r"roles: List should have at least 1 item"),
        ({"roles": ["embedder", "reader"]}, r"roles\.1: Input should be 'detector', 'embedder'"),
        ({"roles": ["embedder", "embedder"]}, r"each role once, but embedder is named twice"),
        ({"mode": "fast"}, r"mode: Input should be 'trial', 'smoke' or 'full'"),
        ({"labels": "elsewhere"}, r"labels: there is no .*/elsewhere/labels\.jsonl"),
        ({"golden": "labels"}, r"golden: there is no .*/labels/annotations\.json"),
        ({"signing_key": "key.pem"}, r"signing_key: there is no .*/key\.pem"),
    ],
)
def test_each_mistake_is_named(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        Request.read(written(tmp_path, **changes))


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not JSON"), ("[]", "request.json: Input should be"), ("[" * 100_000, "not JSON")]
)
def test_what_is_no_request_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "request.json").write_text(text)
    with pytest.raises(BadRequest, match=message):
        Request.read(tmp_path)


def test_a_folder_without_request_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot be read: No such file"):
        Request.read(tmp_path)


def test_the_shipped_gates_can_be_read() -> None:
    assert read_gates(SHIPPED).marks.most_loss == 0.02


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("most_ratio = 1.25", "most_ratio = nan"), r"latency\.most_ratio: Input should be"),
        (("least_n = 10", "least_m = 10"), r"marks\.least_n: Field required; marks\.least_m: Extra inputs"),
        (("[parity]", "[parity"), "is not TOML"),
        (("most_ece = 0.15", "most_ece = 1.5"), r"calibration\.most_ece: Input should be less than or equal to 1"),
    ],
)
def test_a_bad_gate_file_is_refused(tmp_path: Path, change: tuple[str, str], message: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "gates.toml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(BadGates, match=message):
        read_gates(tmp_path / "gates.toml")
