"""Edge fields: where a picture has edges and which way they run, whatever its colours and whichever side is darker.

Each pixel's structure tensor over all channels (Di Zenzo 1986, doi:10.1016/0734-189X(86)90223-9) gives the strength m
of its edge and its direction t modulo 180 degrees; the field is m * (cos 2t, sin 2t). A print in another ink, or light
on dark instead of dark on light, has the same field, so that fields can be compared by plain correlation.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]  # (h, w, 2)
Strength = NDArray[np.float32]  # (h, w), 0..1

SEEN = 0.7  # how much what is seen counts in `agreement`, against what is filed; 0.5 is correlation
SPARSE = 0.3  # of what is filed: a place with fewer edges than this does not gain by having few
FLOOR = 0.25  # of the mean strength: edges weaker than this are levelled less, so that noise stays small
NEAR = 0.2  # of the longer side: half the window by whose mean an edge is levelled


def edge_field(picture: NDArray[np.float32]) -> Field:
    """The edges of a picture (h, w, c): (h, w, 2), each of length 0..1, weak ones brought near strong ones."""
    smooth = cv2.GaussianBlur(picture, (0, 0), 0.8)
    dx = cv2.Sobel(smooth, cv2.CV_32F, 1, 0).reshape(*picture.shape[:2], -1)
    dy = cv2.Sobel(smooth, cv2.CV_32F, 0, 1).reshape(*picture.shape[:2], -1)
    xx, yy, xy = _summed(dx * dx), _summed(dy * dy), _summed(dx * dy)  # (h, w) each
    along, across = xx - yy, 2 * xy
    length = cv2.magnitude(along, across)
    strength = np.sqrt(length)
    reach = 2 * max(1, round(NEAR * max(picture.shape[:2]))) + 1
    near = cv2.blur(strength, (reach, reach)) + FLOOR * strength.mean() + 1e-3
    level = strength / (strength + near)  # 0..1: half where an edge is as strong as its surroundings
    unit = level / np.maximum(length, 1e-6)
    return np.asarray(cv2.merge([along * unit, across * unit]), np.float32)


def _summed(channels: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sum of the channels (h, w, c) at each pixel: (h, w)."""
    return np.asarray(cv2.transform(channels, np.ones((1, channels.shape[2]), np.float32)), np.float32)


def strength_of(field: Field) -> Strength:
    """How strong the edge is at each pixel: (h, w)."""
    return np.asarray(cv2.magnitude(field[..., 0], field[..., 1]), np.float32)


def blurred(field: Field, sigma: float) -> Field:
    """The field with edges `sigma` px wide: what is off by about as much still agrees."""
    return np.asarray(cv2.GaussianBlur(field, (0, 0), sigma), np.float32)


def agreement(seen: Field, filed: Field, weight: NDArray[np.float32]) -> float:
    """How far the edges `seen` (h, w, 2) are those `filed`, where `weight` (h, w) is: 1 if they are the same.

    It is their correlation, but an edge that is filed and not seen costs less than one that is seen and not filed: part
    of a mark may be missing, and it is still that mark (as in Tversky 1977, doi:10.1037/0033-295X.84.4.327).
    """
    shared = float(np.einsum("hw,hwc,hwc->", weight, seen, filed))
    here, there = (float(np.einsum("hw,hwc,hwc->", weight, one, one)) for one in (seen, filed))
    if min(here, there) < 1e-9:
        return 0.0
    here = max(here, SPARSE * there)
    return float(shared / (here**SEEN * there ** (1 - SEEN)))
