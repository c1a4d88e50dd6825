"""Signed bundles: who vouches for which bytes. Ed25519 (RFC 8032) over a manifest of all files in canonical JSON.

    sign(Path("candidate/embedder-6"), load_key(Path("signing.key")))
    signed = verify(Path("candidate/embedder-6"), trusted=[public_key(digits)])

The manifest names the bundle, its role and version, and each file with size and sha256, so a signature is good for
nothing else. `signed.files` are the bytes that were verified; the folder is not read again.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from inference.bundles import Bundle, bundle_from
from inference.errors import BadBundle
from inference.proving.description import NAME, Strict, described, strict_json
from inference.proving.folder import read_folder
from inference.proving.limits import LIMITS, Limits

SIGNATURE, DESCRIPTION, MODEL = "signature.json", "bundle.json", "model.onnx"
KIND = "tidewaiter-bundle-1"
_FIELDS = ("kind", "name", "role", "version", "files", "key", "signature")
_LARGEST = 16_384  # bytes of signature.json


@dataclass(frozen=True, kw_only=True)
class VerifiedBundle:
    """A bundle's files as they were signed by a trusted key; what is in `found` was seen when it was proven."""

    name: str
    role: str
    version: str
    signer: str  # the public key, 64 hexadecimal digits
    files: Mapping[str, bytes] = field(repr=False)  # without the signature
    signature: bytes = field(repr=False)  # signature.json, to be kept with the files
    found: Mapping[str, Any] = field(default_factory=dict)  # figures of `prove`; empty: signed, but not yet proven

    @property
    def sha256(self) -> str:
        """Of the model."""
        return hashlib.sha256(self.files[MODEL]).hexdigest()

    def bundle(self) -> Bundle:
        """The bundle, of these very bytes. Raises BadBundle if bundle.json does not fit them."""
        return bundle_from(self.files, role=self.role, name=self.name, sha256=self.sha256)


def sign(folder: Path, key: Ed25519PrivateKey, limits: Limits = LIMITS) -> Path:
    """Sign all that is in `folder` and write signature.json, anew if there was one. Raises BadBundle.

    Only what would be read again is signed: no links, no folders, a bundle.json that says what the folder is.
    """
    files = {name: data for name, data in read_folder(folder, limits).items() if name != SIGNATURE}
    description = _described(files, folder.name, limits)
    if description["name"] != folder.name:
        raise BadBundle(f"{folder.name}/bundle.json: name is {description['name']!r}, expected {folder.name!r}")
    path, fresh = folder / SIGNATURE, folder / f".{SIGNATURE}.{os.getpid()}"
    fresh.write_bytes(signature_of(files, key, limits))
    fresh.replace(path)
    return path


def signature_of(files: Mapping[str, bytes], key: Ed25519PrivateKey, limits: Limits = LIMITS) -> bytes:
    """The signature.json of a bundle's files, bundle.json among them. Raises BadBundle."""
    description = _described(files, "bundle", limits)
    manifest: dict[str, Any] = {
        "kind": KIND,
        **{name: description[name] for name in ("name", "role", "version")},
        "files": {name: _entry(data) for name, data in files.items()},
        "key": key.public_key().public_bytes_raw().hex(),
    }
    signed = manifest | {"signature": key.sign(_message(manifest)).hex()}
    return (json.dumps(signed, indent=2) + "\n").encode()


def verify(folder: Path, trusted: Collection[Ed25519PublicKey], limits: Limits = LIMITS) -> VerifiedBundle:
    """The files of a signed folder. Raises BadBundle, with expected and actual, for what is not as it was signed."""
    verified = verify_bytes(read_folder(folder, limits), trusted, limits)
    if verified.name != folder.name:
        raise BadBundle(f"{folder.name} was signed as {verified.name!r}, expected {folder.name!r}")
    return verified


