"""Devices of movement: turning sickles, comets, ribbons, hoops, flames."""

from random import Random

from datasets.fictitious import pen
from datasets.fictitious.drawing import Drawing, Ink, Layer

INKS = (Ink.MAIN, Ink.SECOND, Ink.ACCENT)


def turning_sickles(rng: Random) -> Drawing:
    """Sickles that chase each other around a dot."""
    n, start = rng.choice((3, 4)), rng.uniform(0, 90)
    layers = []
    for i in range(n):
        a = start + 360 * i / n
        layers.append(Layer(path=pen.sweep((50, 50), 40 - 3 * i, a, a + 420 / n, 15), ink=INKS[i % 3]))
    return Drawing(layers=(*layers, Layer(path=pen.circle(50, 50, rng.uniform(8, 13)), ink=Ink.ACCENT)))


def comets(rng: Random) -> Drawing:
    """Comets on rings of their own, at different places."""
    start = rng.uniform(0, 360)
    layers = []
    for i, r in enumerate((42, 28, 14)):
        a = start + i * rng.uniform(70, 150)
        layers.append(Layer(path=pen.comet((50, 50), r, a, a + rng.uniform(170, 260), 13 - 2 * i), ink=INKS[i]))
    return Drawing(layers=tuple(layers))


def ribbon(rng: Random) -> Drawing:
    """A ribbon that folds over itself twice."""
    w, lean = rng.uniform(20, 28), rng.uniform(8, 24)
    top = [(4, 4), (4 + w, 4), (60 + lean, 50), (60 + lean - w, 50)]
    middle = [(60 + lean, 50), (60 + lean - w, 50), (36 - lean, 96), (36 - lean + w, 96)]
    bottom = [(36 - lean, 96), (36 - lean + w, 96), (99, 40), (99 - w, 40)]
    folds = (pen.polygon(middle[:2], closed=False), pen.polygon(middle[1:3], closed=False))
    edge = pen.polygon([middle[0], middle[3]], closed=False)
    return Drawing(
        layers=(
            Layer(path=pen.polygon(bottom), ink=Ink.ACCENT),
            Layer(path=pen.polygon(middle), ink=Ink.SECOND),
            Layer(path=pen.polygon(top), ink=Ink.MAIN),
            *(Layer(path=line, ink=Ink.PAPER, stroke=2.4, through=True) for line in (*folds, edge)),
        )
    )


def gyroscope(rng: Random) -> Drawing:
    """A faceted body inside one tilted hoop, with a weight on the hoop."""
    tilt, sides = rng.uniform(-50, 50), rng.choice((5, 6, 8))
    hoop = Layer(path=pen.ellipse(50, 50, 47, 15), stroke=5.5, transform=f"rotate({round(tilt)} 50 50)")
    body = pen.regular(50, 50, 30, sides)
    facets = [pen.polygon([(50, 50), pen.polar(50, 50, 30, 360 * i / sides - 90)], closed=False) for i in range(sides)]
    weight = pen.polar(50, 50, 47, tilt)
    return Drawing(
        layers=(
            Layer(path=body, ink=Ink.SECOND),
            *(Layer(path=facet, ink=Ink.PAPER, stroke=2) for facet in facets),
            Layer(path=hoop.path, ink=Ink.PAPER, stroke=9.5, transform=hoop.transform, through=True),
            hoop,
            Layer(path=pen.circle(*weight, 7), ink=Ink.ACCENT),
        )
    )


def flame(rng: Random) -> Drawing:
    """Tongues inside each other, leaning to one side."""
    lean = rng.uniform(-14, 14)
    layers = [
        Layer(path=_tongue(size, lean), ink=ink, cut=ink is not Ink.MAIN)
        for size, ink in ((1.0, Ink.MAIN), (0.66, Ink.SECOND), (0.34, Ink.PAPER))
    ]
    side = 1 if lean < 0 else -1
    sparks = [pen.regular(50 + side * x, y, r, 4) for x, y, r in ((22, 20, 7), (33, 34, 5), (13, 4, 4))]
    return Drawing(layers=(*layers, *(Layer(path=spark, ink=Ink.ACCENT) for spark in sparks)))


def _tongue(size: float, lean: float) -> str:
    outline = ((lean, 96), (18, 62), (34, 34), (22, 6), (0, 0), (-22, 6), (-34, 30), (-20, 52), (-4, 70))
    return pen.smooth([(50 + x * size, 98 - y * size) for x, y in outline])


def paddle_steps(rng: Random) -> Drawing:
    """Slanted paddles that grow along a rising path."""
    n, lean = rng.choice((4, 5)), rng.uniform(10, 30)
    layers = []
    for i in range(n):
        x, tall = 12 + 66 * i / (n - 1), 16 + 54 * i / (n - 1)
        line = pen.polygon([(x - lean * 0.3, 92), (x + lean * 0.3, 92 - tall)], closed=False)
        layers.append(Layer(path=line, ink=INKS[i % 2], stroke=9))
        layers.append(Layer(path=pen.circle(x + lean * 0.45, 92 - tall - 13, 6), ink=Ink.ACCENT))
    return Drawing(layers=tuple(layers))


DEVICES = (turning_sickles, comets, ribbon, gyroscope, flame, paddle_steps)
