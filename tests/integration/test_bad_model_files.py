"""Bad model files: each is refused with its own words, soon, and whoever asked lives on; the shipped are proven."""

import json
import os
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inference.errors import BadBundle
from inference.proving.__main__ import main
from inference.proving.keys import digits_of
from inference.proving.limits import LIMITS, Limits
from inference.proving.prove import prove, prove_bytes
from inference.proving.signing import SIGNATURE, sign
from tests import toy_models as toy
from tests.spoiled_models import SPOILED, detector, forged, slow

KEY, OTHER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
TRUSTED = [KEY.public_key()]
MODELS = Path(__file__).parents[2] / "models"
SHIPPED = ("detector-4", "embedder-5", "xray-detector-3", "xray-embedder-3")
SLOWEST = 10.0  # s: of a refusal
Spoil = Callable[[Path], None]


def refusal(folder: Path, **options: Any) -> str:
    """Why the bundle is refused; in time."""
    start = time.monotonic()
    with pytest.raises(BadBundle) as caught:
        prove(folder, trusted=TRUSTED, **options)
    assert time.monotonic() - start < SLOWEST
    return caught.value.detail


@pytest.mark.parametrize("kind", SPOILED)
def test_a_bad_model_is_refused_though_it_is_signed(tmp_path: Path, kind: str) -> None:
    make, words = SPOILED[kind]
    forged(make(tmp_path / "eye-1"), KEY)
    with pytest.raises(BadBundle, match=words):
        raise BadBundle(refusal(tmp_path / "eye-1"))


def test_a_model_that_takes_too_long_is_stopped(tmp_path: Path) -> None:
    sign(toy.bundle(tmp_path / "eye-1", slow()), KEY)
    assert refusal(tmp_path / "eye-1", limits=Limits(cpu_seconds=2)) == (
        "eye-1: the process that tried it takes more than 2 s of a processor"
    )


def unsigned(folder: Path) -> None:
    (folder / SIGNATURE).unlink()


def signed_by_another(folder: Path) -> None:
    sign(folder, OTHER)


def replayed(folder: Path) -> None:
    other = toy.bundle(folder.parent / "eye-2", detector(boxes=[[1, 1, 50, 50]]))
    sign(other, KEY)
    shutil.copy(other / SIGNATURE, folder / SIGNATURE)


def renamed(folder: Path) -> None:
    """Another bundle, all of it, under this one's name."""
    other = toy.bundle(folder.parent / "eye-2", detector())
    sign(other, KEY)
    shutil.rmtree(folder)
    other.rename(folder)


def linked(folder: Path) -> None:
    (folder / "model.onnx").rename(folder.parent / "elsewhere.onnx")
    (folder / "model.onnx").symlink_to(folder.parent / "elsewhere.onnx")


def piped(folder: Path) -> None:
    (folder / "card.md").unlink(missing_ok=True)
    os.mkfifo(folder / "card.md")


def socketed(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(folder / "s"))


def changed(folder: Path) -> None:
    data = bytearray((folder / "model.onnx").read_bytes())
    data[-40] ^= 1
    (folder / "model.onnx").write_bytes(data)


def edited(folder: Path) -> None:
    manifest = json.loads((folder / SIGNATURE).read_text())
    manifest["version"] = "2"
    (folder / SIGNATURE).write_text(json.dumps(manifest))


def huge(folder: Path) -> None:
    with (folder / "model.onnx").open("ab") as file:
        file.truncate(10 * 2**30)  # takes no room on the disk, and must take none in memory


