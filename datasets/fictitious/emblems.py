"""Emblems: monograms in frames, crests, and badges with the name around."""

from dataclasses import replace
from random import Random

from datasets.fictitious import pen
from datasets.fictitious.drawing import Drawing, Ink, Layer
from datasets.fictitious.lettering import around, initials


def monogram(name: str, rng: Random) -> Drawing:
    """Initials in a frame: on ink, or inside a line."""
    turn = rng.choice((-90.0, -67.5, -45.0))
    frame, box = rng.choice(
        (
            (pen.circle(50, 50, 48), 56),
            (pen.rounded(3, 3, 94, 94, 22), 60),
            (pen.regular(50, 50, 50, 6), 50),
            (pen.regular(50, 50, 50, 8, -67.5), 58),
            (pen.regular(50, 50, 50, 4), 50),
            (pen.star((50, 50), 50, 0.84, 14, turn), 50),
            (pen.smooth([(50, 2), (96, 22), (90, 84), (50, 98), (10, 84), (4, 22)]), 52),
        )
    )
    if rng.random() < 0.6:
        letters = initials(name, rng, Ink.PAPER, box=box * 0.9)
        return Drawing(layers=(Layer(path=frame), _inset(frame, 0.86, 2.2), *letters))
    line = replace(_inset(frame, 0.94, 6), ink=Ink.SECOND, cut=False)
    return Drawing(layers=(line, *initials(name, rng, Ink.MAIN, box=box * 0.9)))


def _inset(frame: str, size: float, stroke: float) -> Layer:
    """A line along the frame, drawn in to the share `size` of it."""
    place = f"translate(50 50) scale({size:g}) translate(-50 -50)"
    return Layer(path=frame, ink=Ink.ACCENT, stroke=stroke, transform=place, cut=True)


_SHIELDS = (
    "M6 4H94V44C94 72 74 88 50 98C26 88 6 72 6 44Z",
    "M50 2C64 12 80 14 94 10C98 50 88 82 50 98C12 82 2 50 6 10C20 14 36 12 50 2Z",
    "M8 6H92V66A42 32 0 0 1 8 66Z",
)

_DIVISIONS = (
    pen.polygon([(-4, 88), (50, 38), (104, 88), (88, 100), (50, 62), (12, 100)]),  # chevron
    pen.polygon([(-4, 10), (18, -6), (104, 82), (84, 100)]),  # bend
    pen.polygon([(-4, 42), (104, 42), (104, 60), (-4, 60)]),  # fess
    pen.polygon([(39, -4), (61, -4), (61, 104), (39, 104)]),  # pale
    pen.polygon([(50, -4), (104, -4), (104, 50), (50, 50)]) + pen.polygon([(-4, 50), (50, 50), (50, 104), (-4, 104)]),
)


def crest(name: str, rng: Random) -> Drawing:
    """A divided shield with a device, sometimes crowned."""
    shield = rng.choice(_SHIELDS)
    division = rng.choice(_DIVISIONS)
    layers = [
        Layer(path=shield),
        Layer(path=division, ink=Ink.SECOND, clip=shield),
        Layer(path=division, ink=Ink.PAPER, stroke=1.6, clip=shield),
        _inset(shield, 0.88, 3),
        *_charge(name, rng),
    ]
    if rng.random() < 0.5:
        return Drawing(layers=tuple(layers))
    crown = Layer(path=_crown(rng.choice((3, 5))), ink=Ink.ACCENT)
    moved = tuple(layer.moved("translate(0 24)") for layer in layers)
    return Drawing(layers=(crown, *moved), height=124)


def _crown(points: int) -> str:
    corners = [(22.0, 20.0)]
    for i in range(points):
        x = 18 + 64 * i / (points - 1)
        corners.append((x, 0 if i % 2 == points // 2 % 2 else 5))
        if i < points - 1:
            corners.append((18 + 64 * (i + 0.5) / (points - 1), 12))
    return pen.polygon([*corners, (78, 20)])


def _charge(name: str, rng: Random) -> tuple[Layer, ...]:
    kind = rng.randrange(4)
    if kind == 0:
        return initials(name, rng, Ink.PAPER, box=40)
    if kind == 1:
        places = ((28.0, 28.0), (72.0, 28.0), (50.0, 74.0))
        return tuple(Layer(path=pen.star(place, 12, 0.45, 6), ink=Ink.PAPER) for place in places)
    if kind == 2:
        rows = [[(24 + 52 * k / 6, y + (4 if k % 2 else -4)) for k in range(7)] for y in (30, 46, 62)]
        return tuple(Layer(path=pen.smooth(row, closed=False), ink=Ink.PAPER, stroke=5) for row in rows)
    leaves = [pen.petal((50, 78), 8 * i, 22, 8, -90 + s * 52) for i in range(1, 6) for s in (-1, 1)]
    tree = [pen.petal((50, 80 - 11 * i), 1, 24 - 2.4 * i, 8, -90 + s * 50) for i in range(5) for s in (-1, 1)]
    stem = pen.polygon([(50, 86), (50, 22)], closed=False)
    chosen = tree if rng.random() < 0.7 else leaves[:6] + tree[6:]
    return (*(Layer(path=leaf, ink=Ink.PAPER) for leaf in chosen), Layer(path=stem, ink=Ink.PAPER, stroke=3))


def badge(name: str, rng: Random, device: Drawing) -> Drawing:
    """A round badge: the name around the upper half, a small device in the middle, stars or dots below."""
    edge = rng.choice((pen.circle(50, 50, 49), pen.star((50, 50), 50, 0.93, 24)))
    size = 10.5 if len(name) <= 8 else 8.6
    factor = 40 / max(device.width, device.height)
    place = f"translate({50 - device.width * factor / 2:.4g} {50 - device.height * factor / 2:.4g}) scale({factor:.4g})"
    marks = [pen.polar(50, 50, 37, angle) for angle in (60, 90, 120)]
    figures = [pen.star(p, 4.6, 0.45, 5) if rng.random() < 0.5 else pen.circle(*p, 3) for p in marks]
    return Drawing(
        layers=(
            Layer(path=edge),
            Layer(path=pen.circle(50, 50, 28), ink=Ink.PAPER),
            *around(name, 42.5, size, Ink.PAPER),
            *(Layer(path=figure, ink=Ink.ACCENT, cut=True) for figure in figures),
            *(layer.moved(place) for layer in device.layers),
        )
    )
