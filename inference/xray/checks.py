"""Is this a scan that can be judged? What cannot be is refused by name; what can be mended is mended and said.

Thresholds are of counts and attenuations; each is far from what sound scans have (tests/unit/inference/test_xray_*).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import BrokenImage
from inference.xray.errors import (
    DeadDetectors,
    InvertedPolarity,
    MismatchedEnergies,
    Saturated,
    SwappedEnergies,
    WrongBitDepth,
)
from inference.xray.scan import Attenuation, Counts, Remark

SEEN = (0.1, 3.0)  # attenuations at which two energies can be compared
ENOUGH = 125  # of pixels that are four, of them
ORDER = 0.97  # low / high attenuation, below which they are swapped: low energies are attenuated more
ALIKE = 0.7  # correlation of details below which two images are not of one scan; sound scans have over 0.9
AROUND_DETAIL = 15  # such pixels: side of the square that a detail stands out from
DETAILED = 0.03  # deviation of the attenuation's details, below which they may be noise
DARK, BRIGHT = 0.4, 0.7  # of the brightest there is
HARDLY_BRIGHT = 0.3  # share of pixels: of a scan the right way up, more is air
AROUND = 0.04  # of the sides: the margin, where air is looked for
TOO_DEAD = 0.05  # share of detectors
CLIPPED, OVEREXPOSED = 0.01, 0.2  # shares of pixels at the highest count although air is below it
SHALLOW = 0.25  # of the count of air that is reached at most if the depth is wrong
BLANK = 0.002  # share of pixels: smaller areas without any count are things
RINGING = 6  # of 255: what JPEG makes of nothing
FRINGE = 9  # px: where turning an image mixed nothing with something


def check_counts(counts: Counts, field: str) -> None:
    """Refuse an image in which each pixel counts the same: no detector saw anything."""
    low, high = int(counts.min()), int(counts.max())
    if low == high:
        raise BrokenImage(f"{field}: each pixel counts {low:,}", field=field, limit="an image")


def check_pair(high: Counts, low: Counts, field: str) -> None:
    """Refuse images of different size."""
    if high.shape != low.shape:
        sizes = [f"{own.shape[1]}x{own.shape[0]}" for own in (high, low)]
        raise MismatchedEnergies(f"{field}: high is {sizes[0]}, low is {sizes[1]} pixels", field=field, limit="equal")


def check_energies(high: Attenuation, low: Attenuation, field: str) -> None:
    """Refuse energies that are swapped, or not of one scan. An empty belt tells nothing, and passes."""
    a, b = (_halved(own) for own in (high, low))
    seen = (np.maximum(a, b) > SEEN[0]) & (np.maximum(a, b) < SEEN[1])
    if int(seen.sum()) < ENOUGH:
        return
    alike = _alike(a, b)
    if alike < ALIKE:
        text = f"{field}: the details of both images correlate by {alike:.2f}"
        raise MismatchedEnergies(text, field=field, limit=f"at least {ALIKE:g}")
    ratio = float(np.median(b[seen] / np.maximum(a[seen], 1e-3)))
    if ratio < ORDER:
        text = f"{field}: low is attenuated {ratio:.2f} times as much as high; low energies are attenuated more"
        raise SwappedEnergies(text, field=field, limit=f"at least {ORDER:g}")


def _halved(attenuation: Attenuation) -> Attenuation:
    """An attenuation (h, w) at half its size: less noise, and a quarter of the work."""
    small = cv2.resize(attenuation, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _alike(high: Attenuation, low: Attenuation) -> float:
    """How the details of both energies correlate where there is something; 1 if there are hardly any.

    Whole attenuations would not do: where metal and thick plastic lie side by side one energy is no measure of the
    other (a sound scan had 0.75), but their edges are at the same places.
    """
    there = np.maximum(high, low) > SEEN[0]
    details = []
    for own in (high, low):
        cut = np.minimum(own, SEEN[1])
        details.append((cut - cv2.blur(cut, (AROUND_DETAIL, AROUND_DETAIL)))[there])
    if max(float(own.std()) for own in details) < DETAILED:
        return 1.0
    if min(float(own.std()) for own in details) == 0.0:
        return 0.0
    return float(np.corrcoef(details[0], details[1])[0, 1])


def check_depth(counts: Counts, *, bits: int, said: int | None, air: int | None, field: str) -> None:
    """Refuse counts that are beyond, or far below, what they are said to reach."""
    most = int(counts.max(initial=0))
    allowed = (1 << (said or bits)) - 1
    if most > allowed:
        raise WrongBitDepth(f"{field} counts to {most:,}", field=field, limit=f"{allowed:,}, of {said or bits} bits")
    if air is not None and most < SHALLOW * air:
        depth = max(1, most).bit_length()
        text = f"{field} counts to {most:,} only, as {depth} bits do; air is said to be {air:,}"
        raise WrongBitDepth(text, field=field, limit=f"air at {air:,}")


def margin(counts: Counts) -> Counts:
    """The counts (n,) along the image's edges: on most scans they are of the belt alone."""
    h, w = (max(1, round(AROUND * side)) for side in counts.shape)
    return np.concatenate([counts[:h].ravel(), counts[-h:].ravel(), counts[:, :w].ravel(), counts[:, -w:].ravel()])


