"""Laying bodies into a parcel: turned, mirrored, tilted, and seen from the scanner's direction.

Mass is kept: what is foreshortened gets as much denser. A view from the side shears a body by its depth (exact for
prisms), and a fan beam magnifies across the belt, not along it.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.xray.bodies import Body, Marked
from datasets.xray.scanning import Map

LEAST = 1e-5  # g/cm2: less than that is nothing
VISIBLE = 0.5  # of a footprint's pixel


@dataclass(frozen=True, kw_only=True)
class Pose:
    """How a body lies: its middle in px, its turn in degrees, face down or not, its tilt, how it is magnified."""

    centre: tuple[float, float]
    angle: float = 0.0
    mirrored: bool = False
    tilt: float = 0.0  # degrees, about the body's own y axis
    magnified: float = 1.0  # across the belt: the fan beam's
    view: float = 0.0  # degrees from the vertical, across the belt, from which the scanner looks
    smear: float = 0.0  # px across the belt: depth x sine of the view


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A mark in the scan: artwork's row, form, box (4,) xyxy px, and its relief there, as window and map."""

    row: int
    form: str
    material: str
    box: NDArray[np.float32]
    corner: tuple[int, int]  # x, y of the window
    relief: Map
    mirrored: bool
    angle: float  # degrees, clockwise as seen


@dataclass(kw_only=True)
class Belt:
    """Areal densities (h, w) by material of all that lies on the belt, and the marks in it."""

    shape: tuple[int, int]
    maps: dict[str, Map] = field(default_factory=dict)
    marks: list[Laid] = field(default_factory=list)

    def lay(self, body: Body, pose: Pose) -> None:
        """Add a body; what lies outside of the scan is lost."""
        turn = matrix(body, pose)
        window = self._window(body, turn, pose.smear)
        if window is None:
            return
        x, y, w, h = window
        turn = turn.copy()
        turn[:, 2] -= (x, y)
        gain = np.float32(1.0 / (np.cos(np.radians(pose.tilt)) * np.cos(np.radians(pose.view))))
        for material, layer in body.layers.items():
            placed = warped(layer, turn, (w, h), pose.smear) * gain
            if material not in self.maps:
                self.maps[material] = np.zeros(self.shape, np.float32)
            part = self.maps[material][y : y + h, x : x + w]
            np.maximum(part + placed, 0, out=part)
        for mark in body.marks:
            self._note(mark, turn, window, pose, gain)

    def _note(
        self, mark: Marked, turn: NDArray[np.float64], window: tuple[int, int, int, int], pose: Pose, gain: np.float32
    ) -> None:
        x, y, w, h = window
        seen = warped(mark.footprint, turn, (w, h), 0.0)
        rows, columns = np.nonzero(seen.max(1) > VISIBLE)[0], np.nonzero(seen.max(0) > VISIBLE)[0]
        if len(rows) == 0 or len(columns) == 0:
            return
        box = np.array([columns[0], rows[0], columns[-1] + 1, rows[-1] + 1], np.float32) + (x, y, x, y)
        relief = warped(mark.relief, turn, (w, h), pose.smear) * gain
        laid = Laid(
            row=mark.row, form=mark.form, material=mark.material, box=box.astype(np.float32), corner=(x, y),
            relief=relief, mirrored=pose.mirrored, angle=pose.angle,
        )  # fmt: skip
        self.marks.append(laid)

    def _window(self, body: Body, turn: NDArray[np.float64], smear: float) -> tuple[int, int, int, int] | None:
        """x, y, width and height of the part of the scan that a body can reach, or None."""
        h, w = body.shape
        corners = np.array([[0, 0, 1], [w, 0, 1], [0, h, 1], [w, h, 1]], np.float64) @ turn.T  # (4, 2)
        spare = np.array([2 + smear / 2, 2])
        low = np.maximum(np.floor(corners.min(0) - spare), 0).astype(int)
        high = np.minimum(np.ceil(corners.max(0) + spare), self.shape[::-1]).astype(int)
        if (high - low < 2).any():
            return None
        return int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1])


def matrix(body: Body, pose: Pose) -> NDArray[np.float64]:
    """From the body's pixels to the scan's: (2, 3)."""
    h, w = body.shape
    c, s = np.cos(np.radians(pose.angle)), np.sin(np.radians(pose.angle))
    own = np.diag([(-1.0 if pose.mirrored else 1.0) * np.cos(np.radians(pose.tilt)), 1.0])
    seen = np.diag([pose.magnified * np.cos(np.radians(pose.view)), 1.0])
    turn = seen @ np.array([[c, -s], [s, c]]) @ own
    shift = np.array(pose.centre) - turn @ np.array([w / 2, h / 2])
    return np.column_stack([turn, shift])


def warped(layer: Map, turn: NDArray[np.float64], size: tuple[int, int], smear: float) -> Map:
    """A layer (h, w) where `turn` puts it, smeared across the belt by so many px."""
    moved = turn.copy()
    moved[:, 2] += turn[:, :2] @ (0.5, 0.5) - 0.5  # pixels are squares, their middles count
    placed = cv2.warpAffine(layer, moved, size, flags=cv2.INTER_LINEAR)
    reach = round(smear) | 1
    return cv2.blur(placed, (reach, 1), borderType=cv2.BORDER_CONSTANT) if reach > 1 else placed
