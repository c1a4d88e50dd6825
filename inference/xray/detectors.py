"""Lines of a scan that hold nothing: dead detectors are filled in and said, blank borders are air, and that is said.

A line is a column, one detector's, or a row, one moment's. What is dark all along is dead, or blank if it is at the
edge, in all energies: cropping and turning make such borders. A dark thing that only touches the edge stays opaque.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Remark
from inference.xray.checks import LESS_THAN_NOTHING, brightness
from inference.xray.errors import DeadDetectors
from inference.xray.scan import Counts

Flags = NDArray[np.bool_]
TOO_DEAD = 0.05  # share of detectors
DIM = 0.01  # of air: a line that is hardly anywhere brighter is dark
HARDLY = 0.01  # share of a line's pixels
DIFFERS = 0.02  # share of a count by which another one differs from it
FEW_STUCK = 3  # lines beside each other: more of them, as bright as air, are a gap between things
BESIDE = 0.95  # share of a stuck line's pixels with something on both sides
BLANK = 0.002  # share of pixels: smaller areas without any count are things
RINGING = 6  # of 255: what JPEG makes of nothing
FRINGE = 9  # px: where turning an image mixed nothing with something
CORNER = (0.7, 1.45)  # area of what fills a corner, by that of a triangle as wide and high: a rectangle has 2


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Which rows (h,) and columns (w,) of an image."""

    rows: Flags
    columns: Flags

    def along(self, axis: int) -> Flags:
        """The columns for axis 0, the rows for axis 1."""
        return self.columns if axis == 0 else self.rows


def dark_lines(counts: Counts, air: int, dark: int) -> Lines:
    """The lines that hardly anywhere exceed a hundredth of air: a dead detector's noise is not quite nothing."""
    lit = counts > dark + DIM * (air - dark)
    along = [lit.sum(axis) <= max(1, HARDLY * lit.shape[axis]) for axis in (0, 1)]
    return Lines(columns=np.asarray(along[0]), rows=np.asarray(along[1]))


def borders(dark: Sequence[Lines]) -> Lines:
    """The dark lines at the edges, one after the other, in all energies; in one alone they are dead."""
    return Lines(
        rows=_at_the_ends(np.logical_and.reduce([own.rows for own in dark])),
        columns=_at_the_ends(np.logical_and.reduce([own.columns for own in dark])),
    )


def _at_the_ends(chosen: Flags) -> Flags:
    if chosen.all():
        return chosen
    first, last = int(np.argmin(chosen)), len(chosen) - int(np.argmin(chosen[::-1]))
    ends = chosen.copy()
    ends[first:last] = False
    return ends


def mended(counts: Counts, dark: Lines, border: Lines, field: str) -> tuple[Counts, tuple[Remark, ...]]:
    """The counts with dead lines filled in from beside them, and what is said of it. Raises DeadDetectors if many."""
    remarks = []
    for axis, name in ((0, "columns"), (1, "rows")):
        dim = dark.along(axis)
        dead = (dim & ~border.along(axis)) | stuck_lines(counts, axis, dim)
        if not dead.any():
            continue
        if float(dead.mean()) > TOO_DEAD:
            text = f"{field}: {int(dead.sum())} of {len(dead)} {name} are dead"
            raise DeadDetectors(text, field=field, limit=f"at most {TOO_DEAD:.0%}")
        listed = ", ".join(str(index) for index in np.flatnonzero(dead)[:8])
        remarks.append(Remark(code="dead_detectors", text=f"Dead {name} were filled in: {listed}."))
        counts = _filled(counts, dead, axis)
    return counts, tuple(remarks)


