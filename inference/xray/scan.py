"""An X-ray scan as this house knows it, whatever file it came in: attenuation, and what is not known about it.

Attenuation is -ln(I / I0), I0 being the count of air: what lies on top of each other adds up in it (Beer-Lambert).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Remark
from inference.xray.materials import MaterialCurves
from inference.xray.sidecar import Sidecar

Counts = NDArray[np.uint16]  # (h, w) as the detectors counted
Attenuation = NDArray[np.float32]  # (h, w), 0 is air


@dataclass(frozen=True, kw_only=True)
class XrayScan:
    """One view of a scan; with one energy, `low` is None and nothing is known of materials."""

    high: Attenuation
    low: Attenuation | None = None
    counts: tuple[Counts, ...] = ()  # high, and low if there is one: with air bright, else untouched, for the eye
    air: int = 65_535  # the count of air in the first of `counts`
    dark: int = 0
    air_known: bool = True  # of each energy: said, or measured in the margin
    pitch: float | None = None  # mm per pixel, None if nobody said
    curves: MaterialCurves | None = None  # the scanner's calibration for materials
    remarks: tuple[Remark, ...] = ()
    said: Sidecar = Sidecar()  # all that was said of `counts`, by whoever posted them and by their files

    def __post_init__(self) -> None:
        for name, own in (("high", self.high), ("low", self.low)):
            if own is not None and (own.dtype != np.float32 or own.ndim != 2 or own.shape != self.high.shape):
                raise ValueError(f"{name} must be {self.high.shape} float32, got {own.shape} {own.dtype}")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in px."""
        h, w = self.high.shape
        return h, w


def attenuation(counts: Counts, air: float, dark: float = 0.0) -> Attenuation:
    """-ln of the transmitted share; where nothing came through, as if one count had.

    By a table of all counts: a large scan has a million pixels and a half, but no more than 65,536 different ones.
    """
    each = np.arange(int(counts.max(initial=0)) + 1, dtype=np.float32)
    share = np.maximum(each - np.float32(dark), 1.0) / np.float32(air - dark)
    return np.asarray(-np.log(share), np.float32)[counts]
