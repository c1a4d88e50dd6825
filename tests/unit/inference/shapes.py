"""Artwork of the tests' own, and photographs of it: made by OpenCV's drawing, warped by a known homography."""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.artwork.ground import Rgba
from inference.vocabulary import Image

Warp = NDArray[np.float64]
Colour = tuple[int, int, int]


def arrow(colour: Colour = (200, 30, 40), accent: Colour | None = None) -> Rgba:
    """A thick arrow with a ring over its shaft, 200 x 160: nothing in it repeats."""
    picture = np.zeros((160, 200, 4), np.uint8)
    ink, other = (*colour, 255), (*(accent or colour), 255)
    cv2.fillPoly(picture, [np.array([[120, 10], [195, 80], [120, 150], [120, 105], [5, 105], [5, 60], [120, 60]])], ink)
    cv2.circle(picture, (45, 28), 20, other, 9)
    cv2.rectangle(picture, (10, 122), (90, 150), other, -1)
    return picture


def cross(colour: Colour = (20, 20, 20)) -> Rgba:
    """Another mark: a cross in a ring, 180 x 180."""
    picture = np.zeros((180, 180, 4), np.uint8)
    ink = (*colour, 255)
    cv2.circle(picture, (90, 90), 80, ink, 14)
    cv2.line(picture, (50, 90), (130, 90), ink, 22)
    cv2.line(picture, (90, 50), (90, 130), ink, 22)
    return picture


def warp_of(artwork: Rgba, *quad: tuple[float, float]) -> Warp:
    """The warp of the artwork onto four corners, clockwise from its top left."""
    h, w = artwork.shape[:2]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, np.array(quad, np.float32)), np.float64)


def photograph(artwork: Rgba, warp: Warp, *, ground: Colour = (225, 220, 205), size: int = 400, seed: int = 0) -> Image:
    """The artwork printed on plain goods, lit from one side, with a camera's blur and noise: (size, size, 3)."""
    alpha = artwork[..., 3:].astype(np.float32) / 255
    flat = np.concatenate([artwork[..., :3] * alpha, alpha], 2)
    layer = cv2.warpPerspective(flat, warp, (size, size), flags=cv2.INTER_AREA)
    picture = np.float32(ground) * (1 - layer[..., 3:]) + layer[..., :3]
    picture *= np.linspace(0.75, 1.1, size, dtype=np.float32)[None, :, None]
    noise = np.random.default_rng(seed).normal(0, 3, picture.shape)
    shot = np.clip(cv2.GaussianBlur(picture, (0, 0), 0.8) + noise, 0, 255)
    return np.asarray(shot, np.uint8)


def box_of(artwork: Rgba, warp: Warp) -> tuple[float, float, float, float]:
    """The box around the warped artwork."""
    h, w = artwork.shape[:2]
    quad = cv2.perspectiveTransform(np.array([[[0, 0], [w, 0], [w, h], [0, h]]], np.float64), warp)[0]
    (x1, y1), (x2, y2) = quad.min(0).tolist(), quad.max(0).tolist()
    return x1, y1, x2, y2
