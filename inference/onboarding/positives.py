"""Rendered positives: the mark as a camera may see it on goods. Deterministic for a seed.

Far simpler than the scenes that models are trained on (`datasets.renderer`), which serving must not import: what they
tell is relative, one mark against another, and no recall on real photographs.
"""

import cv2
import numpy as np
from numpy.random import Generator

from inference.artwork.rasterise import Rgba
from inference.vocabulary import Image

SIDE = 192  # pixels of a rendered picture
SPAN = (64, 128)  # pixels of the mark's longer side in it
TURN = 25.0  # degrees
LEAN = 0.12  # of the side: how far each corner may move


def positives(picture: Rgba, count: int, seed: int) -> list[tuple[Image, tuple[float, float, float, float]]]:
    """Return `count` pictures (SIDE, SIDE, 3) of a mark (h, w, 4), each with the box x1, y1, x2, y2 around it."""
    random = np.random.default_rng(seed)
    return [_positive(picture, random) for _ in range(count)]


def _positive(picture: Rgba, random: Generator) -> tuple[Image, tuple[float, float, float, float]]:
    matrix, box = _placed(picture.shape[0], picture.shape[1], random)
    premultiplied = picture.astype(np.float32)
    premultiplied[..., :3] *= premultiplied[..., 3:] / 255
    laid = np.asarray(cv2.warpPerspective(premultiplied, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA), np.float32)
    scene = laid[..., :3] + _ground(picture, random) * (1 - laid[..., 3:] / 255)  # (SIDE, SIDE, 3)
    return _photographed(scene, random), box


def _placed(height: int, width: int, random: Generator) -> tuple[cv2.typing.MatLike, tuple[float, float, float, float]]:
    """Where the picture's corners come to lie, as a matrix (3, 3), and the box around them."""
    scale = random.uniform(*SPAN) / max(height, width)
    half = np.array([width, height], np.float32) * scale / 2
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half  # (4, 2)
    angle = np.deg2rad(random.uniform(-TURN, TURN))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], np.float32)
    lean = random.uniform(-LEAN, LEAN, (4, 2)).astype(np.float32) * 2 * half.min()
    there = corners @ turn.T + lean + SIDE / 2  # (4, 2)
    here = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    x1, y1 = np.clip(there.min(0), 0, SIDE)
    x2, y2 = np.clip(there.max(0), 0, SIDE)
    matrix = cv2.getPerspectiveTransform(here, there.astype(np.float32))
    return matrix, (float(x1), float(y1), float(x2), float(y2))


def _ground(picture: Rgba, random: Generator) -> cv2.typing.MatLike:
    """A lightly textured ground (SIDE, SIDE, 3) from which the artwork stands out."""
    ink = picture[picture[..., 3] > 128][:, :3].mean() if (picture[..., 3] > 128).any() else 128.0
    level = random.uniform(150, 245) if ink < 128 else random.uniform(10, 90)
    colour = np.clip(level + random.normal(0, 12, 3), 0, 255)
    slope = np.linspace(-1, 1, SIDE)[:, None, None] * random.uniform(-20, 20)
    grain = cv2.resize(random.normal(0, 8, (24, 24)).astype(np.float32), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(colour + slope + grain[..., None], 0, 255), np.float32)


def _photographed(scene: cv2.typing.MatLike, random: Generator) -> Image:
    """The scene with a camera's blur, light, noise and compression."""
    blurred = np.asarray(cv2.GaussianBlur(scene, (0, 0), random.uniform(0.3, 1.5)), np.float32)
    lit = (blurred - 128) * random.uniform(0.7, 1.1) + 128 + random.uniform(-25, 25)
    noisy = lit + random.normal(0, 4, lit.shape)
    fine, data = cv2.imencode(
        ".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(45, 90))]
    )
    if not fine:
        raise ValueError("a rendered picture could not be encoded")
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
