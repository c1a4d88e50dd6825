"""From verdicts to a champion and back, by commands alone: docs/retraining.md, shortened."""

import pytest

from tests.benchmarks.retraining.loop import measure

RULES = "approvals = 2\nshadow_looks = 8\ncanary_scans = 4\ncanary_share = 0.5\nshadow_a_minute = 6000\n"


@pytest.mark.timeout(900)  # thirty commands, a training, and a service beside them on the same cores
def test_verdicts_become_a_champion_and_back() -> None:
    told = measure(parcels=14, mode="trial", rules=RULES, minutes=1)
    assert told["shadow"]["looks"] >= 8
    assert told["rollback_s"] < 10, "the service did not go back in seconds"
    assert set(told["seconds"]) == {
        "render",
        "post and decide",
        "retrain",
        "shadow",
        "canary",
        "champion",
        "rollback",
    }
