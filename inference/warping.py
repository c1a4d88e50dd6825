"""Candidate warps from artwork to photograph: edges slid over edges, then refined.

The artwork's edges are tried in some turns and sizes around the detection's box, at every place (normalised
correlation); the best are refined by ECC (Evangelidis & Psarakis 2008, doi:10.1109/TPAMI.2008.113), first affine, then
as a homography. Keypoints were tried beside it and found nothing more (docs/adr/0010).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.artwork.ground import Rgba, hull
from inference.edges import Field, Strength, blurred, edge_field, strength_of
from inference.vocabulary import Image

Warp = NDArray[np.float64]  # (3, 3)
Box = tuple[float, float, float, float]  # x1, y1, x2, y2

AROUND = 0.3  # of the box's longer side: what of the photograph is looked at beside it, at each side
LONGEST = 320  # px: longer side of the crop that is looked at
COARSE = 40.0  # px: longer side of the box in the search
FINE = 112  # px: longer side of the artwork when warps are refined and compared
RIM = 0.08  # of the artwork's longer side: the ground around it that is compared too
SIZES = (1.16, 1.0, 0.84, 0.7)  # of the artwork that just fills the box, the largest first
NARROW = 1.1  # ratio of the two ways of filling the box from which on both are tried
BEYOND = 1.7  # how far the artwork may reach beyond the box, which may be cut
ASIDE = 0.3  # of the box's longer side: how far from its middle the mark's may lie
SMALLEST = 4  # px: side of artwork below which there is nothing to compare
STAGES = ((cv2.MOTION_AFFINE, 3.0), (cv2.MOTION_HOMOGRAPHY, 1.5))  # of refinement: kind of warp, blur in px
STEPS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 15, 1e-3)  # of each stage


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """Artwork with its longer side FINE px, with a rim of ground around it."""

    small: NDArray[np.float32]  # (h', w', 4) premultiplied, without the rim: what is slid
    shrink: Warp  # artwork px -> px of `small`
    ink: NDArray[np.float32]  # (h, w, 4) premultiplied, 0..255, alpha last
    weight: NDArray[np.float32]  # (h, w): 1 in and around the mark, 0 in the corners that it leaves empty
    frame: Warp  # artwork px -> px of this drawing


def draw(artwork: Rgba) -> Drawing:
    """The artwork (h, w, 4) as it is compared."""
    h, w = artwork.shape[:2]
    scale = FINE / max(h, w)
    size = (max(SMALLEST, round(w * scale)), max(SMALLEST, round(h * scale)))
    rim = round(RIM * FINE)
    small = np.asarray(cv2.resize(premultiplied(artwork), size, interpolation=how(scale)), np.float32)
    shrink = np.diag([size[0] / w, size[1] / h, 1.0])
    ink = np.asarray(cv2.copyMakeBorder(small, rim, rim, rim, rim, cv2.BORDER_CONSTANT, value=0), np.float32)
    frame = np.array([[1, 0, rim], [0, 1, rim], [0, 0, 1]]) @ shrink
    return Drawing(small=small, shrink=shrink, ink=ink, weight=hull(ink[..., 3], rim), frame=frame)


def premultiplied(artwork: Rgba) -> NDArray[np.float32]:
    """The artwork as (h, w, 4) with colours weighted by alpha: its edges are those of its ink."""
    alpha = artwork[..., 3:].astype(np.float32)
    return np.concatenate([artwork[..., :3] * (alpha / 255), alpha], 2)


def cut(image: Image, box: Box) -> tuple[Image, Warp]:
    """What is looked at: `box` and something around it, reduced to LONGEST px; and the warp crop px -> image px."""
    h, w = image.shape[:2]
    x1, y1, x2, y2 = box
    grow = AROUND * max(x2 - x1, y2 - y1)
    left, top = (max(0, min(int(edge - grow), most - 1)) for edge, most in ((x1, w), (y1, h)))
    right, bottom = (max(low + 1, min(most, int(edge + grow) + 1)) for edge, low, most in ((x2, left, w), (y2, top, h)))
    crop, to = resized(image[top:bottom, left:right], LONGEST, enlarge=False)
    return crop, np.array([[1, 0, left], [0, 1, top], [0, 0, 1]]) @ inverse(to)


def resized(picture: NDArray[np.uint8], longest: float, *, enlarge: bool = True) -> tuple[NDArray[np.uint8], Warp]:
    """The picture with its longer side `longest` px, and the warp from its px to the result's."""
    h, w = picture.shape[:2]
    scale = longest / max(h, w) if enlarge else min(1.0, longest / max(h, w))
    size = (max(2, round(w * scale)), max(2, round(h * scale)))
    small = np.asarray(cv2.resize(picture, size, interpolation=how(scale)), np.uint8)
    return small, np.diag([size[0] / w, size[1] / h, 1.0])