def stuck_lines(counts: Counts, axis: int, dark: Flags) -> Flags:
    """Which columns (axis 0) or rows (axis 1) always count the same, although those beside them do not.

    Lines at the edge of the image, one after the other, are a margin and not stuck. Nor is a gap between things, where
    air is so bright that each of its pixels counts the same.
    """
    low, high = counts.min(axis), counts.max(axis)
    constant = (low == high) & ~dark
    if not constant.any() or (constant | dark).all():
        return np.zeros(len(constant), np.bool_)
    inner = constant & ~_at_the_ends(constant | dark)
    lively = np.flatnonzero(~constant & ~dark)
    typical = np.interp(np.arange(len(constant)), lively, counts.mean(axis)[lively])
    stuck = inner & (np.abs(low - typical) > DIFFERS * max(1, int(counts.max())))
    background = brightness(counts)
    lines = counts.T if axis == 0 else counts  # a line is a row of it
    for first, last in _runs(stuck):
        if _as_air(int(low[first]), background) and not _through_things(lines, first, last):
            stuck[first:last] = False
    return np.asarray(stuck, np.bool_)


def _runs(chosen: Flags) -> list[tuple[int, int]]:
    """First and one past last of the lines that are chosen one after the other."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], chosen.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _as_air(count: int, background: int) -> bool:
    """Whether a count may be air's: as bright as the margin, or so much brighter that goods must lie there."""
    if count < (1 - DIFFERS) * background:
        return False
    return count <= (1 + DIFFERS) * background or count > np.exp(-LESS_THAN_NOTHING) * background


def _through_things(lines: Counts, first: int, last: int) -> bool:
    """Whether lines [first, last) are few, and have something darker on both sides nearly all along."""
    if last - first > FEW_STUCK or first == 0 or last == len(lines):
        return False
    most = (1 - DIFFERS) * int(lines[first].max())
    return float(((lines[first - 1] < most) & (lines[last] < most)).mean()) >= BESIDE


def _filled(counts: Counts, dead: Flags, axis: int) -> Counts:
    own = counts if axis == 0 else counts.T
    good = np.flatnonzero(~dead)
    filled = own.astype(np.float32)
    for index in np.flatnonzero(dead):
        place = int(np.searchsorted(good, index))
        left, right = good[max(place - 1, 0)], good[min(place, len(good) - 1)]
        share = 0.0 if left == right else (index - left) / (right - left)
        filled[:, index] = (1 - share) * filled[:, left] + share * filled[:, right]
    answer = np.rint(filled).astype(np.uint16)
    return answer if axis == 0 else np.ascontiguousarray(answer.T)


def blank(counts: Counts, dark: int, bits: int, border: Lines) -> Flags:
    """Where (h, w) nothing was scanned: border lines without counts, and corners, as when an image was turned."""
    least = dark + (RINGING if bits == 8 else 0)
    empty = (counts <= least).astype(np.uint8)
    whole = Lines(rows=_at_the_ends(np.asarray(empty.all(1))), columns=_at_the_ends(np.asarray(empty.all(0))))
    rows, columns = border.rows | whole.rows, border.columns | whole.columns
    chosen = np.asarray(rows[:, None] | columns[None], np.uint8)  # (h, w)
    if empty.any() and not rows.all() and not columns.all():
        inner = np.ix_(~rows, ~columns)
        chosen[inner] = _corners(np.ascontiguousarray(empty[inner]), BLANK * counts.size)
    if not chosen.any():
        return np.zeros(counts.shape, np.bool_)
    return np.asarray(cv2.dilate(chosen, np.ones((FRINGE, FRINGE), np.uint8)) > 0)


def _corners(empty: NDArray[np.uint8], least: float) -> NDArray[np.uint8]:
    """Those areas (h, w) of an image's empty pixels that fill a corner as a triangle does."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(empty, connectivity=4)
    chosen = np.zeros(count, np.uint8)
    for label in {int(labels[row, column]) for row in (0, -1) for column in (0, -1)} - {0}:
        area, triangle = int(stats[label, cv2.CC_STAT_AREA]), int(stats[label, 2]) * int(stats[label, 3]) / 2
        chosen[label] = area > least and CORNER[0] * triangle <= area <= CORNER[1] * triangle
    return np.asarray(chosen[labels])