HANDLED: dict[str, tuple[Spoil, str]] = {  # good, until somebody had a hand in it
    "unsigned": (unsigned, "the bundle is not signed: signature.json is missing"),
    "signed by another": (
        signed_by_another,
        "the bundle is signed by the key '.*'…, which is not trusted; these are: .*…",
    ),
    "signature of another bundle": (replayed, "model.onnx changed since it was signed|bundle.json changed since"),
    "another bundle under its name": (renamed, "eye-1 was signed as 'eye-2', expected 'eye-1'"),
    "changed model": (changed, "model.onnx changed since it was signed: it has .*, expected .*"),
    "changed manifest": (edited, "signature.json was not signed by the key it names, or changed since"),
    "missing file": (
        lambda folder: (folder / "model.onnx").unlink(),
        "files that were signed are missing: 'model",
    ),
    "added file": (
        lambda folder: (folder / "run.py").write_text("1"),
        "files were added that are not signed: 'run",
    ),
    "link": (linked, "'eye-1/model.onnx' is a symbolic link, expected a plain file"),
    "folder": (lambda folder: (folder / "more").mkdir(), "'eye-1/more' is a folder, expected a plain file"),
    "pipe": (piped, "'eye-1/card.md' is a pipe, expected a plain file"),
    "socket": (socketed, "'eye-1/s' is a socket, expected a plain file"),
    "huge file": (huge, "'eye-1/model.onnx' has 10,737,418,240 bytes, at most .* are allowed"),
    "many files": (lambda f: [(f / f"{n}.txt").touch() for n in range(9)] and None, "eye-1 holds more than 9 files"),
}


@pytest.mark.parametrize("kind", HANDLED)
def test_what_somebody_had_a_hand_in_is_refused(tmp_path: Path, kind: str) -> None:
    spoil, words = HANDLED[kind]
    folder = toy.bundle(tmp_path / "eye-1", detector())
    sign(folder, KEY)
    spoil(folder)
    with pytest.raises(BadBundle, match=words):
        raise BadBundle(refusal(folder))


def test_a_folder_behind_a_link_is_refused(tmp_path: Path) -> None:
    sign(toy.bundle(tmp_path / "eye-1", detector()), KEY)
    (tmp_path / "link").symlink_to(tmp_path / "eye-1")
    assert refusal(tmp_path / "link").endswith("link cannot be read: it is a symbolic link")


def test_the_toys_are_proven_so_what_was_refused_was_refused_for_its_fault(tmp_path: Path) -> None:
    for role, graph in (("detector", toy.detector()), ("embedder", toy.embedder())):
        folder = toy.bundle(tmp_path / f"{role}-1", toy.model(graph), role)
        sign(folder, KEY)
        proven = prove(folder, role=role, trusted=TRUSTED)
        assert proven.bundle().model == (folder / "model.onnx").read_bytes()
        assert proven.found["model.onnx"]["nodes"] == len(graph.node)


def test_another_role_than_asked_for_is_refused(tmp_path: Path) -> None:
    sign(toy.bundle(tmp_path / "eye-1", detector()), KEY)
    assert refusal(tmp_path / "eye-1", role="embedder") == "eye-1: role is 'detector', expected 'embedder'"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_bundle_is_proven(tmp_path: Path, name: str) -> None:
    folder = Path(shutil.copytree(MODELS / name, tmp_path / name))
    sign(folder, KEY)
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    proven = prove_bytes(files, trusted=TRUSTED)
    assert (proven.name, proven.sha256) == (name, json.loads(files["bundle.json"])["sha256"])
    assert proven.found["peak_mib"] * 2**20 < LIMITS.memory / 2
    assert {**proven.files, SIGNATURE: proven.signature} == files


def test_the_command_says_what_was_found_or_why_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = toy.bundle(tmp_path / "eye-1", detector())
    sign(folder, KEY)
    assert main([str(folder), "--public-key", digits_of(KEY.public_key()), "--role", "detector"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("eye-1 may be served: role detector, version 1, proven in ")
    assert "model.onnx: nodes 2, tensors 2, numbers 5, load_ms " in told
    assert main([str(folder), "--public-key", digits_of(OTHER.public_key())]) == 1
    assert main([str(folder), "--public-key", "abc"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("refused: the bundle is signed by the key")
    assert lines[1] == "refused: a public key has 64 hexadecimal digits"
