"""Marks as goods bear them: on a badge, in a ring of lettering, over a name, on a striped label.

A detector's box is that of the badge, the filed artwork only what is drawn on it: the embedder must see through.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import inks, surfaces
from datasets.renderer.inks import Artwork, Print
from datasets.renderer.surfaces import Colour

CANVAS = 160  # px: side of the square on which a badge is composed
FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_TRIPLEX)
LETTERS = np.array(list("AABCDEEFGHIIKLMNOOPRRSSTTUVWYabcdeeghiiklmnoorrsttuvy&1234567890"))
Mask = NDArray[np.float32]  # (h, w), 0..1
Frame = tuple[float, float, float, float]  # x1, y1, x2, y2 on the canvas


def mount(rng: Generator, printed: Print, colour: Colour, others: list[Artwork]) -> Print:
    """Compose a badge of ground `colour` around a print: any size in, (h, w, 4) premultiplied, at most CANVAS, out."""
    canvas = np.zeros((CANVAS, CANVAS, 4), np.float32)
    form, place = arrangement(rng, wide=printed.shape[1] > 2 * printed.shape[0])
    room = 0.47 * CANVAS
    if form != "none":
        room *= draw_plate(rng, canvas, form, colour)
    ink = surfaces.contrasting_colour(rng, colour)
    if place == "ring":
        room *= draw_ring(rng, canvas, room, ink)
        place = "none"
    frame, lettered = split(rng, place, room)
    paste(canvas, printed, frame)
    if lettered:
        paste(canvas, inks.coloured(lettering(rng, others), ink), lettered)
    return trimmed(canvas)


def arrangement(rng: Generator, *, wide: bool) -> tuple[str, str]:
    """The badge's form and the lettering's place; a wide mark keeps the whole width."""
    if wide:
        form = str(rng.choice(["none", "rectangle", "ellipse"]))
        return form, str(rng.choice(["below", "above", "none"] if form != "none" else ["below", "above"]))
    form = str(rng.choice(["none", "rectangle", "disc", "ellipse", "shield"], p=[0.3, 0.25, 0.2, 0.15, 0.1]))
    if form == "none":
        return form, str(rng.choice(["below", "above", "right"], p=[0.5, 0.2, 0.3]))
    return form, str(rng.choice(["none", "below", "above", "right", "ring"], p=[0.3, 0.3, 0.1, 0.05, 0.25]))


def draw_plate(rng: Generator, canvas: Print, form: str, colour: Colour) -> float:
    """Draw the plate, perhaps with rim and stripes; return the half side of the room within, as a share of its own."""
    reach = 0.49 * CANVAS
    flat = rng.uniform(0.6, 1.0) if form in ("rectangle", "ellipse") else 1.0
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    if form == "rectangle":
        points = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float64)
    elif form == "shield":
        side = np.array([[1.0, -1.0], [1.0, 0.1], [0.75, 0.5], [0.4, 0.8], [0.0, 1.0]])
        points = np.concatenate([side, side[-2::-1] * [-1, 1]]) * [0.8, 1]
    else:
        points = np.stack([np.cos(turn), np.sin(turn)], 1)
    outline = np.round(points * reach * [1, flat] + CANVAS / 2).astype(np.int32)
    mask = np.zeros((CANVAS, CANVAS), np.uint8)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA)
    whole = mask.astype(np.float32) / 255
    lay(canvas, whole, colour)
    if rng.random() < 0.2:  # stripes across the top, as of a flag
        for band in range(int(rng.integers(1, 4))):
            stripe = np.zeros_like(whole)
            stripe[int(CANVAS * (0.02 + 0.05 * band)) : int(CANVAS * (0.07 + 0.05 * band))] = 1
            lay(canvas, stripe * whole, surfaces.random_colour(rng))
    if rng.random() < 0.5:
        rim = np.zeros_like(mask)
        cv2.polylines(rim, [outline], True, 255, int(rng.integers(2, 12)), cv2.LINE_AA)
        lay(canvas, rim.astype(np.float32) / 255 * whole, surfaces.random_colour(rng))
    within = {"rectangle": 0.9, "disc": 0.72, "ellipse": 0.7, "shield": 0.68}[form]
    return within * rng.uniform(0.8, 1.05) * max(flat, 0.75)


def draw_ring(rng: Generator, canvas: Print, room: float, ink: Colour) -> float:
    """Write around the room for the mark; return the share of its half side that is left within the ring."""
    outer = 0.46 * CANVAS
    depth = outer * rng.uniform(0.18, 0.3)
    word = np.rot90(written(rng, letters=int(rng.integers(10, 24))))  # (along the ring, across it)
    polar = np.zeros((360, round(outer)), np.float32)
    along = int(rng.integers(150, 350))
    start = int(rng.integers(0, 360 - along))
    polar[start : start + along, -round(depth) :] = cv2.resize(
        np.ascontiguousarray(word), (round(depth), along), interpolation=cv2.INTER_AREA
    )
    middle = (CANVAS / 2, CANVAS / 2)
    flags = cv2.WARP_POLAR_LINEAR | cv2.WARP_INVERSE_MAP | cv2.WARP_FILL_OUTLIERS | cv2.INTER_LINEAR
    lay(canvas, cv2.warpPolar(polar, (CANVAS, CANVAS), middle, outer, flags), ink)
    return min(1.0, (outer - depth) * 0.8 / room)


def split(rng: Generator, place: str, room: float) -> tuple[Frame, Frame | None]:
    """Where the mark goes, and where the lettering: below it, above it, at its right, or none."""
    low, high = CANVAS / 2 - room, CANVAS / 2 + room
    if place == "none":
        return (low, low, high, high), None
    if place == "right":
        cut = low + 2 * room * rng.uniform(0.4, 0.65)
        return (low, low, cut, high), (cut + 3, low, high, high)
    cut = 2 * room * rng.uniform(0.15, 0.35)
    if place == "below":
        return (low, low, high, high - cut), (low, high - cut + 3, high, high)
    return (low, low + cut, high, high), (low, low, high, low + cut - 3)


def lettering(rng: Generator, others: list[Artwork]) -> Mask:
    """A name as a mask: the silhouette of a wide artwork, or letters by chance."""
    if rng.random() < 0.5:
        for _ in range(6):
            alpha = others[int(rng.integers(len(others)))][..., 3]
            if alpha.shape[1] > 2.5 * alpha.shape[0] and 0.1 < alpha.mean() / 255 < 0.7:
                return alpha.astype(np.float32) / 255
    return written(rng, letters=int(rng.integers(3, 12)))


def written(rng: Generator, letters: int) -> Mask:
    """Letters by chance in one of OpenCV's faces: (h, w), 0..1, tight."""
    word = "".join(rng.choice(LETTERS, letters))
    word = word.upper() if rng.random() < 0.5 else word
    font, thickness = int(rng.choice(FONTS)), int(rng.integers(1, 4))
    (w, h), base = cv2.getTextSize(word, font, 1.0, thickness)
    mask = np.zeros((h + base + 4, w + 4), np.uint8)
    cv2.putText(mask, word, (2, h + 2), font, 1.0, 255, thickness, cv2.LINE_AA)
    return mask.astype(np.float32) / 255


def lay(canvas: Print, mask: Mask, colour: Colour) -> None:
    """Paint `colour` through `mask`, in place."""
    canvas *= 1 - mask[..., None]
    canvas += inks.coloured(mask, colour)


def paste(canvas: Print, printed: Print, frame: Frame) -> None:
    """Lay a print over the canvas, as large as fits into `frame`, in its middle, in place."""
    h, w = printed.shape[:2]
    x1, y1, x2, y2 = frame
    scale = min((x2 - x1) / w, (y2 - y1) / h)
    size = (max(1, int(w * scale)), max(1, int(h * scale)))
    small = cv2.resize(printed, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    x, y = int((x1 + x2 - size[0]) / 2), int((y1 + y2 - size[1]) / 2)
    part = canvas[y : y + size[1], x : x + size[0]]
    part *= 1 - small[..., 3:]
    part += small


def trimmed(canvas: Print) -> Print:
    """The canvas without its empty border."""
    ys, xs = np.nonzero(canvas[..., 3] > 0.1)
    if len(ys) == 0:
        return canvas
    return canvas[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
