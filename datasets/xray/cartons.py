"""Threat image projection: rendered marks in real scans of closed cartons, added where they add up, in attenuation.

The cartons are 8-bit grey pictures of one energy ("unknown detection in chocolate box", CC BY 4.0): a count is taken to
be proportional to what came through. How large their pixels are nobody said; marks are given in px. Half of the scans
may be trained on, the other half is for evaluation, told apart by their names.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.xray.marks import log_uniform, marked_body
from datasets.xray.placing import Belt, Laid, Pose
from datasets.xray.scanners import TRAINED, Response, Scanner
from datasets.xray.scanning import arrived, transmitted
from inference.decoding import decode
from inference.vocabulary import Image
from inference.xray.formats.pictures import of_colours
from inference.xray.picture import net_picture
from inference.xray.reading import scan_of
from inference.xray.relief import Relief
from inference.xray.scan import Attenuation
from inference.xray.sidecar import Sidecar

Half = Literal["train", "evaluation"]
FULL = 255.0
INSIDE = 0.12  # attenuation from which a pixel is of the carton
QUANTA = 12_000.0  # photons per pixel of the projected thing: about the noise of the cartons themselves
TRIES = 12
BINS = 12  # of the spectrum, for training
SIZES = (24.0, 180.0)  # px: longest sides of marks, for training
SCALES = (0.55, 1.25)  # of a scan, as the detector sees it
METAL = 0.2  # cm2/g, about that of metal at such energies; plastics attenuate a little less
TRACELESS = 0.25  # grey levels: a relief that changes less is not in the picture


def half_of(name: str) -> Half:
    """Which half a scan belongs to."""
    return "train" if hashlib.sha256(name.encode()).digest()[0] % 2 else "evaluation"


def load_cartons(folder: Path, half: Half) -> dict[str, NDArray[np.uint8]]:
    """File name -> grey picture (h, w), of one half of a folder's scans. Raises FileNotFoundError if there is none."""
    files = [path for path in sorted(folder.glob("*.jpg")) if half_of(path.name) == half]
    if not files:
        raise FileNotFoundError(f"{folder} holds no scans of cartons")
    return {path.name: decode(path.read_bytes(), field=path.name)[..., 1] for path in files}


def attenuation_of(grey: NDArray[np.uint8]) -> Attenuation:
    """The attenuation (h, w) of a carton's picture, as the service reads it."""
    return scan_of(of_colours(np.repeat(grey[..., None], 3, 2)), Sidecar(polarity="transmission"), "carton").high


def project(
    rng: Generator,
    grey: NDArray[np.uint8],
    scanner: Scanner,
    response: Response,
    reliefs: Sequence[Relief],
    rows: Sequence[int],
    sizes: tuple[float, float] = (52.0, 150.0),
) -> tuple[NDArray[np.uint8], list[Laid]]:
    """A carton (h, w) with a marked thing in it for each of `rows`, and the marks; those without room are left out."""
    belt = Belt(shape=(grey.shape[0], grey.shape[1]))
    carton = inside(grey)
    for row in rows:
        body = marked_body(rng, row, reliefs[row], scanner.pitch, log_uniform(rng, *sizes))
        pose = _place(rng, belt, carton, body.shape)
        if pose is not None:
            belt.lay(body, pose)
    seen = transmitted(response, belt.maps, belt.shape)
    across, along = scanner.blur
    share = grey.astype(np.float32) / np.float32(FULL)
    signal = share * cv2.GaussianBlur(seen.signal[0], (0, 0), sigmaX=across, sigmaY=along)
    noisy = arrived(rng, signal, signal * np.float32(1 / QUANTA))
    touched = seen.signal[0] < 0.9995  # elsewhere the scan stays what it was
    both = np.where(touched, np.rint(noisy * FULL), grey)
    return np.clip(both, 0, FULL).astype(np.uint8), belt.marks


def inside(grey: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """x1, y1, x2, y2 of the carton in its scan."""
    mask = (attenuation_of(grey) > INSIDE).astype(np.uint8)
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((9, 9), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        h, w = grey.shape
        return 0, 0, w, h
    x, y, w, h, _ = stats[1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))].tolist()
    return x, y, x + w, y + h


def _place(rng: Generator, belt: Belt, carton: tuple[int, int, int, int], shape: tuple[int, int]) -> Pose | None:
    """A pose inside of the carton and off the other marks, or None."""
    x1, y1, x2, y2 = carton
    reach = 0.35 * float(np.hypot(*shape))
    if x2 - x1 < 2 * reach or y2 - y1 < 2 * reach:
        return None
    for _ in range(TRIES):
        x, y = rng.uniform(x1 + reach, x2 - reach), rng.uniform(y1 + reach, y2 - reach)
        near = [mark.box for mark in belt.marks]
        if all(not (b[0] - reach < x < b[2] + reach and b[1] - reach < y < b[3] + reach) for b in near):
            angle = 90.0 * int(rng.integers(4)) + rng.normal(0, 12) if rng.random() < 0.8 else rng.uniform(0, 360)
            tilt = float(min(abs(rng.normal(0, 12)), 55))
            return Pose(centre=(x, y), angle=float(angle), mirrored=rng.random() < 0.5, tilt=tilt)
    return None


def levels_of(grey: NDArray[np.uint8], mark: Laid) -> float:
    """By how many of 255 grey levels a mark's relief makes a scan (h, w) deviate: of metal, where it is so bright."""
    x1, y1, x2, y2 = np.clip(np.round(mark.box), 0, max(grey.shape)).astype(int)
    around = grey[y1:y2, x1:x2]
    return float(np.median(around)) * METAL * float(mark.relief.std()) if around.size else 0.0


def carton_scene(
    rng: Generator, cartons: Sequence[NDArray[np.uint8]], reliefs: Sequence[Relief], side: int, most: int = 3
) -> tuple[Image, NDArray[np.float32]]:
    """A part of a real scan as nets see it, (side, side, 3), with up to `most` marks in it, and their boxes (n, 4).

    Marks that nobody could see have no box.
    """
    scanner = TRAINED[int(rng.integers(len(TRAINED)))]
    count = 0 if rng.random() < 0.3 else int(rng.integers(1, most + 1))
    rows = rng.integers(0, len(reliefs), count).tolist()
    carton = cartons[int(rng.integers(len(cartons)))]
    grey, marks = project(rng, carton, scanner, scanner.response().binned(BINS), reliefs, rows, SIZES)
    picture = net_picture(attenuation_of(grey))
    window = min(round(side / log_uniform(rng, *SCALES)), *grey.shape)
    y, x = (int(rng.integers(length - window + 1)) for length in grey.shape)
    part = picture[y : y + window, x : x + window]
    how = cv2.INTER_AREA if window > side else cv2.INTER_LINEAR
    boxes = [
        np.clip(mark.box - np.array([x, y, x, y]), 0, window)
        for mark in marks
        if _mostly_in(mark.box, x, y, window) and levels_of(carton, mark) >= TRACELESS
    ]
    scaled = np.array(boxes, np.float32).reshape(-1, 4) * np.float32(side / window)
    return np.asarray(cv2.resize(part, (side, side), interpolation=how), np.uint8), scaled


def _mostly_in(box: NDArray[np.float32], x: int, y: int, window: int) -> bool:
    """Whether half of a box is in the window."""
    low, high = np.maximum(box[:2], (x, y)), np.minimum(box[2:], (x + window, y + window))
    return bool(np.clip(high - low, 0, None).prod() >= 0.5 * (box[2:] - box[:2]).prod())