def inverse(warp: Warp) -> Warp:
    """The warp back."""
    return np.asarray(np.linalg.inv(warp), np.float64)


def how(scale: float) -> int:
    """OpenCV's interpolation for resizing by `scale`."""
    return cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR


def moved(box: Box, warp: Warp) -> Box:
    """The box under a warp that neither turns nor shears."""
    x1, y1, x2, y2 = np.array(box, np.float64) * np.tile(np.diag(warp)[:2], 2) + np.tile(warp[:2, 2], 2)
    return float(x1), float(y1), float(x2), float(y2)


def candidates(crop: Image, box: Box, drawing: Drawing, turns: Sequence[float]) -> list[Warp]:
    """Affine warps artwork px -> crop px, the best first: one for each turn (degrees), size and fit to `box`."""
    longer = max(box[2] - box[0], box[3] - box[1], 1.0)
    small, to = resized(crop, COARSE * max(crop.shape[:2]) / longer)
    pad = round(ASIDE * COARSE)  # a mark at the border of the crop
    field = edge_field(cv2.copyMakeBorder(small, pad, pad, pad, pad, cv2.BORDER_REPLICATE).astype(np.float32))
    into = np.array([[1, 0, pad], [0, 1, pad], [0, 0, 1]]) @ to  # crop px -> px of the field
    place = moved(box, into)
    h, w = drawing.small.shape[:2]
    scale = 2 * COARSE / max(h, w)
    shape = (max(2, round(w * scale)), max(2, round(h * scale)))
    ink = np.asarray(cv2.resize(drawing.small, shape, interpolation=how(scale)), np.float32)
    found = list(_slid(blurred(field, 1.0), place, ink, turns))
    found.sort(key=lambda item: -item[0])
    back, shrink = inverse(into), np.diag([shape[0] / w, shape[1] / h, 1.0]) @ drawing.shrink
    return [back @ warp @ shrink for _, warp in found]


def _slid(field: Field, place: Box, ink: NDArray[np.float32], turns: Sequence[float]) -> Iterator[tuple[float, Warp]]:
    """Correlation and warp of `ink` (h, w, 4) at its best place on `field` near the box `place`, for each turn."""
    for turn in turns:
        c, s = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        turned = np.array([[c, -s], [s, c]])
        for scale in _fits(turned, ink.shape, place):
            drawn, warp = _drawn(ink, SIZES[0] * scale * turned)
            for size in SIZES:
                share = size / SIZES[0]  # edges of one turn run alike at all sizes: the field itself is resized
                shape = (round(drawn.shape[1] * share), round(drawn.shape[0] * share))
                if min(shape) < SMALLEST:
                    continue
                shown = np.asarray(cv2.resize(drawn, shape, interpolation=cv2.INTER_AREA), np.float32)
                fitted = np.diag([shape[0] / drawn.shape[1], shape[1] / drawn.shape[0], 1.0]) @ warp
                best = _best_place(field, place, shown)
                if best is not None:
                    x, y, correlation = best
                    yield correlation, np.array([[1, 0, x], [0, 1, y], [0, 0, 1]]) @ fitted


