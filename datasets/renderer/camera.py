"""What lens, light, sensor and file do: perspective, bending, shading, glare, blur, noise, low resolution, JPEG."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer.surfaces import noise_field, ramp

Picture = NDArray[np.uint8]
Quad = NDArray[np.float32]  # (4, 2) corners in pixels, clockwise from top left


def random_quad(rng: Generator, w: float, h: float, severity: float = 1.0) -> Quad:
    """Corners of a w x h rectangle seen at a slant: rotated, sheared, foreshortened; around the origin."""
    corners = np.array([[-w, -h], [w, -h], [w, h], [-w, h]], np.float32) / 2
    corners *= np.exp(rng.normal(0, 0.1 * severity, 2)).astype(np.float32)
    kind = rng.random()
    spread = 50 if kind < 0.15 else 14 if kind < 0.75 else 3
    angle = np.deg2rad(rng.normal(0, spread * severity))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
    slant = rng.normal(0, 0.05 * severity, (4, 2)).astype(np.float32) * max(w, h)
    return ((corners @ turn) + slant).astype(np.float32)


def place(printed: NDArray[np.float32], quad: Quad, h: int, w: int) -> NDArray[np.float32]:
    """Warp a print (any size, 4 channels) onto the quad in an (h, w) canvas."""
    ph, pw = printed.shape[:2]
    box = np.array([[0, 0], [pw, 0], [pw, ph], [0, ph]], np.float32)
    reach = float(np.linalg.norm(quad.max(0) - quad.min(0)))
    shrink = reach / float(np.hypot(ph, pw))
    if shrink < 0.6:  # bilinear sampling would skip pixels: shrink first
        size = (max(2, round(pw * shrink * 1.2)), max(2, round(ph * shrink * 1.2)))
        printed = cv2.resize(printed, size, interpolation=cv2.INTER_AREA)
        box *= np.array([size[0] / pw, size[1] / ph], np.float32)
    matrix = cv2.getPerspectiveTransform(box, quad)
    return cv2.warpPerspective(printed, matrix, (w, h), flags=cv2.INTER_LINEAR)


def bend(rng: Generator, layer: NDArray[np.float32], amount: float) -> NDArray[np.float32]:
    """Crumple: move each pixel by a smooth random field of at most about `amount` of the side."""
    h, w = layer.shape[:2]
    cells = int(rng.integers(2, 5))
    reach = np.float32(amount * max(h, w))
    dx = cv2.resize(rng.uniform(-1, 1, (cells, cells)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    dy = cv2.resize(rng.uniform(-1, 1, (cells, cells)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    x = np.arange(w, dtype=np.float32)[None] + dx * reach
    y = np.arange(h, dtype=np.float32)[:, None] + dy * reach
    return cv2.remap(layer, x, y, cv2.INTER_LINEAR)


def light(rng: Generator, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Uneven light, folds, glare of plastic film: (h, w, 3) float in, same out."""
    h, w = picture.shape[:2]
    if rng.random() < 0.6:
        picture = picture * (1 + ramp(rng, h, w) * np.float32(rng.uniform(0, 1.1)))[..., None]
    if rng.random() < 0.25:
        picture = picture * (1 + noise_field(rng, h, w, 3) * np.float32(rng.uniform(0.1, 0.5)))[..., None]
    if rng.random() < 0.18:
        glare = np.clip(noise_field(rng, h, w, 2) + rng.uniform(-0.6, 0.1), 0, 1) ** 2
        picture = picture + glare[..., None] * np.float32(rng.uniform(100, 500))
    return picture


def tone(rng: Generator, picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Exposure, contrast, colour cast; now and then grey."""
    if rng.random() < 0.06:
        picture = np.repeat(picture.mean(2, keepdims=True), 3, 2)
    cast = rng.normal(1, 0.07, 3).astype(np.float32)
    contrast = np.float32(np.exp(rng.normal(0, 0.22)))
    return (picture - 128) * contrast * cast + np.float32(128 + rng.normal(0, 18))


def blur(rng: Generator, picture: Picture) -> Picture:
    """Out of focus or moved, up to about 2 % of the side."""
    side = max(picture.shape[:2])
    if rng.random() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), float(rng.uniform(0.3, 0.014 * side)))
    length = max(2, int(rng.uniform(0.01, 0.05) * side))
    kernel = np.zeros((length, length), np.float32)
    cv2.line(kernel, (0, int(rng.integers(length))), (length - 1, int(rng.integers(length))), 1.0)
    return cv2.filter2D(picture, -1, kernel / max(float(kernel.sum()), 1.0))


def sensor(rng: Generator, picture: Picture) -> Picture:
    """Noise, then JPEG."""
    if rng.random() < 0.4:
        noise = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(rng.uniform(1, 11))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < 0.8:
        quality = int(rng.uniform(25, 95))
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return picture
