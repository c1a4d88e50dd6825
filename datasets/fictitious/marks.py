"""Fictitious marks: a name, a right holder, a drawing, a palette; all from one seed."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import cycle
from random import Random

from datasets.fictitious import animals, geometric, lettering, sweeps
from datasets.fictitious.drawing import Drawing, Palette, below, beside, colour_svg, one_colour_svg, scaled
from datasets.fictitious.emblems import badge, crest, monogram
from datasets.fictitious.names import invented

_WHITE = "#ffffff"
PALETTES = tuple(
    Palette(colours=(main, second, accent, _WHITE))
    for main, second, accent in (
        ("#12355b", "#d72638", "#f2a541"), ("#0b6e4f", "#08a045", "#f5cb5c"), ("#5f0f40", "#9a031e", "#fb8b24"),
        ("#264653", "#2a9d8f", "#e9c46a"), ("#1b1b1e", "#c1121f", "#8d99ae"), ("#3d348b", "#7678ed", "#f7b801"),
        ("#7f4f24", "#b6ad90", "#414833"), ("#d00000", "#370617", "#ffba08"), ("#006494", "#13293d", "#1b98e0"),
        ("#ef476f", "#118ab2", "#ffd166"), ("#2b2d42", "#ef233c", "#f4a261"), ("#386641", "#a7c957", "#bc4749"),
        ("#ff6700", "#004e98", "#3a6ea5"), ("#6a4c93", "#1982c4", "#8ac926"), ("#14213d", "#fca311", "#9d0208"),
        ("#00798c", "#d1495b", "#edae49"),
    )
)  # fmt: skip

SISTER = 12  # each so manieth mark belongs to the right holder of the mark before it


@dataclass(frozen=True, kw_only=True)
class FictitiousMark:
    """A mark that nobody owns."""

    mark_id: str
    title: str
    holder: str
    variant: str  # symbol, artwork or wordmark, as in the registry table
    colour: str  # SVG in colour
    one_colour: str  # SVG in one colour


def fictitious_marks(count: int, seed: int) -> list[FictitiousMark]:
    """`count` different marks; the same seed gives the same marks."""
    rng = Random(seed)
    names = invented(count, rng)
    kinds = _kinds(count, rng)
    marks: list[FictitiousMark] = []
    for index, (name, (variant, draw)) in enumerate(zip(names, kinds, strict=True)):
        drawing = draw(name, rng)
        sister = index % SISTER == SISTER - 1
        marks.append(
            FictitiousMark(
                mark_id=name.lower(),
                title=name,
                holder=marks[-1].holder if sister else name.lower(),
                variant=variant,
                colour=colour_svg(drawing, PALETTES[rng.randrange(len(PALETTES))]),
                one_colour=one_colour_svg(drawing),
            )
        )
    return marks


Device = Callable[[Random], Drawing]
Draw = Callable[[str, Random], Drawing]
DEVICES: tuple[Device, ...] = (*geometric.DEVICES, *animals.ANIMALS, *sweeps.DEVICES)


def _kinds(count: int, rng: Random) -> list[tuple[str, Draw]]:
    """How each mark is drawn: every device in turn before any comes twice, then shuffled."""
    devices = cycle(rng.sample(DEVICES, len(DEVICES)))
    words = cycle(rng.sample(lettering.WORD_STYLES, len(lettering.WORD_STYLES)))
    emblems: cycle[Draw] = cycle((monogram, crest, monogram, crest))
    kinds: list[tuple[str, Draw]] = []
    for i in range(count):  # of 8: 3 symbols, 2 emblems or badges, 2 words, 1 symbol with its word
        part = i % 8
        if part < 3:
            kinds.append(("symbol", _nameless(next(devices))))
        elif part < 5:
            kinds.append(("symbol", next(emblems) if i % 24 != 4 else _badged(next(devices))))
        elif part < 7:
            kinds.append(("wordmark", _written(next(words))))
        else:
            kinds.append(("artwork", _lockup(next(devices))))
    rng.shuffle(kinds)
    return kinds


def _nameless(device: Device) -> Draw:
    return lambda name, rng: device(rng)


def _written(style: Callable[[str, lettering.Hand, Random], Drawing]) -> Draw:
    return lambda name, rng: style(name, lettering.random_hand(rng), rng)


def _badged(device: Device) -> Draw:
    return lambda name, rng: badge(name, rng, device(rng))


def _lockup(device: Device) -> Draw:
    """A symbol with the name beside or below it."""

    def draw(name: str, rng: Random) -> Drawing:
        letters = lettering.word(name, lettering.random_hand(rng))
        if rng.random() < 0.5:
            return beside([scaled(device(rng), height=20), letters], gap=4)
        return below([scaled(device(rng), height=34), letters], gap=4)

    return draw
