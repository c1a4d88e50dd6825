"""Animals put together from simple shapes, each with proportions of its own."""

from collections.abc import Sequence
from random import Random

from datasets.fictitious import pen
from datasets.fictitious.drawing import Drawing, Ink, Layer


def _eye(x: float, y: float, r: float) -> tuple[Layer, ...]:
    return (
        Layer(path=pen.circle(x, y, r), ink=Ink.PAPER),
        Layer(path=pen.circle(x + r * 0.15, y, r * 0.5), ink=Ink.MAIN),
    )


def _mirrored(points: Sequence[pen.Point]) -> list[pen.Point]:
    return [(100 - x, y) for x, y in points]


def wader(rng: Random) -> Drawing:
    """A long-legged bird."""
    neck, leg = rng.uniform(16, 30), rng.uniform(0, 8)
    body = pen.smooth([(20, 46), (48, 38), (76, 52), (98, 50), (78, 68), (44, 70), (24, 60)])
    throat = pen.smooth([(27, 54), (20, 40), (28, 30), (22, 34 - neck)], closed=False)
    head = (22.0, 34 - neck)
    beak = pen.polygon([(head[0] - 4, head[1] - 5), (head[0] - 22, head[1] + 4), (head[0] - 3, head[1] + 5)])
    wing = pen.smooth([(42, 48), (66, 46), (90, 54), (64, 62), (48, 60)])
    legs = pen.polygon([(50, 66), (50 - leg, 82), (54, 99), (44, 99)], closed=False)
    other = pen.polygon([(58, 66), (60 + leg, 82), (66, 99), (56, 99)], closed=False)
    return Drawing(
        layers=(
            Layer(path=legs, ink=Ink.ACCENT, stroke=3.2),
            Layer(path=other, ink=Ink.ACCENT, stroke=3.2),
            Layer(path=throat, stroke=9),
            Layer(path=body),
            Layer(path=wing, ink=Ink.SECOND, cut=True),
            Layer(path=beak, ink=Ink.ACCENT),
            Layer(path=pen.circle(*head, 8)),
            *_eye(head[0] - 1, head[1] - 1, 2.6),
        )
    )


def fish(rng: Random) -> Drawing:
    """A round fish with scales in rows."""
    tall = rng.uniform(22, 34)
    back, under = 50 - tall, 50 + tall
    body = pen.smooth([(2, 50), (22, back + tall / 5), (46, back), (76, 50), (46, under), (22, under - tall / 5)])
    tail = pen.smooth([(70, 50), (98, 50 - tall * 0.9), (88, 50), (98, 50 + tall * 0.9)], tension=0.5)
    fin = pen.polygon([(34, 52 - tall), (56, 34 - tall * 0.8), (62, 58 - tall)])
    rows = [
        Layer(path=pen.arc(x, 50 + y, 6.5, 90, 270), ink=Ink.PAPER, stroke=2.4)
        for x, ys in ((40, (-11, 0, 11)), (50, (-6, 6)), (60, (0,)))
        for y in ys
    ]
    gill = Layer(path=pen.arc(14, 50, 16, -48, 48), ink=Ink.PAPER, stroke=2.6)
    return Drawing(
        layers=(
            Layer(path=tail, ink=Ink.SECOND),
            Layer(path=fin, ink=Ink.SECOND),
            Layer(path=body),
            *rows,
            gill,
            *_eye(15, 45, 4.2),
        )
    )


def fox(rng: Random) -> Drawing:
    """A fox's head, seen from the front."""
    ear, cheek = rng.uniform(0, 12), rng.uniform(54, 64)
    half: list[pen.Point] = [(50, 34), (28, 30), (12, 4 + ear), (8, 40), (2, cheek), (34, 80), (50, 96)]
    face = pen.polygon(half + _mirrored(half)[::-1])
    fur: list[pen.Point] = [(50, 96), (34, 80), (6, cheek + 1), (30, 58), (46, 74)]
    inner: list[pen.Point] = [(15, 14 + ear), (25, 31), (12, 36)]
    eye: list[pen.Point] = [(28, 50), (40, 55), (33, 58)]
    layers = [Layer(path=face)]
    parts: tuple[tuple[list[pen.Point], Ink], ...] = ((fur, Ink.PAPER), (inner, Ink.SECOND), (eye, Ink.SECOND))
    for points, ink in parts:
        layers += [Layer(path=pen.polygon(side), ink=ink, cut=True) for side in (points, _mirrored(points))]
    nose = pen.smooth([(42, 82), (50, 79), (58, 82), (50, 95)])
    return Drawing(layers=(*layers, Layer(path=nose, ink=Ink.SECOND)))


