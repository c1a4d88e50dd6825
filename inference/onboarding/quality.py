"""Is a reference picture good enough to recognise a mark by? Pure."""

from dataclasses import dataclass

import cv2
import numpy as np

from inference.artwork.rasterise import Rgba
from inference.artwork.views import on_white

# Chosen by hand on the artwork of some hundred marks, not measured against recall; they only warn.
LEAST_SIDE = 64  # pixels of the shorter side once the longer is 256: thinner artwork is a line on any photograph
LEAST_CONTRAST = 40  # grey levels between the darkest and the lightest twentieth of the picture's ink and ground
LEAST_SHARPNESS = 60.0  # variance of the Laplacian
LEAST_DETAIL = 0.02  # share of pixels on an edge: below it the shape fits on many things


@dataclass(frozen=True, kw_only=True)
class Quality:
    """Measures of one picture, drawn with its longer side 256 pixels, and what they warn of."""

    width: int
    height: int
    contrast: float  # grey levels
    sharpness: float  # variance of the Laplacian
    detail: float  # share of pixels on an edge, 0..1
    warnings: tuple[str, ...]


def quality(picture: Rgba) -> Quality:
    """Measure a picture (h, w, 4)."""
    height, width = picture.shape[:2]
    grey = _grey(picture)
    dark, light = np.percentile(grey, (5, 95))
    contrast = float(light - dark)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_32F).var())
    detail = float((cv2.Canny(grey, 50, 150) > 0).mean())
    checks = (
        (min(width, height) < LEAST_SIDE, f"it is {width} x {height} pixels at full size: very long or very thin"),
        (contrast < LEAST_CONTRAST, f"its contrast is {contrast:.0f} grey levels: it hardly stands out"),
        (sharpness < LEAST_SHARPNESS, f"it is blurred (sharpness {sharpness:.0f}): file a sharper picture"),
        (detail < LEAST_DETAIL, f"it is a plain shape ({detail:.1%} of it is edge): it fits on many things"),
    )
    warnings = tuple(text for wrong, text in checks if wrong)
    return Quality(width=width, height=height, contrast=contrast, sharpness=sharpness, detail=detail, warnings=warnings)


def _grey(picture: Rgba) -> cv2.typing.MatLike:
    """The picture on the ground it stands out from: white, or mid-dark for light artwork."""
    white = cv2.cvtColor(on_white(picture), cv2.COLOR_RGB2GRAY)
    opaque = picture[..., 3] > 200
    if opaque.any() and float(white[opaque].mean()) > 200 and not opaque.all():
        return np.where(opaque, white, np.uint8(40)).astype(np.uint8)
    return white
