"""Which scans a canary judges: all of some stations, or a share of all. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CanaryTerms:
    """What a canary takes."""

    stations: Sequence[str] = ()
    share: float = 0.0  # of the scans of all stations, 0..1

    def takes(self, scan_id: str, station: str) -> bool:
        """Whether it judges this scan: always the same answer for the same scan, whichever process asks."""
        return station in self.stations or fraction(scan_id) < self.share


def fraction(key: str) -> float:
    """A number in 0..1 that depends on the key alone, and on nothing that whoever made the key could wish for."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") / 2**64
