"""Renderings of artwork with known warp and known deviations: print, slant, crumple, light, sensor.

The camera is a real one (rotation, tilt, focal length), so that a tilt shortens a mark as it does on a belt; the aspect
itself is never changed unless that is the deviation.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import camera, inks, surfaces
from datasets.renderer.inks import Artwork, Print
from datasets.renderer.surfaces import Colour, Picture

AROUND = (1.6, 4.0)  # side of the picture / longest side of the mark's box
SIZES = (64.0, 220.0)  # px: square root of the area of the mark's box, drawn log-uniformly
TILT = (8.0, 16.0, 45.0)  # degrees: standard deviation of the turn, of each tilt, and the most of a tilt
FOCAL = (0.9, 1.8)  # focal length / side of the picture: from wide phones to station cameras
BENT = 0.3  # share of renderings on crumpled ground


@dataclass(frozen=True, kw_only=True)
class Rendering:
    """One photograph of one mark."""

    image: Picture  # (S, S, 3)
    box: tuple[float, float, float, float]  # as a detector would give it: not quite tight
    warp: NDArray[np.float64]  # (3, 3) artwork px -> image px, without the crumpling
    coloured: bool  # whether it was printed in the artwork's own colours


def render(rng: Generator, printed: Print, ground: Colour, *, coloured: bool, stretch: float = 1.0) -> Rendering:
    """Photograph a print (h, w, 4) whose ground has the colour `ground`; `stretch` widens it (> 1) or narrows it."""
    h, w = printed.shape[:2]
    size = float(np.exp(rng.uniform(*np.log(SIZES))))
    around = float(rng.uniform(*AROUND))
    quad = slanted(rng, w * stretch, float(h), around)
    low, high = quad.min(0), quad.max(0)
    quad = (quad - (low + high) / 2) * (size / np.sqrt(np.prod(high - low)))
    side = round(around * float(np.ptp(quad, axis=0).max()))
    quad = (quad + side / 2 + rng.normal(0, 0.03 * side, 2)).astype(np.float32)
    layer = camera.place(printed, quad, side, side)
    if rng.random() < BENT:
        layer = camera.bend(rng, layer, float(rng.uniform(0.005, 0.02)))
    under = surface(rng, ground, side, around).astype(np.float32)
    picture = under * (1 - layer[..., 3:]) + layer[..., :3]
    if rng.random() < 0.3:
        picture = picture * surfaces.grain(rng, side, side)[..., None]
    corners = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    return Rendering(
        image=shot(rng, picture),
        box=detected(rng, layer[..., 3]),
        warp=np.asarray(cv2.getPerspectiveTransform(corners, quad), np.float64),
        coloured=coloured,
    )


def slanted(rng: Generator, w: float, h: float, around: float) -> NDArray[np.float64]:
    """Corners (4, 2) of a w x h rectangle before a pinhole camera, turned and tilted by chance.

    It fills 1 / `around` of the picture, so the focal length says how far away it is.
    """
    turned, tilted, most = TILT
    roll = np.deg2rad(rng.normal(0, turned))
    pitch, yaw = np.deg2rad(np.clip(rng.normal(0, tilted, 2), -most, most))
    corners = np.array([[-w, -h, 0], [w, -h, 0], [w, h, 0], [-w, h, 0]], np.float64) / 2
    about_x = np.array([[1, 0, 0], [0, np.cos(pitch), -np.sin(pitch)], [0, np.sin(pitch), np.cos(pitch)]])
    about_y = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    about_z = np.array([[np.cos(roll), -np.sin(roll), 0], [np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    seen = corners @ (about_x @ about_y @ about_z).T  # (4, 3)
    distance = max(w, h) * around * rng.uniform(*FOCAL)
    return np.asarray(seen[:, :2] * (distance / (distance + seen[:, 2:])), np.float64)


def surface(rng: Generator, colour: Colour, side: int, around: float) -> Picture:
    """What the mark is printed on: mostly plain, as far as the print reaches; sometimes with something beside it."""
    ground = surfaces.plain(rng, side, side, colour)
    if rng.random() < 0.4:  # the edge of the goods, and what lies beyond
        beyond: Picture = surfaces.clouds(rng, side, side) if rng.random() < 0.7 else surfaces.stripes(rng, side, side)
        reach = max(1, round(side * (0.5 - rng.uniform(0.65, 0.95) / around)))
        inner = np.zeros((side, side, 1), np.uint8)
        inner[reach : side - reach, reach : side - reach] = 1
        ground = np.where(np.roll(inner, rng.integers(-reach // 3, reach // 3 + 1, 2), (0, 1)) > 0, ground, beyond)
    return np.asarray(ground, np.uint8)


def shot(rng: Generator, picture: NDArray[np.float32]) -> Picture:
    """Light, tone, a little blur, sensor: what the camera does."""
    lit = np.clip(camera.tone(rng, camera.light(rng, picture)), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        sigma = float(rng.uniform(0.3, 0.006 * lit.shape[0] + 0.4))
        lit = np.asarray(cv2.GaussianBlur(lit, (0, 0), sigma), np.uint8)
    return camera.sensor(rng, lit)


def detected(rng: Generator, alpha: NDArray[np.float32]) -> tuple[float, float, float, float]:
    """The box around what is printed (h, w), as a detector gives it: each edge off by some percent."""
    ys, xs = np.nonzero(alpha > 0.2)
    low, high = np.array([xs.min(), ys.min()]), np.array([xs.max() + 1, ys.max() + 1])
    off = rng.normal(0, 0.05, 4) * np.tile(high - low, 2)
    x1, y1, x2, y2 = np.concatenate([low, high]) + off
    return float(x1), float(y1), float(max(x2, x1 + 1)), float(max(y2, y1 + 1))


def undeviated(rng: Generator, artwork: Artwork) -> tuple[Print, Colour, bool]:
    """The artwork as filed: in its own colours, or in one plain ink, dark or light. Print, ground, own colours."""
    if rng.random() < 0.6:
        printed = inks.own_colours(artwork)
        return printed, surfaces.contrasting_colour(rng, inks.mean_colour(printed), 70), True
    level = rng.uniform(0, 60) if rng.random() < 0.5 else rng.uniform(200, 255)
    colour = np.full(3, level, np.float32)
    return inks.one_colour(artwork, colour), surfaces.contrasting_colour(rng, colour, 70), False
