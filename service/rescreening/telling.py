"""What came of a rescreening, for officers: figures, and one line. Pure."""

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from service.rescreening.repository import Sighting

# The console has these in other languages, by their keys.
ENGLISH: Mapping[str, str] = {
    "seen_never": "Not seen in any scan that is kept",
    "seen_never_since": "Not seen since {since}",
    "seen_once": "Seen once, on {since} at {station}",
    "seen_often": "Seen {times} times since {since} at {stations} stations",
    "seen_often_here": "Seen {times} times since {since} at {station}",
}


def told(sightings: Collection[Sighting]) -> dict[str, Any]:
    """How many scans show the marks, when and where: a scan counts once, however many views and marks it has."""
    scans = {one.scan_id: one for one in sightings}
    moments = sorted(one.at for one in scans.values())
    marks = Counter(mark_id for mark_id, _ in {(one.mark_id, one.scan_id) for one in sightings})
    return {
        "seen": len(scans),
        "first": moments[0].isoformat() if moments else None,
        "last": moments[-1].isoformat() if moments else None,
        "by_station": dict(sorted(Counter(one.station for one in scans.values()).items())),
        "by_mark": dict(sorted(marks.items())),
    }


def words_of(result: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The key of the line that says it, and its values: `since` is the date that was asked for, else the first."""
    times, stations = int(result["seen"]), list(result["by_station"])
    since = result["first"] if times == 1 else result["since"] or result["first"]
    values = {"times": str(times), "since": "" if since is None else _date(since), "stations": str(len(stations))}
    if times == 0:
        return ("seen_never" if since is None else "seen_never_since"), values
    key = "seen_once" if times == 1 else "seen_often_here" if len(stations) == 1 else "seen_often"
    return key, {**values, "station": stations[0]}


def summary(result: Mapping[str, Any]) -> str:
    """The line in English: "Seen 14 times since 3 June 2026 at 3 stations"."""
    key, values = words_of(result)
    return ENGLISH[key].format(**values)


def _date(moment: str) -> str:
    day = datetime.fromisoformat(moment)
    return f"{day.day} {day:%B %Y}"
