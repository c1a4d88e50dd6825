"""What a file of another tool shows of pictures and labels, in terms that all formats share."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from datasets.labels.errors import BadLabels
from datasets.labels.records import Box

Numbers = tuple[float, float, float, float]
CLASS = "class"  # in a label's provenance: what another tool calls it


@dataclass(frozen=True, kw_only=True)
class Notation:
    """How a format writes a box, and from which difference on somebody has moved it.

    `numbers` and `box` take the picture's width and height in pixels as well; the box is x1, y1, x2, y2 in pixels.
    """

    name: str
    numbers: Callable[[Box, int, int], Numbers]
    box: Callable[[Numbers, int, int], Box]
    tolerance: float  # in the format's own unit: tools round


@dataclass(frozen=True, kw_only=True)
class SeenLabel:
    """One object of a file: what other tools look at, and our record beside it."""

    place: str
    name: str  # of its class
    numbers: Numbers  # in the format's notation
    flags: Mapping[str, bool] = field(default_factory=dict)  # those of ignore, occluded, truncated that it shows
    notes: tuple[tuple[str, str], ...] = ()  # what else the tool says of it
    ours: object = None  # our record of it as plain values; None: another tool made it


@dataclass(frozen=True, kw_only=True)
class SeenImage:
    """One picture of a file, and its objects in their order."""

    place: str
    file_name: str
    width: int | None = None  # pixels; None: the file does not say
    height: int | None = None
    licence: str | None = None
    ours: object = None  # our record of it, without labels
    labels: tuple[SeenLabel, ...] = ()


def hull(numbers: Numbers, degrees: float, *, about_corner: bool) -> Numbers:
    """The upright x1, y1, x2, y2 around a box turned clockwise, in its unit: about its first corner or its centre.

    Raises BadLabels if it is turned by no finite number.
    """
    if not math.isfinite(degrees):
        raise BadLabels.one(f"it is turned by {degrees} degrees", field="rotation", limit="a finite number")
    x1, y1, x2, y2 = numbers
    at_x, at_y = (x1, y1) if about_corner else ((x1 + x2) / 2, (y1 + y2) / 2)
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [(x - at_x, y - at_y) for x in (x1, x2) for y in (y1, y2)]
    across = [at_x + x * cosine - y * sine for x, y in corners]
    down = [at_y + x * sine + y * cosine for x, y in corners]
    return min(across), min(down), max(across), max(down)


def inside(numbers: Numbers, width: float, height: float) -> Numbers:
    """x1, y1, x2, y2 cut at the edges of a picture."""
    x1, y1, x2, y2 = numbers
    return max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))
