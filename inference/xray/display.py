"""How people look at X-ray scans: the modes of inspection consoles, from attenuation, to 8 bits at the very end.

These are for pictures in documents, alerts and on the command line.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image
from inference.xray.materials import METAL, ORGANIC, effective_number
from inference.xray.scan import Attenuation, XrayScan

Mode = Literal["colour", "grey", "inverse", "organic", "metal", "high", "low", "edges"]
MODES: tuple[Mode, ...] = ("colour", "grey", "inverse", "organic", "metal", "high", "low", "edges")
WINDOWS: dict[Mode, tuple[float, float]] = {
    "high": (1.2, 5.5),
    "low": (0.0, 0.7),
}  # attenuations shown from white to black
USUAL = (0.0, 4.0)
PRESETS = {"usual": USUAL, "thin": (0.0, 1.0), "middle": (0.5, 2.5), "thick": (2.0, 6.0)}  # of a viewer, likewise
GAMMA = 0.6
SHARP = 1.6  # of the unsharp mask
# hues of the trade: organic orange, mixed green, metal blue; white is air, black is opaque (RGB 0..1)
HUES = (
    (6.0, (1.0, 0.55, 0.1)), (ORGANIC, (0.85, 0.65, 0.1)), (13.0, (0.2, 0.7, 0.25)), (METAL, (0.1, 0.45, 0.8)),
    (29.0, (0.1, 0.25, 0.75)),
)  # fmt: skip


def shown(scan: XrayScan, mode: Mode = "colour") -> Image:
    """The scan (h, w, 3) as a console shows it. Without known materials, colours are greys and nothing is stripped."""
    tone = toned(scan.high, WINDOWS.get(mode, USUAL))
    if mode == "inverse":
        return _grey(1 - tone)
    if mode == "edges":
        return _grey(np.clip(tone + SHARP * (tone - cv2.GaussianBlur(tone, (0, 0), 2.0)), 0, 1))
    if scan.curves is None or scan.low is None or mode in ("grey", "high", "low"):
        return _grey(tone)
    number = effective_number(scan.high, scan.low, scan.curves)
    if mode == "organic":
        tone = np.where(number > METAL, 1.0, tone)
    elif mode == "metal":
        tone = np.where((number > 0) & (number < METAL), 1.0, tone)
    return _coloured(tone, number)


def toned(attenuation: Attenuation, window: tuple[float, float], gamma: float = GAMMA) -> Attenuation:
    """Brightness (h, w) 0..1 of attenuations: white at the window's start and below, black at its end and beyond."""
    start, end = window
    share = np.clip((attenuation - start) / (end - start), 0, 1)
    return np.asarray(1 - share**gamma, np.float32)


def _coloured(tone: NDArray[np.floating], number: Attenuation) -> Image:
    known = np.array([z for z, _ in HUES], np.float32)
    hue = np.stack([np.interp(number, known, [rgb[i] for _, rgb in HUES]) for i in range(3)], 2)  # (h, w, 3)
    hue[number == 0] = 0.5  # unknown: grey
    light = np.asarray(tone)[..., None]
    colour = np.where(light > 0.5, hue + (1 - hue) * (2 * light - 1), hue * 2 * light)  # white, hue, black
    return np.asarray(np.rint(np.clip(colour, 0, 1) * 255), np.uint8)


def _grey(tone: NDArray[np.floating]) -> Image:
    return np.repeat(np.rint(np.asarray(tone) * 255).astype(np.uint8)[..., None], 3, 2)
