"""Words and letters as strokes: word marks, monograms, and words around a badge."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from random import Random

from datasets.fictitious import pen
from datasets.fictitious.alphabets import ANGULAR, ROUND, SMALL, Letter
from datasets.fictitious.drawing import Drawing, Ink, Layer, number

_CAP = 10.0  # height of capitals in the alphabets' units
_DESCENT = 13.0


@dataclass(frozen=True, kw_only=True)
class Hand:
    """How letters are drawn; lengths in the alphabets' units (capitals are 10 high)."""

    alphabet: dict[str, Letter]
    weight: float = 1.6  # thickness of the line
    spacing: float = 1.4  # between the lines' edges
    slant: float = 0.0  # degrees to the right
    stretch: float = 1.0  # of the widths
    round: bool = True


def random_hand(rng: Random) -> Hand:
    """A hand with an alphabet, weight, slant and spacing of its own."""
    alphabet = rng.choice((ROUND, ROUND, SMALL, SMALL, ANGULAR, {**ROUND, **SMALL}))
    weight = rng.choice((0.7, 1.2, 1.7, 2.1, 2.5))
    return Hand(
        alphabet=alphabet,
        weight=weight if alphabet is not SMALL else min(weight, 2.0),
        spacing=rng.uniform(0.9, 1.6) if weight > 1 else rng.uniform(1.8, 3.6),
        slant=rng.choice((0, 0, 0, 9, 16)),
        stretch=rng.choice((0.8, 1.0, 1.0, 1.25)),
        round=rng.random() < 0.6,
    )


def spelled(word: str, hand: Hand) -> str:
    """The word in the case that the hand's alphabet has."""
    capitals, small = "A" in hand.alphabet, "a" in hand.alphabet
    if capitals and small:
        return word.capitalize()
    return word.upper() if capitals else word.lower()


def word(text: str, hand: Hand, inks: Callable[[int], Ink] = lambda index: Ink.MAIN) -> Drawing:
    """The text on one line, with its box around the lines' outer edges; `inks` gives each letter's ink."""
    letters = spelled(text, hand)
    half = hand.weight / 2
    low = _DESCENT if set(letters) & set("gjpqy") else _CAP
    x, layers = half, []
    for index, letter in enumerate(letters):
        width, path = hand.alphabet[letter]
        place = f"translate({number(x)} {number(half)}) skewX({-hand.slant:g}) scale({hand.stretch:g} 1)"
        layers.append(
            Layer(path=path, ink=inks(index), stroke=hand.weight, round=hand.round, transform=_upright(place, hand))
        )
        x += width * hand.stretch + hand.weight + hand.spacing
    lean = low * hand.slant / 57.3  # small angles: the tangent is the angle
    moved = tuple(layer.moved(f"translate({number(lean)} 0)") for layer in layers)
    return Drawing(layers=moved, width=x - half - hand.spacing + lean, height=low + hand.weight)


def _upright(place: str, hand: Hand) -> str:
    return place if hand.slant or hand.stretch != 1 else place.partition(" skewX")[0]


