"""Ink and ground of filed artwork: what of a picture is the mark, also where it was filed on an opaque ground."""

import cv2
import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]  # (h, w, 4), straight alpha

OPAQUE = 0.98  # share of opaque pixels from which on a picture has no ground of its own
RIM = 0.02  # of the longer side: the border by which an opaque ground is known
EVEN = 12.0  # grey levels: most that the border may vary (median distance) and still be plain ground
APART = 40.0  # grey levels: distance from the ground's colour at which a pixel is all ink


def inked(picture: Rgba) -> Rgba | None:
    """The picture with a plain opaque ground made transparent; None if it has no plain ground: a photograph, say."""
    alpha = picture[..., 3]
    if float((alpha > 200).mean()) < OPAQUE:
        return picture
    colours = picture[..., :3].astype(np.float32)
    rim = max(1, round(RIM * max(alpha.shape)))
    border = np.concatenate(
        [part.reshape(-1, 3) for part in (colours[:rim], colours[-rim:], colours[:, :rim], colours[:, -rim:])]
    )
    ground = np.median(border, axis=0)
    if float(np.quantile(np.linalg.norm(border - ground, axis=1), 0.75)) > EVEN:
        return None
    away = np.linalg.norm(colours - ground, axis=2)  # (h, w)
    share = np.clip((away - EVEN) / (APART - EVEN), 0, 1)
    if not (share > 0.5).any():
        return None
    return np.dstack([picture[..., :3], np.round(255 * share).astype(np.uint8)])


def hull(alpha: NDArray[np.uint8] | NDArray[np.float32], grow: float) -> NDArray[np.float32]:
    """1 within `grow` px of the convex hull of the ink (h, w, 0..255), else 0."""
    ys, xs = np.nonzero(alpha > 127)
    mask = np.zeros(alpha.shape, np.uint8)
    if len(ys):
        points = cv2.convexHull(np.stack([xs, ys], 1).astype(np.int32))
        cv2.fillConvexPoly(mask, points, 1)
    size = 2 * round(grow) + 1
    return np.asarray(cv2.dilate(mask, np.ones((size, size), np.uint8)), np.float32)
