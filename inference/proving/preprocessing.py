"""How a model's pictures are prepared: a net that learned on other crops sees nonsense, and nothing says so.

A bundle tells it under `preprocessing` in its config. Bundles without that key were made for this code's own way.

    {"layout": "nhwc", "dtype": "uint8", "colour": "rgb", "side": 112, "margin": 1.15, "looks": [1.03, 0.86]}
"""

from collections.abc import Mapping
from typing import Any

from inference.detector import CELL, LEAST_SIDE, PADDING
from inference.embedder import LOOKS, MARGIN
from inference.errors import BadBundle
from inference.xray.embedder import ReliefEmbedder

_PICTURES = {"layout": "nhwc", "dtype": "uint8", "colour": "rgb"}
_LOOKS = {"embedder": LOOKS, "xray_embedder": ReliefEmbedder.looks}


def preprocessing_of(role: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """How this code prepares pictures for a net of `role`, whose config has at least its `side`."""
    if role in _LOOKS:
        return {**_PICTURES, "side": config["side"], "margin": MARGIN, "looks": list(_LOOKS[role])}
    cells = {"multiple": CELL, "shortest": LEAST_SIDE, "padding": PADDING}
    return {**_PICTURES, "longest": config["side"], **cells}


def check_preprocessing(role: str, config: Mapping[str, Any], where: str) -> None:
    """Raise BadBundle, with expected and actual of each key, if a bundle was made for another way."""
    given = config.get("preprocessing")
    if given is None and "preprocessing" not in config:
        return
    if not isinstance(given, Mapping):
        raise BadBundle(f"{where}: preprocessing must be an object, got {given!r}"[:400])
    expected = preprocessing_of(role, config)
    wrong = [
        f"{key} is {given.get(key, 'missing')!r}, expected {expected.get(key, 'no such key')!r}"
        for key in sorted({*given, *expected}, key=str)
        if key not in given or key not in expected or not _same(given[key], expected[key])
    ]
    if wrong:
        raise BadBundle(f"{where}: preprocessing differs from what this version does: {'; '.join(wrong)}"[:1000])


def _same(given: object, expected: object) -> bool:
    """Equal, and of a type: true is not 1."""
    if isinstance(expected, list):
        return isinstance(given, list) and len(given) == len(expected) and all(map(_same, given, expected))
    return isinstance(given, bool) == isinstance(expected, bool) and given == expected
