"""How what is seen differs from the filed artwork: its aspect, parts missing or added, its colours, its spelling.

    alignment = align(image, box, artwork)
    deviation = measure(image, artwork, alignment)

Each measure is None where nothing can be said of it. The limits are measured on renderings with known deviations
(docs/adr/0010, `python -m training.deviations`). A deviation informs an officer; it never raises a score.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference import warping
from inference.alignment import Alignment, unwarped
from inference.artwork.ground import Rgba, inked
from inference.inks import Inks, Mask, read_inks
from inference.vocabulary import Image
from inference.warping import Warp

STRETCHED = 1.25  # width / height against the filed one from which on it is said
PART = 0.06  # of the filed ink, missing or added, from which on it is said
TURNED = 40.0  # degrees of hue from which on it is said

LENSES = (0.9, 1.3, 1.8)  # focal length / longer side of the image: from wide phones to station cameras
SQUARE = 0.15  # cosine of the angle between the mark's axes in space from which on the camera is not that one
SMALL = 0.1  # of the image's longer side: shorter side of the mark below which its slant is not known well enough,
THIN = 20.0  # px: and its aspect neither
OFF = 0.035  # of the drawing's longer side: how far ink may be off and still be seen
SPECK = 0.015  # of the filed ink: smaller parts are noise
CHROMA = 25.0  # Lab: a filed colour is a colour from here on,
PALE = 18.0  # and a seen one
ONE_INK = 20.0  # Lab: inks nearer than this on the photograph are one


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is missing or added."""

    share: float  # of the filed ink's area
    where: str  # "at the upper left", "in the middle"


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """What was measured; None where nothing can be said."""

    aspect: float | None = None  # seen width / height over the filed one
    missing: Part | None = None
    added: Part | None = None
    hue: float | None = None  # degrees, 0..180, of the coloured inks on average
    spelling: str | None = None  # what is written instead of the mark's word; said from outside

    @property
    def unknown(self) -> bool:
        """Whether nothing at all can be said."""
        return self == Deviation()


def measure(image: Image, artwork: Rgba, alignment: Alignment, *, spelling: str | None = None) -> Deviation:
    """Compare the place on the photograph (H, W, 3) with the artwork (h, w, 4) that is aligned with it."""
    aspect = aspect_of(alignment.homography, artwork.shape, image.shape)
    filed = inked(artwork)
    if filed is None:
        return Deviation(aspect=aspect, spelling=spelling)
    drawing = warping.draw(filed)
    crop, back = warping.cut(image, _around(alignment.homography, artwork.shape))
    inks = read_inks(unwarped(crop, warping.inverse(back) @ alignment.homography, drawing), drawing)
    if inks is None:
        return Deviation(aspect=aspect, spelling=spelling)
    return Deviation(aspect=aspect, missing=missing_of(inks), added=added_of(inks), hue=hue_of(inks), spelling=spelling)


def aspect_of(homography: Warp, artwork: tuple[int, ...], image: tuple[int, ...]) -> float | None:
    """Width / height as seen over that of the artwork (h, w), its slant taken off; None where that leaves it open.

    The columns of K^-1 H are the artwork's axes in space (Zhang 2000, doi:10.1109/34.888718). The focal length in K is
    not known: of the cameras in LENSES the one counts that makes the least of it. A mark that is small in the image
    (H, W) hardly shows its perspective, and a slant cannot be told from a stretch.
    """
    h, w = artwork[:2]
    across, along = (float(np.linalg.norm(axis)) for axis in _local(homography, w / 2, h / 2).T)
    if min(across * w, along * h) < max(THIN, SMALL * max(image[:2])):
        return None
    aspects = []
    for lens in LENSES:
        focal = lens * max(image[:2])
        camera = np.array([[focal, 0, image[1] / 2], [0, focal, image[0] / 2], [0, 0, 1]])
        axes = np.linalg.solve(camera, homography)[:, :2]  # (3, 2)
        lengths = np.linalg.norm(axes, axis=0)
        if abs(float(axes[:, 0] @ axes[:, 1])) <= SQUARE * float(lengths.prod()):
            aspects.append(float(lengths[0] / lengths[1]))
    return min(aspects, key=lambda aspect: abs(np.log(aspect)), default=None)


