"""Whether days differ: formulae derived again, no alarm by chance, none from few, and planted changes are found."""

from math import asin, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.drift.measures import (
    CLEAR,
    FEWEST,
    FEWEST_A_DAY,
    FEWEST_DAYS,
    binned,
    chi_square,
    compare_rates,
    compare_shares,
    finite,
    psi,
)

EDGES = np.linspace(-6, 6, 65)
COUNTS = st.lists(st.integers(0, 5000), min_size=3, max_size=12)


def sample(rng: np.random.Generator, count: int, mean: float = 0.0, sd: float = 1.0) -> np.ndarray:
    return binned(rng.normal(mean, sd, count), EDGES)


def days_of(rng: np.random.Generator, *, count: int = 400, unrest: float = 0.0, days: int = 28) -> list[np.ndarray]:
    return [sample(rng, count, rng.normal(0, unrest)) for _ in range(days)]


def test_psi_is_its_formula() -> None:
    before, now = np.array([100, 300, 600]), np.array([200, 300, 500])
    expected = sum(
        ((b + 0.5) / 1001.5 - (a + 0.5) / 1001.5) * np.log(((b + 0.5) / 1001.5) / ((a + 0.5) / 1001.5))
        for a, b in zip(before, now, strict=True)
    )
    assert psi(before, now) == pytest.approx(expected)
    assert psi(before, now) == pytest.approx(0.0875, abs=1e-3)  # by hand: 0.1 ln 2 + 0.1 ln 1.2


def test_counts_of_other_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="same classes"):
        psi(np.array([1, 2]), np.array([1, 2, 3]))


@given(before=COUNTS, now=COUNTS)
def test_psi_is_never_negative_and_the_same_both_ways(before: list[int], now: list[int]) -> None:
    size = min(len(before), len(now))
    one, other = np.array(before[:size]), np.array(now[:size])
    assert psi(one, other) >= -1e-12
    assert psi(one, other) == pytest.approx(psi(other, one))
    assert psi(one, one) == pytest.approx(0)


@pytest.mark.parametrize(
    ("degrees", "tail", "expected"),  # from tables of the chi-square distribution: 0.05 and 0.001 on the upper side
    [(2, 1.6449, 5.991), (9, 1.6449, 16.919), (9, 3.0902, 27.877), (10, 1.6449, 18.307)],
)
def test_chi_square_is_as_in_tables(degrees: int, tail: float, expected: float) -> None:
    assert chi_square(degrees, tail) == pytest.approx(expected, rel=0.02)


@given(values=st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=50))
def test_every_finite_value_is_counted_once(values: list[float]) -> None:
    counted = binned(np.array(values, np.float64), EDGES)
    assert counted.sum() == np.isfinite(np.array(values)).sum() if values else counted.sum() == 0
    assert counted.shape == (64,)


def test_what_is_no_number_becomes_one() -> None:
    assert [finite(float("nan")), finite(float("inf")), finite(0.5), finite(float("nan"), 1.0)] == [0, 0, 0.5, 1]


def test_few_views_say_nothing() -> None:
    rng = np.random.default_rng(3)
    days = days_of(rng)
    assert compare_shares(days, sample(rng, FEWEST - 1, 5)) is None
    assert compare_shares(days[: FEWEST_DAYS - 1], sample(rng, 5000, 5)) is None
    sparse = [sample(rng, FEWEST_A_DAY - 1) for _ in range(28)]
    assert compare_shares(sparse, sample(rng, 5000, 5)) is None
    assert compare_shares([], sample(rng, 5000)) is None
    assert compare_rates([(1, 100)] * 28, (FEWEST - 1, FEWEST - 1)) is None
    assert compare_rates([(1, 100)] * (FEWEST_DAYS - 1), (900, 1000)) is None
    assert compare_rates([], (1, 1000)) is None


@pytest.mark.parametrize("unrest", [0.0, 0.3])
def test_a_thousand_quiet_comparisons_of_shares_raise_nothing(unrest: float) -> None:
    """One in 100,000 is allowed; of 1,000, none is found with these seeds, however much days differ by themselves."""
    rng = np.random.default_rng(11)
    over = 0
    for _ in range(1000):
        days = [sample(rng, 150, rng.normal(0, unrest)) for _ in range(14)]
        found = compare_shares(days, sample(rng, 150, rng.normal(0, unrest)))
        assert found is not None
        over += found.over
    assert over == 0


@pytest.mark.parametrize(("rate", "unrest"), [(0.003, 0.0), (0.02, 0.0), (0.3, 0.0), (0.02, 0.2)])
def test_a_thousand_quiet_comparisons_of_rates_raise_nothing(rate: float, unrest: float) -> None:
    rng = np.random.default_rng(12)
    over = 0
    for _ in range(1000):
        rates = np.clip(rate * np.exp(rng.normal(0, unrest, 29)), 0, 1)
        hits = rng.binomial(400, rates).tolist()
        found = compare_rates([(one, 400) for one in hits[:28]], (hits[28], 400))
        assert found is not None
        over += found.over
    assert over == 0


