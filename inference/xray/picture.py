"""What the nets see of a scan: three planes that no scanner's colours or brightness change much.

    picture = net_picture(high, low)      # attenuations (h, w)

The first plane is how much there is, by a logarithm that spreads thin and thick alike; the others are what differs
from its surroundings, in each energy: relief of a tenth of a millimetre in a plate of two is seen in them alone.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image

Attenuation = NDArray[np.float32]  # (h, w), -ln of the transmitted share; air is 0
MOST = 6.0  # attenuation beyond which nothing is told apart
THIN = 0.15  # attenuation up to which the first plane is about linear
NEAR, WIDE = 31, 63  # px: sides of the surroundings
FLOOR = 0.012  # deviation of the attenuation that is noise, where there is air; grows as photons get fewer
REACH = 48.0  # grey levels for one deviation


def net_picture(high: Attenuation, low: Attenuation | None = None) -> Image:
    """The picture (h, w, 3) of a scan; with one energy alone the third plane is of it too, over wider surroundings."""
    thick = np.clip(high, 0, MOST)
    amount = 255 - (255 / np.log1p(MOST / THIN)) * np.log1p(thick / THIN)
    other = thick if low is None else np.clip(low, 0, MOST)
    planes = [amount, standing_out(thick, NEAR), standing_out(other, WIDE)]
    return np.stack([np.clip(plane, 0, 255).astype(np.uint8) for plane in planes], 2)


def standing_out(attenuation: Attenuation, side: int) -> Attenuation:
    """How far each pixel (h, w) differs from the square of `side` px around it: 128 is not at all, dark is thicker."""
    mean = cv2.blur(attenuation, (side, side))
    square = cv2.blur(attenuation * attenuation, (side, side))
    deviation = np.sqrt(np.maximum(square - mean * mean, 0))
    floor = FLOOR * np.exp(np.minimum(mean, MOST) / 2)  # photons that come through fall with the attenuation
    return np.asarray(128 - REACH * (attenuation - mean) / (deviation + floor), np.float32)
