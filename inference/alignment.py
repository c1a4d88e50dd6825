"""Where each point of the filed artwork lies on a photograph: the warp behind a match, or None if there is none.

    alignment = align(image, detection.box, artwork)

Candidate warps come from inference/warping.py; the best is accepted if the edges of the un-warped photograph then
run as the artwork's do (inference/edges.py). No model and no colour: it holds for prints in any ink, dark on light or
not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inference import warping
from inference.artwork.ground import Rgba, inked
from inference.edges import Field, agreement, blurred, edge_field, strength_of
from inference.vocabulary import Image, check_image
from inference.warping import Box, Drawing, Warp

ACCEPTED = 0.72  # least agreement of edges; measured, see docs/adr/0010
TURNS = (0.0, -12.0, 12.0, -24.0, 24.0)  # degrees, tried first
FURTHER = (-60.0, -40.0, 40.0, 60.0, -90.0, 90.0, 180.0)  # tried if none of the first is accepted
SMALLEST = 8.0  # px: shorter side of a box below which nothing is found
TRIED = 2  # candidates that are refined
SLACK = 1.3  # px of a drawing: how far edges may be off and still agree
REGIONS = 4  # shown to the officer
CELLS = 4  # the artwork is divided into CELLS x CELLS places
CLEAR = 0.7  # agreement of edges from which on a place is shown as matched
# what is no warp to believe in
STRETCH = 2.2  # longest side of the warped artwork / shortest, each against its filed length
AREA = (0.2, 2.5)  # area of the warped artwork / the box's


@dataclass(frozen=True, kw_only=True)
class Region:
    """A place of the artwork that is seen again on the photograph."""

    artwork: Box  # px of the artwork
    image: tuple[tuple[float, float], ...]  # its four corners, px of the photograph, clockwise


@dataclass(frozen=True, kw_only=True)
class Alignment:
    """A warp from artwork to photograph that the picture supports."""

    homography: Warp  # (3, 3): artwork px -> px of the photograph
    support: float  # agreement of edges, 0..1
    regions: tuple[Region, ...] = ()  # the most telling places, best first

    def __post_init__(self) -> None:
        if self.homography.shape != (3, 3) or not np.isfinite(self.homography).all():
            raise ValueError(f"homography must be (3, 3) and finite, got {self.homography.tolist()}")
        if not 0.0 <= self.support <= 1.0:
            raise ValueError(f"support must be in 0..1, got {self.support}")


@dataclass(frozen=True, kw_only=True)
class _Sides:
    """Artwork and photograph, as they are compared."""

    artwork: Rgba
    drawing: Drawing
    fields: tuple[Field, ...]  # edges of the drawing: as filed, and of its silhouette alone
    crop: Image
    place: Box  # px of the crop
    back: Warp  # crop px -> px of the photograph


def align(image: Image, box: Box, artwork: Rgba, *, least: float = ACCEPTED) -> Alignment | None:
    """The warp of `artwork` (h, w, 4) to the place `box` on the photograph (H, W, 3), if there is one.

    None where edges agree less than `least`, and for artwork without a plain ground: a photograph, say.
    """
    sides = _sides(image, box, artwork)
    if sides is None:
        return None
    agreed, warp = _best(sides, TURNS)
    if agreed < least:
        agreed, warp = max((agreed, warp), _best(sides, FURTHER), key=lambda found: found[0])
    if warp is None or agreed < least:
        return None
    homography = sides.back @ warp
    homography /= homography[2, 2]
    regions = tuple(_regions(sides, warp, homography))
    return Alignment(homography=homography, support=min(agreed, 1.0), regions=regions)


def support(image: Image, box: Box, artwork: Rgba) -> float | None:
    """How well the edges of `artwork`, laid on the place `box` in the best of TURNS, agree with the photograph's: 0..1.

    0 if it fits nowhere; None if there is nothing to compare: a tiny box, or artwork without a plain ground.
    """
    sides = _sides(image, box, artwork)
    return None if sides is None else max(0.0, min(_best(sides, TURNS)[0], 1.0))


def unwarped(crop: Image, warp: Warp, drawing: Drawing) -> Image:
    """The part of the crop that the drawing covers, in its px: (h, w, 3). `warp`: artwork px -> crop px."""
    h, w = drawing.weight.shape
    into = warp @ warping.inverse(drawing.frame)  # drawing px -> crop px
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpPerspective(crop, into, (w, h), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _inside(box: Box, shape: tuple[int, ...]) -> Box:
    """The part of the box that lies in the image (H, W)."""
    x1, y1, x2, y2 = box
    return min(max(x1, 0), shape[1]), min(max(y1, 0), shape[0]), min(max(x2, 0), shape[1]), min(max(y2, 0), shape[0])


def _sides(image: Image, box: Box, artwork: Rgba) -> _Sides | None:
    """What is compared at a place of a photograph; None if the place or the artwork gives nothing to compare."""
    box = _inside(box, check_image(image).shape)
    filed = inked(artwork)
    if filed is None or min(box[2] - box[0], box[3] - box[1]) < SMALLEST:
        return None
    crop, back = warping.cut(image, box)
    drawing = warping.draw(filed)
    fields = (edge_field(drawing.ink), edge_field(drawing.ink[..., 3:]))
    place = warping.moved(box, warping.inverse(back))
    return _Sides(artwork=filed, drawing=drawing, fields=fields, crop=crop, place=place, back=back)


def _best(sides: _Sides, turns: Sequence[float]) -> tuple[float, Warp | None]:
    """The best supported of the refined candidates with its support; -1 and None if there are none."""
    strength = strength_of(sides.fields[0])
    view, to = warping.view(sides.crop)
    best: tuple[float, Warp | None] = (-1.0, None)
    for warp in warping.candidates(sides.crop, sides.place, sides.drawing, turns)[:TRIED]:
        for found in (warp, warping.refined(warp, sides.drawing, strength, view, to)):
            if found is not None and _believable(found, sides.artwork.shape, sides.place):
                best = max(best, (_support(sides, found), found), key=lambda item: item[0])
    return best


def _support(sides: _Sides, warp: Warp) -> float:
    seen = _seen(sides, warp)
    return max(agreement(seen, blurred(field, SLACK), sides.drawing.weight) for field in sides.fields)


def _seen(sides: _Sides, warp: Warp) -> Field:
    """The edges of the un-warped photograph."""
    return blurred(edge_field(unwarped(sides.crop, warp, sides.drawing).astype(np.float32)), SLACK)


def _believable(warp: Warp, shape: tuple[int, ...], place: Box) -> bool:
    """Whether the artwork, warped, is a convex shape of about the box's size, neither folded nor a sliver."""
    h, w = shape[:2]
    corners = np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float64)
    if (np.append(corners[0], np.ones((4, 1)), 1) @ warp[2] <= 0).any():  # behind the camera
        return False
    quad = cv2.perspectiveTransform(corners, warp)[0].astype(np.float32)  # (4, 2)
    sides = np.linalg.norm(quad - np.roll(quad, -1, axis=0), axis=1) / np.array([w, h, w, h])
    area = (place[2] - place[0]) * (place[3] - place[1])
    low, high = AREA
    return (
        bool(cv2.isContourConvex(quad))
        and low * area <= float(cv2.contourArea(quad, True)) <= high * area  # signed: a mirrored mark is another
        and float(sides.max()) <= STRETCH * float(sides.min())
    )


