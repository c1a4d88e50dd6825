"""Where barcodes, QR codes and dense print are: they hold tracking numbers, and most detectors see only clean ones.

Bars, modules and small letters have one thing in common: within a window grey levels change often, strongly, and as
often up as down. An edge changes once; cloth changes weakly.
"""

from collections.abc import Iterator

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image

SIDE = 1280  # px of the longest side that is looked at
WINDOW = 17  # px
STRONG = 18.0  # grey levels a px, root mean square in a window
BALANCED = 0.7  # 0: all changes go one way, 1: up and down are equal
SOLID = 13  # px: what is narrower is an edge or a letter of a mark
LEAST = 300  # px² of a place

Quad = NDArray[np.float32]  # (4, 2) px


def codes(image: Image) -> list[Quad]:
    """The corners (4, 2) of what may be a code or dense print in a picture (H, W, 3)."""
    return [*_known(image), *_dense(image)]


def _known(image: Image) -> Iterator[Quad]:
    """Yield what OpenCV's own detectors find."""
    for detector in (cv2.barcode.BarcodeDetector(), cv2.QRCodeDetector()):
        try:
            there, corners = detector.detectMulti(image)
        except cv2.error:  # they give up on some pictures; dense print is found all the same
            continue
        if there and corners is not None:
            yield from np.asarray(corners, np.float32).reshape(-1, 4, 2)


def _dense(image: Image) -> Iterator[Quad]:
    scale = min(1.0, SIDE / max(image.shape[:2]))
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    solid = cv2.morphologyEx(busy(np.asarray(grey, np.float32)), cv2.MORPH_OPEN, np.ones((SOLID, SOLID), np.uint8))
    for contour in cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)[0]:
        if cv2.contourArea(contour) >= LEAST:
            yield np.asarray(cv2.boxPoints(cv2.minAreaRect(contour)) / scale, np.float32)


def busy(grey: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Where grey levels (h, w) change often, strongly, and up as often as down: (h, w), 0 or 1."""
    across, down = (cv2.Scharr(grey, cv2.CV_32F, *way) / 32 for way in ((1, 0), (0, 1)))  # grey levels a px
    size = (WINDOW, WINDOW)
    energy = np.maximum(cv2.boxFilter(across * across + down * down, -1, size), 1e-6)
    one_way = cv2.boxFilter(across, -1, size) ** 2 + cv2.boxFilter(down, -1, size) ** 2
    return np.asarray((energy > STRONG**2) & (1 - np.sqrt(one_way / energy) > BALANCED), np.uint8)
