"""Times: median, 95th percentile, and the machine named."""

import pytest

from training.evaluation.timing import percentile, this_machine


def test_no_pictures_take_no_known_time() -> None:
    assert percentile([], 50).value is None


def test_by_hand() -> None:
    # 1..21 ms: the median is 11; the 95th percentile is at position 0.95 * 20 = 19 from zero: 20.
    times = [float(t) for t in range(21, 0, -1)]
    assert percentile(times, 50).value == 11.0
    assert percentile(times, 95).value == 20.0
    assert percentile(times, 50).n == 21


def test_between_two_times_the_percentile_is_interpolated() -> None:
    assert percentile([10.0, 20.0], 95).value == pytest.approx(19.5)


def test_the_interval_holds_the_value() -> None:
    figure = percentile([3.0, 4.0, 5.0, 40.0], 50)
    assert figure.low is not None
    assert figure.high is not None
    assert 0 <= figure.low <= 4.5 <= figure.high


def test_the_machine_is_named_with_its_cores() -> None:
    machine = this_machine("some runtime")
    assert " cores, " in machine.name
    assert not machine.name.startswith(",")
    assert machine.provider == "some runtime"
