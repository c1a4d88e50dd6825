"""How a reference picture enters the gallery: artwork under views of its own, a photograph of the goods as it is.

Artwork is shown on light and dark grounds (`inference.embedder.artwork_views`). A photograph of the genuine goods
(`variant=photo` in the registry's table) is not cut out: it is looked at as a detection of the whole photograph would
be, a square whose edges are repeated outwards.
"""

from typing import Literal, Protocol

import numpy as np

from inference.artwork.rasterise import Rgba
from inference.vocabulary import Boxes, Image, Vectors

Kind = Literal["artwork", "photo"]

KINDS: frozenset[Kind] = frozenset({"artwork", "photo"})
PHOTO = "photo"  # the variant of rows that are photographs; all others are artwork


class Views(Protocol):
    """Turns pictures of marks into vectors; `inference.embedder.Embedder` does."""

    def embed(self, image: Image, boxes: Boxes) -> Vectors:
        """Vectors (n, d) of the n boxes of one image (H, W, 3)."""

    def embed_artwork(self, artwork: Rgba) -> Vectors:
        """Vectors (v, d), v >= 1, of one artwork picture (h, w, 4) RGBA."""


def kind_of(variant: str) -> Kind:
    """What a row with this variant shows: symbols and word marks are artwork."""
    return "photo" if variant == PHOTO else "artwork"


def vectors_of(picture: Rgba, kind: Kind, embedder: Views) -> Vectors:
    """Vectors (v, d), v >= 1, with which a picture (h, w, 4) RGBA enters the gallery."""
    if kind == "artwork":
        return embedder.embed_artwork(picture)
    image = on_white(picture)
    height, width = image.shape[:2]
    return embedder.embed(image, np.array([[0, 0, width, height]], np.float32))


def on_white(picture: Rgba) -> Image:
    """The picture (h, w, 4) without transparency: (h, w, 3)."""
    alpha = picture[..., 3:].astype(np.float32) / 255
    return np.asarray(np.round(picture[..., :3] * alpha + 255 * (1 - alpha)), np.uint8)
