"""Signatures and keys: every byte of a bundle is vouched for, by a known key, under its own name."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.errors import BadBundle
from inference.proving.errors import BadSigningKey
from inference.proving.keys import digits_of, load_key, make_key, public_key
from inference.proving.limits import Limits
from inference.proving.signing import SIGNATURE, sign, signature_of, verify, verify_bytes

KEY = Ed25519PrivateKey.generate()
TRUSTED = [Ed25519PrivateKey.generate().public_key(), KEY.public_key()]
DESCRIPTION = json.dumps({"name": "eye-1", "role": "detector", "version": "1"}).encode()
FILES = {"bundle.json": DESCRIPTION, "model.onnx": b"model"}
SIGNED = {**FILES, SIGNATURE: signature_of(FILES, KEY)}


def test_a_signed_folder_comes_back_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "eye-1"
    folder.mkdir()
    for name, data in FILES.items():
        (folder / name).write_bytes(data)
    sign(folder, KEY)
    assert sorted(path.name for path in folder.iterdir()) == ["bundle.json", "model.onnx", SIGNATURE]
    again = sign(folder, KEY)
    assert again.read_bytes() == SIGNED[SIGNATURE]
    signed = verify(folder, TRUSTED)
    assert (signed.name, signed.role, signed.version) == ("eye-1", "detector", "1")
    assert signed.signer == digits_of(KEY.public_key())
    assert dict(signed.files) == FILES
    assert signed.found == {}
    with pytest.raises(TypeError):
        signed.files["model.onnx"] = b"other"  # type: ignore[index]
    (folder / "model.onnx").write_bytes(b"other")  # what was verified stays what it was
    assert signed.files["model.onnx"] == b"model"


def test_nothing_is_signed_that_would_not_be_read(tmp_path: Path) -> None:
    folder = tmp_path / "eye-2"
    folder.mkdir()
    with pytest.raises(BadBundle, match="eye-2 has no bundle.json; it has: nothing"):
        sign(folder, KEY)
    (folder / "bundle.json").write_bytes(DESCRIPTION)
    with pytest.raises(BadBundle, match="name is 'eye-1', expected 'eye-2'"):
        sign(folder, KEY)
    (folder / "model.onnx").symlink_to("/etc/passwd")
    with pytest.raises(BadBundle, match="'eye-2/model.onnx' is a symbolic link"):
        sign(folder, KEY)
    with pytest.raises(BadBundle, match="eye-3 cannot be read: No such file"):
        sign(tmp_path / "eye-3", KEY)


def manifest(**changes: Any) -> bytes:
    return json.dumps(json.loads(SIGNED[SIGNATURE]) | changes).encode()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({SIGNATURE: b"{"}, "signature.json cannot be read"),
        ({SIGNATURE: b"{}"}, "signature.json has nothing; expected kind, name, role, version, files, key, signature"),
        ({SIGNATURE: manifest(more=1)}, "expected kind, name"),
        ({SIGNATURE: manifest(files=[])}, "files must be dict, got list"),
        ({SIGNATURE: manifest(key=7)}, "key must be str, got int"),
        ({SIGNATURE: manifest(kind="tidewaiter-audit-head-1")}, "kind is 'tidewaiter-audit-head-1', expected"),
        ({SIGNATURE: manifest(key="00" * 32)}, "signed by the key '0000000000000000'…, which is not trusted"),
        ({SIGNATURE: manifest(signature="")}, "not signed by the key it names"),
        ({SIGNATURE: manifest(signature="xyz")}, "not signed by the key it names"),
        ({SIGNATURE: manifest(name="eye-2")}, "not signed by the key it names, or changed since"),
        ({SIGNATURE: manifest(files={})}, "not signed by the key it names, or changed since"),
        ({SIGNATURE: b"x" * 20_000}, "has 20,000 bytes, at most 16,384"),
        ({"model.onnx": b"mode1"}, "model.onnx changed since it was signed: it has {'sha256': '.*', 'size': 5}, exp"),
        ({"more.txt": b""}, "files were added that are not signed: 'more.txt'"),
        ({"../evil": b""}, "the file name '../evil' is not allowed"),
        ({"/etc/x": b""}, "the file name '/etc/x' is not allowed"),
        ({"model.onnx\n": b""}, r"the file name 'model.onnx\\n' is not allowed"),
        ({".hidden": b""}, "the file name '.hidden' is not allowed"),
        ({str(n): b"" for n in range(9)}, "the bundle has 12 files, at most 8 and the signature are allowed"),
    ],
)
def test_what_is_not_as_it_was_signed_is_refused(files: dict[str, bytes], words: str) -> None:
    with pytest.raises(BadBundle, match=words):
        verify_bytes(SIGNED | files, TRUSTED)


def test_sizes_are_limited() -> None:
    with pytest.raises(BadBundle, match="model.onnx has 5 bytes, at most 4 are allowed"):
        verify_bytes({"model.onnx": b"model"}, TRUSTED, Limits(file_bytes=4))
    with pytest.raises(BadBundle, match="the bundle has 10 bytes, at most 9 are allowed"):
        verify_bytes({"a": b"12345", "b": b"12345"}, TRUSTED, Limits(total_bytes=9))


def test_no_key_trusts_nobody() -> None:
    with pytest.raises(BadBundle, match="which is not trusted; these are: none"):
        verify_bytes(SIGNED, [])


@given(name=st.sampled_from(sorted(SIGNED)), at=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(max_examples=200, deadline=None)
def test_no_bit_can_be_changed(name: str, at: int, bit: int) -> None:
    data = bytearray(SIGNED[name])
    data[at % len(data)] ^= 1 << bit
    try:
        verified = verify_bytes(SIGNED | {name: bytes(data)}, TRUSTED)
    except BadBundle:
        return
    assert name == SIGNATURE  # white space, or the case of a digit that does not matter
    assert dict(verified.files) == FILES


@given(st.binary(max_size=400))
@settings(max_examples=200, deadline=None)
def test_noise_is_no_signature(data: bytes) -> None:
    with pytest.raises(BadBundle):
        verify_bytes(FILES | {SIGNATURE: data}, TRUSTED)


def test_a_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "signing.key"
    public = make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert digits_of(load_key(path).public_key()) == digits_of(public) == digits_of(public_key(digits_of(public)))
    before = path.read_bytes()
    with pytest.raises(BadSigningKey, match="signing.key cannot be made: File exists"):
        make_key(path)
    assert path.read_bytes() == before


def test_what_is_no_key_is_never_told(tmp_path: Path) -> None:
    (tmp_path / "short").write_text("deadbeef")
    (tmp_path / "bytes").write_bytes(b"\xff" * 32)
    for name in ("short", "bytes"):
        with pytest.raises(BadSigningKey, match="holds no key: 64 hexadecimal digits") as caught:
            load_key(tmp_path / name)
        assert "dead" not in str(caught.value)
    with pytest.raises(BadSigningKey, match="cannot be read: No such file"):
        load_key(tmp_path / "none")
    for digits in ("", "xyz", "00" * 31, "zz" * 32):
        with pytest.raises(BadSigningKey, match="a public key has 64 hexadecimal digits"):
            public_key(digits)
