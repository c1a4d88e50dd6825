"""Things as X-rays see them: of each material, how much lies along the ray. `Sketch` draws them in millimetres."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.xray.materials import MATERIALS
from datasets.xray.scanning import Map

Points = Sequence[tuple[float, float]] | NDArray[np.floating]  # (n, 2) x, y in mm
SUB = 4  # bits of a pixel's fraction that outlines are drawn with
FINE = 1 << SUB


@dataclass(frozen=True, kw_only=True)
class Marked:
    """A mark on a body: which artwork, how it was made, where it is, and what would be missing without it."""

    row: int  # of the artwork
    form: str  # of `marks.FORMS`
    material: str
    footprint: Map  # (h, w) 0..1: where its drawing is
    relief: Map  # (h, w) g/cm2 of `material` that is more, or less, than if the mark were not there


@dataclass(frozen=True, kw_only=True)
class Body:
    """A thing lying flat: areal densities (h, w) in g/cm2 by material, at some pitch; its depth along the ray in mm."""

    layers: dict[str, Map]
    depth: float
    marks: tuple[Marked, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        h, w = next(iter(self.layers.values())).shape
        return h, w


@dataclass(kw_only=True)
class Sketch:
    """A sheet of `width` x `height` mm, the origin in its middle, on which thicknesses in mm add up."""

    width: float
    height: float
    pitch: float
    layers: dict[str, Map] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, int]:
        return max(2, round(self.height / self.pitch)), max(2, round(self.width / self.pitch))

    def add(self, material: str, thickness: Map) -> None:
        """Add a map (h, w) of thickness in mm."""
        if material not in self.layers:
            self.layers[material] = np.zeros(self.shape, np.float32)
        self.layers[material] += thickness * np.float32(MATERIALS[material].density / 10)

    def polygon(self, points: Points) -> Map:
        """The mask (h, w) 0..1 of a polygon."""
        mask = np.zeros(self.shape, np.uint8)
        cv2.fillPoly(mask, [self._pixels(points)], 255, cv2.LINE_AA, SUB)
        return _share(mask)

    def ellipse(self, x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Map:
        """The mask (h, w) of an ellipse; `angle` in degrees."""
        turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
        ring = np.stack([rx * np.cos(turn), ry * np.sin(turn)], 1)  # (64, 2)
        c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
        return self.polygon(ring @ np.array([[c, s], [-s, c]]) + (x, y))

    def box(self, x: float, y: float, w: float, h: float, corner: float = 0.0) -> Map:
        """The mask (h, w) of an upright rectangle around (x, y), its corners rounded."""
        corner = min(corner, w / 2, h / 2)
        if corner <= 0:
            return self.polygon(
                [(x - w / 2, y - h / 2), (x + w / 2, y - h / 2), (x + w / 2, y + h / 2), (x - w / 2, y + h / 2)]
            )
        turn = np.linspace(0, np.pi / 2, 8)
        arc = corner * np.stack([np.cos(turn), np.sin(turn)], 1)
        half = np.array([w / 2 - corner, h / 2 - corner])
        quarters = [(half + arc), (half + arc)[::-1] * (-1, 1), (half + arc) * (-1, -1), (half + arc)[::-1] * (1, -1)]
        return self.polygon(np.concatenate(quarters) + (x, y))

    def line(self, points: Points, width: float) -> Map:
        """The mask (h, w) of an open line, at least a pixel wide; thinner lines are fainter."""
        mask = np.zeros(self.shape, np.uint8)
        px = width / self.pitch
        cv2.polylines(mask, [self._pixels(points)], False, 255, max(1, round(px)), cv2.LINE_AA, SUB)
        return _share(mask) * np.float32(min(1.0, px))

    def tube(self, x: float, y: float, length: float, radius: float, wall: float | None = None) -> Map:
        """Thickness (h, w) in mm of a cylinder that lies along x: solid, or hollow with a wall."""
        ys = (np.arange(self.shape[0], dtype=np.float32) + 0.5) * self.pitch - self.height / 2 - y
        chord = 2 * np.sqrt(np.maximum(radius**2 - ys**2, 0))
        if wall is not None:
            chord = chord - 2 * np.sqrt(np.maximum((radius - wall) ** 2 - ys**2, 0))
        return self.box(x, y, length, 2 * radius) * chord[:, None].astype(np.float32)

    def body(self, depth: float, marks: tuple[Marked, ...] = ()) -> Body:
        """What was drawn, `depth` mm deep."""
        layers = self.layers or {"polyethylene": np.zeros(self.shape, np.float32)}
        return Body(layers=layers, depth=depth, marks=marks)

    def _pixels(self, points: Points) -> NDArray[np.int32]:
        own = (np.asarray(points, np.float64) + (self.width / 2, self.height / 2)) / self.pitch - 0.5
        return np.rint(own * FINE).astype(np.int32)


def rim(mask: Map, width: float, pitch: float) -> Map:
    """The outermost `width` mm of a mask (h, w)."""
    reach = max(1, round(2 * width / pitch) | 1)
    return mask - cv2.erode(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (reach, reach)))


def domed(mask: Map, reach: float, pitch: float) -> Map:
    """A mask (h, w) whose height rises from its edge and is full `reach` mm inside."""
    away = cv2.distanceTransform((mask > 0.5).astype(np.uint8), cv2.DIST_L2, 3) * pitch
    share = np.clip(away / max(reach, 1e-3), 0, 1)
    return (np.sqrt(1 - (1 - share) ** 2) * mask).astype(np.float32)


def _share(mask: NDArray[np.uint8]) -> Map:
    return mask.astype(np.float32) * np.float32(1 / 255)
