"""Lettering around a round mark, unrolled: a badge says its name along its rim, where no straight line is found.

The rim is taken to be an ellipse in the detection's box, since a disc seen at a slant is one.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.recogniser import HEIGHT
from inference.vocabulary import Image

INNER, OUTER = 0.62, 1.0  # of the ellipse's half axes: where the letters stand
WIDTH = 224  # px of the unrolled line: as good as its true proportion of 320, in less time
BEYOND = 0.05  # of a half turn: how far the arc goes below the middle on either side
ROUND = 1.8  # longest / shortest side of a box that may hold a round mark
SOME = 0.05  # of the arc, at least, is lettering
FULL = 0.3  # of the rim's area, at most: more is a text across the box, not along its rim
LEAST = 28.0  # px: shortest side of a box whose rim can be read


def is_round(box: NDArray[np.float32]) -> bool:
    """Whether a box (4,) may hold a disc with legible lettering."""
    w, h = float(box[2] - box[0]), float(box[3] - box[1])
    return min(w, h) >= LEAST and max(w, h) <= ROUND * min(w, h)


def upper_arc(image: Image, box: NDArray[np.float32]) -> Image:
    """The upper half of the rim in a box (4,), as a line (HEIGHT, WIDTH, 3) with its letters upright."""
    x, y = _places(box, HEIGHT, WIDTH)
    line = cv2.remap(image, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(line, np.uint8)


def is_lettered(chances: NDArray[np.float32], box: NDArray[np.float32]) -> bool:
    """Whether a map (h, w) of the chances that something is written sees lettering along the rim in a box (4,).

    The box is in px of the map. Nine in ten rims with a legible name pass, and four in ten of all.
    """
    x, y = _places(box, HEIGHT // 6, WIDTH // 4)
    rim = np.asarray(cv2.remap(chances, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT), np.float32)
    return float(rim.max(0).mean()) >= SOME and float(rim.mean()) < FULL


def _places(box: NDArray[np.float32], height: int, width: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where the pixels of the unrolled rim are, x and y (height, width) in the picture."""
    centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
    turn = np.linspace(np.pi * (1 + BEYOND), -np.pi * BEYOND, width)  # from the left, over the top
    reach = np.linspace(OUTER, INNER, height)[:, None]  # of the half axes, from the letters' heads to their feet
    x = (centre[0] + half[0] * reach * np.cos(turn)).astype(np.float32)
    y = (centre[1] - half[1] * reach * np.sin(turn)).astype(np.float32)
    return x, y
