"""What is said about a scan beside its counts: one JSON object, in a file of its own or in a TIFF's description.

    {"tidewaiter_xray": 1, "view": "top", "air": 58982, "dark": 0, "pitch_mm": 0.6, "polarity": "transmission",
     "bits": 16, "scanner": "belt-160", "calibration": {"name": "2026-03-01", "materials": [
         {"z": 5.4, "high": [0.1, 1.2], "low": [0.11, 1.4]}, {"z": 26, "high": [0.4, 2.9], "low": [0.9, 4.5]}]}}

Everything but the first key may be left out; what is left out is not guessed, but said (`XrayScan.remarks`). `air` and
`dark` are counts as they stand in the file: one for both energies, or [high, low].
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from inference.xray.errors import BadSidecar
from inference.xray.materials import MaterialCurves

Polarity = Literal["transmission", "inverted"]  # counts, or what is black on a film
Each = tuple[int | None, int | None]  # of the high energy, and of the low
KEY, VERSION = "tidewaiter_xray", 1
MOST = 65_535  # counts
ENERGIES = 2  # high, low
PITCHES = (0.01, 100.0)  # mm
LONGEST = 65_536  # bytes
MOST_STEPS = 256  # of a calibration wedge
LARGEST = 1e6  # of the numbers in a calibration
NAMES = ("view", "scanner", "channel")
KNOWN = (KEY, *NAMES, "air", "dark", "pitch_mm", "polarity", "bits", "calibration")


@dataclass(frozen=True, kw_only=True)
class Sidecar:
    """What was said; None is what was not."""

    view: str | None = None
    scanner: str | None = None
    channel: Literal["high", "low"] | None = None  # of a file with one of two energies
    air: Each | None = None
    dark: Each | None = None
    pitch: float | None = None  # mm
    polarity: Polarity | None = None
    bits: int | None = None
    curves: MaterialCurves | None = None

    def __post_init__(self) -> None:
        for name, own in (("air", self.air), ("dark", self.dark)):  # of a vendor's reader too
            if own is not None and (not isinstance(own, tuple) or len(own) != ENERGIES):
                raise ValueError(f"{name} must be (high, low), got {_short(own)}")

    def level(self, energy: int) -> tuple[int | None, int | None]:
        """The counts of air and of darkness of the high energy, 0, or the low, 1."""
        return (None if self.air is None else self.air[energy]), (None if self.dark is None else self.dark[energy])

    def turned(self, full: int) -> "Sidecar":
        """What is to be said once each count was taken from `full`."""
        air, dark = (None if own is None else _turned(own, full) for own in (self.air, self.dark))
        return replace(self, air=air, dark=dark, polarity="transmission")


def _turned(counts: Each, full: int) -> Each:
    high, low = (None if own is None else full - own for own in counts)
    return high, low


def document_of(said: Sidecar) -> dict[str, Any]:
    """The JSON object that `read_sidecar` reads as `said`."""
    plain = {name: getattr(said, name) for name in (*NAMES, "polarity", "bits")}
    counts = {name: _both(getattr(said, name)) for name in ("air", "dark")}
    document = {KEY: VERSION, **plain, **counts, "pitch_mm": said.pitch}
    if said.curves is not None:
        rows = zip(said.curves.numbers, said.curves.high, said.curves.low, strict=True)
        materials = [{"z": number, "high": list(high), "low": list(low)} for number, high, low in rows]
        document["calibration"] = {"name": said.curves.name, "materials": materials}
    return {key: value for key, value in document.items() if value is not None}


def _both(counts: Each | None) -> int | list[int | None] | None:
    return None if counts is None else counts[0] if counts[0] == counts[1] else list(counts)


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
        said = Sidecar(
            view=self._text("view"),
            scanner=self._text("scanner"),
            channel=self._one_of("channel", ("high", "low")),
            air=self._each("air"),
            dark=self._each("dark"),
            pitch=self._number("pitch_mm", self._document.get("pitch_mm"), *PITCHES),
            polarity=self._one_of("polarity", ("transmission", "inverted")),
            bits=self._whole("bits", self._document.get("bits"), 8, 16),
            curves=self._curves(),
        )
        for energy in (0, 1):
            self._check_order(said.polarity, *said.level(energy))
        return said

    def _check_order(self, polarity: Polarity | None, air: int | None, dark: int | None) -> None:
        """Refuse darkness that is not darker than air, as far as it was said which way round counts are."""
        if polarity == "transmission" and air is not None and air <= (dark or 0):
            raise self._bad("air" if dark is None else "dark", f"air at {air}, dark at {dark or 0}", "dark below air")
        if polarity == "inverted" and air is not None and dark is not None and dark <= air:
            raise self._bad("dark", f"air at {air}, dark at {dark}", "dark above air, of an inverted scan")

    def _bad(self, key: str, says: str, limit: str) -> BadSidecar:
        return BadSidecar(f"{self._field}.{key}: {says}", field=f"{self._field}.{key}", limit=limit)

    def _text(self, key: str) -> str | None:
        value = self._document.get(key)
        if value is not None and (not isinstance(value, str) or not 0 < len(value.strip()) <= 64):
            raise self._bad(key, f"got {_short(value)}", "1 to 64 letters")
        return value

    def _each(self, key: str) -> Each | None:
        """One count for both energies, or one for each, of which one may be left open."""
        value = self._document.get(key)
        given = value if isinstance(value, list) else [value, value]
        if len(given) != ENERGIES:
            raise self._bad(key, f"got {_short(value)}", "a count, or [high, low]")
        high, low = (self._whole(key, own, 0, MOST) for own in given)
        return None if high is None and low is None else (high, low)

    def _number(self, key: str, value: Any, low: float, high: float) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self._bad(key, f"got {_short(value)}", f"{low:g} to {high:g}")
        return float(value)

    def _whole(self, key: str, value: Any, low: int, high: int) -> int | None:
        number = self._number(key, value, low, high)
        if number is not None and number != int(number):
            raise self._bad(key, f"got {_short(value)}", "a whole number")
        return None if number is None else int(number)

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
                name=_name(given.get("name", "")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise self._bad("calibration.materials", f"{error}", "z, high and low of each material, rising") from error


def _series(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) > MOST_STEPS:
        raise ValueError(f"expected a list of at most {MOST_STEPS} attenuations")
    return tuple(_finite(value) for value in values)


def _finite(value: Any) -> float:
    # compared, since JSON's whole numbers have any size: math.isfinite(10**400) is an OverflowError
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST <= value <= LARGEST:
        raise ValueError(f"expected a number, got {_short(value)}")
    return float(value)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected a name of letters, got {_short(value)}")  # noqa: TRY004 - the document's, not ours
    return value[:64]


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except RecursionError:  # JSON may be nested deeper than Python can write down
        text = f"a deeply nested {type(value).__name__}"
    return text if len(text) <= 60 else text[:57] + "..."
