"""Wilson's interval: against published values, and against its definition solved another way."""

import numpy as np
import pytest

from training.evaluation.proportions import UNKNOWN, Z95, proportion, wilson


@pytest.mark.parametrize(("hits", "n"), [(0, 0), (1, 0), (-1, 5), (6, 5), (0, -1)])
def test_no_proportion_no_interval(hits: int, n: int) -> None:
    with pytest.raises(ValueError, match="0 <= hits <= n"):
        wilson(hits, n)


def test_no_items_means_unknown_not_zero() -> None:
    assert proportion(0, 0) is UNKNOWN
    assert UNKNOWN.as_json() == {"value": None, "n": 0, "low": None, "high": None}


def test_hits_without_items_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="got 3 of 0"):
        proportion(3, 0)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [  # Newcombe, Statistics in Medicine 17 (1998) 857, table I, method 3 (score)
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_published_values(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_all_hits_by_hand() -> None:
    # p = 1: low = n / (n + z^2) = 10 / (10 + 3.841459) = 0.722467
    assert wilson(10, 10) == pytest.approx((0.722467, 1.0), abs=1e-6)


@pytest.mark.parametrize("n", [1, 2, 7, 67, 603, 100_000])
def test_ends_solve_the_score_equation(n: int) -> None:
    # The ends are the q for which |p - q| = z sqrt(q (1 - q) / n): roots of (1 + z2/n) q^2 - (2p + z2/n) q + p^2.
    for hits in {0, 1, n // 3, n - 1, n}:
        p, zz = hits / n, Z95**2 / n
        roots = sorted(np.roots([1 + zz, -(2 * p + zz), p * p]).real)
        assert wilson(hits, n) == pytest.approx(roots, abs=1e-9)


def test_the_interval_holds_the_value_and_stays_in_bounds() -> None:
    for n in range(1, 60):
        for hits in range(n + 1):
            figure = proportion(hits, n)
            assert figure.low is not None
            assert figure.high is not None
            assert 0 <= figure.low <= hits / n <= figure.high <= 1
            assert figure.n == n


def test_coverage_is_about_95_percent() -> None:
    rng = np.random.default_rng(3)
    inside = sum(low <= 0.3 <= high for low, high in (wilson(int(k), 80) for k in rng.binomial(80, 0.3, 4000)))
    assert 0.93 < inside / 4000 < 0.97
