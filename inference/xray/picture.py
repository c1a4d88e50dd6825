"""What the nets see of a scan: three planes that no scanner's colours or brightness change much.

    picture = net_picture(high, low)      # attenuations (h, w)

The first plane is how much there is, by a logarithm that spreads thin and thick alike; the others are what differs
from its surroundings, in each energy: relief of a tenth of a millimetre in a plate of two is seen in them alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.beside import Beside
from inference.vocabulary import Image

Attenuation = NDArray[np.float32]  # (h, w), -ln of the transmitted share; air is 0
Plane = NDArray[np.uint8]  # (h, w)
MOST = 6.0  # attenuation beyond which nothing is told apart
THIN = 0.15  # attenuation up to which the first plane is about linear
NEAR, WIDE = 31, 63  # px: sides of the surroundings
FLOOR = 0.012  # deviation of the attenuation that is noise, where there is air; grows as photons get fewer
REACH = 48.0  # grey levels for one deviation
ALONE = Beside()  # one core


def net_picture(high: Attenuation, low: Attenuation | None = None, beside: Beside | None = None) -> Image:
    """The picture (h, w, 3) of a scan; with one energy alone the third plane is of it too, over wider surroundings.

    With `beside` another core takes part, if it has one.
    """
    other = high if low is None else low
    third = (beside or ALONE).start(lambda: _bytes(standing_out(np.clip(other, 0, MOST), WIDE)))
    thick = np.clip(high, 0, MOST)
    amount = 255 - (255 / np.log1p(MOST / THIN)) * np.asarray(cv2.log(1 + thick / np.float32(THIN)))
    planes = [_bytes(amount), _bytes(standing_out(thick, NEAR)), third()]
    return np.asarray(cv2.merge(planes), np.uint8)


def _bytes(levels: NDArray[np.float32]) -> Plane:
    return np.clip(levels, 0, 255).astype(np.uint8)


def standing_out(attenuation: Attenuation, side: int) -> Attenuation:
    """How far each pixel (h, w) differs from the square of `side` px around it: 128 is not at all, dark is thicker."""
    mean = np.asarray(cv2.blur(attenuation, (side, side)), np.float32)
    spread = np.asarray(cv2.sqrBoxFilter(attenuation, cv2.CV_32F, (side, side)), np.float32)
    spread -= mean * mean
    np.sqrt(np.maximum(spread, 0, out=spread), out=spread)  # deviation; in place, as large scans have to be quick
    floor = np.asarray(cv2.exp(np.minimum(mean, MOST) * np.float32(0.5)), np.float32)
    spread += floor * np.float32(FLOOR)  # photons that come through fall with the attenuation
    apart = attenuation - mean
    apart *= np.float32(-REACH)
    apart /= spread
    apart += 128
    return apart
