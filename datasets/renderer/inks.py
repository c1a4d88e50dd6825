"""How a mark is printed: its own colours, one colour, two colours, outline, relief. Artwork in, premultiplied RGBA out.

Artwork is (h, w, 4) uint8 RGBA with straight alpha; a print is (h, w, 4) float32 premultiplied, 0..255 with alpha 0..1.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import fills
from datasets.renderer.surfaces import Colour, contrasting_colour, luminance, random_colour

Artwork = NDArray[np.uint8]  # (h, w, 4)
Print = NDArray[np.float32]  # (h, w, 4), premultiplied

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def coloured(mask: NDArray[np.float32], colour: Colour) -> Print:
    """A mask (h, w, 0..1) printed in one colour."""
    alpha = mask[..., None]
    return np.concatenate([alpha * colour, alpha], 2).astype(np.float32)


def one_colour(artwork: Artwork, colour: Colour) -> Print:
    """The artwork's silhouette in one colour."""
    return coloured(artwork[..., 3].astype(np.float32) / 255, colour)


def own_colours(artwork: Artwork) -> Print:
    """The artwork as it was filed."""
    alpha = artwork[..., 3:].astype(np.float32) / 255
    return np.concatenate([artwork[..., :3] * alpha, alpha], 2)


def two_colours(artwork: Artwork, dark: Colour, light: Colour) -> Print:
    """The artwork's luma, stretched, as a blend of two inks: keeps the inner drawing of a colour mark."""
    alpha = artwork[..., 3:].astype(np.float32) / 255
    luma = artwork[..., :3].astype(np.float32) @ LUMA
    seen = luma[artwork[..., 3] > 127]
    low, high = (float(seen.min()), float(seen.max())) if seen.size else (0.0, 255.0)
    blend = np.clip((luma - low) / max(high - low, 1.0), 0, 1)[..., None]
    return np.concatenate([(dark * (1 - blend) + light * blend) * alpha, alpha], 2)


def shifted_colours(rng: Generator, artwork: Artwork) -> Print:
    """The artwork with hue, saturation and value moved: faded, dyed, cheaply printed."""
    hsv = cv2.cvtColor(artwork[..., :3], cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + rng.normal(0, 18)) % 180
    hsv[..., 1:] = np.clip(hsv[..., 1:] * rng.uniform(0.5, 1.3, 2).astype(np.float32), 0, 255)
    rgb = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    return own_colours(np.dstack([rgb, artwork[..., 3]]))


def outline(artwork: Artwork, colour: Colour) -> Print:
    """Only the artwork's edge, as embroidery or a one-line print has it."""
    alpha = artwork[..., 3]
    width = max(2, round(max(alpha.shape) * 0.025))
    kernel = np.ones((width, width), np.uint8)
    return coloured(cv2.subtract(alpha, cv2.erode(alpha, kernel)).astype(np.float32) / 255, colour)


def is_single_colour(artwork: Artwork) -> bool:
    """Whether the visible part of the artwork has (nearly) one luma."""
    seen = artwork[artwork[..., 3] > 200][:, :3]
    return seen.size == 0 or float((seen.astype(np.float32) @ LUMA).std()) < 12


def ink(rng: Generator, artwork: Artwork) -> tuple[Print, Colour]:
    """Print the artwork in one of the ways above; return the print and a ground colour that it stands out from."""
    kind = rng.random()
    if is_single_colour(artwork):
        if kind < 0.2:
            printed = own_colours(artwork)
            return printed, contrasting_colour(rng, mean_colour(printed))
        colour = random_colour(rng)
        return silhouette(rng, artwork, colour), contrasting_colour(rng, colour)
    if kind < 0.5:
        printed = own_colours(artwork)
    elif kind < 0.72:
        printed = shifted_colours(rng, artwork)
    else:
        dark = random_colour(rng)
        light = contrasting_colour(rng, dark)
        if rng.random() < 0.75 and luminance(dark) > luminance(light):
            dark, light = light, dark
        printed = two_colours(artwork, dark, light)
    return printed, contrasting_colour(rng, mean_colour(printed))


def silhouette(rng: Generator, artwork: Artwork, colour: Colour) -> Print:
    """Artwork of one colour printed mostly in `colour`: plain, as an outline, bolder or thinner, filled, metallic."""
    kind = rng.random()
    if kind < 0.08:
        return outline(artwork, colour)
    alpha = fills.weighted(rng, artwork[..., 3]) if rng.random() < 0.2 else artwork[..., 3]
    if kind < 0.45:
        return fills.filled(rng, alpha, colour)
    if kind < 0.52:
        return fills.striped(rng, alpha, colour)
    if kind < 0.6:
        return fills.metallic(rng, alpha, colour)
    return coloured(alpha.astype(np.float32) / 255, colour)


def mean_colour(printed: Print) -> Colour:
    """Mean colour of the printed part."""
    weight = float(printed[..., 3].sum())
    return (printed[..., :3].sum((0, 1)) / max(weight, 1e-3)).astype(np.float32)


def relief(layer: Print) -> NDArray[np.float32]:
    """Height map (h, w, 0..1) of a print: its alpha, with the inner drawing by luma where it has more than one."""
    alpha = layer[..., 3]
    luma = layer[..., :3] @ LUMA
    seen = luma[alpha > 0.9]
    if seen.size == 0 or float(seen.std()) < 12:
        return alpha
    low, high = float(seen.min()), float(seen.max())
    return np.asarray(alpha * (0.3 + 0.7 * np.clip((luma - low) / (high - low), 0, 1)), np.float32)


def emboss(rng: Generator, ground: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Press `alpha` (h, w, 0..1) into or out of `ground` (h, w, 3): relief lit from one side, no ink."""
    height = cv2.GaussianBlur(alpha, (0, 0), float(rng.uniform(0.8, 1.8)))
    angle = rng.uniform(0, 2 * np.pi)
    slope = cv2.Sobel(height, cv2.CV_32F, 1, 0) * np.cos(angle) + cv2.Sobel(height, cv2.CV_32F, 0, 1) * np.sin(angle)
    lit = 1 + np.float32(rng.uniform(0.3, 0.9)) * slope.astype(np.float32)
    face = 1 + np.float32(rng.uniform(-0.25, 0.25)) * alpha
    return np.clip(ground * (lit * face)[..., None], 0, 255)