def _fits(turned: NDArray[np.float64], shape: tuple[int, ...], place: Box) -> list[float]:
    """Scales at which the turned artwork fills the box: in one direction, and in both on average if that differs."""
    h, w = shape[:2]
    reach = np.ptp(np.array([[0, 0], [w, 0], [w, h], [0, h]]) @ turned.T, axis=0)
    across, along = (place[2] - place[0]) / reach[0], (place[3] - place[1]) / reach[1]
    least = min(across, along)
    most = min(max(across, along), BEYOND * least)
    mean = min(float(np.sqrt(across * along)), BEYOND * least)
    return [most, mean] if most > NARROW * mean else [mean]


def _drawn(ink: NDArray[np.float32], linear: NDArray[np.float64]) -> tuple[Field, Warp]:
    """The edges of `ink` under a linear warp with a rim around them, and the warp to where they are."""
    h, w = ink.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]]) @ linear.T
    reach = np.ptp(corners, axis=0)
    rim = max(1, round(RIM * float(reach.max())))
    warp = np.eye(3)
    warp[:2, :2], warp[:2, 2] = linear, rim - corners.min(0)
    width, height = (max(SMALLEST, int(np.ceil(side)) + 2 * rim) for side in reach)
    shown = cv2.warpAffine(ink, warp[:2], (width, height), flags=cv2.INTER_LINEAR)
    return blurred(edge_field(np.asarray(shown, np.float32)), 1.0), warp


def _best_place(field: Field, place: Box, shown: Field) -> tuple[int, int, float] | None:
    """Left and top of `shown` where it correlates best with `field`, its middle near the box's; None if too large."""
    h, w = shown.shape[:2]
    high, wide = field.shape[:2]
    aside = ASIDE * COARSE
    x, y = (place[0] + place[2] - w) / 2, (place[1] + place[3] - h) / 2
    left, top = max(0, int(x - aside)), max(0, int(y - aside))
    part = field[top : min(high, int(y + aside) + h + 1), left : min(wide, int(x + aside) + w + 1)]
    if part.shape[0] < h or part.shape[1] < w:
        return None
    _, best, _, at = cv2.minMaxLoc(cv2.matchTemplate(part, shown, cv2.TM_CCORR_NORMED))
    return left + at[0], top + at[1], float(best)


def refined(warp: Warp, drawing: Drawing, ink: Strength, crop: Strength, to: Warp) -> Warp | None:
    """An affine warp artwork px -> crop px refined to a homography, or None if ECC finds no way.

    `ink` and `crop` are the strengths of edges of the drawing and of the crop, the latter under the warp `to`.
    """
    matrix = to @ warp @ inverse(drawing.frame)  # drawing px -> px of `crop`
    try:
        for kind, sigma in STAGES:
            shown, seen = (np.asarray(cv2.GaussianBlur(side, (0, 0), sigma), np.float32) for side in (ink, crop))
            start = matrix.astype(np.float32)[: 2 if kind == cv2.MOTION_AFFINE else 3]
            _, found = cv2.findTransformECC(shown, seen, start, kind, STEPS, None, 1)  # type: ignore[call-overload]
            matrix = np.vstack([found, [0, 0, 1]][: 3 - len(found) + 1]).astype(np.float64)
    except cv2.error:  # "the algorithm stopped before its convergence": nothing there to hold on to
        return None
    return np.asarray(inverse(to) @ matrix @ drawing.frame, np.float64)


def view(crop: Image) -> tuple[Strength, Warp]:
    """The strength of the crop's edges at the scale of a `Drawing`, and the warp from crop px to it."""
    small, to = resized(crop, FINE * (1 + 2 * AROUND))
    return strength_of(edge_field(small.astype(np.float32))), to
