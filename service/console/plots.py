"""Plots as plain SVG: made here, no script, no style attribute; each has its numbers in a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

WIDTH, HEIGHT, FOOT = 560, 150, 18  # units of the drawing
SMALL_WIDTH, SMALL_HEIGHT, PAD = 180, 56, 4
FEWEST = 3  # points that say where something usually is


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a plot, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    label: str
    value: str
    ticked: bool  # whether its label is written under it


def bars(values: Sequence[tuple[str, float]], *, ticks: int = 8) -> Sequence[Bar]:
    """Upright bars side by side; about `ticks` of the labels are written."""
    most = max((value for _, value in values), default=0) or 1
    step = WIDTH / max(1, len(values))
    every = max(1, round(len(values) / ticks))
    room = HEIGHT - FOOT - 12
    return [
        Bar(
            x=round(number * step + step * 0.12, 1),
            y=round(HEIGHT - FOOT - room * value / most, 1),
            width=round(step * 0.76, 1),
            height=round(room * value / most, 1),
            label=label,
            value=f"{value:g}",
            ticked=number % every == 0,
        )
        for number, (label, value) in enumerate(values)
    ]


@dataclass(frozen=True, kw_only=True)
class Small:
    """A small plot of one figure over time, in units of the drawing (SMALL_WIDTH x SMALL_HEIGHT)."""

    line: str  # of the values, as SVG's `points`
    band: str  # between low and high, likewise
    reference: tuple[float, float] | None  # y of where it usually is: upper edge, height
    last: tuple[float, float]  # x, y
    out: bool  # the last value is not where it usually is
    top: float  # value at the upper edge
    bottom: float


def small(points: Sequence[tuple[float, float, float]], *, usual: int, sure: bool = True) -> Small:
    """Points (value, low, high), the oldest first; the first `usual` of them say where it usually is. At least one.

    A last value that is not `sure`, of few views, is not said to be elsewhere.
    """
    low, high = min(map(min, points)), max(map(max, points))
    span = (high - low) or 1.0
    step = SMALL_WIDTH / max(1, len(points) - 1)

    def at(number: int, value: float) -> str:
        return f"{number * step:.1f},{_y(value, low, span):.1f}"

    upper = [at(number, point[2]) for number, point in enumerate(points)]
    lower = [at(number, point[1]) for number, point in enumerate(points)]
    edges = _usual(points[:usual])
    last = points[-1][0]
    return Small(
        line=" ".join(at(number, point[0]) for number, point in enumerate(points)),
        band=" ".join(upper + lower[::-1]),
        reference=None if edges is None else _strip(edges, low, span),
        last=(round((len(points) - 1) * step, 1), round(_y(last, low, span), 1)),
        out=sure and edges is not None and not edges[0] <= last <= edges[1],
        top=high,
        bottom=low,
    )


def _usual(points: Sequence[tuple[float, float, float]]) -> tuple[float, float] | None:
    """Between what the lower and upper edges usually were (medians); of few points, nothing is said."""
    if len(points) < FEWEST:
        return None
    return median(point[1] for point in points), median(point[2] for point in points)


def _strip(edges: tuple[float, float], low: float, span: float) -> tuple[float, float]:
    top, bottom = _y(edges[1], low, span), _y(edges[0], low, span)
    return round(top, 1), round(max(1.0, bottom - top), 1)


def _y(value: float, low: float, span: float) -> float:
    return PAD + (SMALL_HEIGHT - 2 * PAD) * (1 - (value - low) / span)


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): honest also for few and for none."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = share + z * z / (2 * count)
    spread = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5
    whole = 1 + z * z / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
