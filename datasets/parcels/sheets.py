"""Sheets: flat things that are printed on, such as a side of a carton, a label or a shirt front.

A sheet is measured in centimetres and drawn with `density` pixels to the centimetre; it remembers what part of it
each mark covers, so that boxes can be measured after it was bent, covered and photographed.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.renderer import camera
from datasets.renderer.inks import LUMA, Print

Field = NDArray[np.float32]  # (h, w)
Tint = tuple[float, float, float]  # RGB 0..255
Place = tuple[float, float]  # centimetres from the left and from the top


@dataclass(frozen=True, kw_only=True)
class Printed:
    """Where a mark is on a sheet: `cover` (h, w) is 0..1."""

    holder: str
    cover: Field


@dataclass
class Sheet:
    """A printed surface: `rgb` (h, w, 3) float 0..255, `alpha` (h, w) 0..1, the marks on it."""

    rgb: NDArray[np.float32]
    alpha: Field
    density: float  # pixels per centimetre
    marks: list[Printed] = field(default_factory=list)

    @classmethod
    def plain(cls, width: float, height: float, density: float, tint: Tint) -> "Sheet":
        """A sheet of `width` x `height` centimetres in one colour."""
        h, w = max(8, round(height * density)), max(8, round(width * density))
        rgb = np.empty((h, w, 3), np.float32)
        rgb[:] = tint
        return cls(rgb=rgb, alpha=np.ones((h, w), np.float32), density=density)

    @property
    def size(self) -> tuple[float, float]:
        """Width and height in centimetres."""
        h, w = self.alpha.shape
        return w / self.density, h / self.density

    @property
    def premultiplied(self) -> Print:
        """The sheet as (h, w, 4)."""
        return np.dstack([self.rgb * self.alpha[..., None], self.alpha])

    def stamp(self, printed: Print, at: Place, width: float, *, turn: float = 0.0, holder: str | None = None) -> None:
        """Print with the middle at `at`, `width` centimetres wide, turned clockwise by `turn` degrees."""
        layer = self._warped(printed, at, width, turn)  # (h, w, 4)
        self.cover(layer[..., :3] * self._texture()[..., None], layer[..., 3])
        if holder is not None:
            self.marks.append(Printed(holder=holder, cover=layer[..., 3]))

    def attach(self, other: "Sheet", at: Place, *, turn: float = 0.0, shadow: float = 0.4) -> None:
        """Glue or lay another sheet on this one with its middle at `at`; it throws a thin shadow."""
        width = other.size[0]
        below = self._warped(other.alpha, (at[0] + 0.08, at[1] + 0.14), width, turn)
        self.shade(1 - np.float32(shadow) * cv2.GaussianBlur(below, (0, 0), 0.16 * self.density))
        layer = self._warped(other.premultiplied, at, width, turn)
        self.cover(layer[..., :3], layer[..., 3])
        for mark in other.marks:
            self.marks.append(Printed(holder=mark.holder, cover=self._warped(mark.cover, at, width, turn)))

    def cover(self, ink: NDArray[np.float32], alpha: Field) -> None:
        """Lay premultiplied `ink` (h, w, 3) over the sheet; what it hides of earlier marks is hidden."""
        self.rgb = self.rgb * (1 - alpha[..., None]) + ink
        self.marks = [Printed(holder=m.holder, cover=m.cover * (1 - alpha)) for m in self.marks]

    def shade(self, factor: Field) -> None:
        """Multiply the sheet's light by `factor` (h, w)."""
        self.rgb = self.rgb * factor[..., None]

    def mapped(self, x: Field, y: Field) -> "Sheet":
        """Return the sheet bent: its pixel (i, j) shows what was at (y[i, j], x[i, j])."""

        def bent(layer: NDArray[np.float32]) -> NDArray[np.float32]:
            return cv2.remap(layer, x, y, cv2.INTER_LINEAR)

        layer = bent(self.premultiplied)
        alpha = layer[..., 3]
        rgb = layer[..., :3] / np.maximum(alpha, 1e-3)[..., None]
        marks = [Printed(holder=m.holder, cover=bent(m.cover)) for m in self.marks]
        return Sheet(rgb=rgb, alpha=alpha, density=self.density, marks=marks)

    def grid(self) -> tuple[Field, Field]:
        """Centimetres from the left and from the top of each pixel: two (h, w)."""
        h, w = self.alpha.shape
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        return (x + 0.5) / np.float32(self.density), (y + 0.5) / np.float32(self.density)

    def _warped(self, layer: NDArray[np.float32], at: Place, width: float, turn: float) -> NDArray[np.float32]:
        h, w = layer.shape[:2]
        half = np.array([width, width * h / w]) * self.density / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * half
        angle = np.deg2rad(turn)
        rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        quad = corners @ rotation + np.array(at) * self.density
        return camera.place(layer, quad.astype(np.float32), *self.alpha.shape)

    def _texture(self) -> Field:
        """How the ground's fine texture shows through ink: (h, w) around 1."""
        luma = self.rgb @ LUMA
        mean = cv2.blur(luma, (31, 31))
        return np.clip(luma / np.maximum(mean, 20), 0.8, 1.2).astype(np.float32)
