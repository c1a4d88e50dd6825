"""What past scans would look like with other thresholds."""

from datetime import UTC, datetime
from typing import Any

import pytest

from service.archive.repository import Best
from service.modelops.simulating import bar, counted
from service.scans.thresholds import UNCHANGED, Own, Thresholds

SHIPPED = Own(photo=0.5, xray=0.7)


def best(scan: str, score: float, **more: Any) -> Best:
    known = {"view": 0, "office": "main", "station": "dock-1", "modality": "photo", "mark_id": "fox", "detection": 0.9}
    return Best(scan_id=scan, score=score, at=datetime(2026, 3, 2, tzinfo=UTC), **(known | more))


@pytest.mark.parametrize(
    ("thresholds", "more", "expected"),
    [
        (UNCHANGED, {}, 0.5),
        (UNCHANGED, {"modality": "xray"}, 0.7),
        (Thresholds(everywhere=Own(photo=0.6)), {}, 0.6),
        (Thresholds(everywhere=Own(photo=0.6)), {"modality": "xray"}, 0.7),
        (Thresholds(stations={"dock-1": Own(photo=0.2)}), {}, 0.2),
        (Thresholds(stations={"dock-1": Own(photo=0.2)}), {"station": "dock-2"}, 0.5),
        (Thresholds(marks={"fox": 0.9}), {}, 0.9),
        (Thresholds(marks={"fox": 0.1}), {}, 0.5),
        (Thresholds(marks={"owl": 0.9}), {}, 0.5),
    ],
)
def test_the_bar_of_a_view(thresholds: Thresholds, more: dict[str, Any], expected: float) -> None:
    assert bar(best("a", 0.5, **more), SHIPPED, thresholds) == expected


def test_models_without_scans_of_a_kind_divert_none_of_it() -> None:
    assert bar(best("a", 0.5, modality="xray"), Own(photo=0.5), UNCHANGED) == 1.0


def test_a_scan_counts_once_however_many_views_it_has() -> None:
    seen = [best("a", 0.9), best("a", 0.8, view=1), best("b", 0.55), best("c", 0.2), best("d", 0.9, station="dock-2")]
    counts = counted(seen, SHIPPED, UNCHANGED, Thresholds(everywhere=Own(photo=0.6)))
    assert {station: (len(one.scans), len(one.now), len(one.then)) for station, one in counts.items()} == {
        "dock-1": (3, 2, 1),
        "dock-2": (1, 1, 1),
    }
