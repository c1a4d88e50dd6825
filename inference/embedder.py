"""The embedder: turns crops of a scan, and artwork of the registry, into comparable vectors.

It owns its pre-processing: a box is widened to a square with some surroundings and resized; artwork is laid on a
plain ground with the same margin. Normalisation of pixels and vectors is inside the exported graph.
"""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.engine import Session
from inference.vocabulary import Boxes, Image, Vectors, check_boxes, check_image

MARGIN = 1.15  # side of the square / longest side of the artwork in it
LOOKS = (1.03, 0.86)  # side of the crop / longest side of the box: a whole look and a closer one, averaged
THOROUGH = 8  # boxes of one image, the first, that get all looks; the others get one
BATCH = 8  # larger batches are no faster on a CPU core
LUMA = np.array([0.299, 0.587, 0.114], np.float32)


class Embedder:
    """Maps pictures of marks to vectors of length 1; the same mark should point the same way.

    Each vector (d) may be followed by the picture's parts (e), see `inference.parts`; rows are (n, d + e).
    """

    looks: tuple[float, ...] = LOOKS

    def __init__(self, session: Session, *, side: int, dimension: int, sha256: str, parts: int = 0) -> None:
        self._session = session
        self.side = side
        self.dimension, self.parts = dimension, parts
        self.sha256 = sha256
        warm = self.embed_pictures([np.zeros((side, side, 3), np.uint8)])  # warm up: the first run allocates
        if warm.shape != (1, dimension + parts):
            raise ValueError(f"dimension is {dimension} and parts {parts}, but the net gives vectors {warm.shape}")

    def embed(self, image: Image, boxes: Boxes, thorough: int = THOROUGH) -> Vectors:
        """Rows (n, d + e) of the n boxes of one image, best first: mean direction and mean parts of `looks`.

        Boxes are tight or loose by chance; two looks cost twice the time and find more (docs/adr/0005). Detections come
        best first, and the later ones are seldom marks: beyond the first `thorough` there is one look.
        """
        check_image(image)
        check_boxes(boxes)
        first, rest = boxes[:thorough], boxes[thorough:]
        crops = [square_crop(image, box, self.side, margin) for box in first for margin in self.looks]
        crops += [square_crop(image, box, self.side, self.looks[0]) for box in rest]
        rows = self.embed_pictures(crops)
        taken = len(first) * len(self.looks)
        seen = rows[:taken].reshape(len(first), len(self.looks), self.dimension + self.parts).mean(1)  # (n, d + e)
        length = np.linalg.norm(seen[:, : self.dimension], axis=1, keepdims=True)
        seen[:, : self.dimension] /= np.maximum(length, 1e-6)
        return np.concatenate([seen, rows[taken:]])

    def embed_artwork(self, artwork: NDArray[np.uint8]) -> Vectors:
        """Rows (v, d + e) of the views under which one artwork picture (h, w, 4) RGBA enters the gallery."""
        return self.embed_pictures(artwork_views(artwork, self.side))

    def embed_pictures(self, pictures: Sequence[Image]) -> Vectors:
        """Rows (n, d + e) of n pictures that already have the network's size."""
        if not pictures:
            return np.zeros((0, self.dimension + self.parts), np.float32)
        rows = [
            self._session.run(np.stack(pictures[start : start + BATCH]))[0] for start in range(0, len(pictures), BATCH)
        ]
        return np.concatenate(rows)


def square_crop(image: Image, box: NDArray[np.float32], side: int, margin: float = MARGIN) -> Image:
    """Cut the square around `box`, `margin` times its longest side, and resize it to (side, side, 3).

    Pixels beyond the image's edge repeat the edge, so that a mark at the border keeps its proportions.
    """
    h, w = image.shape[:2]
    cx, cy = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    reach = max(float(max(box[2] - box[0], box[3] - box[1])) * margin, 2.0)
    size = max(2, round(reach / 4) * 4 if reach > 4 * side else round(reach))  # what is halved should be even
    x1 = min(max(round(float(cx) - reach / 2), 1 - size), w - 1)  # a box wholly outside: at least its nearest pixels
    y1 = min(max(round(float(cy) - reach / 2), 1 - size), h - 1)
    inside = image[max(y1, 0) : y1 + size, max(x1, 0) : x1 + size]
    pads = (max(-y1, 0), max(y1 + size - h, 0), max(-x1, 0), max(x1 + size - w, 0))
    if any(pads):
        inside = np.asarray(cv2.copyMakeBorder(inside, *pads, borderType=cv2.BORDER_REPLICATE), np.uint8)
    while min(inside.shape[:2]) >= 4 * side:  # halving is quick, other reductions are not
        inside = np.asarray(
            cv2.resize(inside, (inside.shape[1] // 2, inside.shape[0] // 2), interpolation=cv2.INTER_AREA), np.uint8
        )
    how = cv2.INTER_AREA if reach > side else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(inside, (side, side), interpolation=how), np.uint8)


def artwork_views(artwork: NDArray[np.uint8], side: int) -> list[Image]:
    """The views under which an artwork (h, w, 4) RGBA is filed: on a light ground and on a dark one.

    Artwork of one colour is shown dark on light and light on dark, whatever its colour: goods bear it in any.
    """
    seen = artwork[artwork[..., 3] > 200][:, :3].astype(np.float32) @ LUMA
    if seen.size == 0 or float(seen.std()) < 12:
        return [artwork_view(artwork, side, ground=255, ink=20), artwork_view(artwork, side, ground=25, ink=240)]
    return [artwork_view(artwork, side, ground=255), artwork_view(artwork, side, ground=40)]


def artwork_view(artwork: NDArray[np.uint8], side: int, *, ground: int = 255, ink: int | None = None) -> Image:
    """The artwork on a plain grey `ground`, filling 1/MARGIN of a square; `ink` replaces its colours by a grey."""
    h, w = artwork.shape[:2]
    scale = side / MARGIN / max(h, w)
    size = (max(1, round(w * scale)), max(1, round(h * scale)))
    alpha = artwork[..., 3:].astype(np.float32) / 255
    colour = artwork[..., :3].astype(np.float32) if ink is None else np.float32(ink)
    flat = colour * alpha + np.float32(ground) * (1 - alpha)  # (h, w, 3 or 1)
    flat = np.broadcast_to(flat, (h, w, 3)).round().astype(np.uint8)
    small = cv2.resize(flat, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    picture = np.full((side, side, 3), ground, np.uint8)
    y, x = (side - size[1]) // 2, (side - size[0]) // 2
    picture[y : y + size[1], x : x + size[0]] = small
    return picture
