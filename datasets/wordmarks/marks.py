"""Word marks for training: each a name, in one lettering or several; for some a sibling, one letter away."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from numpy.random import Generator

from datasets.training_artwork import TrainingArtwork
from datasets.wordmarks import words
from datasets.wordmarks.errors import NoFonts
from datasets.wordmarks.fonts import Font
from datasets.wordmarks.scripts import LATIN, SCRIPTS, written
from datasets.wordmarks.typesetting import Lettering, cased, lettering, typeset
from datasets.wordmarks.words import LETTERS, sibling

SIBLINGS = 0.35  # share of names that have one
TRIES = 40  # fonts tried for a script before Latin is taken


def word_marks(rng: Generator, fonts: Sequence[Font], count: int) -> list[TrainingArtwork]:
    """Artwork of `count` fictitious word marks, each with 1 to 3 pictures.

    A name set in another font is the same mark; a name with one letter changed is another mark of another holder, and
    is set just as the first was, so that only the letter tells them apart. Raises NoFonts if no font has a..z and A..Z.
    """
    latin = [font for font in fonts if font.has(LETTERS + LETTERS.upper())]
    if count and not latin:
        raise NoFonts(f"none of the {len(fonts)} fonts has the letters a to z and A to Z", field="fonts")
    found: list[TrainingArtwork] = []
    for index, (name, ways) in enumerate(_named(rng, fonts, latin, count)):
        mark = f"word-{index}-{name.replace(' ', '-')}"
        pictures = (typeset(text_of(name, way), way) for way in ways)
        found += [TrainingArtwork(mark_id=mark, holder=mark, picture=picture) for picture in pictures]
    return found


def _named(
    rng: Generator, fonts: Sequence[Font], latin: Sequence[Font], count: int
) -> Iterator[tuple[str, list[Lettering]]]:
    """`count` names and their letterings, no two set in the same letters; siblings follow the name they come from."""
    taken: set[str] = set()
    given, nothing = 0, ("", list[Lettering]())
    last = nothing
    while given < count:
        name, ways = last
        if ways and rng.random() < SIBLINGS:
            name = sibling(rng, name)
        else:
            name = words.name(rng)
            ways = _letterings(rng, fonts, latin, name)
        texts = {text_of(name, way).casefold() for way in ways}
        last = nothing
        if not texts & taken and _fits(name, ways):
            taken |= texts
            given += 1
            last = (name, ways)
            yield name, ways


def _letterings(rng: Generator, fonts: Sequence[Font], latin: Sequence[Font], name: str) -> list[Lettering]:
    """One to three letterings of a name, all in one script."""
    script = LATIN if rng.random() < 0.75 else str(rng.choice(SCRIPTS))
    able: list[Font] = []
    if script != LATIN:
        tried = (fonts[int(at)] for at in rng.integers(len(fonts), size=TRIES))
        able = [font for font in tried if font.has(cased(written(name, script), "title"))]
    if not able:
        script, able = LATIN, list(latin)
    ways = [lettering(rng, able[int(rng.integers(len(able)))], script) for _ in range(int(rng.integers(1, 4)))]
    return [way if _fits(name, [way]) else replace(way, case="title") for way in ways]


def text_of(name: str, way: Lettering) -> str:
    """The letters that are set."""
    return cased(written(name, way.script), way.case)


def _fits(name: str, ways: Sequence[Lettering]) -> bool:
    return all(way.font.has(text_of(name, way)) for way in ways)
