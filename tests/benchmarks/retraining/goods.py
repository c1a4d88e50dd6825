"""How goods bear marks that were filed otherwise: what a model that has only seen the artwork handles badly.

Each fictitious mark has one way in which the goods show it, from the mark's name alone, so that verdicts on some
parcels tell something about others: in outline, as a hole in a plate, squeezed, in stripes, on
its side; many show it as filed.
"""

import zlib
from collections.abc import Callable, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

Rgba = NDArray[np.uint8]  # (h, w, 4)
ROOM = 0.12  # of the longest side, around the artwork


def as_filed(artwork: Rgba) -> Rgba:
    """The artwork itself."""
    return artwork


def outline(artwork: Rgba) -> Rgba:
    """Only the edges of its areas, as embroidery and engraving show them."""
    edges = cv2.morphologyEx(_grey(artwork), cv2.MORPH_GRADIENT, _disc(artwork, 0.014))
    return _inked(edges > 26)


def plate(artwork: Rgba) -> Rgba:
    """The mark as a hole in a filled plate with round ends."""
    shape = _grey(artwork) > 60
    h, w = shape.shape
    ground = np.zeros((h, w), np.uint8)
    cv2.ellipse(ground, (w // 2, h // 2), (round(w * 0.49), round(h * 0.49)), 0, 0, 360, 1, -1)
    cv2.rectangle(ground, (round(w * 0.06), round(h * 0.06)), (round(w * 0.94), round(h * 0.94)), 1, -1)
    return _inked((ground > 0) & ~shape)


def squeezed(artwork: Rgba) -> Rgba:
    """Squeezed to less than half its height."""
    h, w = artwork.shape[:2]
    return np.asarray(cv2.resize(artwork, (w, max(8, round(h * 0.42))), interpolation=cv2.INTER_AREA), np.uint8)


def striped(artwork: Rgba) -> Rgba:
    """Cut into stripes, as it is printed on cheap film."""
    h, w = artwork.shape[:2]
    period = max(6, round(max(h, w) / 14))
    out = artwork.copy()
    out[(np.arange(h) % period) < period * 0.45, :, 3] = 0
    return out


def on_its_side(artwork: Rgba) -> Rgba:
    """Turned by a quarter, as it runs along straps."""
    return np.ascontiguousarray(np.rot90(artwork))


STYLES: Mapping[str, Callable[[Rgba], Rgba]] = {
    "as filed": as_filed,
    "outline": outline,
    "plate": plate,
    "squeezed": squeezed,
    "striped": striped,
    "on its side": on_its_side,
}
CHANGED = tuple(name for name in STYLES if name != "as filed")


def style_of(mark_id: str) -> str:
    """The way in which goods bear the mark: half of the marks as filed."""
    number = zlib.crc32(mark_id.encode())
    return CHANGED[number // 2 % len(CHANGED)] if number % 2 else "as filed"


def as_on_goods(mark_id: str, artwork: Rgba) -> Rgba:
    """The artwork as goods bear it, with some room around."""
    return STYLES[style_of(mark_id)](_roomy(artwork))


def _roomy(artwork: Rgba) -> Rgba:
    room = round(ROOM * max(artwork.shape[:2]))
    return np.pad(artwork, ((room, room), (room, room), (0, 0)))


def _grey(artwork: Rgba) -> NDArray[np.uint8]:
    """How much ink there is, 0..255: paper colours count as none."""
    dark = 255 - artwork[..., :3].min(2).astype(np.float32) * 0.9
    return np.asarray(dark * (artwork[..., 3] / 255.0), np.uint8)


def _disc(artwork: Rgba, share: float) -> NDArray[np.uint8]:
    side = max(3, 2 * round(max(artwork.shape[:2]) * share) + 1)
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _inked(shape: NDArray[np.bool_]) -> Rgba:
    out = np.zeros((*shape.shape, 4), np.uint8)
    out[..., :3] = 24
    out[..., 3] = np.where(shape, 255, 0)
    return out
