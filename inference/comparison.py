"""Beside the findings, the filed artwork of each suspicion, with the places of it that are seen again.

picture = draw_compared(image, verdict, artworks)
"""

import cv2
import numpy as np

from inference.alignment import Alignment, align
from inference.artwork.ground import Rgba
from inference.drawing import SUSPECTED, draw, plain
from inference.explaining import MOST, SMALLEST, Artworks
from inference.vocabulary import Image, Suspicion, Verdict

SHARE = 0.22  # of the picture's longer side: the column beside it
LEAST = 96  # px: width of the column
GROUND = (238, 238, 238)  # RGB
COLOURS = ((0, 158, 115), (0, 114, 178), (213, 94, 0), (204, 121, 167))  # Okabe & Ito: told apart by all eyes


def draw_compared(image: Image, verdict: Verdict, artworks: Artworks | None) -> Image:
    """The verdict drawn on `image` (H, W, 3), at its right the artwork of the strongest suspicions: (H, W + column, 3).

    Places that are seen again have one colour in both. Without artwork or suspicions it is the drawn picture alone.
    """
    canvas = draw(image, verdict)
    filed = [] if artworks is None else [(item, artworks(item.matches[0].reference)) for item in verdict.suspicions]
    shown = [(item, artwork) for item, artwork in filed if artwork is not None][:MOST]
    if not shown:
        return canvas
    height = canvas.shape[0]
    column = np.full((height, max(LEAST, round(SHARE * max(canvas.shape[:2]))), 3), GROUND, np.uint8)
    tall = height // max(len(shown), 2)
    for place, (item, artwork) in enumerate(shown):
        large = item.detection.size >= SMALLEST
        alignment = align(image, item.detection.box, artwork) if large else None
        if alignment is not None:
            _on_photograph(canvas, alignment)
        cell = column[place * tall : (place + 1) * tall]
        _filed(cell, item, artwork, alignment)
    return np.concatenate([canvas, column], axis=1)


def _unit(shape: tuple[int, ...]) -> int:
    return max(1, round(max(shape[:2]) / 640))  # px: what looks one pixel thick at 640


def _on_photograph(canvas: Image, alignment: Alignment) -> None:
    for region, colour in zip(alignment.regions, COLOURS, strict=False):
        corners = np.round(np.array(region.image)).astype(np.int32)
        cv2.polylines(canvas, [corners], True, colour, _unit(canvas.shape), cv2.LINE_AA)


def _filed(cell: Image, suspicion: Suspicion, artwork: Rgba, alignment: Alignment | None) -> None:
    """Draw the artwork with its matched places and its holder's name into a cell of the column, in place."""
    height, width = cell.shape[:2]
    gap, line = max(2, width // 20), max(10, width // 9)
    room = (width - 2 * gap, height - 2 * gap - line)
    scale = min(room[0] / artwork.shape[1], room[1] / artwork.shape[0])
    size = (int(artwork.shape[1] * scale), int(artwork.shape[0] * scale))
    if min(size) < 1:  # a picture too small for it
        return
    small = cv2.resize(artwork, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    left, top = (width - size[0]) // 2, gap
    part = cell[top : top + size[1], left : left + size[0]]
    alpha = small[..., 3:] / 255
    part[:] = (small[..., :3] * alpha + part * (1 - alpha)).round().astype(np.uint8)
    for region, colour in zip(alignment.regions if alignment else (), COLOURS, strict=False):
        x1, y1, x2, y2 = (round(scale * edge) for edge in region.artwork)
        x2, y2 = min(x2, size[0] - 1), min(y2, size[1] - 1)  # places are cut from a drawing with some room around it
        corners = (left + max(x1, 0), top + max(y1, 0)), (left + x2, top + y2)
        cv2.rectangle(cell, *corners, colour, max(1, width // 120))
    _name(cell, plain(suspicion.mark.holder) or suspicion.mark.mark_id, (gap, top + size[1] + line), line)


def _name(cell: Image, text: str, at: tuple[int, int], line: int) -> None:
    scale = line / 40
    (wide, _), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    scale *= min(1.0, (cell.shape[1] - 2 * at[0]) / max(wide, 1))
    cv2.putText(cell, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, SUSPECTED, max(1, line // 20), cv2.LINE_AA)
