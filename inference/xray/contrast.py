"""How far a relief stands out from the noise at a place of a scan: what officers are told beside every X-ray suspicion.

Print leaves no trace in X-rays; what was found is relief, and where it hardly stands above the photons' noise it may as
well be noise that looks like a mark.
"""

import cv2
import numpy as np

from inference.saying import said
from inference.vocabulary import Detection, Reason
from inference.xray.picture import NEAR
from inference.xray.scan import Attenuation

LEAST = 1.5  # contrast to noise below which marks are seldom told right (docs/xray.md)
FULL = 10.0  # from which more says no more
SMOOTH = 1.0  # px, sigma: of the noise, most is gone; of a relief, little
NORMAL = 1.4826  # deviation over median absolute deviation, of a normal distribution


def contrast_in(attenuation: Attenuation, detection: Detection) -> float:
    """Deviation of the relief over that of the noise in a box of an attenuation (h, w); 0 for a box of no size.

    The noise is what differs from one line of the scan to the next, which are counted one after the other.
    """
    h, w = attenuation.shape
    x1, y1, x2, y2 = (round(edge) for edge in detection.box)
    x1, y1, x2, y2 = max(x1, 0), max(y1, 0), min(x2, w), min(y2, h)
    if x2 - x1 < 3 or y2 - y1 < 3:
        return 0.0
    near = attenuation[max(y1 - NEAR, 0) : y2 + NEAR, max(x1 - NEAR, 0) : x2 + NEAR]
    relief = cv2.GaussianBlur(near, (0, 0), SMOOTH) - cv2.blur(near, (NEAR, NEAR))
    top, left = y1 - max(y1 - NEAR, 0), x1 - max(x1 - NEAR, 0)
    inside = relief[top : top + y2 - y1, left : left + x2 - x1]
    steps = np.diff(attenuation[y1:y2, x1:x2], axis=0)
    noise = NORMAL * float(np.median(np.abs(steps - np.median(steps)))) / 2**0.5
    return float(inside.std()) / max(noise, 1e-4)


def told(attenuation: Attenuation, detection: Detection) -> Reason:
    """What an officer should know of a place in a scan."""
    contrast = contrast_in(attenuation, detection)
    value = f"{contrast:.1f}"
    if contrast < LEAST:
        return said("relief_faint", -(1.0 - contrast / LEAST / 2), contrast=value, limit=f"{LEAST:g}")
    return said("relief_stands_out", min(1.0, contrast / FULL) / 2, contrast=value)
