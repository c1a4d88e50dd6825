"""Geometric devices: rosettes, twisted polygons, mazes of arcs, mosaics, folded hexagons, pinwheels, looms."""

from random import Random

from datasets.fictitious import pen
from datasets.fictitious.drawing import Drawing, Ink, Layer

INKS = (Ink.MAIN, Ink.SECOND, Ink.ACCENT)


def rosette(rng: Random) -> Drawing:
    """Two rings of petals around a dot."""
    n = rng.choice((5, 7, 8, 9, 11))
    wide = rng.uniform(0.75, 1.15) * 130 / n
    outer = [pen.petal((50, 50), 15, 35, wide, 360 * i / n - 90) for i in range(n)]
    inner = [pen.petal((50, 50), 12, 22, wide * 0.55, 360 * (i + 0.5) / n - 90) for i in range(n)]
    layers = [Layer(path=p, ink=INKS[i % 2] if n % 2 == 0 else Ink.MAIN) for i, p in enumerate(outer)]
    layers += [Layer(path=p, ink=Ink.ACCENT, cut=True) for p in inner]
    return Drawing(layers=(*layers, Layer(path=pen.circle(50, 50, rng.uniform(5, 9)), ink=Ink.SECOND)))


def twisted_polygons(rng: Random) -> Drawing:
    """Polygons inside each other, each turned against the last."""
    sides, turn = rng.choice((3, 4, 5, 6)), rng.uniform(12, 30)
    shrink = rng.uniform(0.66, 0.76)
    inks = (Ink.MAIN, Ink.PAPER, Ink.SECOND, Ink.PAPER, Ink.ACCENT)
    layers = [
        Layer(path=pen.regular(50, 52, 50 * shrink**i, sides, turn * i - 90), ink=ink) for i, ink in enumerate(inks)
    ]
    return Drawing(layers=tuple(layers))


def arc_maze(rng: Random) -> Drawing:
    """Rings with gaps, as a maze, and a dot that has got in."""
    rings = rng.choice((3, 4))
    step = 44 / rings
    layers = []
    for i in range(rings):
        r, start = step * (i + 1), rng.uniform(0, 360)
        layers.append(
            Layer(path=pen.arc(50, 50, r, start, start + rng.uniform(190, 320)), ink=INKS[i % 3], stroke=step * 0.55)
        )
    x, y = pen.polar(50, 50, step * 0.15, rng.uniform(0, 360))
    return Drawing(layers=(*layers, Layer(path=pen.circle(x, y, step * 0.42), ink=Ink.ACCENT)))


