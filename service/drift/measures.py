"""Whether days differ: comparisons of shares and of rates with the days before. Pure.

Shares of classes are compared by the population stability index, PSI = sum (q - p) ln(q / p), p and q being the shares
before and now. Practice takes 0.1 for a slight and 0.25 for a clear change (Lewis 1994; Siddiqi 2006); where nothing
changed, it is about (1/n + 1/m) chi-square with one degree of freedom less than there are classes (Yurdakul 2018).
Rates are compared on Anscombe's arcsine scale, where they vary alike (1948), by the z of two proportions.

Neither formula knows that goods come in batches, so that days differ by themselves. How much they do is measured on the
days before, as Laney's p' chart does (2002): by the day that four of five days stay below, which a bad day among them,
or five, does not move. Known from few days it is known badly, so the fewer they are, the more is allowed: by simulation
of normal days, 560 / days times the square that four of five stay below leaves one in 100,000 beyond. Few views say
nothing: below a floor there is no comparison at all.

One comparison in 100,000 is over its limit by chance. An office with 20 stations and a dozen figures for photographs
and scans has 500 comparisons a day; a day's window that moves every quarter of an hour is new about five times a day.
So in 30 days there are 75,000, and a quiet system raises less than one alarm a month.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import asin, isfinite, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]
GROUPS = 10  # classes of about the same share
CLEAR = 0.25  # PSI of a clear change
FEWEST = 100  # in the window that is compared
FEWEST_A_DAY = 30  # for a day to count as a reference
FEWEST_DAYS = 10
TAIL = 4.265  # of the normal distribution: 1 in 100,000 beyond it
FOUR_OF_FIVE = 0.8  # the day that is measured by
SPREAD = 560.0  # see above
UNSURE = 2.0  # views: how much days differ is known the worse, the fewer views they have
HALF_NORMAL = 1.2816  # four of five absolute normal values are smaller
SKEWED = 1.5  # rates of days are not quite normal, also on Anscombe's scale
FALLING = 25  # hits that should be: of fewer, none at all may be chance
RATIO = 1.5  # of rates: a smaller change is none, however sure it is
LEAST_CHANGE = 0.005  # of a rate, likewise


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is now, beside what was before."""

    value: float  # PSI, or the rate
    limit: float  # beyond which it is over
    over: bool
    up: bool  # it has grown: the mean, or the rate
    count: int  # views or decisions now
    before: int  # and before


def psi(before: Counts, now: Counts) -> float:
    """The population stability index of counts in the same classes (B,); half a view is added to each, for none."""
    if before.shape != now.shape or before.ndim != 1:
        raise ValueError(f"counts must be of the same classes, got {before.shape} and {now.shape}")
    return float(_psi(before[None], now[None])[0])


def chi_square(degrees: int, tail: float) -> float:
    """What a chi-square stays below as a normal value stays below `tail` (Wilson and Hilferty 1931)."""
    ninth = 2 / (9 * degrees)
    return degrees * max(0.0, 1 - ninth + tail * sqrt(ninth)) ** 3


def compare_shares(days: Sequence[Counts], now: Counts) -> Comparison | None:
    """Counts in classes (B,) of a window, with those of the days before; None if too little is known."""
    used = [day for day in days if day.sum() >= FEWEST_A_DAY]
    if int(now.sum()) < FEWEST or len(used) < FEWEST_DAYS:
        return None
    table = np.stack(used)  # (days, B)
    groups = _groups(table.sum(0))
    table, recent = _grouped(table, groups), _grouped(now[None], groups)[0]  # (days, G), (G,)
    total = table.sum(0)
    count, before, degrees = int(recent.sum()), int(total.sum()), max(1, len(total) - 1)
    value = psi(total, recent)
    noise = (1 / count + 1 / before) * chi_square(degrees, TAIL)
    limit = max(CLEAR, noise + SPREAD / len(table) * _unrest(table, degrees))
    up = _middle(now) > _middle(np.sum(used, axis=0))
    return Comparison(value=value, limit=limit, over=value > limit, up=up, count=count, before=before)


