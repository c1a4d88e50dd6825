"""Steps: times add up, by name."""

import pytest

from inference.steps import Steps


def test_times_are_told_by_name_and_added(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([10.0, 10.5, 10.75, 12.75])
    monkeypatch.setattr("inference.steps.time.perf_counter", lambda: next(clock))
    steps = Steps()
    for name in ("look", "read", "look"):
        steps.done(name)
    assert steps.milliseconds == {"look": 2500.0, "read": 250.0}
