"""Renderings for the embedder: one mark, as a detector's square crop of a photograph would show it."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import badges, camera, inks, surfaces
from datasets.renderer.inks import Artwork
from datasets.renderer.surfaces import Picture


def fit_into_crop(rng: Generator, quad: camera.Quad, side: int) -> camera.Quad:
    """Scale and move a quad so that its bounding box fills the crop as a detector's box would: loosely, off centre."""
    low, high = quad.min(0), quad.max(0)
    longest = float((high - low).max())
    fill = side * (rng.uniform(0.78, 1.1) if rng.random() < 0.85 else rng.uniform(0.5, 1.4))
    centre = side / 2 + rng.normal(0, 0.035 * side, 2)
    return ((quad - (low + high) / 2) * (fill / longest) + centre).astype(np.float32)


def plate(rng: Generator, ground: NDArray[np.float32], quad: camera.Quad, colour: surfaces.Colour) -> None:
    """Draw a label, badge or button in `colour` behind the mark, in place."""
    low, high = quad.min(0), quad.max(0)
    grow = (high - low) * rng.uniform(0.06, 0.3)
    x1, y1 = np.round(low - grow).astype(int).tolist()
    x2, y2 = np.round(high + grow).astype(int).tolist()
    ink = tuple(float(c) for c in colour)
    if rng.random() < 0.5:
        cv2.rectangle(ground, (x1, y1), (x2, y2), ink, -1)
    else:
        reach = round(max(x2 - x1, y2 - y1) * 0.55)
        cv2.circle(ground, ((x1 + x2) // 2, (y1 + y2) // 2), reach, ink, -1, cv2.LINE_AA)


def clutter(rng: Generator, ground: NDArray[np.float32], others: list[Artwork]) -> NDArray[np.float32]:
    """Print another mark's artwork beside or under the place of the mark."""
    side = ground.shape[0]
    other, _ = inks.ink(rng, others[int(rng.integers(len(others)))])
    h, w = other.shape[:2]
    scale = side * rng.uniform(0.3, 1.0) / max(h, w)
    angle = rng.uniform(0, 2 * np.pi)
    centre = side / 2 + side * rng.uniform(0.45, 0.75) * np.array([np.cos(angle), np.sin(angle)])
    if rng.random() < 0.25:
        centre = rng.uniform(0, side, 2)
    quad = (camera.random_quad(rng, w * scale, h * scale) + centre).astype(np.float32)
    layer = camera.place(other, quad, side, side)
    return ground * (1 - layer[..., 3:]) + layer[..., :3]


def cover(rng: Generator, picture: Picture) -> None:
    """Hide a corner or an edge behind tape, a finger, a fold: in place."""
    side = picture.shape[0]
    colour = tuple(float(c) for c in surfaces.random_colour(rng))
    angle = rng.uniform(0, 2 * np.pi)
    direction = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-direction[1], direction[0]])
    start = side / 2 + direction * side * rng.uniform(0.22, 0.45)
    band = [
        start - across * side,
        start + across * side,
        start + across * side + direction * side * rng.uniform(0.1, 1),
    ]
    band.append(band[2] - across * 2 * side)
    cv2.fillConvexPoly(picture, np.round(band).astype(np.int32), colour, cv2.LINE_AA)


def render_crop(
    rng: Generator, artwork: Artwork, others: list[Artwork], photographs: list[Picture], side: int
) -> Picture:
    """One rendering of `artwork` as a (side, side, 3) crop; `others` supply neighbouring marks."""
    printed, ground_colour = inks.ink(rng, artwork)
    mounted = rng.random() < 0.4
    if mounted:
        printed = badges.mount(rng, printed, ground_colour, others)
    h, w = printed.shape[:2]
    quad = fit_into_crop(rng, camera.random_quad(rng, w, h), side)
    if rng.random() < 0.5:
        ground = surfaces.plain(rng, side, side, ground_colour).astype(np.float32)
    else:
        ground = surfaces.any_surface(rng, photographs, side, side).astype(np.float32)
        if not mounted and rng.random() < 0.55:
            plate(rng, ground, quad, ground_colour)
    if rng.random() < 0.35:
        ground = clutter(rng, ground, others)
    layer = camera.place(printed, quad, side, side)
    if rng.random() < 0.3:
        layer = camera.bend(rng, layer, float(rng.uniform(0.01, 0.06)))
    picture = compose(rng, ground, layer)
    return photograph(rng, picture, side)


def compose(rng: Generator, ground: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.float32]:
    """As `printed_on`, sometimes with the texture of the ground over it."""
    picture = printed_on(rng, ground, layer)
    if rng.random() < 0.3:
        picture = picture * surfaces.grain(rng, *picture.shape[:2])[..., None]
    return picture


def printed_on(rng: Generator, ground: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Ink over ground (h, w, 3), or relief; sometimes with a shadow. What `layer` leaves free stays as it is."""
    h, w = ground.shape[:2]
    alpha = layer[..., 3]
    if rng.random() < 0.07:
        return inks.emboss(rng, ground, inks.relief(layer))
    if rng.random() < 0.12:
        shift = np.array([[1, 0, rng.uniform(-3, 3)], [0, 1, rng.uniform(1, 4)]], np.float32)
        shadow = cv2.GaussianBlur(cv2.warpAffine(alpha, shift, (w, h)), (0, 0), float(rng.uniform(0.8, 3)))
        ground = ground * (1 - np.float32(rng.uniform(0.3, 0.8)) * shadow[..., None])
    opacity = np.float32(1 if rng.random() < 0.7 else rng.uniform(0.6, 1))
    picture = ground * (1 - alpha[..., None] * opacity) + layer[..., :3] * opacity
    if rng.random() < 0.12:  # raised print, embroidery, enamel
        picture = inks.emboss(rng, picture, inks.relief(layer))
    return picture


def photograph(rng: Generator, picture: NDArray[np.float32], side: int) -> Picture:
    """Light, tone, occlusion, blur, resolution and file: the camera's part."""
    picture = camera.tone(rng, camera.light(rng, picture))
    shot = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.12:
        cover(rng, shot)
    if rng.random() < 0.3:
        shot = camera.blur(rng, shot)
    if rng.random() < 0.6:
        low = round(float(np.exp(rng.uniform(np.log(14), np.log(side)))))
        shot = camera.sensor(rng, cv2.resize(shot, (low, low), interpolation=cv2.INTER_AREA))
        how = cv2.INTER_LINEAR if rng.random() < 0.7 else cv2.INTER_CUBIC
        return cv2.resize(shot, (side, side), interpolation=how)
    return camera.sensor(rng, shot)
