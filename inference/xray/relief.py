"""Artwork as X-rays may show it: not its colours, but where there is more or less of the material it is made in."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.embedder import MARGIN
from inference.vocabulary import Image

Relief = NDArray[np.uint8]  # (h, w) heights: 0 is the ground and 255 the highest
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
PLAIN = 12.0  # of 255: artwork whose brightness varies less is of one colour
OPAQUE = 200  # of 255
FAINT = 40  # of 255: what is lower is no part of the drawing
GROUND, INK = 215.0, 45.0  # grey of the ground and of the highest relief in the filed views


def flat_relief(artwork: NDArray[np.uint8]) -> Relief:
    """Heights (h, w) of an artwork picture (h, w, 4) RGBA, cut to what is drawn, as boxes around marks are."""
    heights = heights_of(artwork)
    rows, columns = np.nonzero(heights.max(1) > FAINT)[0], np.nonzero(heights.max(0) > FAINT)[0]
    if len(rows) < 2 or len(columns) < 2:
        return heights
    return np.ascontiguousarray(heights[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def heights_of(artwork: NDArray[np.uint8]) -> Relief:
    """Heights (h, w) of an artwork picture (h, w, 4) RGBA: its silhouette, or its brightness if that varies.

    Where the artwork fills its picture, there is no silhouette to see: what is rarer is taken to be the drawing.
    """
    alpha = artwork[..., 3].astype(np.float32) / 255
    bright = artwork[..., :3].astype(np.float32) @ LUMA  # (h, w)
    seen = bright[artwork[..., 3] > OPAQUE]
    if seen.size == 0 or float(seen.std()) < PLAIN:
        return artwork[..., 3]
    low, high = np.percentile(seen, [3, 97])
    tone = np.clip((bright - low) / max(high - low, 1.0), 0, 1)
    filled = float((alpha > 0.5).mean()) > 0.9
    middle = float(np.average(tone, weights=alpha))
    if filled:  # a picture with its own ground: the ground is what there is most of
        return np.asarray(np.rint((1 - tone if middle > 0.5 else tone) * alpha * 255), np.uint8)
    return np.asarray(np.rint((0.3 + 0.7 * (1 - tone if middle > 0.5 else tone)) * alpha * 255), np.uint8)


def filed_view(heights: Relief, side: int, turns: int = 0, *, mirrored: bool = False) -> Image:
    """A relief (h, w) as it is filed: dark on a lighter ground, in the middle of (side, side, 3); turned by 90 degrees
    counter-clockwise `turns` times after being mirrored."""
    own = heights[:, ::-1] if mirrored else heights
    own = np.ascontiguousarray(np.rot90(own, turns))
    h, w = own.shape
    scale = side / MARGIN / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    small = cv2.resize(own, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = np.full((side, side), GROUND, np.float32)
    y, x = (side - size[1]) // 2, (side - size[0]) // 2
    picture[y : y + size[1], x : x + size[0]] = GROUND + (INK - GROUND) / 255 * small
    return np.repeat(np.rint(picture).astype(np.uint8)[..., None], 3, 2)
