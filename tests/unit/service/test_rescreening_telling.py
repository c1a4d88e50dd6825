"""What officers are told of a rescreening."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.errors import InvalidRequest
from service.rescreening.repository import Sighting
from service.rescreening.schemas import RescreenOptions, options_of
from service.rescreening.searching import Bars
from service.rescreening.telling import ENGLISH, summary, told, words_of
from service.scans.thresholds import Own, Thresholds

JUNE, JULY = datetime(2026, 6, 3, 9, tzinfo=UTC), datetime(2026, 7, 1, 9, tzinfo=UTC)


def sighting(scan: str, *, station: str = "dock-3", at: datetime = JUNE, view: int = 0, mark: str = "owl") -> Sighting:
    return Sighting(scan_id=scan, view=view, mark_id=mark, score=0.9, box={"box": [0, 0, 1, 1]}, at=at, station=station)


@pytest.mark.parametrize(
    ("sightings", "since", "line"),
    [
        ([], None, "Not seen in any scan that is kept"),
        ([], JUNE, "Not seen since 3 June 2026"),
        ([sighting("a", at=JULY)], JUNE, "Seen once, on 1 July 2026 at dock-3"),
        ([sighting("a"), sighting("a", view=1)], None, "Seen once, on 3 June 2026 at dock-3"),
        ([sighting("a"), sighting("b", at=JULY)], None, "Seen 2 times since 3 June 2026 at dock-3"),
        (
            [sighting("a", at=JULY), sighting("b", station="x", at=JULY), sighting("c", station="y", at=JULY)],
            JUNE,
            "Seen 3 times since 3 June 2026 at 3 stations",
        ),
    ],
)
def test_the_line(sightings: list[Sighting], since: datetime | None, line: str) -> None:
    result = told(sightings) | {"since": None if since is None else since.isoformat()}
    assert summary(result) == line
    assert words_of(result)[0] in ENGLISH


def test_a_scan_counts_once_whatever_it_bears() -> None:
    result = told([sighting("a"), sighting("a", mark="fox"), sighting("b", station="dock-1", at=JULY)])
    assert result == {
        "seen": 2,
        "first": JUNE.isoformat(),
        "last": JULY.isoformat(),
        "by_station": {"dock-1": 1, "dock-3": 1},
        "by_mark": {"fox": 1, "owl": 2},
    }


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({}, "options", "either mark_id or recorded_since"),
        ({"mark_id": "a", "recorded_since": "2026-06-03T00:00:00Z"}, "options", "either mark_id or recorded_since"),
        ({"mark_id": " "}, "mark_id", "at least 1 character"),
        ({"mark_id": "a" * 201}, "mark_id", "at most 200 characters"),
        ({"mark_id": "a", "since": "2026-06-03T00:00:00"}, "since", "timezone"),
        ({"mark_id": "a", "since": "yesterday"}, "since", "datetime"),
        ({"mark_id": "a", "since": "2026-06-03T00:00:00Z", "until": "2026-06-03T02:00:00+02:00"}, "options", "before"),
        ({"mark_id": "a", "least": 1.01}, "least", "less than or equal to 1"),
        ({"mark_id": "a", "least": float("nan")}, "least", "less than or equal to 1"),
        ({"mark_id": "a", "offfice": "x"}, "offfice", "Extra inputs"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(InvalidRequest, match=words) as caught:
        options_of(RescreenOptions, options)
    assert caught.value.field == field


def test_the_bar_is_that_of_the_station_and_of_the_mark() -> None:
    thresholds = Thresholds(stations={"strict": Own(photo=0.8), "lax": Own(photo=0.2, xray=0.1)}, marks={"owl": 0.5})
    bars = Bars(modality="photo", shipped=0.3, thresholds=thresholds)
    assert [bars.of("fox", one) for one in ("dock", "strict", "lax")] == [0.3, 0.8, 0.2]
    assert [bars.of("owl", one) for one in ("dock", "strict", "lax")] == [0.5, 0.8, 0.5]
    assert (bars.lowest("fox"), bars.lowest("owl")) == (0.2, 0.5)
    given = Bars(modality="photo", shipped=0.3, thresholds=thresholds, least=0.05)
    assert given.lowest("owl") == given.of("owl", "strict") == 0.05
    assert Bars(modality="xray", shipped=0.7, thresholds=thresholds).lowest("fox") == 0.1
