"""What a format's reader gives: the detectors' counts as they are in the file, and what the file says about them.

A vendor's format is read by a class with these three members; `reading.read_scan` asks each in turn. Write one and name
it under the entry points `tidewaiter.xray_readers` of your own package:

    class Ours:
        name = "Ours 2"
        def recognises(self, head: bytes) -> bool: return head.startswith(b"OURS")
        def read(self, data: bytes, limits: Limits, field: str) -> list[Planes]: ...

It must decode nothing before the size was judged by `limits`, and raise the errors of `inference.errors` and
`inference.xray.errors` alone. UFF (World Customs Organization) and DICOS are such formats: their specifications are for
members, so nothing here claims to read them.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from inference.decoding import Limits
from inference.vocabulary import Remark
from inference.xray.sidecar import Sidecar

HEAD = 256  # bytes that a reader may look at to know its format


@dataclass(frozen=True, kw_only=True)
class Planes:
    """One view: counts (h, w) of one energy or two, or the colours (h, w, 3) of a screenshot; `bits` of each count."""

    counts: tuple[NDArray[np.uint16], ...] = ()  # high, low; as many as there are
    colours: NDArray[np.uint8] | None = None
    bits: int = 16
    sidecar: Sidecar | None = None  # what the file itself says
    remarks: tuple[Remark, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.counts) == (self.colours is not None):
            raise ValueError("expected counts or colours, one of them")
        for own in self.counts:  # of a vendor's reader too
            if own.dtype != np.uint16 or own.ndim != 2 or 0 in own.shape:
                raise ValueError(f"counts must be (h, w) uint16, got {own.shape} {own.dtype}")
        if self.colours is not None and (self.colours.dtype != np.uint8 or self.colours.shape[2:] != (3,)):
            raise ValueError(f"colours must be (h, w, 3) uint8, got {self.colours.shape} {self.colours.dtype}")


class Reader(Protocol):
    """Reads one format."""

    @property
    def name(self) -> str:
        """What people call the format."""

    def recognises(self, head: bytes) -> bool:
        """Whether a file that begins so is of this format."""

    def read(self, data: bytes, limits: Limits, field: str) -> list[Planes]:
        """The views in a file; `field` names the file in errors."""