def _regions(sides: _Sides, warp: Warp, homography: Warp) -> list[Region]:
    """The REGIONS places of the artwork with the most edges that are seen again."""
    seen = _seen(sides, warp)
    fields = [blurred(field, SLACK) for field in sides.fields]
    field = max(fields, key=lambda one: agreement(seen, one, sides.drawing.weight))
    h, w = sides.drawing.weight.shape
    rows, columns = (np.linspace(0, length, CELLS + 1).astype(int) for length in (h, w))
    found: list[tuple[float, Region]] = []
    for top, bottom in zip(rows[:-1], rows[1:], strict=True):
        for left, right in zip(columns[:-1], columns[1:], strict=True):
            own, other = field[top:bottom, left:right], seen[top:bottom, left:right]
            alike = agreement(own, other, np.ones(own.shape[:2], np.float32))
            if alike >= CLEAR:
                box = (float(left), float(top), float(right), float(bottom))
                strength = float(strength_of(own).sum())
                found.append((alike * strength, _region(box, sides.drawing.frame, homography)))
    found.sort(key=lambda item: -item[0])
    return [region for _, region in found[:REGIONS]]


def _region(box: Box, frame: Warp, homography: Warp) -> Region:
    """The place `box` of a drawing, on the artwork and on the photograph."""
    x1, y1, x2, y2 = artwork = warping.moved(box, warping.inverse(frame))
    corners = np.array([[[x1, y1], [x2, y1], [x2, y2], [x1, y2]]], np.float64)
    quad = cv2.perspectiveTransform(corners, homography)[0]
    return Region(artwork=artwork, image=tuple((float(x), float(y)) for x, y in quad))
