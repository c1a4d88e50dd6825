"""How a view looks, whatever is on it: figures by which it is noticed that a camera or a scanner has changed.

Light and colours are measured on a coarse grid of pixels, sharpness at full resolution in a few patches: a picture that
is made small is sharp again. A vendor's false colours are `colour`, like a photograph; that a scanner changed to them
from greys, or back, is noticed all the same.
"""

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image
from inference.xray.display import USUAL, toned
from inference.xray.scan import XrayScan

ColourMap = Literal["grey", "colour"]
SIDE = 256  # px of the longest side of the grid: so it costs a millisecond
PATCH, PATCHES = 64, 4  # px of a side; so many in each row and column, so that some of them have something in them
GREY = 0.03  # mean saturation below which a picture has no colours
Grey = NDArray[np.uint8]  # (h, w)


@dataclass(frozen=True, kw_only=True)
class Appearance:
    """Figures of one view."""

    brightness: float  # mean grey level, 0..255
    contrast: float  # standard deviation of the grey level
    sharpness: float  # log10 of 1 + the variance of the Laplacian
    saturation: float  # mean, 0..1
    megapixels: float
    colour_map: ColourMap


def appearance_of(sight: Image | XrayScan) -> Appearance:
    """Measure a photograph (H, W, 3) RGB, or a scan as its grey picture."""
    height, width = sight.shape[:2]
    step = -(-max(height, width) // SIDE)
    if isinstance(sight, XrayScan):
        grey, saturation = _toned(sight.high[::step, ::step]), 0.0
        patches = [_toned(sight.high[place]) for place in _places(height, width)]
    else:
        small = np.ascontiguousarray(sight[::step, ::step])  # (h, w, 3)
        grey = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.uint8)
        saturation = float(cv2.cvtColor(small, cv2.COLOR_RGB2HSV)[..., 1].mean()) / 255
        patches = [_grey(sight[place]) for place in _places(height, width)]
    return Appearance(
        brightness=float(grey.mean()),
        contrast=float(grey.std()),
        sharpness=_sharpness(patches),
        saturation=saturation,
        megapixels=height * width / 1e6,
        colour_map="grey" if saturation < GREY else "colour",
    )


def _sharpness(patches: list[Grey]) -> float:
    """Of the patches together: most of a picture may be an empty belt."""
    found = [float(cv2.Laplacian(patch, cv2.CV_32F).var()) for patch in patches]
    return float(np.log10(1 + np.mean(found)))


def _places(height: int, width: int) -> list[tuple[slice, slice]]:
    """Patches spread evenly; they overlap in a small picture, and are one in a smaller one."""
    return [(rows, columns) for rows in _spread(height) for columns in _spread(width)]


def _spread(length: int) -> list[slice]:
    starts = sorted({round(start) for start in np.linspace(0, max(0, length - PATCH), PATCHES)})
    return [slice(start, start + PATCH) for start in starts]


def _grey(image: Image) -> Grey:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY), np.uint8)


def _toned(high: NDArray[np.float32]) -> Grey:
    return np.rint(toned(high, USUAL) * 255).astype(np.uint8)
