"""A figure is a value with the number of items behind it and a 95 % interval; a proportion's is Wilson's."""

from dataclasses import asdict, dataclass
from math import sqrt

Z95 = 1.959963984540054  # 97.5 % point of the normal distribution


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A measured value, the number of items `n` it rests on, and the ends of its 95 % interval.

    Without items (`n` = 0) nothing is known: the value and both ends are None.
    """

    value: float | None
    n: int
    low: float | None
    high: float | None

    def as_json(self) -> dict[str, float | int | None]:
        """The figure as it stands in the JSON report."""
        return asdict(self)


UNKNOWN = Figure(value=None, n=0, low=None, high=None)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Ends of Wilson's 95 % score interval of the proportion hits/n (Wilson 1927); needs 0 <= hits <= n, n >= 1."""
    if n < 1 or not 0 <= hits <= n:
        raise ValueError(f"a proportion needs 0 <= hits <= n and n >= 1, got {hits} of {n}")
    p, zz = hits / n, Z95 * Z95
    middle = (p + zz / (2 * n)) / (1 + zz / n)
    reach = Z95 / (1 + zz / n) * sqrt(p * (1 - p) / n + zz / (4 * n * n))
    low = 0.0 if hits == 0 else middle - reach  # exact at the ends, where rounding would pass 0 or 1
    high = 1.0 if hits == n else middle + reach
    return low, high


def proportion(hits: int, n: int) -> Figure:
    """The figure hits/n with its Wilson interval; UNKNOWN if there are no items."""
    if n == 0 and hits == 0:
        return UNKNOWN
    low, high = wilson(hits, n)
    return Figure(value=hits / n, n=n, low=low, high=high)
