"""Model bundles: a model with what must be known to use it, trusted only if its sha256 is the deployed one.

The files:

    models/current.toml          [detector]
                                 name = "detector-1"
                                 sha256 = "…of models/detector-1/model.onnx"
    models/detector-1/bundle.json  {"name", "role", "version", "sha256", "config": {…}, "trained": {…},
                                    "attachments": {"cohort.npy": "…sha256 of that file"}}
    models/detector-1/model.onnx
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.errors import BadBundle

CURRENT = "current.toml"

_REQUIRED = ("name", "role", "version", "sha256", "config")
_OPTIONAL = ("trained", "attachments")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # one folder: neither / nor .. can be written
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """A model whose bytes were checked; they are kept, so that what was checked is what is run."""

    name: str
    role: str
    version: str
    sha256: str  # of `model`
    model: bytes = field(repr=False)  # ONNX
    config: dict[str, Any]
    trained: dict[str, Any] = field(default_factory=dict)  # how, on what, how long: for people
    attachments: dict[str, bytes] = field(default_factory=dict, repr=False)  # file name -> what the model needs beside

    @property
    def config_sha256(self) -> str:
        """Identity of how the model is used: thresholds and calibration change without its weights."""
        return hashlib.sha256(json.dumps(self.config, sort_keys=True).encode()).hexdigest()


def load_bundle(models_dir: Path, role: str) -> Bundle:
    """Return the bundle that `current.toml` names for `role`.

    Raises BadBundle, with expected and actual, if anything is missing, unknown, or not as it was deployed.
    """
    name, sha256 = _deployed(models_dir / CURRENT, role)
    return _assembled(name, role, sha256, lambda file: _read(models_dir / name / file))


def bundle_from(files: Mapping[str, bytes], *, role: str, name: str, sha256: str) -> Bundle:
    """Return the bundle whose files (file name -> bytes) were read already; `sha256` is the one its model must have.

    Raises BadBundle as `load_bundle` does. For bytes that were verified (inference/proving): they are not read again.
    """

    def read(file: str) -> bytes:
        if file not in files:
            raise BadBundle(f"{name}/{file} is missing; there are: {', '.join(sorted(files)) or 'no files'}")
        return files[file]

    return _assembled(name, role, sha256, read)


def _assembled(name: str, role: str, sha256: str, read: Callable[[str], bytes]) -> Bundle:
    """The bundle of what `read` returns for each of its file names, if that is what was deployed."""
    description = _description(name, read("bundle.json"))
    for key, expected in (("name", name), ("role", role), ("sha256", sha256)):
        if description[key] != expected:
            raise BadBundle(f"{name}/bundle.json: {key} is {description[key]!r}, expected {expected!r}")
    model = _checked(f"{name}/model.onnx", read("model.onnx"), sha256)
    sums = description.pop("attachments", {})
    for file, value in sums.items():
        if not _NAME.fullmatch(file) or not isinstance(value, str) or not _SHA256.fullmatch(value):
            raise BadBundle(f"{name}/bundle.json: attachments must map file names to sha256, got {file!r}: {value!r}")
    attachments = {file: _checked(f"{name}/{file}", read(file), value) for file, value in sums.items()}
    return Bundle(**{"trained": {}, **description}, model=model, attachments=attachments)


def deployed_roles(models_dir: Path) -> frozenset[str]:
    """The roles for which `current.toml` names a bundle. Raises BadBundle if it cannot be read."""
    return frozenset(_current(models_dir / CURRENT))


def deployed_bundles(models_dir: Path) -> dict[str, tuple[str, str]]:
    """Role -> (name, sha256) of all that `current.toml` names. Raises BadBundle."""
    return {role: _deployed(models_dir / CURRENT, role) for role in sorted(deployed_roles(models_dir))}


def _checked(where: str, data: bytes, sha256: str) -> bytes:
    """Return the file's bytes if they have this sha256."""
    actual = hashlib.sha256(data).hexdigest()
    if actual != sha256:
        raise BadBundle(f"{where} has sha256 {actual}, expected {sha256}")
    return data


def _current(path: Path) -> dict[str, Any]:
    return _parse(f"{path.parent.name}/{path.name}", _read(path), tomllib.loads)


def _deployed(path: Path, role: str) -> tuple[str, str]:
    """Return (name, sha256) of what is deployed for `role`."""
    current = _current(path)
    entry = current.get(role)
    if not isinstance(entry, dict):
        raise BadBundle(f"{path.name} has no [{role}]; it has: {', '.join(current) or 'nothing'}")
    if set(entry) != {"name", "sha256"}:
        raise BadBundle(f"{path.name}: [{role}] must have name and sha256, got {', '.join(entry) or 'nothing'}")
    for key, pattern in (("name", _NAME), ("sha256", _SHA256)):
        if not isinstance(entry[key], str) or not pattern.fullmatch(entry[key]):
            raise BadBundle(f"{path.name}: [{role}] {key} is {entry[key]!r}, expected the form {pattern.pattern}")
    return entry["name"], entry["sha256"]


def _description(name: str, data: bytes) -> dict[str, Any]:
    where = f"{name}/bundle.json"
    description = _parse(where, data, json.loads)
    missing = [key for key in _REQUIRED if key not in description]
    unknown = [key for key in description if key not in _REQUIRED + _OPTIONAL]
    if missing or unknown:
        found = f"lacks {missing}" if missing else f"has unknown {unknown}"
        raise BadBundle(f"{where} {found}; expected {', '.join(_REQUIRED)} and perhaps {', '.join(_OPTIONAL)}")
    for key, value in description.items():
        kind = dict if key in ("config", "trained", "attachments") else str
        if not isinstance(value, kind):
            raise BadBundle(f"{where}: {key} must be {kind.__name__}, got {type(value).__name__}")
    return description


def _parse(where: str, data: bytes, parse: Callable[[str], Any]) -> dict[str, Any]:
    try:
        parsed = parse(data.decode())
    except (ValueError, RecursionError) as error:  # not UTF-8, not TOML, not JSON
        raise BadBundle(f"{where} cannot be read: {error}") from error
    if not isinstance(parsed, Mapping):
        raise BadBundle(f"{where} must hold an object, got {type(parsed).__name__}")
    return dict(parsed)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadBundle(f"{path} cannot be read: {error.strerror}") from error
