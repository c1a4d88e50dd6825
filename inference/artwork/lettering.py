"""Word marks that were filed without a picture: their words in plain letters, for the gallery to compare with.

A word mark is protected in any lettering, so its reader's word decides; the drawing gives it a place in the gallery and
the officer something to look at.
"""

import threading
import unicodedata
from pathlib import Path
from textwrap import wrap

import cv2
import numpy as np
from anyascii import anyascii
from numpy.typing import NDArray
from PIL import ImageFont

from inference.artwork.glyphs import Face, has_glyph
from inference.errors import UnreadableFont

SIZE = 96  # px per em
LINE = 24  # letters: longer marks go over several lines
LEADING = 1.2  # em from line to line


class Lettering:
    """Draws words in one font. Safe to use from several threads at once."""

    def __init__(self, font: Path | None = None) -> None:
        """`font` is a file that FreeType reads; without one it is Pillow's own, which has Latin letters alone.

        Raises UnreadableFont.
        """
        self._lock = threading.Lock()  # a FreeType face is used by one thread at a time
        try:
            self._face: Face = ImageFont.load_default(SIZE) if font is None else ImageFont.truetype(str(font), SIZE)
            self._face.getmask("a")  # a file may open, and fail on the first letter
        except (OSError, ValueError) as error:
            raise UnreadableFont(f"{font} cannot be read as a font: {error}", field="lettering_font") from error

    def draw(self, words: str) -> bytes | None:
        """`words` as a PNG, black on nothing; None if the font lacks a letter of them, or there is none to draw."""
        with self._lock:
            text = unicodedata.normalize("NFC", words)
            stands_for = {letter: self._letter(letter) for letter in set(text)}
            text = "".join(map(stands_for.__getitem__, text))
            if "\0" in text or not any(letter.isalnum() for letter in text):
                return None
            masks = [_mask(self._face, line) for line in wrap(text, LINE)]
        fine, data = cv2.imencode(".png", _inked(masks))
        if not fine:
            raise ValueError(f"{words!r} could not be encoded")
        return data.tobytes()

    def _has(self, letter: str) -> bool:
        return has_glyph(self._face, letter)

    def _letter(self, letter: str) -> str:
        """The letter, or what stands for it where the font lacks it: "e" for "é"; NUL if nothing does."""
        if letter.isspace():
            return " "
        if self._has(letter):
            return letter
        if not letter.isalnum():
            return ""
        plain = anyascii(letter) if "LATIN" in unicodedata.name(letter, "") else ""
        return plain if plain and all(map(self._has, plain)) else "\0"


def _mask(face: Face, text: str) -> NDArray[np.uint8]:
    """How much ink there is (h, w), 0..255."""
    core = face.getmask(text)
    width, height = core.size
    return np.frombuffer(bytes(core), np.uint8).reshape(height, width)


def _inked(masks: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The lines (h, w) under one another, centred: (H, W, 4), black, opaque where there is ink."""
    step = round(SIZE * LEADING)
    height, width = step * len(masks), max(mask.shape[1] for mask in masks)
    height = max(height, *(step * place + mask.shape[0] for place, mask in enumerate(masks)))
    picture = np.zeros((height, width, 4), np.uint8)
    for place, mask in enumerate(masks):
        top, left = step * place, (width - mask.shape[1]) // 2
        picture[top : top + mask.shape[0], left : left + mask.shape[1], 3] = mask
    return picture
