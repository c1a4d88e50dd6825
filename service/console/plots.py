"""Plots as plain SVG: made here, no script, no style attribute; each has its numbers in a table beside it."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, FOOT = 560, 150, 18  # units of the drawing


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


def wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927): honest also for few and for none."""
    if count == 0:
        return 0.0, 1.0
    share = hits / count
    middle = share + z * z / (2 * count)
    spread = z * ((share * (1 - share) + z * z / (4 * count)) / count) ** 0.5
    whole = 1 + z * z / count
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)
