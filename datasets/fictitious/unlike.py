"""Marks that can be told apart: of two that have one shape, nobody can say in one colour which is which.

Fictitious marks are drawn from a few motifs, so some of many are twins but for their colours. Real ones would not have
been registered for two right holders.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.fictitious.marks import FictitiousMark
from inference.artwork.rasterise import Rgba, rasterise

SIDE = 24  # px: what is left of a shape at a distance
ALIKE = 0.9  # correlation of two shapes from which on they are one

Shapes = NDArray[np.float32]  # (n, SIDE * SIDE), each of mean 0 and length 1


def shape_of(picture: Rgba) -> Shapes:
    """What a picture (h, w, 4) covers, fitted into a square: (1, SIDE * SIDE)."""
    alpha = picture[..., 3]
    ys, xs = np.nonzero(alpha > 40)
    if not len(ys):
        return np.zeros((1, SIDE * SIDE), np.float32)
    tight = alpha[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
    flat = cv2.resize(tight, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32).ravel()
    flat -= flat.mean()
    return (flat / max(float(np.linalg.norm(flat)), 1e-6))[None]


def unlike(marks: Sequence[FictitiousMark], others: Sequence[Rgba] = ()) -> list[FictitiousMark]:
    """Those of the marks whose shape neither one of the `others` nor a mark before them has."""
    known = np.concatenate([np.zeros((1, SIDE * SIDE), np.float32), *map(shape_of, others)])
    kept = []
    for mark in marks:
        own = shape_of(rasterise(mark.one_colour.encode(), name=mark.mark_id))
        if float((known @ own.T).max()) < ALIKE:
            kept.append(mark)
            known = np.concatenate([known, own])
    return kept
