"""Rendered reliefs: the mark as an X-ray may see it in a plate of metal or plastic. Deterministic for a seed.

Far simpler than the scans that models are trained on (`datasets.xray`), which serving must not import: attenuation adds
up, photons are few behind what is thick, and the detector blurs. What it tells is whether a mark's shape is one that a
relief can show at all; no recall on real parcels.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from inference.artwork.rasterise import Rgba
from inference.vocabulary import Image
from inference.xray.picture import net_picture
from inference.xray.relief import flat_relief

SIDE = 192  # pixels of a rendered window
SPAN = (56, 128)  # pixels of the mark's longer side in it
AWAY = 12.0  # degrees from the nearest quarter turn, sigma
PLATE = (0.2, 1.5)  # attenuation of what bears the relief
DEPTH = (0.15, 0.6)  # of the relief itself
PHOTONS = 30_000  # per pixel in air
LOW = 1.5  # times the high energy's attenuation, about that of a light metal
BLUR = 0.8  # px, sigma

Box = tuple[float, float, float, float]


def reliefs(picture: Rgba, count: int, seed: int) -> list[tuple[Image, Box]]:
    """Return `count` pictures (SIDE, SIDE, 3), as X-ray nets see them, of a mark (h, w, 4), each with its box."""
    random = np.random.default_rng(seed)
    heights = flat_relief(picture)
    return [_relief(heights, random) for _ in range(count)]


def _relief(heights: NDArray[np.uint8], random: Generator) -> tuple[Image, Box]:
    plate, relief, box = _laid(heights, random)
    raised = 1.0 if random.random() < 0.6 else -1.0  # cast or stamped; or cut out, as deep as the plate allows
    depth = raised * random.uniform(*DEPTH)
    attenuation = np.maximum(plate * random.uniform(*PLATE) + relief * depth, 0).astype(np.float32)
    high, low = (_counted(attenuation * np.float32(factor), random) for factor in (1.0, LOW))
    return net_picture(high, low), box


def _laid(heights: NDArray[np.uint8], random: Generator) -> tuple[NDArray[np.float32], NDArray[np.float32], Box]:
    """The plate and the relief (SIDE, SIDE) 0..1, in any way a thing may lie, and the box around the relief."""
    h, w = heights.shape
    scale = random.uniform(*SPAN) / max(h, w)
    angle = np.deg2rad(90 * int(random.integers(4)) + random.normal(0, AWAY))
    mirrored = -1.0 if random.random() < 0.5 else 1.0
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * scale
    turn[:, 0] *= mirrored
    matrix = np.column_stack([turn, SIDE / 2 - turn @ (w / 2, h / 2)])
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]]) @ turn.T + matrix[:, 2]  # (4, 2)
    relief = np.asarray(cv2.warpAffine(heights, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA), np.float32)
    plate = np.zeros((SIDE, SIDE), np.float32)
    wide = (corners - SIDE / 2) * random.uniform(1.1, 1.5) + SIDE / 2
    cv2.fillConvexPoly(plate, np.round(wide).astype(np.int32), 1.0)
    x1, y1 = np.clip(corners.min(0), 0, SIDE).tolist()
    x2, y2 = np.clip(corners.max(0), 0, SIDE).tolist()
    return plate, relief / np.float32(255), (x1, y1, x2, y2)


def _counted(attenuation: NDArray[np.float32], random: Generator) -> NDArray[np.float32]:
    """The attenuation (h, w) as a detector sees it: blurred, with the noise of the photons that arrive."""
    share = cv2.GaussianBlur(np.exp(-attenuation), (0, 0), BLUR)
    noisy = share + np.sqrt(share / PHOTONS) * random.normal(size=share.shape)
    return np.asarray(-np.log(np.maximum(noisy, 1 / PHOTONS)), np.float32)
