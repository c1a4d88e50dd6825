"""One-colour artwork as goods bear it in several: its parts and the holes in it each in a colour, stripes, metal.

A registry files a car badge or a fruit as a black silhouette; the badge is blue and white, the fruit a rainbow.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer.surfaces import Colour, contrasting_colour, noise_field, ramp, random_colour

Paint = NDArray[np.float32]  # (h, w, 3), 0..255
Mask = NDArray[np.float32]  # (h, w), 0..1
LEAST = 0.002  # of the picture: smaller parts and holes are left as they are


def filled(rng: Generator, alpha: NDArray[np.uint8], colour: Colour) -> NDArray[np.float32]:
    """A silhouette (h, w) with its holes filled and its parts painted: premultiplied (h, w, 4), as all prints.

    `colour` is that of the greater part of it, so that a ground may be chosen that it stands out from.
    """
    holes, fill = painted_holes(rng, alpha, colour)
    mask = alpha.astype(np.float32) / 255
    body = painted_parts(rng, alpha, colour) if rng.random() < 0.3 else np.broadcast_to(colour, (*alpha.shape, 3))
    under = holes * (1 - mask)
    rgb = fill * under[..., None] + body * mask[..., None]
    return np.dstack([rgb, np.minimum(under + mask, 1)]).astype(np.float32)


def painted_holes(rng: Generator, alpha: NDArray[np.uint8], colour: Colour) -> tuple[Mask, Paint]:
    """What lies within the silhouette but is not of it: its mask, a little larger, and a colour for each hole."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(framed(alpha < 128), connectivity=4)
    one = contrasting_colour(rng, colour)
    many = rng.random() < 0.6
    palette = np.tile(one, (count, 1)).astype(np.float32)
    open_ = np.zeros(count, bool)
    for label in range(1, count):
        enclosed = label != labels[0, 0] and stats[label, cv2.CC_STAT_AREA] > LEAST * alpha.size
        open_[label] = enclosed and rng.random() < 0.85
        if many:
            palette[label] = contrasting_colour(rng, colour, 35)
    inner = labels[1:-1, 1:-1]
    grown = cv2.dilate(open_[inner].astype(np.uint8), np.ones((3, 3), np.uint8))  # under the edge's half pixels
    if not many:
        return grown.astype(np.float32), palette[inner]
    fill = cv2.dilate(np.where(open_[inner][..., None], palette[inner] + 1, 0), np.ones((3, 3), np.uint8))
    return grown.astype(np.float32), np.clip(fill - 1, 0, 255)


def painted_parts(rng: Generator, alpha: NDArray[np.uint8], colour: Colour) -> Paint:
    """A colour for each separate part of the silhouette; the first, the greatest, keeps `colour`."""
    near = cv2.dilate(alpha, np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats((near > 60).astype(np.uint8))
    palette = np.stack([random_colour(rng) for _ in range(count)])
    palette[0] = colour
    if count > 1:
        palette[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())] = colour
    return np.asarray(palette[labels], np.float32)


def striped(rng: Generator, alpha: NDArray[np.uint8], colour: Colour) -> NDArray[np.float32]:
    """A silhouette in bands of colour, or blending from one colour into another: premultiplied (h, w, 4)."""
    h, w = alpha.shape
    across = ramp(rng, h, w)
    across = (across - across.min()) / max(float(np.ptp(across)), 1e-3)
    bands = int(rng.integers(2, 8))
    palette = np.stack([colour, *(random_colour(rng) for _ in range(bands - 1))])
    if rng.random() < 0.5:
        paint = palette[np.minimum((across * bands).astype(int), bands - 1)]
    else:
        paint = palette[0] * (1 - across[..., None]) + palette[1] * across[..., None]
    return _through(alpha, paint)


def metallic(rng: Generator, alpha: NDArray[np.uint8], colour: Colour) -> NDArray[np.float32]:
    """A silhouette with the light and dark reflections of polished metal or thick plastic: premultiplied (h, w, 4)."""
    h, w = alpha.shape
    height = cv2.GaussianBlur(alpha.astype(np.float32) / 255, (0, 0), max(h, w) * float(rng.uniform(0.008, 0.03)))
    angle = rng.uniform(0, 2 * np.pi)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * np.cos(angle) + cv2.Sobel(height, cv2.CV_32F, 0, 1) * np.sin(angle)
    slope /= max(float(np.abs(slope).max()), 1e-3)
    shade = 1 + np.float32(rng.uniform(0.3, 0.9)) * slope + np.float32(rng.uniform(0, 0.5)) * noise_field(rng, h, w, 2)
    return _through(alpha, np.clip(colour * shade[..., None], 0, 255))


def weighted(rng: Generator, alpha: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The silhouette bolder or thinner, by up to a sixtieth of its longest side."""
    reach = int(rng.integers(1, max(2, round(max(alpha.shape) / 60)) + 1))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    if rng.random() < 0.6:
        return cv2.dilate(alpha, kernel)
    thin = cv2.erode(alpha, kernel)
    return thin if thin.sum() > 0.4 * alpha.sum() else alpha  # a hairline must not vanish


def _through(alpha: NDArray[np.uint8], paint: NDArray[np.float32]) -> NDArray[np.float32]:
    mask = alpha.astype(np.float32)[..., None] / 255
    return np.concatenate([paint * mask, mask], 2).astype(np.float32)


def framed(mask: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The mask with a border that belongs to it: what touches the edge is outside."""
    return cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=1)
