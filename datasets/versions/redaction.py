"""Names and addresses made unreadable before pictures leave the house: lettering, barcodes and QR codes.

What is written outside the boxes of labelled marks is replaced by coarse cells, each about as wide as four letters, of
few shades, and blurred: of a letter nothing is left that could be computed back. Codes and dense print become one cell
or two. Then the picture is read again by the
project's own reader; what is still legible is coarsened further, and a picture that stays legible is not exported.

A picture of 1280x960 takes about 0.8 s of one core. Lettering of less than about 7 px of height, once the picture's
longest side has 960 px, is hidden only where it is dense; nobody can read it, unless the picture is much larger.
A box that an officer drew too widely shields what is in it; boxes are therefore to be drawn around the mark alone.

    words = load_words()
    safe = redacted(image, boxes, words)
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.versions.codes import codes
from datasets.versions.errors import NotRedacted
from inference import lines
from inference.engine import OrtSession
from inference.lines import LineFinder, Quads
from inference.pinned import pinned
from inference.recogniser import Recogniser, load_recogniser
from inference.vocabulary import Boxes, Image, check_boxes, check_image

SIDES = (640, 960)  # px of the finder's input: what fills the picture, and small print
ENLARGED = 2  # times that a picture may be enlarged
LIKELY = 0.2  # chance of lettering from which on a place is hidden even if the finder makes no line of it
OWN = 0.5  # of a place's area in a mark's box: it is part of the mark
CELL = 2.0  # heights of a line that one cell spans each way
LEAST = 12  # px of a cell
SHADES = 16  # grey levels between two shades of a cell
ROUNDS = 3  # the last with cells of four times the size
LEGIBLE, LETTERS = 0.6, 3  # the reader's certainty, and letters or digits, from which on something can be read

Mask = NDArray[np.uint8]  # (H, W), 0 or 1


@dataclass(frozen=True, kw_only=True)
class Words:
    """Finds and reads lettering."""

    finders: tuple[LineFinder, ...]
    recogniser: Recogniser

    def fitting(self, image: Image) -> tuple[LineFinder, ...]:
        """The finders that are worth asking about a picture (H, W, 3): enlarged, it has no smaller print."""
        first, *others = self.finders
        return (first, *(finder for finder in others if finder.side <= ENLARGED * max(image.shape[:2])))


def load_words(*, threads: int | None = None) -> Words:
    """Load the models that came with rapidocr. Raises BadBundle if one is missing or another one than expected."""
    net = OrtSession(pinned(lines.MODEL, lines.SHA256), threads=threads, varied=True)
    finders = tuple(LineFinder(net, sha256=lines.SHA256, side=side) for side in SIDES)
    return Words(finders=finders, recogniser=load_recogniser(threads=threads))


def redacted(image: Image, keep: Boxes, words: Words) -> Image:
    """The picture (H, W, 3) without legible names, addresses and codes; boxes (n, 4) of marks stay as they are.

    Raises NotRedacted if something can still be read.
    """
    check_boxes(keep)
    image = check_image(image)
    shield = shielded(keep, image)
    places = foreign([*lettering(image, words), *codes(image)], keep)
    for step in range(ROUNDS):
        image = hidden(image, places, shield, CELL * 2**step)
        places = legible(image, keep, words)
        if not places:
            return image
    raise NotRedacted(f"something can still be read at {len(places)} places", field="image", limit=f"{ROUNDS} tries")


def lettering(image: Image, words: Words) -> list[NDArray[np.float32]]:
    """The corners (4, 2) of whatever may be lettering, in px."""
    found: list[NDArray[np.float32]] = []
    for finder in words.fitting(image):
        seen = finder.find(image)
        scale = np.array(image.shape[1::-1], np.float32) / np.array(seen.chances.shape[::-1], np.float32)
        found.extend(seen.quads)
        found.extend(np.asarray(quad * scale, np.float32) for quad in _likely(seen.chances))
    return found


def foreign(quads: Sequence[NDArray[np.float32]] | Quads, keep: Boxes) -> list[NDArray[np.float32]]:
    """The places (4, 2) that do not lie mostly in one of the boxes (n, 4)."""
    return [quad for quad in quads if not any(_within(quad, box) >= OWN for box in keep)]


def legible(image: Image, keep: Boxes, words: Words) -> list[NDArray[np.float32]]:
    """Where something can be read outside the boxes (n, 4) of marks."""
    quads = words.fitting(image)[-1].find(image).quads  # the one that sees small print
    return [quad for quad in foreign(quads, keep) if readable(*words.recogniser.text(lines.cut(image, quad)))]


def readable(text: str, sure: float) -> bool:
    """Whether what the recogniser said of a line is more than a guess."""
    return sure >= LEGIBLE and sum(c.isalnum() for c in text) >= LETTERS


def hidden(image: Image, places: Sequence[NDArray[np.float32]], shield: Mask, cell: float) -> Image:
    """The picture (H, W, 3) with the places (4, 2) coarsened, but for the pixels of `shield` (H, W)."""
    out = image.copy()
    for quad in places:
        x, y, w, h = cv2.boundingRect(_grown(quad))
        x1, y1, x2, y2 = max(x, 0), max(y, 0), min(x + w, image.shape[1]), min(y + h, image.shape[0])
        if x1 >= x2 or y1 >= y2:
            continue
        size = max(LEAST, round(cell * _height(quad)))
        mask = np.zeros((y2 - y1, x2 - x1), np.uint8)
        cv2.fillConvexPoly(mask, np.round(_grown(quad) - [x1, y1]).astype(np.int32), 1)
        chosen = (mask > 0) & (shield[y1:y2, x1:x2] == 0)
        out[y1:y2, x1:x2][chosen] = _coarse(out[y1:y2, x1:x2], size)[chosen]
    return out


def shielded(keep: Boxes, image: Image) -> Mask:
    """Which pixels of a picture (H, W, 3) are in a box (n, 4), also in part."""
    shield = np.zeros(image.shape[:2], np.uint8)
    for x1, y1, x2, y2 in np.concatenate([np.floor(keep[:, :2]), np.ceil(keep[:, 2:])], 1).clip(0).astype(int):
        shield[y1:y2, x1:x2] = 1
    return shield


def _coarse(patch: Image, size: int) -> Image:
    """A patch (h, w, 3) in cells of about `size` px, of few shades, blurred."""
    h, w = patch.shape[:2]
    small = cv2.resize(patch, (max(1, round(w / size)), max(1, round(h / size))), interpolation=cv2.INTER_AREA)
    small = np.asarray(small // SHADES * SHADES + SHADES // 2, np.uint8)
    return np.asarray(cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR), np.uint8)  # blurs from cell to cell


def _likely(chances: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Yield the corners (4, 2) of places of a map (h, w) that may be lettering, grown to the letters' height."""
    cores = cv2.dilate((chances > LIKELY).astype(np.uint8), np.ones((3, 3), np.uint8))
    for contour in cv2.findContours(cores, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        centre, (w, h), angle = cv2.minAreaRect(contour)
        reach = lines.GROW * w * h / max(w + h, 1e-6) + 2
        yield np.asarray(cv2.boxPoints((centre, (w + reach, h + reach), angle)), np.float32)


def _within(quad: NDArray[np.float32], box: NDArray[np.float32]) -> float:
    """The share of a quad's (4, 2) area that is in a box (4,)."""
    x1, y1, x2, y2 = (float(edge) for edge in box)
    corners = np.array([[x1, y1], [x2, y1], [x2, y2], [x1, y2]], np.float32)
    area = cv2.contourArea(quad)
    shared = cv2.intersectConvexConvex(quad, corners)[0] if x2 > x1 and y2 > y1 else 0.0
    return float(shared / area) if area > 0 else 0.0


def _height(quad: NDArray[np.float32]) -> float:
    """The shorter side of a quad (4, 2), in px."""
    return float(min(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])))


def _grown(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """A quad (4, 2) with a little around it: feet and accents reach out of lines."""
    middle = quad.mean(0)
    sides = np.maximum(np.linalg.norm(quad - middle, axis=1, keepdims=True), 1e-6)
    return np.asarray(quad + (quad - middle) / sides * max(2.0, 0.2 * _height(quad)), np.float32)
