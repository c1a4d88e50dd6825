"""What bundle.json says, taken literally: no key too many, no NaN, nothing out of range.

`inference.bundles` reads what was deployed on purpose; this reads what a stranger may have written.
"""

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from inference.bundles import Bundle
from inference.calibration import Calibration, SecondLook
from inference.cohort import FILE as COHORT
from inference.errors import BadBundle
from inference.fusion import Gain
from inference.ordinary import FILE as ORDINARY
from inference.proving.preprocessing import check_preprocessing
from inference.tiling import Tiling
from inference.verifier import FILE as VERIFIER

Strict = dict[str, Any]  # what was read as JSON

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")  # of a bundle and of a file: neither / nor .. can be written
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
COMPANIONS = frozenset({"card.md", "train.lock"})  # for people; never parsed
MOST_WEIGHT = 1e4  # of a calibration, on either side of 0: the shipped ones stay within 31

_DETECTOR = {"side", "least", "most"}, {"tiling", "preprocessing"}
_EMBEDDER = {"side", "dimension", "threshold", "calibration"}, {"preprocessing"}
_KEYS = {  # role -> config keys that it needs, and those that it may have
    "detector": _DETECTOR,
    "xray_detector": _DETECTOR,
    "embedder": (_EMBEDDER[0], _EMBEDDER[1] | {"parts", "second_look"}),
    "xray_embedder": (_EMBEDDER[0], _EMBEDDER[1] | {"fusion"}),
}
_ATTACHMENTS = {"embedder": {COHORT, ORDINARY, VERIFIER}, "xray_embedder": {COHORT, ORDINARY}}
_WHOLE = {"side": (32, 1280), "dimension": (8, 4096), "parts": (1, 16_384), "most": (1, 300)}
_SHARES = ("least", "threshold")
_PARTS: dict[str, Callable[[Mapping[str, Any]], object]] = {
    "calibration": Calibration.from_config,
    "second_look": SecondLook.from_config,
    "fusion": Gain.from_config,
    "tiling": Tiling.from_config,
}
ROLES = tuple(_KEYS)


def strict_json(data: bytes, *, where: str, most: int) -> Strict:
    """The object in `data`. Raises BadBundle for anything else, NaN, infinities, keys that come twice and depth."""
    if len(data) > most:
        raise BadBundle(f"{where} has {len(data):,} bytes, at most {most:,} are allowed")
    try:
        parsed = json.loads(data.decode(), parse_constant=_no_number, object_pairs_hook=_once, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise BadBundle(f"{where} cannot be read: {str(error)[:200]}") from error
    if not isinstance(parsed, dict):
        raise BadBundle(f"{where} must hold an object, got {type(parsed).__name__}")
    return parsed


def described(data: bytes, *, where: str, most: int) -> Strict:
    """What bundle.json says, as far as all roles have it in common: name, role, version. Raises BadBundle."""
    description = strict_json(data, where=where, most=most)
    for key, pattern in (("name", NAME), ("version", VERSION)):
        value = description.get(key)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise BadBundle(f"{where}: {key} is {value!r}, expected the form {pattern.pattern}"[:400])
    if description.get("role") not in ROLES:
        raise BadBundle(f"{where}: role is {description.get('role')!r}, expected one of {', '.join(ROLES)}"[:400])
    return description


def check_description(bundle: Bundle, files: Iterable[str]) -> None:
    """Raise BadBundle if its config is not one that the role's loader takes, or files came with it that it names not.

    `files`: the names of all that was signed.
    """
    where = f"{bundle.name}/bundle.json"
    _check_keys(bundle, where)
    for key, value in bundle.config.items():
        if key in _WHOLE:
            _check_whole(f"{where}: {key}", value, *_WHOLE[key])
        elif key in _SHARES:
            _check_number(f"{where}: {key}", value, 0.0, 1.0)
        elif key in _PARTS:
            _check_part(f"{where}: {key}", value, _PARTS[key])
    check_preprocessing(bundle.role, bundle.config, where)
    _check_attachments(bundle, where)
    more = sorted(set(files) - {"bundle.json", "model.onnx", *bundle.attachments} - COMPANIONS)
    if more:
        raise BadBundle(f"{bundle.name} holds files that no loader asks for: {', '.join(more)}")


def _check_keys(bundle: Bundle, where: str) -> None:
    needed, allowed = _KEYS[bundle.role]
    missing, unknown = sorted(needed - set(bundle.config)), sorted(set(bundle.config) - needed - allowed)
    if missing or unknown:
        found = f"lacks {', '.join(missing)}" if missing else f"has unknown {', '.join(map(repr, unknown))}"
        keys = ", ".join(sorted(needed | allowed))
        raise BadBundle(f"{where}: config {found}; {bundle.role} has {keys}"[:600])


def _check_attachments(bundle: Bundle, where: str) -> None:
    allowed = _ATTACHMENTS.get(bundle.role, set())
    unknown = sorted(set(bundle.attachments) - allowed)
    if unknown:
        known = ", ".join(sorted(allowed)) or "none"
        raise BadBundle(f"{where}: {bundle.role} has no attachment {', '.join(unknown)}; allowed: {known}")
    if VERIFIER in bundle.attachments and "parts" not in bundle.config:
        raise BadBundle(f"{where}: {VERIFIER} compares parts, but config has no parts")
    if bundle.config.get("calibration", {}).get("rarity") and ORDINARY not in bundle.attachments:
        raise BadBundle(f"{where}: its calibration counts rarity, but {ORDINARY} is missing")


def _check_whole(what: str, value: object, least: int, most: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadBundle(f"{what} is {value!r}, expected a whole number in {least}..{most}"[:400])


def _check_number(what: str, value: object, least: float, most: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadBundle(f"{what} is {value!r}, expected a number in {least:g}..{most:g}"[:400])


def _check_part(what: str, value: object, read: Callable[[Mapping[str, Any]], object]) -> None:
    if not isinstance(value, dict):
        raise BadBundle(f"{what} must be an object, got {type(value).__name__}")
    for key, number in value.items():
        _check_number(f"{what}: {key}", number, -MOST_WEIGHT, MOST_WEIGHT)
    try:
        read(value)
    except (ValueError, BadBundle) as error:
        raise BadBundle(f"{what}: {error}"[:600]) from error


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number in JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"the number {text[:40]} is too large")
    return value


def _once(pairs: list[tuple[str, Any]]) -> Strict:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"a key comes twice: {next(name for name in names if names.count(name) > 1)[:80]!r}")
    return found
