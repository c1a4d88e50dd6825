"""The reader: what is written in boxes of a photograph, beside them, and around them.

Lines are found once in the whole photograph, and those in or near a box are read; a wide box in which no line was found
is read as one; and the rim of a round box is unrolled. Each reading costs milliseconds, so there is a limit to each
kind, and boxes come best first.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from inference import lines, rings
from inference.lines import LineFinder, Lines, Quads, load_line_finder
from inference.recogniser import Recogniser, load_recogniser, resized
from inference.vocabulary import Boxes, Image, Place, Reading, check_boxes, check_image

WIDE = 1.2  # width / height from which on a box may hold a line of text
LOWEST = 8.0  # px: height of a box below which nothing can be read
AROUND = 0.04  # of the box's width and height: what is added at each side
WITHIN = 0.1  # of the box's sides: how far outside the middle of a line may be that is still in the box
BESIDE = (0.5, 0.8)  # of the box's width and height: how far outside it may be and still belong to the mark
JOINED = 4  # lines of one box, at most, that may make up one name together


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How much of one photograph is read: found lines, boxes as a whole, round boxes."""

    lines: int
    boxes: int
    rims: int
    every_rim: bool = False  # also those along which the line finder sees nothing


QUICK = Limits(lines=8, boxes=2, rims=3)  # of what was detected
CLOSER = Limits(lines=8, boxes=2, rims=2, every_rim=True)  # of what is in doubt after that
THOROUGH = Limits(lines=200, boxes=200, rims=200, every_rim=True)  # of boxes that somebody gave


class Reader:
    """Reads what belongs to boxes. Safe to use from several threads at once."""

    def __init__(self, finder: LineFinder, recogniser: Recogniser) -> None:
        self._finder, self._recogniser = finder, recogniser

    @property
    def sha256(self) -> dict[str, str]:
        """Identity of the models, by their roles."""
        return {"lines": self._finder.sha256, "reader": self._recogniser.sha256}

    def find(self, image: Image) -> Lines:
        """The lines of an image, wherever its boxes are."""
        return self._finder.find(check_image(image))

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        """What is written at each of the n boxes (n, 4) of one image, best first; empty where nothing was read.

        `found` are the image's lines, where they are known already.
        """
        if not len(check_boxes(boxes)):
            return []
        found = self.find(image) if found is None else found
        quads = found.quads
        inside, near = within(quads, boxes, WITHIN, WITHIN), within(quads, boxes, *BESIDE)  # (n, lines) each
        chosen = wanted(inside, near)[: limits.lines].tolist()
        texts = {i: self._text(found, i, partial(lines.cut, image, quads[i])) for i in chosen}
        said = {i: text for i, text in texts.items() if text is not None}
        readings: list[list[Reading]] = []
        for own, around in zip(inside, near, strict=True):
            seen = [int(i) for i in np.flatnonzero(own) if int(i) in said]
            beside = [int(i) for i in np.flatnonzero(around & ~own) if int(i) in said]
            alone = [reading(*said[i], "in") for i in seen]
            readings.append([*alone, *joined(quads[seen], alone), *(reading(*said[i], "beside") for i in beside)])
        for index in worth_reading(boxes, np.asarray(inside.any(1)))[: limits.boxes].tolist():
            readings[index] += self._at(found, "in", boxes[index], partial(whole, image, boxes[index]))
        scale = found.chances.shape[1] / image.shape[1]
        rimmed = [i for i in range(len(boxes)) if rings.is_round(boxes[i])]
        if not limits.every_rim:
            rimmed = [i for i in rimmed if rings.is_lettered(found.chances, boxes[i] * scale)]
        for index in rimmed[: limits.rims]:
            readings[index] += self._at(found, "around", boxes[index], partial(rings.upper_arc, image, boxes[index]))
        return [tuple(own) for own in readings]

    def _at(self, found: Lines, place: Place, box: NDArray[np.float32], cut: Callable[[], Image]) -> list[Reading]:
        """What is written at a place of a box (4,), as one line that `cut` cuts out."""
        said = self._text(found, (place, *box.tolist()), cut)
        return [] if said is None else [reading(*said, place)]

    def _text(self, found: Lines, where: Hashable, cut: Callable[[], Image]) -> tuple[str, float] | None:
        """What the line says that `cut` cuts out, and how sure that is; remembered in `found` by `where`."""
        if where not in found.said:
            text, sure = self._recogniser.text(cut())
            found.said[where] = (text, sure) if text else None
        return found.said[where]


def load_reader(*, threads: int | None = None) -> Reader:
    """Load both models that came with rapidocr; raises BadBundle if one is missing or another one than expected."""
    return Reader(load_line_finder(threads=threads), load_recogniser(threads=threads))


def reading(text: str, confidence: float, place: Place) -> Reading:
    """A reading."""
    return Reading(text=text, confidence=confidence, place=place)


def within(quads: Quads, boxes: Boxes, across: float, along: float) -> NDArray[np.bool_]:
    """Whether the middle of each line (m, 4, 2) is in each box (n, 4) grown by shares of its sides: (n, m)."""
    middle = quads.mean(1)[None]  # (1, m, 2)
    grow = (boxes[:, 2:] - boxes[:, :2]) * np.array([across, along], np.float32)  # (n, 2)
    low, high = (boxes[:, :2] - grow)[:, None], (boxes[:, 2:] + grow)[:, None]  # (n, 1, 2)
    return np.asarray(((middle >= low) & (middle <= high)).all(2))


def wanted(inside: NDArray[np.bool_], near: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The lines that are in or near a box (n, lines): first those in one; of these, those of the best boxes first."""
    some = np.flatnonzero(near.any(0))
    if not len(some):
        return some
    beside = ~inside[:, some].any(0)
    return some[np.lexsort((near[:, some].argmax(0), beside))]


def joined(quads: Quads, readings: Sequence[Reading]) -> list[Reading]:
    """A name that is written on several lines, or in several words: the readings together, downwards and rightwards."""
    if not 2 <= len(readings) <= JOINED:
        return []
    middles = quads.mean(1)  # (m, 2)
    orders = {tuple(np.argsort(middles[:, axis], kind="stable").tolist()) for axis in (0, 1)}
    sure = min(one.confidence for one in readings)
    return [reading("".join(readings[i].text for i in order), sure, "in") for order in sorted(orders)]


def worth_reading(boxes: Boxes, has_line: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The boxes (n, 4) wide enough for a line and high enough for letters in which no line was found (n,)."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return np.flatnonzero((heights >= LOWEST) & (widths >= WIDE * heights) & ~has_line)


def whole(image: Image, box: NDArray[np.float32]) -> Image:
    """Cut the box (4,) with a little around it, as a line (HEIGHT, w, 3)."""
    h, w = image.shape[:2]
    grow = AROUND * np.array([box[2] - box[0], box[3] - box[1]])
    x1, y1 = (int(max(0, edge)) for edge in (box[0] - grow[0], box[1] - grow[1]))
    x2, y2 = int(min(w, box[2] + grow[0] + 1)), int(min(h, box[3] + grow[1] + 1))
    x1, y1 = min(x1, w - 1), min(y1, h - 1)  # a box wholly outside: at least its nearest pixels
    return resized(image[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)])
