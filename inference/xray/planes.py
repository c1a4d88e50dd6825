"""A scan as a viewer wants it: planes that stay 16 bits deep until the viewer draws them.

    b"TWXP", version, flags (uint16 each), width, height (uint32 each), all little-endian, then row by row
    attenuation (h, w) uint16, in units of STEP
    effective atomic number (h, w) uint8, in units of NUMBER_STEP, 0 is unknown; only if flags & MATERIALS

A unit of STEP is less than a tenth of what the photons' own noise is where most of them arrive.
"""

import struct

import numpy as np

from inference.xray.display import GAMMA, HUES, PRESETS, SHARP, USUAL, WINDOWS
from inference.xray.materials import METAL, effective_number
from inference.xray.scan import XrayScan

MAGIC, VERSION, MATERIALS = b"TWXP", 1, 1
DEEPEST = 12.0  # attenuation; ln 65,535 is 11.1
STEP = DEEPEST / 65_535
NUMBER_STEP = 1 / 8
HEADER = struct.Struct("<4sHHII")


def planes_of(scan: XrayScan) -> bytes:
    """The scan's attenuation, of the high energy if there are two, and what is known of its materials."""
    h, w = scan.shape
    deep = np.rint(np.clip(scan.high, 0, DEEPEST) / STEP).astype("<u2")
    if scan.low is None or scan.curves is None:
        return bytes(HEADER.pack(MAGIC, VERSION, 0, w, h) + deep.tobytes())
    number = effective_number(scan.high, scan.low, scan.curves)
    coarse = np.clip(np.rint(number / NUMBER_STEP), 0, 255).astype(np.uint8)
    return bytes(HEADER.pack(MAGIC, VERSION, MATERIALS, w, h) + deep.tobytes() + coarse.tobytes())


def look() -> dict[str, object]:
    """What a viewer needs to draw planes as `inference.xray.display` does."""
    windows: dict[str, tuple[float, float]] = {"usual": USUAL} | {str(mode): own for mode, own in WINDOWS.items()}
    return {
        "step": STEP,
        "number": NUMBER_STEP,
        "windows": windows,
        "presets": PRESETS,
        "gamma": GAMMA,
        "sharp": SHARP,
        "hues": HUES,
        "metal": METAL,
    }
