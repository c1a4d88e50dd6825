"""Renderings for training: windows of packed parcels, with marks laid into them.

Packing a parcel takes longer than X-raying a window of it, so a worker keeps some parcels at hand, and renews them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.xray.bodies import Body
from datasets.xray.marks import log_uniform, marked_body
from datasets.xray.parcels import SKEW, pack
from datasets.xray.placing import Belt, Pose
from datasets.xray.scanners import TRAINED, Scanner, varied
from datasets.xray.scanning import Maps, scan
from datasets.xray.visibility import contrast_to_noise
from inference.embedder import square_crop
from inference.vocabulary import Image
from inference.xray.picture import NEAR, Attenuation, net_picture
from inference.xray.relief import Relief

BINS = 12  # of the spectrum: enough for training
FEW_BINS = 6  # enough to know whether a mark can be seen
UNSEEN = 0.5  # contrast to noise
PARCEL = (640, 900)  # px
REDUCED = (0.5, 1.1)  # of a scan's size, as the detector sees it
SINGLE, COARSE = 0.2, 0.2  # shares of scans of one energy, and of screenshots with 8 bits
TURNS = 4


@dataclass(frozen=True, kw_only=True)
class Turned:
    """How a mark lies: mirrored or not, then so many times 90 degrees counter-clockwise."""

    turns: int
    mirrored: bool

    @property
    def index(self) -> int:
        return self.turns + TURNS * self.mirrored


class Stock:
    """Parcels at hand. A worker's own; the n-th draw depends on the seed alone."""

    def __init__(self, seed: int, size: int = 16) -> None:
        self._rng, self._size = np.random.default_rng([seed, 77]), size
        self._parcels: list[Maps] = []

    def window(self, rng: Generator, side: int) -> Belt:
        """A square of `side` px of some parcel, mostly where there is something in it."""
        if len(self._parcels) < self._size or rng.random() < 0.01:
            self._parcels = [*self._parcels[-self._size + 1 :], self._pack()]
        maps = self._parcels[int(rng.integers(len(self._parcels)))]
        h, w = PARCEL
        y, x = (int(rng.integers(-side // 4, max(1, length - 3 * side // 4))) for length in (h, w))
        return Belt(shape=(side, side), maps={name: _cut(own, x, y, side) for name, own in maps.items()})

    def _pack(self) -> Maps:
        scanner = TRAINED[int(self._rng.integers(len(TRAINED)))]
        return pack(self._rng, scanner, [], [], shape=PARCEL, crowd=(2, 8)).maps


def _cut(plane: NDArray[np.float32], x: int, y: int, side: int) -> NDArray[np.float32]:
    """The square (side, side) from (x, y), zero where it leaves the plane."""
    own = np.zeros((side, side), np.float32)
    part = plane[max(y, 0) : max(y + side, 0), max(x, 0) : max(x + side, 0)]
    top, left = max(-y, 0), max(-x, 0)
    own[top : top + part.shape[0], left : left + part.shape[1]] = part
    return own


def pose_of(rng: Generator, turned: Turned, centre: tuple[float, float]) -> Pose:
    """A pose that is `turned`, or as near to it as to no other turn."""
    away = rng.normal(0, 1.5 * SKEW) if rng.random() < 0.75 else rng.uniform(-45, 45)
    return Pose(
        centre=centre,
        angle=float(-90.0 * turned.turns + away),
        mirrored=turned.mirrored,
        tilt=float(min(abs(rng.normal(0, 14)), 55)),
        magnified=float(rng.uniform(1.0, 1.25)),
    )


def render_crop(rng: Generator, flat: Relief, stock: Stock, turned: Turned, side: int) -> Image:
    """One rendering of a mark as a (side, side, 3) crop of a scan's picture, `turned`, in some parcel."""
    scanner = varied(rng, TRAINED[int(rng.integers(len(TRAINED)))])
    longest = log_uniform(rng, 22, 150)
    window = round(longest * 1.7) + NEAR + 24
    belt = stock.window(rng, window)
    body = marked_body(rng, 0, flat, scanner.pitch, longest)
    shift = rng.normal(0, 2, 2)
    belt.lay(body, pose_of(rng, turned, (window / 2 + shift[0], window / 2 + shift[1])))
    picture = seen(rng, scanner, belt)
    box = (
        belt.marks[0].box
        if belt.marks
        else np.array([window * 0.2, window * 0.2, window * 0.8, window * 0.8], np.float32)
    )
    return square_crop(picture, jittered(rng, box), side)


def jittered(rng: Generator, box: NDArray[np.float32]) -> NDArray[np.float32]:
    """A box (4,) as a detector finds it: a little off."""
    size = float((box[2:] - box[:2]).max())
    loose = size * (rng.normal(0, 0.04, 4) + np.array([-1, -1, 1, 1]) * rng.normal(0.01, 0.03))
    moved = box + loose
    return np.array([*np.minimum(moved[:2], moved[2:] - 4), *np.maximum(moved[2:], moved[:2] + 4)], np.float32)


def seen(rng: Generator, scanner: Scanner, belt: Belt) -> Image:
    """The picture (h, w, 3) that nets see of what lies on the belt, of some kind of scanner's file."""
    raw = scan(rng, scanner, belt.maps, belt.shape, bins=BINS)
    high, low = (-np.log(np.maximum(own, 1) / np.float32(raw.air)).astype(np.float32) for own in (raw.high, raw.low))
    kind = rng.random()
    if kind < COARSE:
        one = screenshot(rng, low if rng.random() < 0.5 else 0.5 * (low + high))
        return net_picture(one)
    return net_picture(high) if kind < COARSE + SINGLE else net_picture(high, low)


def screenshot(rng: Generator, attenuation: Attenuation) -> Attenuation:
    """What 8 bits and JPEG leave of an attenuation (h, w)."""
    grey = np.clip(np.rint(np.exp(-attenuation * np.float32(rng.uniform(0.5, 1.0))) * 255), 0, 255).astype(np.uint8)
    _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(70, 98))])
    back = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
    return np.asarray(-np.log(np.maximum(back, 1) / 255), np.float32)