def check_polarity(counts: Counts, field: str) -> None:
    """Refuse what looks inverted, of a scan whose polarity nobody said: around a parcel is air, and air is bright."""
    top = float(np.percentile(counts, 99.5))
    around, bright = float(np.median(margin(counts))), float((counts > BRIGHT * top).mean())
    if around < DARK * top and bright < HARDLY_BRIGHT:
        text = f"{field}: its margin is dark, {around:,.0f} of {top:,.0f}, and {bright:.0%} of it bright"
        raise InvertedPolarity(text, field=field, limit='air bright, or "polarity" said in the sidecar')


def check_exposure(counts: Counts, *, bits: int, air: int | None, field: str) -> tuple[Remark, ...]:
    """Refuse what is overexposed; remark on what is clipped."""
    top = (1 << bits) - 1
    clipped = float((counts >= top).mean())
    if air is not None and air < 0.95 * top and clipped > OVEREXPOSED:
        text = f"{field}: {clipped:.0%} of it is at the highest count, {top:,}, above air at {air:,}"
        raise Saturated(text, field=field, limit=f"at most {OVEREXPOSED:.0%}")
    if clipped > CLIPPED:
        return (
            Remark(code="clipped", text=f"{clipped:.0%} of the scan is at the highest count: thin things are lost."),
        )
    return ()


def mended(counts: Counts, field: str) -> tuple[Counts, tuple[Remark, ...]]:
    """The counts with dead detectors filled in from their neighbours. Raises DeadDetectors if too many are dead."""
    remarks = []
    for axis, name in ((0, "columns"), (1, "rows")):
        dead = dead_lines(counts, axis)
        if not dead.any():
            continue
        if float(dead.mean()) > TOO_DEAD:
            text = f"{field}: {int(dead.sum())} of {len(dead)} {name} are dead"
            raise DeadDetectors(text, field=field, limit=f"at most {TOO_DEAD:.0%}")
        listed = ", ".join(str(index) for index in np.flatnonzero(dead)[:8])
        remarks.append(Remark(code="dead_detectors", text=f"Dead {name} were filled in: {listed}."))
        counts = _filled(counts, dead, axis)
    return counts, tuple(remarks)


def dead_lines(counts: Counts, axis: int) -> NDArray[np.bool_]:
    """Which columns (axis 0) or rows (axis 1) always count the same, although those beside them do not.

    Lines at the edge of the image, one after the other, are a margin and not dead.
    """
    low, high = counts.min(axis), counts.max(axis)
    constant = low == high
    if not constant.any() or constant.all():
        return np.zeros(len(constant), np.bool_)
    first, last = int(np.argmin(constant)), len(constant) - int(np.argmin(constant[::-1]))
    inner = constant.copy()
    inner[:first] = inner[last:] = False
    lively = np.flatnonzero(~constant)
    typical = np.interp(np.arange(len(constant)), lively, counts.mean(axis)[lively])
    return np.asarray(inner & (np.abs(low - typical) > 0.02 * max(1, int(counts.max()))))


def _filled(counts: Counts, dead: NDArray[np.bool_], axis: int) -> Counts:
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


def blank(counts: Counts, dark: int, bits: int) -> NDArray[np.bool_]:
    """Where (h, w) nothing was scanned: areas without any count that reach the edge, as when an image was turned."""
    least = dark + (RINGING if bits == 8 else 0)
    empty = (counts <= least).astype(np.uint8)
    if not empty.any():
        return np.zeros(counts.shape, np.bool_)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(empty, connectivity=4)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    chosen = np.zeros(count, np.uint8)
    chosen[[label for label in edge if label and stats[label, cv2.CC_STAT_AREA] > BLANK * counts.size]] = 1
    return np.asarray(cv2.dilate(chosen[labels], np.ones((FRINGE, FRINGE), np.uint8)) > 0)
