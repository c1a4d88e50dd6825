"""Boxes in views: how much two are the same place, and what of one lies inside."""

import math

from service.labels.statements import Box, Picture

LEAST = 2.0  # pixels of a side


def area(box: Box) -> float:
    """Square pixels; 0 of an inverted one."""
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def overlap(one: Box, other: Box) -> float:
    """Intersection over union, 0 to 1."""
    common = area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
    union = area(one) + area(other) - common
    return common / union if union > 0 else 0.0


def clipped(box: Box, picture: Picture, inside: float) -> Box | None:
    """The part of a box that lies in the picture; None if that is less than `inside` of it, or next to nothing."""
    if not all(math.isfinite(edge) for edge in box) or area(box) <= 0:
        return None
    x1, y1, x2, y2 = box
    cut = (max(0.0, x1), max(0.0, y1), min(float(picture.width), x2), min(float(picture.height), y2))
    if cut[2] - cut[0] < LEAST or cut[3] - cut[1] < LEAST or area(cut) < inside * area(box):
        return None
    return cut