def missing_of(inks: Inks) -> Part | None:
    """The filed ink that is not seen, in parts that are no specks; None if none of it could be seen anyway."""
    expected = inks.expected
    seen = grown(inks.bears, off(expected))
    return _part(expected & ~seen, expected, expected)


def added_of(inks: Inks) -> Part | None:
    """Ink-like area where the artwork has ground, in parts that are no specks; None if that is most of the ground."""
    ground = inks.labels == 0
    far = ground & ~grown(inks.labels != 0, off(ground))
    surplus = inks.bears & far
    if far.sum() == 0 or surplus.sum() > 0.6 * far.sum():
        return None
    return _part(surplus, inks.bears & ground, inks.labels > 0)


def off(mask: Mask) -> int:
    """How far, in px, ink may be off."""
    return max(1, round(OFF * float(max(mask.shape))))


def grown(mask: Mask, reach: int) -> Mask:
    """The mask and all within `reach` px of it."""
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc).astype(bool))


def _part(found: Mask, within: Mask, filed: Mask) -> Part:
    """The parts of `found` that are no specks, grown back to what they lost at their border, and where they are."""
    ink = max(int(filed.sum()), 1)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    kept = [label for label in range(1, count) if stats[label, cv2.CC_STAT_AREA] >= SPECK * ink]
    if not kept:
        return Part(share=0.0, where="nowhere")
    whole = grown(np.isin(labels, kept), off(found)) & within
    return Part(share=float(whole.sum()) / ink, where=where(whole))


def where(mask: Mask) -> str:
    """Where the middle of a mask lies in its frame, in words."""
    h, w = mask.shape
    ys, xs = np.nonzero(mask)
    row = ("upper", "", "lower")[min(2, int(3 * float(ys.mean()) / h))]
    column = ("left", "", "right")[min(2, int(3 * float(xs.mean()) / w))]
    if not row and not column:
        return "in the middle"
    if not column:
        return "at the top" if row == "upper" else "at the bottom"
    return f"at the {row} {column}" if row else f"at the {column}"


def hue_of(inks: Inks) -> float | None:
    """Degrees between the hues of the coloured inks as filed and as seen, by area; None for grey and one-ink prints."""
    filed, seen = _lab(inks.filed), _lab(inks.seen)
    chroma, shown = np.linalg.norm(filed[:, 1:], axis=1), np.linalg.norm(seen[:, 1:], axis=1)
    told = [ink for ink in range(1, len(filed)) if inks.told[ink]]
    coloured = [ink for ink in told if chroma[ink] >= CHROMA]
    if not coloured or max(shown[ink] for ink in coloured) < PALE:
        return None
    if len(told) > 1 and max(float(np.linalg.norm(seen[ink] - seen[told[0]])) for ink in told) < ONE_INK:
        return None
    compared = [ink for ink in coloured if shown[ink] >= PALE]
    turns = np.array([_turn(filed[ink], seen[ink]) for ink in compared])
    return float(np.average(turns, weights=[inks.area(ink) for ink in compared]))


def _turn(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Degrees, 0..180, between the hues of two colours (Lab)."""
    angle = float(np.degrees(np.arctan2(one[2], one[1]) - np.arctan2(other[2], other[1]))) % 360
    return min(angle, 360 - angle)


def _lab(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """RGB (n, 3) in 0..255 as CIE Lab (n, 3)."""
    return np.asarray(cv2.cvtColor((colours / 255)[None].astype(np.float32), cv2.COLOR_RGB2Lab)[0], np.float32)


def _local(homography: Warp, x: float, y: float) -> NDArray[np.float64]:
    """The derivative (2, 2) of a homography at a point."""
    point = homography @ [x, y, 1.0]
    seen = point[:2] / point[2]
    return np.asarray((homography[:2, :2] - np.outer(seen, homography[2, :2])) / point[2], np.float64)


def _around(homography: Warp, shape: tuple[int, ...]) -> warping.Box:
    """The box around the aligned artwork, px of the photograph."""
    h, w = shape[:2]
    corners = np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float64)
    quad = cv2.perspectiveTransform(corners, homography)[0]
    (x1, y1), (x2, y2) = quad.min(0), quad.max(0)
    return float(x1), float(y1), float(x2), float(y2)
