"""One metric over days, as it is drawn. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from service.alerts.rules import ReviewRules
from service.console.plots import wilson
from service.drift.measures import Counts
from service.drift.repository import Decided
from service.drift.schemas import PointOut
from service.drift.tallies import FIGURES, Tally

EDGES = (0.1, 0.9)  # of the views


def view_points(metric: str, days: Mapping[str, Tally]) -> list[PointOut]:
    """One point for each day on which the metric was measured."""
    made = (_figure(metric, day, days[day]) if metric in FIGURES else _rate(metric, day, days[day]) for day in days)
    return [point for point in made if point is not None]


def decision_points(metric: str, rows: Sequence[Decided], rules: ReviewRules, subject: str | None) -> list[PointOut]:
    """One point for each day on which anything was decided; `subject` is "action/reason" of false alarms."""
    right, wrong = rules.settling("confirmed"), rules.settling("unconfirmed")
    hits: dict[str, int] = {}
    counts: dict[str, int] = {}
    for row in rows:
        if not _counts(metric, row, (*right, *wrong)):
            continue
        counts[row.day] = counts.get(row.day, 0) + row.count
        hits[row.day] = hits.get(row.day, 0) + row.count * _hit(metric, row, wrong, subject)
    return [_share(day, hits[day], counts[day]) for day in sorted(counts)]


def _counts(metric: str, row: Decided, settling: Iterable[str]) -> bool:
    if metric == "tests_wrong":
        return row.test
    return not row.test and (metric == "late" or row.action in settling)


def _hit(metric: str, row: Decided, wrong: Iterable[str], subject: str | None) -> bool:
    if metric == "tests_wrong":
        return row.right is False
    if metric == "late":
        return row.late
    return row.action in wrong and subject in (None, f"{row.action}/{row.reason or ''}")


def _figure(metric: str, day: str, tally: Tally) -> PointOut | None:
    mean = tally.mean(metric)
    if mean is None:
        return None
    low, high = quantiles(tally.histograms[metric], FIGURES[metric].edges.tolist(), EDGES)
    if metric == "size":
        mean, low, high = 2**mean, 2**low, 2**high  # megapixels
    elif metric == "colour_map":
        low = high = mean
    return PointOut(day=day, count=int(tally.histograms[metric].sum()), value=mean, low=low, high=high)


def _rate(metric: str, day: str, tally: Tally) -> PointOut | None:
    return _share(day, tally.hits[metric], tally.views) if tally.views else None


def _share(day: str, hits: int, count: int) -> PointOut:
    low, high = wilson(hits, count)
    return PointOut(day=day, count=count, value=hits / count, low=low, high=high)


def quantiles(counts: Counts, edges: Sequence[float], shares: Sequence[float]) -> list[float]:
    """Below what these shares of counted values lie, linear within classes; there is at least one value."""
    below = np.concatenate([[0], np.cumsum(counts)]) / counts.sum()  # (B + 1,)
    return [float(np.interp(share, below, edges)) for share in shares]
