"""One labelled place, seen a little differently each time: other framing, light, sharpness, file."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inference.embedder import square_crop
from inference.vocabulary import Image

Place = tuple[float, float, float, float]  # x1, y1, x2, y2 in pixels
AROUND = 0.6  # of a box's longest side that is kept around it
MOST = 2.2  # times the net's side: pixels of a kept cut, at most


def cut_out(image: Image, box: Place, side: int) -> tuple[Image, Place]:
    """The surroundings of a box of `image` (h, w, 3), small enough to keep, and where the box is in them."""
    h, w = image.shape[:2]
    room = AROUND * max(box[2] - box[0], box[3] - box[1])
    x1, y1 = (max(0, int(box[0] - room)), max(0, int(box[1] - room)))
    x2, y2 = (min(w, int(np.ceil(box[2] + room))), min(h, int(np.ceil(box[3] + room))))
    part = image[y1:y2, x1:x2]
    scale = min(1.0, MOST * side / max(part.shape[:2]))
    size = (max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale)))
    small = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), np.uint8)
    left, top, right, bottom = box[0] - x1, box[1] - y1, box[2] - x1, box[3] - y1
    return small, (left * scale, top * scale, right * scale, bottom * scale)


def jittered(rng: Generator, cut: Image, box: Place, side: int) -> Image:
    """The box of a cut, framed as a detector might frame it, in another light: (side, side, 3)."""
    w, h = box[2] - box[0], box[3] - box[1]
    moved = np.array(box, np.float32) + (rng.normal(0, 0.05, 4) * [w, h, w, h]).astype(np.float32)
    moved[2:] = np.maximum(moved[2:], moved[:2] + 2)
    crop = square_crop(cut, moved, side, float(rng.uniform(0.84, 1.2)))
    if rng.random() < 0.5:
        crop = turned(crop, float(rng.normal(0, 7)))
    return filed_again(rng, lit(rng, crop))


def turned(crop: Image, degrees: float) -> Image:
    """The crop turned about its middle; its edge is repeated beyond it."""
    side = crop.shape[0]
    matrix = cv2.getRotationMatrix2D((side / 2 - 0.5, side / 2 - 0.5), degrees, 1.0)
    return np.asarray(cv2.warpAffine(crop, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def lit(rng: Generator, crop: Image) -> Image:
    """Other brightness, contrast and white."""
    gain = rng.uniform(0.7, 1.3) * rng.normal(1, 0.05, 3)
    bright = (crop.astype(np.float32) - 128) * rng.uniform(0.75, 1.2) + 128 + rng.uniform(-22, 22)
    return np.asarray(np.clip(bright * gain, 0, 255), np.uint8)


def filed_again(rng: Generator, crop: Image) -> Image:
    """Sometimes softer, in fewer pixels, or through JPEG once more."""
    side = crop.shape[0]
    if rng.random() < 0.3:
        low = int(rng.uniform(0.3, 0.9) * side)
        small = cv2.resize(crop, (low, low), interpolation=cv2.INTER_AREA)
        crop = np.asarray(cv2.resize(small, (side, side)), np.uint8)
    if rng.random() < 0.25:
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), float(rng.uniform(0.4, 1.6))), np.uint8)
    if rng.random() < 0.4:
        crop = as_jpeg(crop, int(rng.integers(30, 85)))
    return crop


def as_jpeg(picture: NDArray[np.uint8], quality: int) -> Image:
    """What is left of a picture after JPEG at this quality."""
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