def render_scene(
    rng: Generator, reliefs: Sequence[Relief], stock: Stock, side: int, most: int = 5
) -> tuple[Image, NDArray[np.float32]]:
    """A window of a parcel, reduced to (side, side, 3), with up to `most` marks in it, and their boxes (n, 4).

    Marks that nobody could see have no box.
    """
    scanner = varied(rng, TRAINED[int(rng.integers(len(TRAINED)))])
    scale = log_uniform(rng, *REDUCED)
    window = round(side / scale)
    belt = stock.window(rng, window)
    count = 0 if rng.random() < 0.12 else int(rng.integers(1, most + 1))
    for longest in sorted((min(log_uniform(rng, 18, 220), 0.8 * window) for _ in range(count)), reverse=True):
        row = int(rng.integers(len(reliefs)))
        body = marked_body(rng, row, reliefs[row], scanner.pitch, longest)
        place = _free_place(rng, belt, body, window)
        if place is not None:
            turned = Turned(turns=int(rng.integers(TURNS)), mirrored=rng.random() < 0.5)
            belt.lay(body, pose_of(rng, turned, place))
    response = scanner.response().binned(FEW_BINS)
    seeable = [mark for mark in belt.marks if contrast_to_noise(response, belt, mark) > UNSEEN]
    boxes = np.array([mark.box for mark in seeable], np.float32).reshape(-1, 4)
    picture = cv2.resize(
        seen(rng, scanner, belt), (side, side), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    )
    return picture, boxes * np.float32(side / window)


def _free_place(rng: Generator, belt: Belt, body: Body, side: int) -> tuple[float, float] | None:
    reach = 0.36 * float(sum(body.shape))
    for _ in range(8):
        x, y = rng.uniform(0.12, 0.88, 2) * side
        near = [mark.box for mark in belt.marks]
        if all(not (b[0] - reach < x < b[2] + reach and b[1] - reach < y < b[3] + reach) for b in near):
            return float(x), float(y)
    return None
