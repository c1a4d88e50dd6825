"""What a mark is printed on: plain colours, gradients, cardboard, fabric, stripes, photographs, other artwork."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (h, w, 3) RGB
Colour = NDArray[np.float32]  # (3,) RGB 0..255
Ground = NDArray[np.float32]  # (h, w, 3) RGB, drawn on in place


def random_colour(rng: Generator) -> Colour:
    """A colour as goods and packaging have them: often near white, black or grey, else anything."""
    kind = rng.random()
    if kind < 0.18:
        return np.full(3, rng.uniform(215, 255), np.float32)
    if kind < 0.32:
        return np.full(3, rng.uniform(0, 50), np.float32)
    if kind < 0.42:
        return np.full(3, rng.uniform(50, 215), np.float32) + rng.uniform(-12, 12, 3).astype(np.float32)
    if kind < 0.5:  # cardboard
        return np.array([178, 142, 104], np.float32) * np.float32(rng.uniform(0.6, 1.25))
    hue, saturation, value = rng.uniform(0, 180), rng.uniform(90, 255), rng.uniform(70, 255)
    pixel = np.array([[[hue, saturation, value]]], np.uint8)
    return cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0].astype(np.float32)


def luminance(colour: Colour) -> float:
    """Rec. 601 luma, 0..255."""
    return float(colour @ np.array([0.299, 0.587, 0.114], np.float32))


def contrasting_colour(rng: Generator, other: Colour, least: float = 55.0) -> Colour:
    """A colour whose luma differs from `other`'s by at least `least`; after eight tries, black or white."""
    for _ in range(8):
        colour = random_colour(rng)
        if abs(luminance(colour) - luminance(other)) >= least:
            return colour
    return np.full(3, 0 if luminance(other) > 127 else 255, np.float32)


def plain(rng: Generator, h: int, w: int, colour: Colour) -> Picture:
    """One colour, in half of the cases with a soft gradient."""
    ground = np.empty((h, w, 3), np.float32)
    ground[:] = colour
    if rng.random() < 0.5:
        ground += ramp(rng, h, w)[..., None] * np.float32(rng.uniform(-60, 60))
    return np.clip(ground, 0, 255).astype(np.uint8)


def ramp(rng: Generator, h: int, w: int) -> NDArray[np.float32]:
    """A linear ramp -0.5..0.5 in a random direction: (h, w)."""
    angle = rng.uniform(0, 2 * np.pi)
    x = np.linspace(-0.5, 0.5, w, dtype=np.float32)[None] * np.float32(np.cos(angle))
    y = np.linspace(-0.5, 0.5, h, dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    return x + y


def noise_field(rng: Generator, h: int, w: int, coarsest: int = 4) -> NDArray[np.float32]:
    """Cloud-like noise, about -1..1: (h, w). Coarse grids of random numbers, enlarged and added."""
    field = np.zeros((h, w), np.float32)
    cells, weight = coarsest, 0.5
    while cells < min(h, w) and weight > 0.06:
        grid = rng.uniform(-1, 1, (cells, cells)).astype(np.float32)
        field += weight * cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)
        cells, weight = cells * 3, weight * 0.55
    return field


def grain(rng: Generator, h: int, w: int) -> NDArray[np.float32]:
    """A multiplicative texture around 1: cardboard fibres, weave or mottling: (h, w)."""
    kind = rng.integers(3)
    strength = np.float32(rng.uniform(0.03, 0.16))
    if kind == 0:
        fibres = rng.standard_normal((h, w), dtype=np.float32)
        fibres = cv2.blur(fibres, (int(rng.integers(3, 13)), 1)) * 2
        return 1 + strength * fibres
    if kind == 1:
        period = rng.uniform(3, 9)
        x = np.sin(np.arange(w, dtype=np.float32) * np.float32(2 * np.pi / period))
        y = np.sin(np.arange(h, dtype=np.float32) * np.float32(2 * np.pi / period))
        return 1 + strength * (x[None] * y[:, None])
    return 1 + 2 * strength * noise_field(rng, h, w)


def stripes(rng: Generator, h: int, w: int) -> Picture:
    """Stripes or checks of two colours at any angle."""
    a, b = random_colour(rng), random_colour(rng)
    phase = (ramp(rng, h, w) * np.float32(rng.uniform(3, 25))) % 1 < 0.5
    if rng.random() < 0.3:
        phase ^= (ramp(rng, h, w) * np.float32(rng.uniform(3, 25))) % 1 < 0.5
    return np.where(phase[..., None], a, b).clip(0, 255).astype(np.uint8)


def photograph(rng: Generator, photographs: list[Picture], h: int, w: int) -> Picture:
    """A random patch of one of the photographs, mirrored, turned and recoloured at random."""
    source = photographs[int(rng.integers(len(photographs)))]
    side = int(rng.uniform(0.25, 1.0) * min(source.shape[:2]))
    y = int(rng.integers(source.shape[0] - side + 1))
    x = int(rng.integers(source.shape[1] - side + 1))
    patch = np.rot90(source[y : y + side, x : x + side], int(rng.integers(4)))
    patch = cv2.resize(np.ascontiguousarray(patch), (w, h), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.5:
        patch = np.ascontiguousarray(patch[:, :, rng.permutation(3)])
    gain, lift = rng.uniform(0.5, 1.3), rng.uniform(-40, 50)
    return np.clip(patch.astype(np.float32) * np.float32(gain) + np.float32(lift), 0, 255).astype(np.uint8)


def clouds(rng: Generator, h: int, w: int) -> Picture:
    """A blend of two colours by cloud noise: stone, leather, sky, out-of-focus rooms."""
    a, b = random_colour(rng), random_colour(rng)
    blend = np.clip(noise_field(rng, h, w, int(rng.integers(2, 9))) * 0.5 + 0.5, 0, 1)[..., None]
    return (a * blend + b * (1 - blend)).clip(0, 255).astype(np.uint8)


def any_surface(rng: Generator, photographs: list[Picture], h: int, w: int) -> Picture:
    """One of the surfaces above."""
    kind = rng.random()
    if kind < 0.35:
        picture = plain(rng, h, w, random_colour(rng))
    elif kind < 0.65:
        picture = photograph(rng, photographs, h, w)
    elif kind < 0.85:
        picture = clouds(rng, h, w)
    else:
        picture = stripes(rng, h, w)
    if rng.random() < 0.4:
        picture = np.clip(picture * grain(rng, h, w)[..., None], 0, 255).astype(np.uint8)
    return picture
