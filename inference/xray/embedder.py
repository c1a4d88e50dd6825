"""The embedder for X-ray scans: crops of a scan's picture, and artwork as reliefs that may lie in any way.

A thing in a parcel lies turned and perhaps face down, and a transmission image has neither front nor back: each artwork
is filed in eight ways, turned by quarters and mirrored. Anything between two quarters the net has learned.
"""

import numpy as np
from numpy.typing import NDArray

from inference.embedder import Embedder
from inference.vocabulary import Image, Vectors
from inference.xray.relief import filed_view, flat_relief

TURNS = 4


class ReliefEmbedder(Embedder):
    """As `Embedder`, for pictures of `inference.xray.picture.net_picture`.

    One look, about as wide as the artwork is filed and as the net has seen marks: a closer look, which helps where
    photographs are loosely annotated, cuts a relief's outline off (docs/adr/0036).
    """

    looks = (1.1,)

    def embed_artwork(self, artwork: NDArray[np.uint8]) -> Vectors:
        """Rows (8, d) of the views under which one artwork picture (h, w, 4) RGBA enters the gallery."""
        return self.embed_pictures(relief_views(artwork, self.side))


def relief_views(artwork: NDArray[np.uint8], side: int) -> list[Image]:
    """The eight views (side, side, 3) of an artwork picture (h, w, 4): four turns, and four of its mirror image."""
    flat = flat_relief(artwork)
    return [filed_view(flat, side, turns, mirrored=mirrored) for mirrored in (False, True) for turns in range(TURNS)]
