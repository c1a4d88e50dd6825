"""How a mark's flat relief (inference/xray/relief.py) is cut into a die or a mould: a map of heights 0..1."""

import cv2
import numpy as np
from numpy.random import Generator

from datasets.xray.scanning import Map
from inference.xray.relief import Relief

EDGE = 2  # px left free around a relief


def cut(rng: Generator, flat: Relief, longest: int) -> Map:
    """Heights (h, w) 0..1 of a mark whose longest side is `longest` px, as some die maker would cut it."""
    heights = sized(flat, longest)
    kind = rng.random()
    if kind < 0.12:
        return outlined(heights, max(1, round(longest * rng.uniform(0.012, 0.04))))
    if kind < 0.2:
        return reweighted(rng, heights)
    return heights


def sized(flat: Relief, longest: int) -> Map:
    """A relief (h, w) whose longest side is `longest` px, with a free edge around it."""
    h, w = flat.shape
    scale = (longest - 2 * EDGE) / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    small = cv2.resize(
        flat.astype(np.float32) / 255, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return cv2.copyMakeBorder(small, EDGE, EDGE, EDGE, EDGE, cv2.BORDER_CONSTANT, value=0)


def outlined(heights: Map, width: int) -> Map:
    """Only the outlines: engraved or bent from wire."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * width + 1, 2 * width + 1))
    line = cv2.dilate(heights, kernel) - cv2.erode(heights, kernel)
    return np.clip(line, 0, 1)


def reweighted(rng: Generator, heights: Map) -> Map:
    """Strokes a little bolder or thinner than filed."""
    kernel = np.ones((3, 3), np.uint8)
    return (cv2.dilate if rng.random() < 0.6 else cv2.erode)(heights, kernel)


def footprint(heights: Map) -> Map:
    """Where the mark is (h, w): its bounding rectangle's filled hull, so that a box encloses all of it."""
    mask = (heights > 0.25).astype(np.uint8)
    points = cv2.findNonZero(mask)
    hull = np.zeros_like(mask)
    if points is not None:
        cv2.fillConvexPoly(hull, cv2.convexHull(points), 1)
    return hull.astype(np.float32)
