"""A contact sheet: many small pictures with a line of words under each, in one JPEG file of bounded size."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inference.vocabulary import Image

SIDE = 132  # px of each picture
LINE = 15  # px of height of a line of words
LINES = 2  # of words under a picture
GAP = 8  # px around a cell
COLUMNS = 4
LETTERS = (cv2.FONT_HERSHEY_SIMPLEX, 0.4)  # font, and its size
INK, PAPER = (40, 40, 40), 246
RIGHT, WRONG = (40, 140, 60), (200, 50, 40)  # RGB of the frame
QUALITIES = range(90, 29, -5)


@dataclass(frozen=True, kw_only=True)
class Cell:
    """Pictures side by side, each with the lines of words that stand under it; `right` chooses the frame's colour."""

    pictures: tuple[Image, ...]  # (SIDE, SIDE, 3) each
    words: tuple[str, ...]
    right: bool

    def __post_init__(self) -> None:
        if not self.pictures or len(self.words) != len(self.pictures):
            raise ValueError(f"expected words for each of n >= 1 pictures, got {len(self.words)}, {len(self.pictures)}")
        for picture in self.pictures:
            if picture.shape != (SIDE, SIDE, 3):
                raise ValueError(f"pictures must be {(SIDE, SIDE, 3)}, got {picture.shape}")


def sheet(cells: Sequence[Cell], columns: int = COLUMNS) -> Image:
    """All cells in rows of `columns`: (h, w, 3).

    Raises ValueError if there is no cell, or if they do not have the same number of pictures.
    """
    sizes = {len(cell.pictures) for cell in cells}
    if len(sizes) != 1:
        raise ValueError(f"expected cells with the same number of pictures, got {sorted(sizes)}")
    drawn = [_drawn(cell) for cell in cells]
    blank = np.full_like(drawn[0], PAPER)
    drawn += [blank] * (-len(drawn) % columns)
    rows = [np.concatenate(drawn[start : start + columns], 1) for start in range(0, len(drawn), columns)]
    return np.concatenate(rows, 0)


def _drawn(cell: Cell) -> Image:
    """One cell with its frame: (SIDE + LINES * LINE + 2 GAP, pictures * SIDE + 2 GAP, 3)."""
    wide, high = SIDE * len(cell.pictures), SIDE + LINES * LINE
    canvas = np.full((high + 2 * GAP, wide + 2 * GAP, 3), PAPER, np.uint8)
    canvas[GAP : GAP + SIDE, GAP : GAP + wide] = np.concatenate(cell.pictures, 1)
    for index, words in enumerate(cell.words):
        for row, line in enumerate(words.splitlines()[:LINES], start=1):
            place = (GAP + SIDE * index + 2, GAP + SIDE + LINE * row - 4)
            cv2.putText(canvas, line, place, *LETTERS, INK, 1, cv2.LINE_AA)
    colour = RIGHT if cell.right else WRONG
    cv2.rectangle(canvas, (GAP - 3, GAP - 3), (GAP + wide + 2, GAP + high + 2), colour, 2)
    return canvas


def as_jpeg(picture: Image, most: int) -> bytes:
    """The picture (h, w, 3) RGB as a JPEG file of at most `most` bytes, as good as it can be.

    Raises ValueError if it is larger even at the worst quality that can be looked at.
    """
    for quality in QUALITIES:
        how = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_OPTIMIZE, 1]
        _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), how)
        if data.size <= most:
            return data.tobytes()
    raise ValueError(f"the picture has {data.size} bytes at quality {quality}, at most {most} are allowed")