def mosaic(rng: Random) -> Drawing:
    """Quarter discs, triangles and squares on a mirrored grid."""
    n = rng.choice((4, 5))
    s = 100 / n
    layers = []
    for row in range(n):
        for column in range((n + 1) // 2):
            kind, ink, corner = rng.randrange(5), rng.choice(INKS), rng.randrange(4)
            if kind == 0 and row not in (0, n - 1):
                continue
            layers.append(Layer(path=_tile(kind, (column * s, row * s), s, corner), ink=ink))
            if column != n - 1 - column:
                layers.append(Layer(path=_tile(kind, ((n - 1 - column) * s, row * s), s, _MIRROR[corner]), ink=ink))
    return Drawing(layers=tuple(layers))


_MIRROR = (1, 0, 3, 2)  # the corner, clockwise from the upper left, that a corner lies at in the mirror


def _tile(kind: int, place: pen.Point, s: float, corner: int) -> str:
    x, y = place
    corners = ((x, y), (x + s, y), (x + s, y + s), (x, y + s))
    cx, cy = corners[corner]
    if kind <= 2:  # a quarter disc around one corner
        return pen.sector(cx, cy, s, 90 * corner, 90 * corner + 90)
    if kind == 3:
        return pen.polygon([p for i, p in enumerate(corners) if i != corner])
    return pen.polygon(corners)


def folded_hexagon(rng: Random) -> Drawing:
    """A hexagon of triangles, as of folded paper, some of them missing."""
    corners = [pen.polar(50, 50, 50, 60 * i - 90) for i in range(6)]
    inner = [pen.polar(50, 50, rng.uniform(20, 28), 60 * i - 60) for i in range(6)]
    first = rng.randrange(3)
    layers = []
    for i in range(6):
        a, b = corners[i], corners[(i + 1) % 6]
        layers.append(Layer(path=pen.polygon([a, b, inner[i]]), ink=INKS[(i + first) % 2]))
        if i % 3 != first:
            layers.append(Layer(path=pen.polygon([(50, 50), a, inner[i]]), ink=Ink.ACCENT, cut=i % 2 == 0))
            other = INKS[(i + first + 1) % 2]
            layers.append(Layer(path=pen.polygon([(50, 50), inner[i], b]), ink=other, cut=i % 2 == 1))
    return Drawing(layers=tuple(layers))


def pinwheel(rng: Random) -> Drawing:
    """Curved blades around an open middle."""
    n, bend = rng.choice((3, 5, 6, 7)), rng.uniform(35, 75)
    hole = rng.uniform(8, 16)
    layers = []
    for i in range(n):
        angle = 360 * i / n - 90
        foot, tip = pen.polar(50, 50, hole, angle), pen.polar(50, 50, 50, angle + bend * 0.5)
        back = pen.polar(50, 50, hole, angle + 300 / n)
        c1, c2 = pen.polar(50, 50, 42, angle - bend * 0.4), pen.polar(50, 50, 30, angle + bend * 0.9)
        path = f"M{pen.xy(foot)}Q{pen.xy(c1)} {pen.xy(tip)}Q{pen.xy(c2)} {pen.xy(back)}Z"
        layers.append(Layer(path=path, ink=INKS[i % 2] if n % 2 == 0 else INKS[0 if i else 2]))
    return Drawing(layers=tuple(layers))


def loom(rng: Random) -> Drawing:
    """Upright threads of different lengths with beads on them."""
    n = rng.choice((5, 7))
    step = 100 / n
    half = [rng.uniform(14, 48) for _ in range(n // 2 + 1)]
    skew = rng.uniform(-12, 12)
    layers = []
    for i in range(n):
        reach, x = half[min(i, n - 1 - i)], step * (i + 0.5)
        shift = skew * (i / (n - 1) - 0.5)
        line = pen.polygon([(x, 50 - reach + shift), (x, 50 + reach + shift)], closed=False)
        layers.append(Layer(path=line, ink=INKS[min(i, n - 1 - i) % 2], stroke=step * 0.5))
        if i % 2 == 0:
            bead = pen.circle(x, 50 + shift + rng.uniform(-0.4, 0.4) * reach, step * 0.42)
            layers.append(Layer(path=bead, ink=Ink.ACCENT, cut=True))
    return Drawing(layers=tuple(layers))


def sun_over_waves(rng: Random) -> Drawing:
    """A rayed half disc over wavy bands."""
    rays, waves = rng.choice((5, 7, 9)), rng.choice((2, 3))
    layers = [Layer(path=pen.sector(50, 52, 20, 180, 360), ink=Ink.ACCENT)]
    for i in range(rays):
        angle = 180 + 180 * (i + 0.5) / rays
        ray = pen.polygon([pen.polar(50, 52, 26, angle), pen.polar(50, 52, 48 - 9 * (i % 2), angle)], closed=False)
        layers.append(Layer(path=ray, ink=Ink.ACCENT, stroke=5))
    for i in range(waves):
        y, tall = 62 + 14 * i, rng.uniform(3, 6)
        points = [(4 + 92 * k / 8, y + (tall if k % 2 else -tall)) for k in range(9)]
        layers.append(Layer(path=pen.smooth(points, closed=False), ink=INKS[i % 2], stroke=7))
    return Drawing(layers=tuple(layers))


def peaks(rng: Random) -> Drawing:
    """Mountains behind each other under a moon."""
    layers = [Layer(path=pen.circle(rng.uniform(20, 80), 18, rng.uniform(9, 13)), ink=Ink.ACCENT)]
    for i, ink in enumerate((Ink.SECOND, Ink.MAIN)):
        tops = [(6 + 88 * k / 4, (34 if k % 2 else 62) + 24 * i + rng.uniform(-9, 9)) for k in range(5)]
        outline = pen.polygon([(2, 96), *tops, (98, 96)])
        layers.append(Layer(path=outline, ink=Ink.PAPER, stroke=5, through=True))
        layers.append(Layer(path=outline, ink=ink))
    return Drawing(layers=tuple(layers))


def orchard_tree(rng: Random) -> Drawing:
    """A tree whose crown is made of discs."""
    n = rng.choice((7, 8, 9))
    crown = [pen.polar(50, 38, rng.uniform(19, 27), 360 * i / n) for i in range(n)]
    trunk = pen.polygon([(45, 56), (55, 56), (60, 98), (40, 98)])
    boughs = [pen.polygon([(50, 70), pen.polar(50, 40, 15, 200 + 70 * i)], closed=False) for i in range(3)]
    fruit = [pen.polar(50, 36, rng.uniform(8, 30), 137.5 * i) for i in range(6)]
    return Drawing(
        layers=(
            *(Layer(path=pen.circle(x, y, 12)) for x, y in crown),
            Layer(path=pen.circle(50, 38, 20)),
            Layer(path=trunk, ink=Ink.SECOND),
            *(Layer(path=bough, ink=Ink.SECOND, stroke=4, cut=True) for bough in boughs),
            *(Layer(path=pen.circle(x, y, 4), ink=Ink.ACCENT, cut=True) for x, y in fruit),
        )
    )


def linked_frames(rng: Random) -> Drawing:
    """Three frames of different shape that lie over each other."""
    turn, shapes = rng.uniform(0, 120), rng.sample((3, 4, 5, 24), 3)
    layers = []
    for i, sides in enumerate(shapes):
        x, y = pen.polar(50, 50, 19, turn + 120 * i)
        frame = pen.regular(x, y, 25, sides, turn + 40 * i)
        layers.append(Layer(path=frame, ink=Ink.PAPER, stroke=12, through=True))
        layers.append(Layer(path=frame, ink=INKS[i], stroke=7))
    return Drawing(layers=tuple(layers))


DEVICES = (
    *(rosette, twisted_polygons, arc_maze, mosaic, folded_hexagon, pinwheel),
    *(loom, sun_over_waves, peaks, orchard_tree, linked_frames),
)