def owl(rng: Random) -> Drawing:
    """An owl with large eyes."""
    brow, eye = rng.uniform(4, 14), rng.uniform(13, 16)
    half: list[pen.Point] = [(50, 14), (32, 12), (16, brow), (14, 34), (10, 60), (22, 86), (50, 98)]
    chest = pen.smooth([(50, 56), (68, 66), (66, 84), (50, 92), (34, 84), (32, 66)])
    body = pen.smooth(half + _mirrored(half)[-2:0:-1], tension=0.6)
    layers = [Layer(path=body), Layer(path=chest, ink=Ink.SECOND, cut=True)]
    for x in (31, 69):
        layers.append(Layer(path=pen.circle(x, 38, eye), ink=Ink.PAPER))
        layers.append(Layer(path=pen.circle(x, 38, eye * 0.62), ink=Ink.ACCENT))
        layers.append(Layer(path=pen.circle(x, 38, eye * 0.3), ink=Ink.PAPER))
    layers.append(Layer(path=pen.polygon([(43, 46), (57, 46), (50, 62)]), ink=Ink.ACCENT))
    rows = ((42, 70), (50, 70), (58, 70), (46, 79), (54, 79))
    layers += [Layer(path=pen.arc(x, y, 3.4, 0, 180), ink=Ink.MAIN, stroke=2) for x, y in rows]
    return Drawing(layers=tuple(layers))


def snail(rng: Random) -> Drawing:
    """A snail with a spiral house."""
    turns, r = rng.choice((2.0, 2.5)), rng.uniform(29, 33)
    coil = [pen.polar(58, 46, r * 0.82 * (1 - i / 26), 100 + turns * 360 * i / 26) for i in range(25)]
    foot = pen.smooth([(2, 88), (10, 66), (8, 44), (18, 42), (22, 66), (44, 78), (80, 78), (99, 90), (50, 92)])
    horns = pen.polygon([(11, 46), (5, 27)], closed=False), pen.polygon([(16, 45), (20, 26)], closed=False)
    return Drawing(
        layers=(
            Layer(path=foot, ink=Ink.SECOND),
            *(Layer(path=horn, ink=Ink.SECOND, stroke=3) for horn in horns),
            Layer(path=pen.circle(5, 27, 3.2), ink=Ink.ACCENT),
            Layer(path=pen.circle(20, 26, 3.2), ink=Ink.ACCENT),
            Layer(path=pen.circle(58, 46, r)),
            Layer(path=pen.smooth(coil, closed=False), ink=Ink.PAPER, stroke=4.4),
        )
    )


def whale(rng: Random) -> Drawing:
    """A whale that blows."""
    back = rng.uniform(32, 40)
    spine: list[pen.Point] = [(3, 62), (8, 44), (30, back), (58, 48), (80, 60), (88, 44)]
    body = pen.smooth([*spine, (94, 46), (90, 74), (62, 88), (22, 88)])
    fluke = pen.smooth([(90, 50), (76, 36), (72, 26), (88, 32), (99, 24), (98, 40)], tension=0.7)
    mouth = pen.smooth([(6, 70), (18, 73), (30, 69)], closed=False)
    belly = [mouth, *(pen.arc(52 + 9 * i, 70 - 3 * i, 10, 60, 125) for i in range(3))]
    spouts = pen.arc(20, 20, 9, 180, 355), pen.arc(40, 20, 9, 185, 360)
    stem = pen.polygon([(30, 30), (30, 20)], closed=False)
    return Drawing(
        layers=(
            Layer(path=fluke, ink=Ink.MAIN),
            Layer(path=body),
            *(Layer(path=line, ink=Ink.PAPER, stroke=2.4) for line in belly),
            *(Layer(path=spout, ink=Ink.SECOND, stroke=4) for spout in (*spouts, stem)),
            *_eye(17, 58, 3.6),
        )
    )


