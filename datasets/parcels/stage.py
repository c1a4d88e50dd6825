"""The stage: a pinhole camera over a belt or table, its light, soft shadows, and what lens and sensor add."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.parcels.sheets import Field, Printed, Sheet
from datasets.renderer import camera
from datasets.renderer.surfaces import Picture, noise_field

Points = NDArray[np.float64]  # (n, 3) centimetres

WIDTH, HEIGHT = 1280, 960  # pixels of a finished photograph
FINER = 2  # the stage is drawn this many times larger and averaged down
AMBIENT = 0.6  # share of the light that comes from everywhere
VISIBLE = 0.4  # cover above which a pixel shows the mark
LEAST_SEEN = 0.35  # a mark of which less is seen has no box
NEAR_FLOOR = 2.0  # centimetres: what is lower touches the floor
_STEPS = np.arange(40)
LAMP = (
    0.36
    * np.sqrt((_STEPS + 0.5) / 40)[:, None]
    * np.column_stack(  # points of a round lamp, evenly spread
        [np.cos(2.39996 * _STEPS), np.sin(2.39996 * _STEPS)]
    )
)


@dataclass(frozen=True, kw_only=True)
class View:
    """Where the camera stands and what it looks at, in centimetres; `field` is its horizontal angle in degrees."""

    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    field: float = 34.0
    lamp: tuple[float, float, float] = (-0.55, 0.35, 1.0)  # direction to the light


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A mark in a photograph: `box` is x1, y1, x2, y2 in pixels."""

    holder: str
    box: tuple[float, float, float, float]


@dataclass
class _Placed:
    printed: Printed  # cover over the region below
    left: int
    top: int
    whole: float  # cover before anything hid it


