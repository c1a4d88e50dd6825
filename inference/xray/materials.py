"""What lies there: effective atomic number and class of material, from how much more the low energy is attenuated.

How much more depends on the scanner, and on how thick the thing is (beam hardening), so it is read off curves that the
scanner's owner measured on step wedges of known materials: without them nothing is said (Rebuffel and Dinten, Insight
49 (2007) 589, on calibration by basis materials).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

MaterialClass = Literal["air", "organic", "mixed", "metal", "opaque"]
CLASSES: tuple[MaterialClass, ...] = ("air", "organic", "mixed", "metal", "opaque")
AIR, OPAQUE = 0.04, 5.0  # attenuation below which there is nothing, and beyond which nothing is told
ORGANIC, METAL = 10.0, 18.0  # atomic numbers up to which it is organic, and from which it is metal
STEPS = 128  # of attenuation, at which the curves are kept
SMOOTH = 5  # px: side of the square over which the energies are compared

Map = NDArray[np.float32]  # (h, w)
Steps = NDArray[np.floating[Any]]  # (n,) attenuations


@dataclass(frozen=True, kw_only=True)
class MaterialCurves:
    """A scanner's calibration: for each reference material, the low attenuation by the high one.

    numbers (m,): effective atomic numbers, rising; high (m, n) and low (m, n): attenuations of wedges, rising.
    """

    numbers: tuple[float, ...]
    high: tuple[tuple[float, ...], ...]
    low: tuple[tuple[float, ...], ...]
    name: str = ""

    def __post_init__(self) -> None:
        if len(self.numbers) < 2 or not len(self.numbers) == len(self.high) == len(self.low):
            raise ValueError(f"expected two or more materials, each with its curve, got {len(self.numbers)}")
        if any(b <= a for a, b in zip(self.numbers, self.numbers[1:], strict=False)):
            raise ValueError("the materials' atomic numbers must rise")
        for number, high, low in zip(self.numbers, self.high, self.low, strict=True):
            if len(high) != len(low) or len(high) < 2:
                raise ValueError(f"material {number:g}: expected as many high as low attenuations, two or more")
            if any(b <= a for own in (high, low) for a, b in zip(own, own[1:], strict=False)) or min(*high, *low) < 0:
                raise ValueError(f"material {number:g}: attenuations must be positive and rise")

    def table(self) -> NDArray[np.float32]:
        """How much more the low energy is attenuated, (m, STEPS): by material and the high attenuation's step."""
        steps = (np.arange(STEPS) + 0.5) * (OPAQUE / STEPS)
        rows = [_continued(steps, high, low) / steps for high, low in zip(self.high, self.low, strict=True)]
        return np.maximum.accumulate(np.array(rows, np.float32), axis=0)  # a heavier element never less


def _continued(steps: Steps, high: Sequence[float], low: Sequence[float]) -> Steps:
    """The low attenuation (n,) by the high one: from nothing along the wedge's steps, and beyond the last as steeply.

    A curve that stayed level there would have thick plastic attenuate as metal does.
    """
    last = (low[-1] - low[-2]) / (high[-1] - high[-2])
    beyond = np.maximum(steps - high[-1], 0)
    return np.asarray(np.interp(steps, (0.0, *high), (0.0, *low)) + last * beyond)


def effective_number(high: Map, low: Map, curves: MaterialCurves, smooth: int = SMOOTH) -> Map:
    """Effective atomic number (h, w), between the lightest and the heaviest reference; 0 where it cannot be told.

    Energies are compared over squares of `smooth` px.
    """
    a, b = (cv2.blur(own, (smooth, smooth)) for own in (high, low))
    known = (a >= AIR) & (a <= OPAQUE)
    table = curves.table()
    step = np.clip((a / (OPAQUE / STEPS)).astype(np.int32), 0, STEPS - 1)
    ratio = b / np.maximum(a, 1e-3)
    numbers = np.array(curves.numbers, np.float32)
    answer = np.full(high.shape, numbers[0], np.float32)
    for index in range(len(numbers) - 1):
        below, above = table[index][step], table[index + 1][step]
        share = np.clip((ratio - below) / np.maximum(above - below, 1e-4), 0, 1)
        answer = np.where(ratio > below, numbers[index] + share * (numbers[index + 1] - numbers[index]), answer)
    return np.asarray(np.where(known, answer, 0), np.float32)


def classes(high: Map, number: Map, smooth: int = SMOOTH) -> NDArray[np.uint8]:
    """Index into CLASSES (h, w) of each pixel, from its attenuation and effective atomic number; `smooth` as there."""
    answer = np.full(high.shape, CLASSES.index("organic"), np.uint8)
    answer[number > ORGANIC] = CLASSES.index("mixed")
    answer[number > METAL] = CLASSES.index("metal")
    mean = cv2.blur(high, (smooth, smooth))
    answer[mean < AIR] = CLASSES.index("air")
    answer[mean > OPAQUE] = CLASSES.index("opaque")
    return answer
