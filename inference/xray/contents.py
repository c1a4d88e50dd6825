"""What a scan says of a parcel's contents as a whole: how much metal there is, and what it weighs at the least.

Only with the scanner's material curves, the size of its pixels and the count of air; without them nothing is said. The
mass is a lower bound: every gram is taken to attenuate as much as one can at the lowest energies that inspection
scanners use, and what is opaque counts with no more than is needed to be so.
"""

import cv2
import numpy as np

from inference.vocabulary import Contents
from inference.xray.materials import AIR, CLASSES, OPAQUE, classes, effective_number
from inference.xray.scan import Attenuation, XrayScan

# cm2/g in the high energy's image: water, aluminium and iron at 45, 45 and 60 keV (NIST XCOM, rounded up). The mean
# energy behind a scanner's filters is higher, so that real goods attenuate less, and weigh more than is said
STRONGEST = {"organic": 0.25, "mixed": 0.5, "metal": 1.25, "opaque": 1.25}
COARSE = 3  # px that are one here: shares and masses need no detail, and a large scan would take a tenth of a second
MAGNIFIED = 1.3  # of areas at the most, where something lies high above the belt in a fan of rays


def contents_of(scan: XrayScan) -> Contents | None:
    """What is in a scan; None if its materials, its pixels' size or how bright air is are unknown."""
    if scan.low is None or scan.curves is None or scan.pitch is None or not scan.air_known:
        return None
    high, low = (_coarse(own) for own in (scan.high, scan.low))  # (h / COARSE, w / COARSE)
    kinds = classes(high, effective_number(high, low, scan.curves, smooth=1), smooth=1)  # coarse enough
    pixel = (scan.pitch / 10) ** 2 * scan.high.size / high.size  # cm2
    deep = np.minimum(high, OPAQUE)
    masses = [float(deep[kinds == CLASSES.index(kind)].sum()) / most for kind, most in STRONGEST.items()]
    metal = np.isin(kinds, [CLASSES.index("metal"), CLASSES.index("opaque")])
    solid = int((high >= AIR).sum())
    return Contents(
        metal_share=float(metal.sum()) / max(1, solid, int(metal.sum())),
        metal_area=float(metal.sum()) * pixel,
        least_mass=sum(masses) * pixel / MAGNIFIED,
    )


def _coarse(attenuation: Attenuation) -> Attenuation:
    """An attenuation (h, w) at a third of its size; its mean stays."""
    h, w = attenuation.shape
    size = (max(1, w // COARSE), max(1, h // COARSE))
    return np.asarray(cv2.resize(attenuation, size, interpolation=cv2.INTER_AREA), np.float32)
