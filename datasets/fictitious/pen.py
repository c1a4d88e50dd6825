"""Path data of the figures that the devices are made of. Angles in degrees, clockwise from three o'clock."""

from collections.abc import Sequence
from math import cos, pi, radians, sin

from datasets.fictitious.drawing import number

Point = tuple[float, float]


def polar(cx: float, cy: float, r: float, angle: float) -> Point:
    """The point at `angle` on the circle of radius `r` around (cx, cy)."""
    return cx + r * cos(radians(angle)), cy + r * sin(radians(angle))


def xy(point: Point) -> str:
    """A point as path data."""
    return f"{number(point[0])} {number(point[1])}"


def polygon(points: Sequence[Point], *, closed: bool = True) -> str:
    """Straight lines through the points."""
    return "M" + "L".join(xy(p) for p in points) + ("Z" if closed else "")


def regular(cx: float, cy: float, r: float, sides: int, turn: float = -90.0) -> str:
    """A regular polygon with its first corner at `turn`."""
    return polygon([polar(cx, cy, r, turn + 360 * i / sides) for i in range(sides)])


def star(centre: Point, r: float, inner: float, points: int, turn: float = -90.0) -> str:
    """A star whose inner corners lie at the share `inner` of `r`."""
    radii = [r if i % 2 == 0 else r * inner for i in range(2 * points)]
    return polygon([polar(*centre, radius, turn + 180 * i / points) for i, radius in enumerate(radii)])


def circle(cx: float, cy: float, r: float) -> str:
    """A circle."""
    return ellipse(cx, cy, r, r)


def ellipse(cx: float, cy: float, rx: float, ry: float) -> str:
    """An upright ellipse."""
    left, right, radii = xy((cx - rx, cy)), xy((cx + rx, cy)), xy((rx, ry))
    return f"M{left}A{radii} 0 1 0 {right}A{radii} 0 1 0 {left}Z"


def arc(cx: float, cy: float, r: float, start: float, end: float) -> str:
    """An open arc, clockwise from `start` to `end`."""
    large = int(abs(end - start) > 180)
    return f"M{xy(polar(cx, cy, r, start))}A{xy((r, r))} 0 {large} 1 {xy(polar(cx, cy, r, end))}"


def sector(cx: float, cy: float, r: float, start: float, end: float) -> str:
    """A slice of a disc."""
    return f"{arc(cx, cy, r, start, end)}L{xy((cx, cy))}Z"


def rounded(x: float, y: float, width: float, height: float, r: float) -> str:
    """A rectangle with round corners."""
    r = min(r, width / 2, height / 2)
    a = f"a{xy((r, r))} 0 0 1"
    across, down = number(width - 2 * r), number(height - 2 * r)
    corners = (xy((r, r)), xy((-r, r)), xy((-r, -r)), xy((r, -r)))
    top = f"M{xy((x + r, y))}h{across}{a} {corners[0]}v{down}{a} {corners[1]}"
    return f"{top}h-{across}{a} {corners[2]}v-{down}{a} {corners[3]}Z"


def smooth(points: Sequence[Point], *, closed: bool = True, tension: float = 1.0) -> str:
    """A soft curve through the points (Catmull-Rom, as cubic Béziers)."""
    n = len(points)
    last = n if closed else n - 1
    path = f"M{xy(points[0])}"
    for i in range(last):
        before, here = points[i - 1 if closed or i else 0], points[i]
        there = points[(i + 1) % n]
        after = points[(i + 2) % n] if closed else points[min(i + 2, n - 1)]
        c1 = (here[0] + (there[0] - before[0]) * tension / 6, here[1] + (there[1] - before[1]) * tension / 6)
        c2 = (there[0] - (after[0] - here[0]) * tension / 6, there[1] - (after[1] - here[1]) * tension / 6)
        path += f"C{xy(c1)} {xy(c2)} {xy(there)}"
    return path + ("Z" if closed else "")


def petal(centre: Point, start: float, length: float, width: float, angle: float) -> str:
    """A leaf that points outwards at `angle`, from `start` to `start + length` off the centre."""
    foot, tip = polar(*centre, start, angle), polar(*centre, start + length, angle)
    middle = polar(*centre, start + length * 0.5, angle)
    left, right = polar(*middle, width, angle - 90), polar(*middle, width, angle + 90)
    return f"M{xy(foot)}Q{xy(left)} {xy(tip)}Q{xy(right)} {xy(foot)}Z"


def sweep(centre: Point, r: float, start: float, end: float, thickest: float) -> str:
    """A sickle along an arc from `start` to `end`: thin at both ends, `thickest` in the middle."""
    steps = 7
    outer, inner = [], []
    for i in range(steps + 1):
        angle = start + (end - start) * i / steps
        half = thickest / 2 * sin(pi * i / steps) ** 0.8
        outer.append(polar(*centre, r + half, angle))
        inner.append(polar(*centre, r - half, angle))
    return smooth([*outer, *inner[-2:0:-1]])


def comet(centre: Point, r: float, start: float, end: float, head: float) -> str:
    """A tail along an arc that grows from nothing at `start` to the width `head` at `end`, with a round end."""
    steps = 7
    outer, inner = [], []
    for i in range(1, steps + 1):
        angle = start + (end - start) * i / steps
        half = head / 2 * (i / steps) ** 1.4
        outer.append(polar(*centre, r + half, angle))
        inner.append(polar(*centre, r - half, angle))
    tip = polar(*centre, r, end + (head / 2 / r) * (180 / pi) * (1 if end > start else -1))
    return smooth([polar(*centre, r, start), *outer, tip, *inner[::-1]])