def plain(text: str, hand: Hand, rng: Random) -> Drawing:
    """The word, its beginning in another ink."""
    split = rng.choice((0, 0, len(text) // 2, 1))
    return word(text, hand, lambda index: Ink.SECOND if index < split else Ink.MAIN)


def underlined(text: str, hand: Hand, rng: Random) -> Drawing:
    """The word over a sickle or a bar."""
    line = word(text, hand)
    y = line.height + 2.2
    if rng.random() < 0.5:
        w = line.width
        stroke = pen.smooth([(0, y + 2), (w / 2, y + 0.2), (w, y - 0.6), (w * 0.55, y + 2.2)])
    else:
        stroke = pen.rounded(line.width * 0.25, y, line.width * 0.75, 1.6, 0.8)
    return Drawing(layers=(*line.layers, Layer(path=stroke, ink=Ink.ACCENT)), width=line.width, height=y + 3)


def on_plate(text: str, hand: Hand, rng: Random) -> Drawing:
    """The word in paper on a plate of ink."""
    line = word(text, hand, lambda index: Ink.PAPER)
    margin = 3.6
    width, height = line.width + 2 * margin, line.height + 2 * margin
    slope = rng.choice((0.0, 3.0))
    if slope:
        plate = pen.polygon([(slope, 0), (width + slope, 0), (width - slope, height), (-slope, height)])
    else:
        plate = pen.rounded(0, 0, width, height, rng.choice((1.0, 4.0, height / 2)))
    letters = (layer.moved(f"translate({margin:g} {margin:g})") for layer in line.layers)
    return Drawing(layers=(Layer(path=plate), *letters), width=width, height=height)


def inline(text: str, hand: Hand, rng: Random) -> Drawing:
    """Heavy letters with a fine line of paper inside."""
    line = word(text, replace(hand, weight=2.6, spacing=1.0))
    share = rng.uniform(0.2, 0.4)
    inner = (replace(layer, ink=Ink.PAPER, stroke=2.6 * share) for layer in line.layers)
    return Drawing(layers=(*line.layers, *inner), width=line.width, height=line.height)


def shadowed(text: str, hand: Hand, rng: Random) -> Drawing:
    """Letters with a hard shadow in another ink, kept apart by a rim of paper."""
    line = word(text, replace(hand, weight=max(hand.weight, 1.7), spacing=1.8))
    away = rng.choice((1.3, 1.7))
    shadow = (replace(layer, ink=Ink.SECOND).moved(f"translate({away} {away})") for layer in line.layers)
    rim = (replace(layer, ink=Ink.PAPER, stroke=layer.stroke + 0.9) for layer in line.layers)
    return Drawing(layers=(*shadow, *rim, *line.layers), width=line.width + away, height=line.height + away)


def stencilled(text: str, hand: Hand, rng: Random) -> Drawing:
    """Heavy letters cut through by one or two lines."""
    line = word(text, replace(hand, weight=2.3))
    cuts = rng.choice(((0.5,), (0.36, 0.62)))
    bars = (Layer(path=_bar(line, y), ink=Ink.PAPER, stroke=0.8, round=False, through=True) for y in cuts)
    return Drawing(layers=(*line.layers, *bars), width=line.width, height=line.height)


def _bar(line: Drawing, share: float) -> str:
    y = share * line.height
    return pen.polygon([(-1, y), (line.width + 1, y - 0.04 * line.height)], closed=False)


WORD_STYLES = (plain, underlined, on_plate, inline, shadowed, stencilled)


def around(text: str, r: float, size: float, ink: Ink) -> Iterator[Layer]:
    """The text's capitals around (50, 50) on the upper arc of radius `r`, `size` units high."""
    scale = size / _CAP
    hand = Hand(alphabet=ROUND, weight=1.7)
    widths = [hand.alphabet[letter][0] + hand.weight + 2.4 for letter in text.upper()]
    degrees = [width * scale / r * 57.3 for width in widths]
    angle = -sum(degrees) / 2
    for letter, width, step in zip(text.upper(), widths, degrees, strict=True):
        left, turn = 50 - (width - 4.1) * scale / 2, number(angle + step / 2)
        place = f"rotate({turn} 50 50) translate({number(left)} {number(50 - r)}) scale({scale:.3g})"
        yield Layer(path=hand.alphabet[letter][1], ink=ink, stroke=hand.weight, transform=place)
        angle += step


def initials(text: str, rng: Random, ink: Ink, *, box: float = 44) -> tuple[Layer, ...]:
    """One or two letters of the text, fitted into a square of `box` units around (50, 50)."""
    alphabet = rng.choice((ROUND, ANGULAR))
    hand = Hand(alphabet=alphabet, weight=rng.choice((1.5, 2.1, 2.7)), spacing=0.7, round=rng.random() < 0.5)
    letters = text[0] if rng.random() < 0.45 else text[0] + text[rng.choice((2, 3, 4))]
    line = word(letters, hand)
    scale = box / max(line.width, line.height)
    x, y = 50 - line.width * scale / 2, 50 - line.height * scale / 2
    place = f"translate({number(x)} {number(y)}) scale({scale:.4g})"
    return tuple(replace(layer, ink=ink).moved(place) for layer in line.layers)