def verify_bytes(
    files: Mapping[str, bytes], trusted: Collection[Ed25519PublicKey], limits: Limits = LIMITS
) -> VerifiedBundle:
    """As `verify`, for files that come from a store: file name -> bytes, signature.json among them."""
    _check_amount(files, limits)
    if SIGNATURE not in files:
        raise BadBundle(f"the bundle is not signed: {SIGNATURE} is missing")
    manifest = _manifest(files[SIGNATURE])
    _check_signature(manifest, trusted)
    listed = {name: data for name, data in files.items() if name != SIGNATURE}
    _check_files(manifest["files"], listed)
    description = _described(listed, manifest["name"], limits)
    for key in ("name", "role", "version"):
        if description[key] != manifest[key]:
            raise BadBundle(f"{manifest['name']}/bundle.json: {key} is {description[key]!r}, signed {manifest[key]!r}")
    return VerifiedBundle(
        **{key: manifest[key] for key in ("name", "role", "version")},
        signer=manifest["key"],
        files=MappingProxyType(listed),
        signature=files[SIGNATURE],
    )


def _described(files: Mapping[str, bytes], where: str, limits: Limits) -> Strict:
    if DESCRIPTION not in files:
        raise BadBundle(f"{where} has no {DESCRIPTION}; it has: {', '.join(map(ascii, sorted(files))) or 'nothing'}")
    return described(files[DESCRIPTION], where=f"{where}/{DESCRIPTION}", most=limits.description_bytes)


def _check_amount(files: Mapping[str, bytes], limits: Limits) -> None:
    if len(files) > limits.files + 1:
        raise BadBundle(f"the bundle has {len(files)} files, at most {limits.files} and the signature are allowed")
    for name, data in files.items():
        if not NAME.fullmatch(name):
            raise BadBundle(f"the file name {name[:200]!a} is not allowed, expected the form {NAME.pattern}")
        if len(data) > limits.file_bytes:
            raise BadBundle(f"{name} has {len(data):,} bytes, at most {limits.file_bytes:,} are allowed")
    total = sum(map(len, files.values()))
    if total > limits.total_bytes:
        raise BadBundle(f"the bundle has {total:,} bytes, at most {limits.total_bytes:,} are allowed")


def _manifest(data: bytes) -> Strict:
    manifest = strict_json(data, where=SIGNATURE, most=_LARGEST)
    if set(manifest) != set(_FIELDS):
        given = ", ".join(map(ascii, manifest))[:300] or "nothing"
        raise BadBundle(f"{SIGNATURE} has {given}; expected {', '.join(_FIELDS)}")
    for key in _FIELDS:
        kind = dict if key == "files" else str
        if not isinstance(manifest[key], kind):
            raise BadBundle(f"{SIGNATURE}: {key} must be {kind.__name__}, got {type(manifest[key]).__name__}")
    if manifest["kind"] != KIND:
        raise BadBundle(f"{SIGNATURE}: kind is {manifest['kind'][:100]!a}, expected {KIND!r}")
    return manifest


def _check_signature(manifest: Strict, trusted: Collection[Ed25519PublicKey]) -> None:
    known = {key.public_bytes_raw().hex(): key for key in trusted}
    key = known.get(manifest["key"])
    if key is None:
        among = ", ".join(f"{digits[:16]}…" for digits in known) or "none"
        signer = manifest["key"][:16]
        raise BadBundle(f"the bundle is signed by the key {signer!a}…, which is not trusted; these are: {among}")
    message = _message({name: value for name, value in manifest.items() if name != "signature"})
    try:
        key.verify(bytes.fromhex(manifest["signature"]), message)
    except (InvalidSignature, ValueError) as error:
        raise BadBundle(f"{SIGNATURE} was not signed by the key it names, or changed since") from error


def _check_files(manifest: Strict, files: Mapping[str, bytes]) -> None:
    missing, more = sorted(set(manifest) - set(files)), sorted(set(files) - set(manifest))
    if missing:
        raise BadBundle(f"files that were signed are missing: {', '.join(map(ascii, missing))}")
    if more:
        raise BadBundle(f"files were added that are not signed: {', '.join(map(ascii, more))}")
    for name, data in files.items():
        actual = _entry(data)
        if manifest[name] != actual:
            raise BadBundle(f"{name} changed since it was signed: it has {actual}, expected {manifest[name]}")


def _entry(data: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


def _message(manifest: Mapping[str, Any]) -> bytes:
    return json.dumps(manifest, sort_keys=True, separators=(",", ":")).encode()
