"""Pictures that are nearly the same: copies that were resized, recompressed, cropped by up to 3 %, or lit otherwise.

Two steps. Candidates differ in at most NEAR of 64 bits of their hashes; they are found by the pigeonhole: of four
bands of 16 bits one differs in at most two, so that each hash is looked up at 137 places of four tables, and about one
pair in 120 is looked at. Then the sketches of a pair are laid on each other (ECC, Evangelidis and Psarakis 2008,
doi:10.1109/TPAMI.2008.113), and must correlate. Pictures with nothing on them are nobody's copies.

Measured on 90 rendered parcels and 13 copies of each (a half and a third of the size, JPEG quality 30 and 10, crops of
up to 3 % at each side, darker, lighter, another gamma, noise, and several of these at once): 1,169 of 1,170 copies are
found, and none of 3,645 pairs of different scenes is taken for a copy. Of 360 pairs of shots of the same goods in the
same pose with other labels 273 are: to a net they are copies, too. 20,000 hashes are searched in half a second, 100,000
in five. Mirrored, turned or strongly cropped copies are not found.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.versions.hashes import Print, Sketch

NEAR = 11  # bits: the most that are found for certain with two wrong bits in a band
ALIKE = 0.97  # correlation of the sketches once they lie on each other
BANDS = 4
_WIDTH = 16  # bits of a band
_ROUNDS = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-4)  # of laying on each other
_BLUR = 5  # px, before that
PLAIN = 0.99  # correlation as they are, from which on they need not be laid on each other
TRIED = 8  # pictures of one hash that others are compared with: a frozen camera sends thousands

Bits = NDArray[np.uint64]  # (n,)
Pairs = NDArray[np.int64]  # (m, 2), the smaller index first


def duplicates(prints: Sequence[Print], alike: float = ALIKE) -> list[tuple[int, int]]:
    """Pairs of indices of prints that are of nearly the same picture; enough of them to connect all that are.

    Not each pair of a group is there: what is connected already is not compared again.
    """
    groups = Groups(len(prints))
    pairs: list[tuple[int, int]] = []
    for one, other in _candidates(prints):
        connected = groups.root(one) == groups.root(other)
        if not connected and likeness(prints[one].sketch, prints[other].sketch) >= alike:
            groups.join(one, other)
            pairs.append((one, other))
    return sorted(pairs)


class Groups:
    """What is connected, of things that are numbered from 0."""

    def __init__(self, count: int) -> None:
        self._links = list(range(count))

    def root(self, own: int) -> int:
        """The number that stands for the group of a thing."""
        while self._links[own] != own:
            self._links[own] = self._links[self._links[own]]  # halves the way for the next one
            own = self._links[own]
        return own

    def join(self, one: int, other: int) -> None:
        """Connect two things, and their groups."""
        self._links[self.root(one)] = self.root(other)


def near(bits: Bits, limit: int = NEAR) -> Pairs:
    """All pairs of different hashes (n,) that differ in at most `limit` of 64 bits, NEAR at most: (m, 2)."""
    if not 0 <= limit <= NEAR:
        raise ValueError(f"limit must be in 0..{NEAR}, got {limit}")
    found = [np.zeros((0, 2), np.int64)]
    for band in range(BANDS):
        keys = ((bits >> np.uint64(band * _WIDTH)) & np.uint64(2**_WIDTH - 1)).astype(np.int64)  # (n,)
        for one, other in _same_places(keys):
            close = np.bitwise_count(bits[one] ^ bits[other]) <= limit
            found.append(np.stack([one[close], other[close]], 1))
    return np.unique(np.concatenate(found), axis=0)


def likeness(one: Sketch, other: Sketch) -> float:
    """The correlation of two sketches, -1..1, once the second is laid on the first; -1 if that cannot be done."""
    here, there = (sketch.astype(np.float32) - 128 for sketch in (one, other))  # around 0, as what lies outside
    as_they_are = float(cv2.matchTemplate(here, there, cv2.TM_CCOEFF_NORMED)[0, 0])
    if as_they_are >= PLAIN:
        return as_they_are
    warp, mask = np.eye(2, 3, dtype=np.float32), np.full(one.shape, 255, np.uint8)
    try:
        return float(cv2.findTransformECC(here, there, warp, cv2.MOTION_AFFINE, _ROUNDS, mask, _BLUR)[0])
    except cv2.error:  # they are so different that the search ran away
        return -1.0


def _same_places(keys: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield pairs of indices (one < other) whose keys (n,) differ in at most two bits; a pair may come only once."""
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], np.arange(2**_WIDTH + 1))  # of each key's indices in `order`
    index = np.arange(len(keys))
    for change in _changes():
        wanted = keys ^ change
        first, count = starts[wanted], starts[wanted + 1] - starts[wanted]
        one = np.repeat(index, count)
        within = np.arange(len(one)) - np.repeat(np.cumsum(count) - count, count)
        other = order[np.repeat(first, count) + within]
        forward = one < other
        yield one[forward], other[forward]


def _changes() -> list[int]:
    """No bit, one bit or two bits of a band."""
    bits = [1 << place for place in range(_WIDTH)]
    return [0, *bits, *(one | other for i, one in enumerate(bits) for other in bits[:i])]


def _candidates(prints: Sequence[Print]) -> Iterator[tuple[int, int]]:
    """Yield pairs that may be alike: of one hash with the first few of their own, then of hashes that are near."""
    own: defaultdict[int, list[int]] = defaultdict(list)
    for index, one in enumerate(prints):
        if not one.flat:
            own[one.bits].append(index)
    members = list(own.values())
    for alike in members:
        yield from ((first, other) for place, other in enumerate(alike) for first in alike[: min(place, TRIED)])
    for one, other in near(np.fromiter(own, np.uint64, len(own))).tolist():
        for first in members[one][:TRIED]:
            yield from ((min(first, index), max(first, index)) for index in members[other][:TRIED])
