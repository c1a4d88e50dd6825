"""Figures as they are written: one JSON object a line; what could not be measured says why."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from rich.table import Table

SHARE = "share"  # the unit of proportions, 0..1
HEADINGS = ("figure", "value", "95 % interval", "p95", "unit", "n", "remark")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One measured value, or None and why.

    Proportions have the ends of their 95 % interval, timings median and 95th percentile; `ratio` is value / `ratio_to`.
    """

    name: str
    value: float | None
    unit: str
    n: int
    low: float | None = None
    high: float | None = None
    median: float | None = None
    p95: float | None = None
    ratio: float | None = None
    ratio_to: str | None = None  # what it is a ratio to, in words
    note: str | None = None  # what one has to know to read it: counts, thresholds
    why: str | None = None  # it could not be measured

    def __post_init__(self) -> None:
        if (self.value is None) != (self.why is not None):
            raise ValueError(f"{self.name}: expected a value or a reason, got {self.value} and {self.why!r}")

    def as_json(self) -> dict[str, object]:
        """Only what is known, but `value` always."""
        return {key: value for key, value in asdict(self).items() if value is not None or key == "value"}


def timing(name: str, milliseconds: Sequence[float], *, whole: float | None = None, of: str | None = None) -> Figure:
    """Median and 95th percentile of times; `whole`, in ms, is what the median is a ratio to, and `of` its name."""
    if not milliseconds:
        return missing(name, "ms", "nothing was timed")
    median, p95 = (float(value) for value in np.percentile(milliseconds, (50, 95)))
    ratio = median / whole if whole else None
    return Figure(
        name=name,
        value=median,
        unit="ms",
        n=len(milliseconds),
        median=median,
        p95=p95,
        ratio=ratio,
        ratio_to=of if ratio is not None else None,
    )


def amount(name: str, value: float, unit: str, *, n: int = 1, limit: float | None = None) -> Figure:
    """A plain amount; `limit` is the most it should be, in the same unit."""
    ratio = value / limit if limit else None
    return Figure(
        name=name, value=value, unit=unit, n=n, ratio=ratio, ratio_to=f"limit of {limit:g} {unit}" if limit else None
    )


def missing(name: str, unit: str, why: str) -> Figure:
    """A figure that could not be measured."""
    return Figure(name=name, value=None, unit=unit, n=0, why=why)


def write(figures: Sequence[Figure], path: Path) -> None:
    """Write one JSON object a line, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(f".{os.getpid()}.part")
    lines = [json.dumps(figure.as_json(), allow_nan=False) + "\n" for figure in figures]
    part.write_text("".join(lines), encoding="utf-8")
    part.replace(path)


def read(path: Path) -> list[Figure]:
    """The figures that `write` wrote; raises OSError, or ValueError that names the line that is none."""
    figures = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            figures.append(Figure(**json.loads(line)))
        except (TypeError, ValueError) as error:
            raise ValueError(f"line {number} of {path.name} is no figure: {error}") from error
    return figures


def as_table(figures: Sequence[Figure], title: str) -> Table:
    """The figures for people."""
    table = Table(title=title)
    for heading in HEADINGS:
        justify: Literal["left", "right"] = "left" if heading in ("figure", "unit", "remark") else "right"
        table.add_column(heading, justify=justify, no_wrap=heading != "remark")
    for figure in figures:
        table.add_row(*cells(figure))
    return table


def cells(figure: Figure) -> tuple[str, ...]:
    """What stands under HEADINGS for one figure, for every kind of table."""
    if figure.value is None:
        return (figure.name, "–", "", "", figure.unit, "0", f"not measured: {figure.why}")
    ratio = f"{figure.ratio:.2f} of the {figure.ratio_to}" if figure.ratio is not None else ""
    interval = f"{_number(figure, figure.low)} – {_number(figure, figure.high)}" if figure.low is not None else ""
    p95 = _number(figure, figure.p95) if figure.p95 is not None else ""
    remark = "; ".join(part for part in (ratio, figure.note) if part)
    return (figure.name, _number(figure, figure.value), interval, p95, figure.unit, str(figure.n), remark)


def _number(figure: Figure, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if figure.unit == SHARE else f"{value:.2f}"
