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


@dataclass(frozen=True)
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

    def print(  # noqa: PLR0913 - each is a fact about one print
        self,
        printed: Print,
        at: tuple[float, float],
        width: float,
        *,
        turn: float = 0.0,
        holder: str | None = None,
        opacity: float = 1.0,
    ) -> None:
        """Print at `at` (centimetres from the top left to the middle), `width` wide, turned by `turn` degrees."""
        h, w = printed.shape[:2]
        half = np.array([width, width * h / w], np.float32) * self.density / 2
        corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]], np.float32) * half
        angle = np.deg2rad(turn)
        rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]], np.float32)
        quad = (corners @ rotation + np.array(at, np.float32) * self.density).astype(np.float32)
        layer = camera.place(printed, quad, *self.alpha.shape) * np.float32(opacity)  # (h, w, 4)
        self.cover(layer[..., :3] * self.texture()[..., None], layer[..., 3])
        if holder is not None:
            self.marks.append(Printed(holder, layer[..., 3] / np.float32(opacity)))

    def cover(self, ink: NDArray[np.float32], alpha: Field) -> None:
        """Lay premultiplied `ink` (h, w, 3) over the sheet; what it hides of earlier marks is hidden."""
        self.rgb = self.rgb * (1 - alpha[..., None]) + ink
        self.marks = [Printed(m.holder, m.cover * (1 - alpha)) for m in self.marks]

    def attach(self, other: "Sheet", at: tuple[float, float], *, turn: float = 0.0, shadow: float = 0.35) -> None:
        """Glue or lay another sheet on this one, its middle at `at` centimetres, with a thin shadow around it."""
        layer = np.dstack([other.rgb * other.alpha[..., None], other.alpha])
        width = other.size[0]
        before = Sheet(self.rgb, self.alpha, self.density)
        before.print(np.dstack([np.zeros_like(other.rgb), other.alpha]), (at[0] + 0.06, at[1] + 0.1), width, turn=turn)
        dark = np.clip(1 - before.rgb[..., :1] / np.maximum(self.rgb[..., :1], 1), 0, 1)[..., 0]
        dark = cv2.GaussianBlur(dark, (0, 0), 0.12 * self.density)
        self.rgb = self.rgb * (1 - np.float32(shadow) * dark[..., None])
        flat = Sheet(np.full_like(self.rgb, 128), self.alpha, self.density)
        flat.print(layer, at, width, turn=turn)
        for mark in other.marks:
            flat.print(np.dstack([np.zeros_like(other.rgb), mark.cover]), at, width, turn=turn, holder=mark.holder)
        covered = Sheet(np.zeros_like(self.rgb), self.alpha, self.density)
        covered.print(layer, at, width, turn=turn)
        probe = Sheet(np.full_like(self.rgb, 255), self.alpha, self.density)
        probe.print(np.dstack([np.zeros_like(other.rgb), other.alpha]), at, width, turn=turn)
        alpha = 1 - probe.rgb[..., 0] / 255
        self.cover(covered.rgb, alpha)
        self.marks += flat.marks

    def texture(self) -> Field:
        """How the ground's fine texture shows through ink: (h, w) around 1."""
        luma = self.rgb @ LUMA
        mean = cv2.blur(luma, (31, 31))
        return np.clip(luma / np.maximum(mean, 20), 0.75, 1.25) ** np.float32(0.6)

    def shade(self, factor: Field | float) -> None:
        """Multiply the sheet's light by `factor`, a number or (h, w)."""
        self.rgb *= np.float32(factor) if isinstance(factor, float) else factor[..., None]