@pytest.mark.parametrize(("count", "most"), [(3000, CLEAR), (1000, 0.3), (150, 1.2)])
def test_the_limits_are_no_larger_than_they_must_be(count: int, most: float) -> None:
    rng = np.random.default_rng(13)
    limits = []
    for _ in range(20):
        found = compare_shares([sample(rng, count) for _ in range(28)], sample(rng, count))
        assert found is not None
        limits.append(found.limit)
    assert CLEAR <= np.median(limits) <= most


def test_a_clear_shift_is_found_and_its_direction_told() -> None:
    rng = np.random.default_rng(4)
    days = days_of(rng, unrest=0.1)
    for shift in (-1.2, 1.2):
        found = compare_shares(days, sample(rng, 400, shift))
        assert found is not None
        assert found.over
        assert found.up == (shift > 0)
        assert found.value == pytest.approx(shift**2, rel=0.5)  # of two normals: the squared shift in deviations
        assert (found.count, found.before) == (400, 28 * 400)


def test_another_shape_with_the_same_mean_is_found() -> None:
    rng = np.random.default_rng(5)
    found = compare_shares(days_of(rng), sample(rng, 400, 0, 2.0))
    assert found is not None
    assert found.over


def test_a_slight_shift_is_none_however_many_views_there_are() -> None:
    rng = np.random.default_rng(6)
    found = compare_shares(days_of(rng, count=20_000), sample(rng, 20_000, 0.2))
    assert found is not None
    assert found.limit == CLEAR
    assert not found.over


def test_days_that_differ_by_themselves_raise_the_limit() -> None:
    rng = np.random.default_rng(7)
    calm, restless = (compare_shares(days_of(rng, unrest=sd), sample(rng, 400)) for sd in (0.0, 0.5))
    assert calm is not None
    assert restless is not None
    assert restless.limit > 3 * calm.limit


def test_week_ends_of_other_goods_are_no_change() -> None:
    rng = np.random.default_rng(8)
    days = [sample(rng, 400, 1.0 if day % 7 in (5, 6) else 0.0) for day in range(28)]
    for mean in (0.0, 1.0):
        found = compare_shares(days, sample(rng, 400, mean))
        assert found is not None
        assert not found.over


def test_five_bad_days_among_those_before_hide_nothing() -> None:
    rng = np.random.default_rng(9)
    days = [*days_of(rng, days=23), *(sample(rng, 400, 3.0) for _ in range(5))]
    found = compare_shares(days, sample(rng, 400, 3.0))
    assert found is not None
    assert found.over


@pytest.mark.parametrize("place", [0, 30, 63])
def test_what_was_always_the_same_may_change_to_either_side(place: int) -> None:
    same = np.zeros(64, np.int64)
    same[place] = 400
    quiet = compare_shares([same] * 28, same)
    assert quiet is not None
    assert not quiet.over
    assert quiet.value < 0.01  # half a view in each class
    for other in {0, 63} - {place}:
        changed = np.zeros(64, np.int64)
        changed[other] = 400
        found = compare_shares([same] * 28, changed)
        assert found is not None
        assert found.over
        assert found.up == (other > place)


def test_one_odd_view_of_a_hundred_is_no_change() -> None:
    same, odd = np.zeros(64, np.int64), np.zeros(64, np.int64)
    same[20], odd[20], odd[50] = 400, 99, 1
    found = compare_shares([same] * 28, odd)
    assert found is not None
    assert not found.over


@pytest.mark.parametrize(
    ("now", "over", "up"),
    [
        ((60, 1000), True, True),  # 2 % before
        ((28, 1000), False, True),  # less than half more
        ((0, 1000), False, False),  # of twenty that should be
        ((0, 2000), True, False),
        ((14, 1000), False, False),
        ((4, 100), False, True),  # twice, but of few
        ((1000, 1000), True, True),
    ],
)
def test_rates(now: tuple[int, int], over: bool, up: bool) -> None:
    found = compare_rates([(20, 1000)] * 28, now)
    assert found is not None
    assert (found.over, found.up) == (over, up)
    assert found.value == now[0] / now[1]


def test_the_limit_of_a_rate_is_its_formula() -> None:
    found = compare_rates([(20, 1000)] * 28, (60, 1000))
    assert found is not None
    before = 2 * asin(sqrt((560 + 0.375) / (28_000 + 0.75)))
    limit = 2 * asin(sqrt(found.limit))
    deviations = sqrt(560 / 28 * 1.2816**2)  # days that did not differ at all
    assert limit - before == pytest.approx(deviations * sqrt(1 / 1000 + 1 / 28_000), rel=1e-3)


def test_a_rate_that_was_always_nothing_may_rise() -> None:
    found = compare_rates([(0, 500)] * 28, (25, 500))
    assert found is not None
    assert found.over
    quiet = compare_rates([(0, 500)] * 28, (0, 500))
    assert quiet is not None
    assert not quiet.over


@given(
    days=st.lists(st.integers(0, 500), min_size=10, max_size=28),
    now=st.integers(0, 500),
)
def test_whatever_the_rates_the_answer_is_a_number(days: list[int], now: int) -> None:
    found = compare_rates([(hits, 500) for hits in days], (now, 500))
    assert found is not None
    assert np.isfinite([found.value, found.limit]).all()
    same = compare_rates([(now, 500) for _ in days], (now, 500))
    assert same is not None
    assert not same.over
