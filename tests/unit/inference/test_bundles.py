"""Bundles: everything that must not be trusted, then the one that may be."""

import hashlib
import json
from pathlib import Path

import pytest

from inference.bundles import load_bundle
from inference.errors import BadBundle

MODEL = b"an onnx model"
SHA256 = hashlib.sha256(MODEL).hexdigest()
OTHER = "0" * 64
DESCRIPTION: dict[str, object] = {
    "name": "eye-1",
    "role": "detector",
    "version": "1",
    "sha256": SHA256,
    "config": {"side": 640},
    "trained": {"minutes": 20},
}


@pytest.fixture
def models(tmp_path: Path) -> Path:
    (tmp_path / "eye-1").mkdir()
    (tmp_path / "eye-1" / "model.onnx").write_bytes(MODEL)
    (tmp_path / "eye-1" / "bundle.json").write_text(json.dumps(DESCRIPTION))
    (tmp_path / "current.toml").write_text(f'[detector]\nname = "eye-1"\nsha256 = "{SHA256}"\n')
    return tmp_path


def test_a_sound_bundle_is_loaded_with_its_bytes(models: Path) -> None:
    bundle = load_bundle(models, "detector")
    assert (bundle.name, bundle.role, bundle.version, bundle.sha256) == ("eye-1", "detector", "1", SHA256)
    assert bundle.model == MODEL
    assert bundle.config == {"side": 640}
    assert bundle.trained == {"minutes": 20}
    assert "an onnx model" not in repr(bundle)


def test_a_changed_model_is_refused_with_both_sums(models: Path) -> None:
    (models / "eye-1" / "model.onnx").write_bytes(MODEL + b"!")
    actual = hashlib.sha256(MODEL + b"!").hexdigest()
    with pytest.raises(BadBundle, match=f"eye-1/model.onnx has sha256 {actual}, expected {SHA256}"):
        load_bundle(models, "detector")


@pytest.mark.parametrize(
    ("current", "words"),
    [
        ("", r"has no \[detector\]; it has: nothing"),
        ("[embedder]\n", r"has no \[detector\]; it has: embedder"),
        ("detector = 1", r"has no \[detector\]"),
        ("[detector]\n", "must have name and sha256, got nothing"),
        (f'[detector]\nname = "eye-1"\nsha256 = "{SHA256}"\nsha265 = ""\n', "got name, sha256, shA265".lower()),
        (f'[detector]\nname = "../eye-1"\nsha256 = "{SHA256}"\n', r"name is '../eye-1'"),
        (f'[detector]\nname = ".."\nsha256 = "{SHA256}"\n', "name is '..'"),
        (f'[detector]\nname = 1\nsha256 = "{SHA256}"\n', "name is 1"),
        ('[detector]\nname = "eye-1"\nsha256 = ""\n', "sha256 is ''"),
        (f'[detector]\nname = "eye-1"\nsha256 = "{OTHER}"\n', f"sha256 is '{SHA256}', expected '{OTHER}'"),
        (f'[detector]\nname = "eye-2"\nsha256 = "{SHA256}"\n', "eye-2/bundle.json cannot be read"),
        ("[detector", "current.toml cannot be read"),
        ("\ufffe\x00", "current.toml cannot be read"),
    ],
)
def test_a_wrong_deployment_is_refused(models: Path, current: str, words: str) -> None:
    (models / "current.toml").write_text(current)
    with pytest.raises(BadBundle, match=words):
        load_bundle(models, "detector")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "eye-2"}, "name is 'eye-2', expected 'eye-1'"),
        ({"role": "embedder"}, "role is 'embedder', expected 'detector'"),
        ({"sha256": OTHER}, f"sha256 is '{OTHER}', expected '{SHA256}'"),
        ({"version": 1}, "version must be str, got int"),
        ({"config": []}, "config must be dict, got list"),
        ({"confg": {}}, r"has unknown \['confg'\]"),
        ({"config": None}, "config must be dict"),
    ],
)
def test_a_wrong_description_is_refused(models: Path, change: dict[str, object], words: str) -> None:
    (models / "eye-1" / "bundle.json").write_text(json.dumps({**DESCRIPTION, **change}))
    with pytest.raises(BadBundle, match=words):
        load_bundle(models, "detector")


@pytest.mark.parametrize("key", ["name", "role", "version", "sha256", "config"])
def test_a_missing_key_is_named(models: Path, key: str) -> None:
    left = {k: v for k, v in DESCRIPTION.items() if k != key}
    (models / "eye-1" / "bundle.json").write_text(json.dumps(left))
    with pytest.raises(BadBundle, match=rf"lacks \['{key}'\]"):
        load_bundle(models, "detector")


@pytest.mark.parametrize("text", [b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_a_description_that_is_no_object_is_refused(models: Path, text: bytes) -> None:
    (models / "eye-1" / "bundle.json").write_bytes(text)
    with pytest.raises(BadBundle, match=r"eye-1/bundle\.json"):
        load_bundle(models, "detector")


@pytest.mark.parametrize("file", ["current.toml", "eye-1/bundle.json", "eye-1/model.onnx"])
def test_a_missing_file_is_named(models: Path, file: str) -> None:
    (models / file).unlink()
    with pytest.raises(BadBundle, match=f"{file} cannot be read: No such file"):
        load_bundle(models, "detector")


def test_how_it_was_trained_may_be_left_out(models: Path) -> None:
    left = {k: v for k, v in DESCRIPTION.items() if k != "trained"}
    (models / "eye-1" / "bundle.json").write_text(json.dumps(left))
    assert load_bundle(models, "detector").trained == {}


def attach(models: Path, attachments: object) -> None:
    (models / "eye-1" / "bundle.json").write_text(json.dumps({**DESCRIPTION, "attachments": attachments}))


@pytest.mark.parametrize(
    ("attachments", "words"),
    [
        ([], "attachments must be dict, got list"),
        ({"../secret": SHA256}, "got '../secret'"),
        ({"a.npy": 1}, "got 'a.npy': 1"),
        ({"a.npy": "1"}, "got 'a.npy': '1'"),
        ({"a.npy": SHA256}, "a.npy cannot be read"),
        ({"b.npy": SHA256}, f"eye-1/b.npy has sha256 .*, expected {SHA256}"),
    ],
)
def test_a_wrong_attachment_is_refused(models: Path, attachments: object, words: str) -> None:
    (models / "eye-1" / "b.npy").write_bytes(b"not what was deployed")
    attach(models, attachments)
    with pytest.raises(BadBundle, match=words):
        load_bundle(models, "detector")


def test_an_attachment_comes_with_its_bytes(models: Path) -> None:
    (models / "eye-1" / "b.npy").write_bytes(MODEL)
    attach(models, {"b.npy": SHA256})
    assert load_bundle(models, "detector").attachments == {"b.npy": MODEL}
