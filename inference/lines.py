"""The line finder: where lettering is in a photograph. The net is PP-OCR's (Apache-2.0), as it comes with rapidocr.

The net says of each pixel how likely it lies in the core of a line; connected cores become slanted rectangles, grown
back to the height of the letters (differentiable binarisation, Liao et al., arXiv 1911.08947).
"""

from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
import rapidocr
from numpy.typing import NDArray

from inference.engine import OrtSession
from inference.pinned import pinned
from inference.recogniser import HEIGHT, line_width
from inference.vocabulary import Image, check_image

MODEL = Path(rapidocr.__file__).parent / "models" / "PP-OCRv6_det_small.onnx"
SHA256 = "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f"  # what the score is calibrated with
SIDE = 640  # px: longest side of the net's input
CELL = 32  # px: the net takes sides that are multiples of this
CORE = 0.3  # chance from which on a pixel belongs to a line's core
SURE = 0.5  # mean chance of a core, at least
GROW = 1.6  # the core's offset to the letters' edge, times area / perimeter
THIN = 3.0  # px of the net's input: thinner cores are noise
MOST = 200  # cores looked at

Quads = NDArray[np.float32]  # (n, 4, 2): corners in px, clockwise from where the line begins


@dataclass(frozen=True, kw_only=True)
class Lines:
    """Where lettering is in one image."""

    quads: Quads  # (n, 4, 2) px of the image
    chances: NDArray[np.float32]  # (h, w), of the whole image, much reduced: that a place is in the core of a line
    said: dict[Hashable, tuple[str, float] | None] = field(default_factory=dict, compare=False, repr=False)
    # what was read of the image so far, by place, so that a closer look reads nothing twice; filled by the reader


class CoreNet(Protocol):
    """Runs the net: (1, 3, h, w) float32 in -1..1, BGR -> [(1, 1, h, w)] chances."""

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """Run on one picture."""


class LineFinder:
    """Finds lines of lettering. Safe to use from several threads at once."""

    def __init__(self, net: CoreNet, *, sha256: str, side: int = SIDE) -> None:
        self._net, self.sha256, self.side = net, sha256, side
        self.find(np.zeros((side, side, 3), np.uint8))  # warm up: the first run allocates

    def find(self, image: Image) -> Lines:
        """The lines of an image, surest first."""
        h, w = check_image(image).shape[:2]
        scale = self.side / max(h, w)
        size = tuple(max(CELL, round(length * scale / CELL) * CELL) for length in (w, h))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        small = cv2.resize(image, size, interpolation=how)[..., ::-1].transpose(2, 0, 1)  # (3, h', w') BGR
        ready = np.ascontiguousarray(small[None], np.float32) / np.float32(127.5) - 1
        scales = np.array([size[0] / w, size[1] / h], np.float32)
        chances = self._net.run(ready)[0][0, 0]
        return Lines(quads=np.asarray(rectangles(chances) / scales, np.float32), chances=chances)


def load_line_finder(model: Path = MODEL, *, threads: int | None = None) -> LineFinder:
    """Load the net that came with rapidocr; raises BadBundle if it is missing or not the one of SHA256."""
    return LineFinder(OrtSession(pinned(model, SHA256), threads=threads, varied=True), sha256=SHA256)


def rectangles(chances: NDArray[np.float32]) -> Quads:
    """Slanted rectangles (n, 4, 2) in px around the cores of a map (h, w), surest first."""
    cores = cv2.dilate((chances > CORE).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(cores, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    found: list[tuple[float, NDArray[np.float32]]] = []
    for contour in contours[:MOST]:
        centre, (w, h), angle = cv2.minAreaRect(contour)
        sure = mean_within(chances, np.asarray(contour, np.int32))
        if min(w, h) >= THIN and sure >= SURE:
            reach = 2 * GROW * w * h / (2 * (w + h))
            quad = cv2.boxPoints((centre, (w + reach, h + reach), angle))
            found.append((sure, from_the_left(np.asarray(quad, np.float32))))
    found.sort(key=lambda one: -one[0])
    return np.array([quad for _, quad in found], np.float32).reshape(-1, 4, 2)


def mean_within(chances: NDArray[np.float32], contour: NDArray[np.int32]) -> float:
    """Mean of a map (h, w) inside a contour."""
    x, y, w, h = cv2.boundingRect(contour)
    mask = np.zeros((h, w), np.uint8)
    cv2.drawContours(mask, [contour - np.array([x, y], np.int32)], -1, 1, -1)
    return float(chances[y : y + h, x : x + w][mask > 0].mean())


def from_the_left(quad: NDArray[np.float32]) -> NDArray[np.float32]:
    """The corners (4, 2) clockwise, the first edge being the one that runs most nearly to the right."""
    away = quad - quad.mean(0)
    quad = quad[np.argsort(np.arctan2(away[:, 1], away[:, 0]))]  # clockwise, y pointing down
    edges = np.roll(quad, -1, 0) - quad
    return np.roll(quad, -int(np.abs(np.arctan2(edges[:, 1], edges[:, 0])).argmin()), 0)


def cut(image: Image, quad: NDArray[np.float32]) -> Image:
    """The line in a quad (4, 2), straightened: (HEIGHT, w, 3). One that stands upright is turned on its side."""
    w, h = (float(np.linalg.norm(quad[end] - quad[0])) for end in (1, 3))
    if h > 1.5 * w:
        quad, w, h = np.roll(quad, -1, 0), h, w
    width = line_width(w, h)
    times = int(np.clip(h / HEIGHT, 1, 8))  # tall letters are first straightened at a multiple: warping skips pixels
    size = (width * times, HEIGHT * times)
    corners = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, corners)
    line = cv2.warpPerspective(image, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(line, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