def beetle(rng: Random) -> Drawing:
    """A spotted beetle from above."""
    spots = rng.choice((2, 3))
    layers = []
    for height, reach in ((36, 26), (56, 32), (76, 26)):
        y = float(height)
        for side in (-1, 1):
            knee, foot = (50 + side * (reach + 10), y - 8), (50 + side * (reach + 17), y + 8)
            layers.append(Layer(path=pen.polygon([(50, y), knee, foot], closed=False), stroke=4))
    layers += [
        Layer(path=pen.ellipse(50, 58, 30, 38), ink=Ink.SECOND),
        Layer(path=pen.sector(50, 34, 24, 180, 360)),
        Layer(path=pen.polygon([(50, 34), (50, 96)], closed=False), ink=Ink.PAPER, stroke=3),
        Layer(path=pen.polygon([(24, 36), (76, 36)], closed=False), ink=Ink.PAPER, stroke=3),
    ]
    layers += [Layer(path=pen.arc(36, 2, 12, 30, 140), stroke=3), Layer(path=pen.arc(64, 2, 12, 40, 150), stroke=3)]
    for i in range(spots):
        low = 50 + 32 * i / max(1, spots - 1)
        layers += [Layer(path=pen.circle(50 + s * (15 - 3 * i), low, 5.5), ink=Ink.MAIN, cut=True) for s in (-1, 1)]
    return Drawing(layers=tuple(layers))


def hare(rng: Random) -> Drawing:
    """A hare's head with long ears, in profile."""
    lean = rng.uniform(-6, 8)
    ears = [
        pen.petal((44, 46), 4, 46, 13, -112 + lean),
        pen.petal((56, 46), 4, 42, 12, -70 + lean),
    ]
    linings = [pen.petal((44, 46), 12, 32, 6, -112 + lean), pen.petal((56, 46), 12, 28, 5, -70 + lean)]
    snout: list[pen.Point] = [(60, 42), (76, 54), (86, 68), (80, 78), (62, 80)]
    head = pen.smooth([(30, 58), (40, 44), *snout, (50, 98), (22, 98), (30, 78)])
    whiskers = [pen.polygon([(74, 72), (97, 66 + 7 * i)], closed=False) for i in range(3)]
    return Drawing(
        layers=(
            *(Layer(path=ear) for ear in ears),
            *(Layer(path=lining, ink=Ink.ACCENT, cut=True) for lining in linings),
            Layer(path=head),
            *(Layer(path=whisker, ink=Ink.SECOND, stroke=1.8) for whisker in whiskers),
            Layer(path=pen.circle(84, 67, 3.6), ink=Ink.ACCENT, cut=True),
            *_eye(61, 57, 4.4),
        )
    )


def hedgehog(rng: Random) -> Drawing:
    """A hedgehog; its spines are a half star."""
    n = rng.choice((9, 11, 13))
    spines = []
    for i in range(2 * n + 1):
        r = 46 if i % 2 else 35
        spines.append(pen.polar(56, 74, r, 170 + 190 * i / (2 * n)))
    face = pen.smooth([(34, 42), (18, 58), (2, 72), (8, 82), (40, 84), (52, 66)])
    return Drawing(
        layers=(
            Layer(path=pen.polygon([*spines, (96, 88), (40, 88)])),
            Layer(path=face, ink=Ink.PAPER, stroke=5),
            Layer(path=face, ink=Ink.SECOND),
            Layer(path=pen.circle(4, 73, 5), ink=Ink.MAIN),
            Layer(path=pen.circle(25, 66, 3.4), ink=Ink.PAPER),
            *(Layer(path=pen.rounded(x, 84, 12, 10, 5), ink=Ink.ACCENT) for x in (36, 74)),
        ),
        height=96,
    )


ANIMALS = (wader, fish, fox, owl, snail, whale, beetle, hare, hedgehog)
