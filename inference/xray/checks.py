"""Is this a scan that can be judged? What cannot be is refused by name; what can be mended is mended and said.

Detectors that are dead, and parts that are blank, are in `inference/xray/detectors.py`.

Thresholds are of counts and attenuations; each is far from what sound scans have (tests/unit/inference/test_xray_*).
"""

import math
from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.errors import BrokenImage
from inference.vocabulary import Remark
from inference.xray.errors import (
    InvertedPolarity,
    MismatchedEnergies,
    Saturated,
    ScanTooSmall,
    SwappedEnergies,
    WrongAir,
    WrongBitDepth,
)
from inference.xray.scan import Attenuation, Counts

Number = TypeVar("Number", np.uint16, np.float32)
SEEN = (0.1, 3.0)  # attenuations at which two energies can be compared
ENOUGH = 125  # of pixels that are four, of them
ORDER = 0.97  # low / high attenuation, below which they are swapped: low energies are attenuated more
ALIKE = 0.7  # correlation of details below which two images are not of one scan; sound scans have over 0.9
AROUND_DETAIL = 15  # such pixels: side of the square that a detail stands out from
DETAILED = 0.03  # deviation of the attenuation's details, below which they may be noise
DARK, BRIGHT = 0.4, 0.7  # of the brightest there is
HARDLY_BRIGHT = 0.3  # share of pixels: of a scan the right way up, more is air
AROUND = 0.04  # of the sides: the margin, where air is looked for
LEAST_SIDE = 16  # px
LESS_THAN_NOTHING = -0.3  # attenuation: where much is so bright, air is brighter than it is said to be
SOME = 0.01  # share of pixels that is more than noise
CLEAR = 0.04  # attenuation: less is air
ASTRAY = 0.15  # attenuation of one energy where the other shows air; of metal so thin it is 0.1
ENOUGH_AIR = 0.1  # share of the margin
FLAT, ALL_FLAT, DARKER = 0.01, 0.8, 0.03  # shares of the highest count, of the margin, of the highest count
CLIPPED, OVEREXPOSED = 0.01, 0.2  # shares of pixels at the highest count although air is below it
SHALLOW = 0.25  # of the count of air that is reached at most if the depth is wrong


def check_size(counts: Counts, field: str) -> None:
    """Refuse an image with so few pixels that nothing can be compared in it."""
    height, width = counts.shape
    if min(height, width) < LEAST_SIDE:
        text = f"{field} is {width}x{height} pixels"
        raise ScanTooSmall(text, field=field, limit=f"at least {LEAST_SIDE} pixels on each side")


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


def check_said_depth(energies: Sequence[Counts], *, bits: int, said: int | None, air: bool, field: str) -> None:
    """Refuse a depth beyond the file's, and counts of fewer bits than the file has if nobody said so.

    `air` is whether that of any energy was said. Files of 8 bits hold no fewer.
    """
    if said is not None and said > bits:
        raise WrongBitDepth(f"{field} has {bits} bits per count, not {said}", field=field, limit=f"at most {bits} bits")
    most = max(int(own.max(initial=0)) for own in energies)
    if said is None and not air and bits > 8 and most <= SHALLOW * ((1 << bits) - 1):
        depth = max(8, most.bit_length())
        text = f'{field} counts to {most:,} only; if it has {depth} bits and not {bits}, say "bits": {depth}'
        raise WrongBitDepth(text, field=field, limit='"bits" or "air" said in the sidecar')


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


def margin(counts: NDArray[Number]) -> NDArray[Number]:
    """The counts or attenuations (n,) along the image's edges: on most scans they are of the belt alone."""
    h, w = (max(1, round(AROUND * side)) for side in counts.shape)
    return np.concatenate([counts[:h].ravel(), counts[-h:].ravel(), counts[:, :w].ravel(), counts[:, -w:].ravel()])


def brightness(counts: Counts) -> int:
    """The count of the brighter half of the margin: of air, unless goods fill the frame."""
    around = margin(counts)
    return int(np.median(around[around >= np.median(around)]))


def brighter(counts: Counts, air: float, dark: float = 0.0) -> bool:
    """Whether more of a scan than noise is clearly brighter than air of this count."""
    most = dark + math.exp(-LESS_THAN_NOTHING) * (air - dark)
    return float((counts > most).mean()) > SOME


def check_air(counts: Counts, air: int, dark: int, field: str) -> None:
    """Refuse a scan that is brighter than the air that was said of it: nothing attenuates less than air."""
    if brighter(counts, air, dark):
        top = float(np.percentile(counts, 99))
        text = f"{field}: air is said to be {air:,}, but the scan is as bright as {top:,.0f}"
        raise WrongAir(text, field=field, limit="air brightest; are its count and the polarity those of the file?")


def check_airs(high: Attenuation, low: Attenuation, field: str) -> None:
    """Refuse energies of which one attenuates, in the margin, where the other shows air: each has its own count."""
    around = {name: margin(own) for name, own in (("high", high), ("low", low))}
    for one, other in (("high", "low"), ("low", "high")):
        clear = np.abs(around[one]) < CLEAR
        if float(clear.mean()) < ENOUGH_AIR:
            continue
        seen = around[other][clear]
        if float((np.abs(seen) > ASTRAY).mean()) > 0.5:
            text = f"{field}: where {one} shows air, {other} is attenuated by {float(np.median(seen)):.2f}"
            raise WrongAir(text, field=field, limit='"air": [high, low], the count of air of each')


def check_turned(counts: Counts, full: int, field: str) -> None:
    """Refuse counts that were taken from `full`, as said, if that made an upright scan of them inverted.

    Goods that fill the frame are dark in the margin too. But a margin that is dark and flat all around, with nothing
    darker anywhere, is air that was turned; whoever knows better says how bright air is.
    """
    around = margin(counts)
    level = float(np.median(around))
    flat = float((np.abs(around - level) <= FLAT * full).mean()) >= ALL_FLAT
    darkest = float((counts < level - DARKER * full).mean()) <= SOME
    if flat and darkest and looks_inverted(counts):
        text = f"{field}: it is said to be inverted, but turned its margin is flat and nothing is darker"
        raise InvertedPolarity(text, field=field, limit='"polarity": "transmission", or "air" said too')


def looks_inverted(counts: Counts) -> bool:
    """Whether the margin is dark and not much is bright."""
    top = float(np.percentile(counts, 99.5))
    around, bright = float(np.median(margin(counts))), float((counts > BRIGHT * top).mean())
    return around < DARK * top and bright < HARDLY_BRIGHT


def check_polarity(counts: Counts, field: str) -> None:
    """Refuse what looks inverted, of a scan whose polarity nobody said: around a parcel is air, and air is bright."""
    if looks_inverted(counts):
        top, around = float(np.percentile(counts, 99.5)), float(np.median(margin(counts)))
        text = f"{field}: its margin is dark, {around:,.0f} of {top:,.0f}, and little of it is bright"
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