def compare_rates(
    days: Sequence[tuple[int, int]],
    now: tuple[int, int],
    *,
    fewest: int = FEWEST,
    fewest_a_day: int = FEWEST_A_DAY,
) -> Comparison | None:
    """(hits, count) of a window with those of the days before; None if too little is known."""
    used = [(hits, count) for hits, count in days if count >= fewest_a_day]
    if now[1] < fewest or len(used) < FEWEST_DAYS:
        return None
    hits, count = (sum(column) for column in zip(*used, strict=True))
    rate, was = now[0] / now[1], hits / count
    up = rate > was
    angle, allowed = _angle(hits, count), _allowed(used, now[1])
    bound = _turned(angle + (allowed if up else -allowed))
    limit = max(bound, was * RATIO, was + LEAST_CHANGE) if up else min(bound, was / RATIO, was - LEAST_CHANGE)
    over = rate > limit if up else rate < limit and was * now[1] >= FALLING
    return Comparison(value=rate, limit=limit, over=over, up=up, count=now[1], before=count)


def _allowed(days: Sequence[tuple[int, int]], recent: int) -> float:
    """How far the angle of a rate among `recent` may be from that of the days."""
    hits, count = (sum(column) for column in zip(*days, strict=True))
    strays = [abs(_deviation(day, (hits - day[0], count - day[1]))) for day in days]
    unrest = max(1.0, float(np.quantile(strays, FOUR_OF_FIVE)) / HALF_NORMAL)
    larger = max(1.0, recent * len(days) / count)  # than a day: chance is less of it, what days differ by is not
    squared = SPREAD * HALF_NORMAL**2 / len(days) * (1 + SKEWED * (unrest**2 - 1) * larger)
    return sqrt(squared * (1 / recent + 1 / count))


def binned(values: NDArray[np.float64], edges: NDArray[np.float64]) -> Counts:
    """How many values lie between `edges` (B + 1,); those beyond count at the ends, those that are none not at all."""
    finite = values[np.isfinite(values)]
    places = np.clip(np.searchsorted(edges, finite, side="right") - 1, 0, len(edges) - 2)
    return np.bincount(places, minlength=len(edges) - 1).astype(np.int64)


def finite(value: float, otherwise: float = 0.0) -> float:
    """The value, if it is one."""
    return float(value) if isfinite(value) else otherwise


def _shares(counts: Counts) -> NDArray[np.float64]:
    totals = counts.sum(1, keepdims=True) + 0.5 * counts.shape[1]  # (n, 1)
    return np.asarray((counts + 0.5) / totals, np.float64)


def _psi(before: Counts, now: Counts) -> NDArray[np.float64]:
    p, q = _shares(before), _shares(now)  # (n, B)
    return np.asarray(((q - p) * np.log(q / p)).sum(1), np.float64)  # (n,)


def _unrest(table: Counts, degrees: int) -> float:
    """How much days (days, G) differ from each other, besides by chance, in PSI: four of five of them less."""
    own, other = (side.ravel() for side in np.indices((len(table), len(table))))  # all pairs of days
    counts = table.sum(1)
    noise = chi_square(degrees, 0) * (1 / counts[own] + 1 / counts[other])
    apart = (_psi(table[own], table[other]) - noise).reshape(len(table), -1)  # (days, days)
    usual = np.median(apart, axis=1)  # of each day, from most others: bad days among them do not count
    return max(0.0, float(np.quantile(usual, FOUR_OF_FIVE))) + UNSURE / float(np.median(counts))


def _groups(total: Counts) -> NDArray[np.int64]:
    """Class -> group (B,): neighbours together until they have a tenth, by the middle of each class's share.

    So what lies beyond all that was ever seen is a group of its own, on either side, also where all was the same.
    """
    share = total / total.sum()
    middle = np.cumsum(share) - share / 2
    return np.unique(np.floor(middle * GROUPS), return_inverse=True)[1].astype(np.int64)


def _grouped(table: Counts, groups: NDArray[np.int64]) -> Counts:
    starts = np.searchsorted(groups, np.arange(int(groups.max()) + 1))  # groups rise
    return np.asarray(np.add.reduceat(table, starts, axis=1), np.int64)  # (n, G)


def _middle(counts: Counts) -> float:
    return float((counts * np.arange(len(counts))).sum() / counts.sum())


def _angle(hits: int, count: int) -> float:
    """Anscombe's: of variance 1 / count, nearly whatever the rate."""
    return 2 * asin(sqrt((hits + 0.375) / (count + 0.75)))


def _turned(angle: float) -> float:
    return sin(min(max(angle, 0.0), np.pi) / 2) ** 2


def _deviation(one: tuple[int, int], other: tuple[int, int]) -> float:
    return (_angle(*one) - _angle(*other)) / sqrt(1 / one[1] + 1 / other[1])
