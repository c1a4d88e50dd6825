"""What is said about a scan beside its counts: one JSON object, in a file of its own or in a TIFF's description.

    {"tidewaiter_xray": 1, "view": "top", "air": 58982, "dark": 0, "pitch_mm": 0.6, "polarity": "transmission",
     "bits": 16, "scanner": "belt-160", "calibration": {"name": "2026-03-01", "materials": [
         {"z": 5.4, "high": [0.1, 1.2], "low": [0.11, 1.4]}, {"z": 26, "high": [0.4, 2.9], "low": [0.9, 4.5]}]}}

Everything but the first key may be left out; what is left out is not guessed, but said (`XrayScan.remarks`).
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from inference.xray.errors import BadSidecar
from inference.xray.materials import MaterialCurves

Polarity = Literal["transmission", "inverted"]  # counts, or what is black on a film
KEY, VERSION = "tidewaiter_xray", 1
LONGEST = 65_536  # bytes
MOST_STEPS = 256  # of a calibration wedge
NAMES = ("view", "scanner", "channel")
KNOWN = (KEY, *NAMES, "air", "dark", "pitch_mm", "polarity", "bits", "calibration")


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What was said; None is what was not."""

    view: str | None = None
    scanner: str | None = None
    channel: Literal["high", "low"] | None = None  # of a file with one of two energies
    air: int | None = None
    dark: int | None = None
    pitch: float | None = None  # mm
    polarity: Polarity | None = None
    bits: int | None = None
    curves: MaterialCurves | None = None


def read_sidecar(data: bytes | str, field: str = "sidecar") -> Sidecar:
    """The sidecar in a JSON text. Raises BadSidecar naming the key that is wrong, and why."""
    if len(data) > LONGEST:
        raise BadSidecar(f"{field} has {len(data):,} bytes", field=field, limit=f"{LONGEST:,} bytes")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadSidecar(f"{field} is no JSON: {error}", field=field) from error
    if not isinstance(document, dict):
        raise BadSidecar(f"{field} must be an object, got {type(document).__name__}", field=field)
    if document.get(KEY) != VERSION:
        raise BadSidecar(f"{field}: {KEY} is {_short(document.get(KEY))}", field=f"{field}.{KEY}", limit=str(VERSION))
    unknown = sorted(set(document) - set(KNOWN))
    if unknown:
        raise BadSidecar(f"{field}: unknown {_short(unknown[0])}", field=field, limit=f"known: {', '.join(KNOWN)}")
    return _Reading(document, field).sidecar()


class _Reading:
    """Takes values out of a document, and names the key of what cannot be used."""

    def __init__(self, document: Mapping[str, Any], field: str) -> None:
        self._document, self._field = document, field

    def sidecar(self) -> Sidecar:
        bits = self._whole("bits", 8, 16)
        air, dark = self._whole("air", 1, 65_535), self._whole("dark", 0, 65_534)
        if air is not None and dark is not None and dark >= air:
            raise self._bad("dark", f"{dark} is not below air, {air}", "less than air")
        return Sidecar(
            view=self._text("view"),
            scanner=self._text("scanner"),
            channel=self._one_of("channel", ("high", "low")),
            air=air,
            dark=dark,
            pitch=self._number("pitch_mm", 0.01, 100.0),
            polarity=self._one_of("polarity", ("transmission", "inverted")),
            bits=bits,
            curves=self._curves(),
        )

    def _bad(self, key: str, says: str, limit: str) -> BadSidecar:
        return BadSidecar(f"{self._field}.{key}: {says}", field=f"{self._field}.{key}", limit=limit)

    def _text(self, key: str) -> str | None:
        value = self._document.get(key)
        if value is not None and (not isinstance(value, str) or not 0 < len(value.strip()) <= 64):
            raise self._bad(key, f"got {_short(value)}", "1 to 64 letters")
        return value

    def _number(self, key: str, low: float, high: float) -> float | None:
        value = self._document.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._bad(key, f"got {_short(value)}", f"{low:g} to {high:g}")
        return float(value)

    def _whole(self, key: str, low: int, high: int) -> int | None:
        value = self._number(key, low, high)
        if value is not None and value != int(value):
            raise self._bad(key, f"got {_short(value)}", "a whole number")
        return None if value is None else int(value)

    def _one_of(self, key: str, allowed: tuple[str, str]) -> Any:
        value = self._document.get(key)
        if value is not None and value not in allowed:
            raise self._bad(key, f"got {_short(value)}", " or ".join(allowed))
        return value

    def _curves(self) -> MaterialCurves | None:
        given = self._document.get("calibration")
        if given is None:
            return None
        materials = given.get("materials") if isinstance(given, dict) else None
        if not isinstance(materials, list) or not 2 <= len(materials) <= 16:
            raise self._bad("calibration.materials", f"got {_short(materials)}", "2 to 16 materials")
        try:
            rows = [(_finite(row["z"]), _series(row["high"]), _series(row["low"])) for row in materials]
            return MaterialCurves(
                numbers=tuple(row[0] for row in rows),
                high=tuple(row[1] for row in rows),
                low=tuple(row[2] for row in rows),
                name=str(given.get("name", ""))[:64],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._bad("calibration.materials", f"{error}", "z, high and low of each material, rising") from error


def _series(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > MOST_STEPS:
        raise ValueError(f"expected a list of at most {MOST_STEPS} attenuations")
    return tuple(_finite(value) for value in values)


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"expected a number, got {_short(value)}")
    return float(value)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