class Stage:
    """A photograph in the making: things are laid from far to near, each hides what is behind it."""

    def __init__(self, rng: Generator, view: View, width: int = WIDTH) -> None:
        self.rng = rng
        self.width, self.height = width, width * HEIGHT // WIDTH
        self.picture = np.zeros((self.height * FINER, self.width * FINER, 3), np.float32)
        self._eye = np.array(view.eye)
        forward = np.array(view.target) - self._eye
        distance = float(np.linalg.norm(forward))
        forward /= distance
        right = np.cross(forward, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        self.axes = np.stack([right, np.cross(forward, right), forward])  # right, down, forward
        self._focal = self.width * FINER / 2 / np.tan(np.deg2rad(view.field) / 2)
        self.lamp = np.array(view.lamp) / np.linalg.norm(view.lamp)
        self.density = float(1.1 * self._focal / distance)  # of sheets: a little finer than the picture
        self._marks: list[_Placed] = []

    def project(self, points: Points) -> NDArray[np.float32]:
        """Return where world points (n, 3) are in the drawing: (n, 2) pixels, FINER times the photograph's."""
        seen = (points - self._eye) @ self.axes.T
        middle = np.array([self.width, self.height]) * FINER / 2
        return (seen[:, :2] / seen[:, 2:] * self._focal + middle).astype(np.float32)

    def faces_camera(self, middle: Points, normal: Points) -> bool:
        """Whether a flat thing at `middle` (3,) with `normal` (3,) shows its front."""
        return float((self._eye - middle) @ normal) > 0

    def distance(self, point: Points) -> float:
        """Centimetres from the camera to a point (3,)."""
        return float(np.linalg.norm(self._eye - point))

    def light(self, normal: Points) -> float:
        """How bright a matt surface with this normal (3,) is; a table top is about 1."""
        lit = max(0.0, float(normal @ self.lamp) / float(np.linalg.norm(normal)))
        return AMBIENT + (1 - AMBIENT) * lit / float(self.lamp[2])

    def lay(self, sheet: Sheet, corners: Points, light: float = 1.0) -> None:
        """Lay a sheet with its corners (4, 3), clockwise from the top left, at these world points."""
        quad = self.project(corners)
        h, w = self.picture.shape[:2]
        low = np.clip(np.floor(quad.min(0)).astype(int) - 2, 0, [w, h])
        high = np.clip(np.ceil(quad.max(0)).astype(int) + 2, 0, [w, h])
        left, top = int(low[0]), int(low[1])
        reach = int(high[1]) - top, int(high[0]) - left
        if min(reach) <= 0:
            return
        here = (quad - low).astype(np.float32)
        layer = camera.place(sheet.premultiplied, here, *reach)  # (h', w', 4)
        self.blend(layer[..., :3] * np.float32(light), layer[..., 3], left, top)
        for mark in sheet.marks:
            whole = camera.place(mark.cover, here, *reach)
            printed = Printed(holder=mark.holder, cover=whole)
            self._marks.append(_Placed(printed, left, top, float((whole > VISIBLE).sum())))

    def blend(self, ink: NDArray[np.float32], alpha: Field, left: int = 0, top: int = 0) -> None:
        """Lay premultiplied `ink` (h', w', 3) at a place of the drawing; marks behind it are hidden."""
        h, w = alpha.shape
        part = self.picture[top : top + h, left : left + w]
        part[:] = part * (1 - alpha[..., None]) + ink
        for mark in self._marks:
            cover = mark.printed.cover
            x1, y1 = max(left, mark.left), max(top, mark.top)
            x2, y2 = min(left + w, mark.left + cover.shape[1]), min(top + h, mark.top + cover.shape[0])
            if x1 < x2 and y1 < y2:
                hidden = alpha[y1 - top : y2 - top, x1 - left : x2 - left]
                cover[y1 - mark.top : y2 - mark.top, x1 - mark.left : x2 - mark.left] *= 1 - hidden

    def fill(self, outline: Points, tint: NDArray[np.float32]) -> None:
        """Fill the polygon (n, 3) with one colour (3,)."""
        quad = self.project(outline)
        h, w = self.picture.shape[:2]
        left, top = np.clip(np.floor(quad.min(0)).astype(int) - 1, 0, [w, h]).tolist()
        right, bottom = np.clip(np.ceil(quad.max(0)).astype(int) + 2, 0, [w, h]).tolist()
        if left < right and top < bottom:
            mask = _filled(quad - np.array([left, top], np.float32), bottom - top, right - left)
            self.blend(mask[..., None] * tint.astype(np.float32), mask, left, top)

    def throw_shadow(self, points: Points, floor: float = 0.0, *, within: Points | None = None) -> None:
        """Darken the floor at height `floor` where the convex thing with these corners (n, 3) stands in the light.

        Each point of the lamp throws a hard shadow; their mean is soft far from the thing and sharp at its foot.
        """
        h, w = self.height, self.width  # shadows are soft: half the drawing's resolution is enough
        shade = np.zeros((h, w), np.float32)
        height = (points[:, 2:] - floor).clip(0)
        for offset in LAMP:
            fallen = points[:, :2] - height * (self.lamp[:2] / self.lamp[2] + offset)
            shade += _filled(self.project(_hull(fallen, floor)) / FINER, h, w) / np.float32(len(LAMP))
        foot = points[height[:, 0] < NEAR_FLOOR, :2]
        contact = _filled(self.project(_hull(foot, floor)) / FINER, h, w)
        shade = cv2.GaussianBlur(shade, (0, 0), 0.4 * self.density / FINER)
        contact = cv2.GaussianBlur(contact, (0, 0), 0.55 * self.density / FINER)
        left = (1 - np.float32(1 - AMBIENT) * shade) * (1 - np.float32(0.42) * contact)
        if within is not None:
            left = 1 - (1 - left) * _filled(self.project(within) / FINER, h, w)
        whole = cv2.resize(left, self.picture.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        self.picture *= whole[..., None]

    def seen(self) -> list[Seen]:
        """The marks of which enough is in the photograph, with their boxes."""
        found = []
        for mark in self._marks:
            shown = mark.printed.cover > VISIBLE
            if shown.sum() < max(LEAST_SEEN * mark.whole, 12):
                continue
            ys, xs = np.nonzero(shown)
            edges = (xs.min() + mark.left, ys.min() + mark.top, xs.max() + 1 + mark.left, ys.max() + 1 + mark.top)
            x1, y1, x2, y2 = (round(float(e) / FINER, 1) for e in edges)
            found.append(Seen(holder=mark.printed.holder, box=(x1, y1, x2, y2)))
        return found

    def develop(self) -> Picture:
        """Lens, lamp and sensor: uneven light, softness, vignette, tone, noise. (height, width, 3) uint8."""
        rng, h, w = self.rng, self.height, self.width
        shot = cv2.resize(self.picture, (w, h), interpolation=cv2.INTER_AREA)
        shot = shot * (1 + np.float32(0.05) * noise_field(rng, h, w, 2))[..., None]
        y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
        lamp = 1.12 - 0.06 * x - 0.04 * y
        vignette = 1 / (1 + 0.1 * (x * x + 0.6 * y * y)) ** 1.5
        shot = shot * (lamp * vignette)[..., None] * rng.normal(1, 0.012, 3).astype(np.float32)
        glow = cv2.GaussianBlur(np.maximum(shot - 205, 0), (0, 0), w / 90)  # highlights bleed a little
        shot = cv2.GaussianBlur(shot + 0.25 * glow, (0, 0), 0.55 * w / WIDTH)
        shot = 255 * _toe(shot / 255)
        noise = rng.standard_normal(shot.shape, dtype=np.float32)
        noise = 0.6 * noise + 0.4 * noise[..., 1:2]  # the sensor's colours are interpolated, so they share noise
        shot = shot + noise * np.sqrt(1.0 + 0.012 * shot.clip(0))
        return np.clip(shot, 0, 255).astype(np.uint8)


def _toe(value: NDArray[np.float32]) -> NDArray[np.float32]:
    """A film-like curve: darker shadows, highlights that roll off instead of clipping."""
    value = np.clip(value, 0, None)
    return np.where(value < 0.75, value, 0.75 + 0.25 * np.tanh((value - 0.75) / 0.25)) ** np.float32(1.08)


def _filled(outline: NDArray[np.float32], h: int, w: int) -> Field:
    """The polygon (n, 2) as a mask (h, w) of 0..1."""
    mask = np.zeros((h, w), np.uint8)
    cv2.fillPoly(mask, [np.round(outline * 8).astype(np.int32)], 255, cv2.LINE_AA, 3)
    return mask.astype(np.float32) / 255


def _hull(flat: NDArray[np.float64], floor: float) -> Points:
    around = cv2.convexHull(flat.astype(np.float32))[:, 0].astype(np.float64)
    return np.column_stack([around, np.full(len(around), floor)])
