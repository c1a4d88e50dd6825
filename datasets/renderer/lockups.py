"""Lockups: a symbol with its name below or beside it, as firms print them. Together they are one mark, with one box."""

import cv2
import numpy as np
from numpy.random import Generator

from datasets.renderer import inks
from datasets.renderer.inks import Artwork

WIDE = 2.2  # width / height from which on artwork can stand for a name
TRIES = 12  # pieces of artwork looked at for a wide one
VISIBLE = 128  # alpha
BELOW = 0.6  # share of lockups with the name below the symbol; else it is at the right


def locked_up(rng: Generator, symbol: Artwork, artwork: list[Artwork]) -> Artwork:
    """The symbol with a name from `artwork` (other marks' words) below or beside it; the symbol if that is a word too,
    cannot be seen, or no name turned up.
    """
    if is_wide(symbol) or int(symbol[..., 3].max(initial=0)) < VISIBLE:
        return symbol
    for index in rng.integers(len(artwork), size=TRIES).tolist():
        if is_wide(artwork[index]):
            return joined(rng, symbol, dyed(rng, artwork[index], symbol))
    return symbol


def is_wide(artwork: Artwork) -> bool:
    """Whether artwork (h, w, 4) is of a name's shape."""
    return artwork.shape[1] >= WIDE * artwork.shape[0]


def dyed(rng: Generator, word: Artwork, symbol: Artwork) -> Artwork:
    """The word in its own colours, or all in the symbol's mean colour, black or grey."""
    kind = rng.random()
    if kind < 0.4:
        return word
    ink = np.full(3, rng.integers(0, 120)) if kind < 0.7 else inks.mean_colour(inks.own_colours(symbol))
    return np.dstack([np.broadcast_to(ink.astype(np.uint8), word.shape[:2] + (3,)), word[..., 3]])


def joined(rng: Generator, symbol: Artwork, word: Artwork) -> Artwork:
    """Both on one sheet, centred on each other, a little apart."""
    h, w = symbol.shape[:2]
    below = rng.random() < BELOW
    reach = rng.uniform(0.8, 1.9) * w / word.shape[1] if below else rng.uniform(0.3, 0.8) * h / word.shape[0]
    size = (max(2, round(word.shape[1] * reach)), max(2, round(word.shape[0] * reach)))
    small = cv2.resize(word, size, interpolation=cv2.INTER_AREA if reach < 1 else cv2.INTER_LINEAR)
    gap = round(rng.uniform(0.03, 0.2) * h)
    if below:
        sheet = np.zeros((h + gap + size[1], max(w, size[0]), 4), np.uint8)
        left, under = (sheet.shape[1] - w) // 2, (sheet.shape[1] - size[0]) // 2
        sheet[:h, left : left + w] = symbol
        sheet[h + gap :, under : under + size[0]] = small
        return sheet
    sheet = np.zeros((max(h, size[1]), w + gap + size[0], 4), np.uint8)
    top, beside = (sheet.shape[0] - h) // 2, (sheet.shape[0] - size[1]) // 2
    sheet[top : top + h, :w] = symbol
    sheet[beside : beside + size[1], w + gap :] = small
    return sheet
