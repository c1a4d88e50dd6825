"""From what lies on the belt to the counts of a scanner: polychromatic Beer-Lambert, scatter, blur, noise, 16 bits.

`transmitted` is the physics without a machine's faults; `scan` adds them. Of a material only its areal density (g/cm2)
along the ray counts, so that a parcel is one map for each material.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.xray.materials import MATERIALS
from datasets.xray.scanners import Response, Scanner

Map = NDArray[np.float32]  # (h, w)
Maps = Mapping[str, Map]  # material -> areal density in g/cm2, all of one shape
BLOCK = 65_536  # pixels computed at a time
FEW = 25.0  # photons, below which they come as Poisson says; above, the normal distribution is as good
CHANNELS = 2  # high, low


@dataclass(frozen=True, kw_only=True)
class Expected:
    """Signal (2, h, w) of the high and low channel as a share of air's, and its variance from photons arriving."""

    signal: NDArray[np.float32]
    variance: NDArray[np.float32]


@dataclass(frozen=True, kw_only=True)
class RawScan:
    """Counts of both channels (h, w), 0..65,535, and those of air and of darkness."""

    high: NDArray[np.uint16]
    low: NDArray[np.uint16]
    air: int
    dark: int = 0


def transmitted(response: Response, maps: Maps, shape: tuple[int, int]) -> Expected:
    """What comes through of each channel: sum over energies of photons x energy x exp(-sum of mu x density)."""
    names = [name for name, own in maps.items() if own.any()]
    light = response.photons * response.energies  # (2, k)
    air = light.sum(1, keepdims=True)
    weights = np.concatenate([light / air, light * response.energies / air**2]).T.astype(np.float32)  # (k, 4)
    answer = np.broadcast_to(weights.sum(0), (shape[0] * shape[1], 4)).copy()
    if names:
        density = np.stack([maps[name].ravel() for name in names], 1)  # (h * w, m)
        covered = np.flatnonzero(density.any(1))
        mu = -np.stack([response.coefficients(name) for name in names]).astype(np.float32)  # (m, k)
        for start in range(0, len(covered), BLOCK):
            rows = covered[start : start + BLOCK]
            passed = np.exp(density[rows] @ mu)  # (rows, k)
            answer[rows] = passed @ weights
    planes = answer.T.reshape(4, *shape)
    return Expected(signal=planes[:CHANNELS], variance=planes[CHANNELS:])


def scan(rng: Generator, scanner: Scanner, maps: Maps, shape: tuple[int, int], *, bins: int = 20) -> RawScan:
    """One scan of what lies on the belt, (h, w) pixels of the scanner's pitch, with all that a machine adds."""
    response = scanner.response().binned(bins)
    belt = np.full(shape, scanner.belt / 10 * MATERIALS["pvc"].density, np.float32)
    under = dict(maps)
    under["pvc"] = under["pvc"] + belt if "pvc" in under else belt
    clear = transmitted(response, {"pvc": belt[:1, :1]}, (1, 1))  # calibrated with the empty belt running
    seen = transmitted(response, under, shape)
    noisy = [_detected(rng, scanner, seen, channel, clear) for channel in range(CHANNELS)]
    air = round(65_535 * scanner.full_scale)
    high, low = (np.clip(np.rint(own * air), 0, 65_535).astype(np.uint16) for own in noisy)
    return RawScan(high=high, low=low, air=air)


def _detected(rng: Generator, scanner: Scanner, seen: Expected, channel: int, clear: Expected) -> Map:
    """One channel (h, w) as a share of air, with scatter, blur, the photons' noise and the machine's own."""
    empty = float(clear.signal[channel, 0, 0])
    signal, variance = seen.signal[channel], seen.variance[channel]
    signal = signal + scattered(signal / empty, scanner) * empty
    across, along = scanner.blur
    signal = cv2.GaussianBlur(
        signal, (0, 0), sigmaX=across, sigmaY=along
    )  # light spreads in the screen, and the belt moves
    variance = cv2.GaussianBlur(variance, (0, 0), sigmaX=across, sigmaY=along)
    drawn = arrived(rng, signal, variance) / empty
    drawn *= 1 + rng.normal(0, scanner.stripes, (1, drawn.shape[1])).astype(np.float32)  # each detector has its own
    drawn += rng.normal(0, scanner.readout, drawn.shape).astype(np.float32)
    return drawn


def scattered(share: Map, scanner: Scanner) -> Map:
    """Signal that comes astray: as much as is attenuated nearby, P ln(1/P), spread wide.

    The model of Ohnesorge et al., European Radiology 9 (1999) 563, with one Gaussian as its kernel.
    """
    source = share * -np.log(np.maximum(share, 1e-6)) * scanner.scatter
    sigma = scanner.scatter_reach / scanner.pitch
    step = max(1, int(sigma / 4))  # a wide Gaussian has no detail: it is computed on a coarse grid
    small = cv2.resize(
        source, (max(1, share.shape[1] // step), max(1, share.shape[0] // step)), interpolation=cv2.INTER_AREA
    )
    spread = cv2.GaussianBlur(small, (0, 0), sigma / step)
    return cv2.resize(spread, share.shape[::-1], interpolation=cv2.INTER_LINEAR)


def arrived(rng: Generator, signal: Map, variance: Map) -> Map:
    """Draw signals with this mean and variance: photons of many energies count as some of one, alike in both."""
    quantum = variance / np.maximum(signal, 1e-12)  # signal of one such photon
    count = signal / np.maximum(quantum, 1e-12)
    drawn = signal + np.sqrt(variance) * rng.standard_normal(signal.shape, np.float32)
    few = count < FEW
    if few.any():
        drawn[few] = rng.poisson(count[few]) * quantum[few]
    return drawn
