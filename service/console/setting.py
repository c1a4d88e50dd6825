"""From the form of the thresholds to the document, and back. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite

from service.console.forms import filled
from service.errors import InvalidRequest
from service.modelops.documents import OwnIn, ThresholdsIn

AT = "@"  # between a modality and a station, in the names of fields: `photo@dock-3`
KINDS = ("photo", "xray")


def thresholds_in(form: Mapping[str, str]) -> ThresholdsIn:
    """The thresholds that a form sets; an empty field is as the models have it. Raises InvalidRequest with the field.

    Marks are lines of an identifier and a number: `kestrel-lantern 0.8`.
    """
    stations: dict[str, dict[str, float]] = {}
    for name, text in form.items():
        kind, at, station = name.partition(AT)
        if at and kind in KINDS and station and text.strip():
            stations.setdefault(station, {})[kind] = _number(text, name)
    everywhere = {kind: _number(form[kind], kind) for kind in KINDS if form.get(kind, "").strip()}
    marks = dict(_marks(form.get("marks", "")))
    return filled(ThresholdsIn, {"everywhere": everywhere, "stations": stations, "marks": marks})


def marks_text(thresholds: ThresholdsIn) -> str:
    """The marks as the form has them."""
    return "\n".join(f"{mark} {value:g}" for mark, value in sorted(thresholds.marks.items()))


def rows(thresholds: ThresholdsIn, stations: Sequence[str]) -> Sequence[tuple[str, OwnIn]]:
    """A row for every station, also for those that only the thresholds know."""
    names = sorted({*stations, *thresholds.stations})
    return [(name, thresholds.stations.get(name, OwnIn())) for name in names]


def _marks(text: str) -> Iterator[tuple[str, float]]:
    seen: set[str] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        mark, _, value = line.replace("=", " ").rpartition(" ")
        mark = mark.strip()
        if not mark:
            raise InvalidRequest(f"{line[:100]!r} is no mark and number", field="marks", limit="one mark, one number")
        if mark in seen:
            raise InvalidRequest(f"{mark[:100]!r} comes twice", field="marks")
        seen.add(mark)
        yield mark, _number(value, "marks")


def _number(text: str, field: str) -> float:
    try:
        value = float(text.strip().replace(",", "."))
    except ValueError:
        value = float("nan")
    if not (isfinite(value) and 0 <= value <= 1):
        raise InvalidRequest(f"{text.strip()[:40]!r} is no number from 0 to 1", field=field, limit="0 to 1")
    return value
