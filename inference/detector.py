"""The detector: finds any mark in an image, whichever mark it is.

It owns its pre- and post-processing: the image is reduced to a longest side and padded to whole cells of the net, the
exported graph normalises, decodes boxes, keeps the best and suppresses doubles; boxes come back in pixels of the image.
Images much larger than the net's input are looked at in parts too (inference/tiling.py).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engine import Session
from inference.tiling import Tile, Tiling, look, merged
from inference.vocabulary import Boxes, Image, Scores, check_boxes, check_image

PADDING = 114  # grey outside the image
CELL = 32  # px: the net takes sides that are multiples of its coarsest stride,
LEAST_SIDE = 128  # px: and no shorter ones


class Detector:
    """Boxes of marks with scores, best first."""

    def __init__(
        self, session: Session, *, side: int, least: float, most: int, sha256: str, tiling: Tiling | None = None
    ) -> None:
        """`side`: px of the longest side of the net's input; `least`: lowest score kept; `most`: boxes kept at most.

        Without `tiling` each image is looked at once.
        """
        self._session = session
        self.side, self.least, self.most, self.sha256, self.tiling = side, least, most, sha256, tiling
        self.detect(np.zeros((side, side, 3), np.uint8))  # warm up: the first run allocates

    def detect(self, image: Image) -> tuple[Boxes, Scores]:
        """Boxes (n, 4) in px of `image` and scores (n,), best first, n <= `most`."""
        height, width = check_image(image).shape[:2]
        tiles = self.tiling.tiles(height, width, self.side) if self.tiling else []
        if not tiles:
            return self._pass(image)
        looks = []
        for tile in (Tile(x1=0, y1=0, x2=width, y2=height), *tiles):
            part = image[tile.y1 : tile.y2, tile.x1 : tile.x2]
            pixel = max(part.shape[:2]) / self.side
            looks.append(look(tile, *self._pass(part), image=(height, width), pixel=pixel))
        return merged(looks, most=self.most)

    def _pass(self, image: Image) -> tuple[Boxes, Scores]:
        """What one run of the net finds."""
        picture, scale = self.fit(image)
        boxes, scores = self._session.run(picture[None])
        return self.restore(boxes, scores, scale, image)

    def fit(self, image: Image) -> tuple[NDArray[np.uint8], float]:
        """The image reduced to `side`, in the top left corner of a padded canvas, and the scale used.

        Small images are enlarged, at most to twice their size.
        """
        h, w = check_image(image).shape[:2]
        scale = min(self.side / max(h, w), 2.0)
        size = (max(1, round(w * scale)), max(1, round(h * scale)))
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        canvas = np.full((canvas_side(size[1]), canvas_side(size[0]), 3), PADDING, np.uint8)
        canvas[: size[1], : size[0]] = cv2.resize(image, size, interpolation=how)
        return canvas, scale

    def restore(
        self, boxes: NDArray[np.float32], scores: NDArray[np.float32], scale: float, image: Image
    ) -> tuple[Boxes, Scores]:
        """From the net's pixels to the image's; clipped to the image, the hopeless left out."""
        h, w = image.shape[:2]
        inside = np.clip(boxes / np.float32(scale), 0, np.array([w, h, w, h], np.float32)).astype(np.float32)
        kept = (scores >= self.least) & ((inside[:, 2:] - inside[:, :2]) >= 2).all(1)
        return check_boxes(inside[kept][: self.most]), scores[kept][: self.most]


def canvas_side(length: int) -> int:
    """The least side of a canvas, in px, that holds `length` px."""
    return max(LEAST_SIDE, -(-length // CELL) * CELL)
