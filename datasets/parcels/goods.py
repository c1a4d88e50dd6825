"""What parcels contain: shoe boxes, telephone boxes, perfume cartons, caps. Each is laid with its mark on it."""

from dataclasses import dataclass

import numpy as np

from datasets.parcels import labels, materials, softs
from datasets.parcels.sheets import Sheet, Tint
from datasets.parcels.solids import SIDES, Cuboid, sheet_size, stand
from datasets.parcels.stage import Points, Stage
from datasets.renderer.inks import Print


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark as it is printed on goods: its ink, and the right holder to expect (None: not recorded)."""

    ink: Print
    holder: str | None

    @property
    def aspect(self) -> float:
        """Width over height."""
        return self.ink.shape[1] / self.ink.shape[0]


def put(sheet: Sheet, mark: Mark, longest: float, *, at: tuple[float, float] = (0.5, 0.5), turn: float = 0.0) -> None:
    """Print a mark at a relative place of a sheet, its longer side `longest` centimetres."""
    width = longest * min(1.0, mark.aspect)
    w, h = sheet.size
    sheet.stamp(mark.ink, (at[0] * w, at[1] * h), width, turn=turn, holder=mark.holder)


def painted_box(
    stage: Stage, at: tuple[float, float], size: tuple[float, float, float], turn: float, tint: Tint
) -> Cuboid:
    """A closed box of printed carton."""
    box = Cuboid(at=at, size=size, turn=turn)
    for name in SIDES:
        box.sheets[name] = materials.painted(stage.rng, *sheet_size(size, name), stage.density, tint)
    return box


def shoe_box(  # noqa: PLR0913 - what it is, where, and what is printed on it
    stage: Stage,
    at: tuple[float, float],
    turn: float,
    tints: tuple[Tint, Tint],
    marks: tuple[Mark, Mark | None],
    *,
    base: float = 0.0,
    within: Points | None = None,
    mark_turn: float = 0.0,
) -> None:
    """A shoe box with a lid: the first mark on the lid, the second (if any) on the front beside a size label."""
    body = painted_box(stage, at, (31.0, 19.0, 11.5), turn, tints[1])
    lid = painted_box(stage, at, (31.6, 19.6, 3.4), turn, tints[0])
    body.base, lid.base = base, base + 8.4
    front = body.sheets["front"]
    _, y = front.grid()
    front.shade(np.asarray(1 - 0.5 * np.exp(-((y - 3.1).clip(0)) / 0.5), np.float32))  # the lid's shadow
    front.attach(labels.goods_label(stage.rng, stage.density, 6.4), (25.6, 7.2), shadow=0.15)
    if marks[1] is not None:
        put(front, marks[1], 9.0 if marks[1].aspect > 2 else 5.4, at=(0.25, 0.63))
    put(lid.sheets["top"], marks[0], 21.0 if marks[0].aspect > 2 else 12.5, turn=mark_turn)
    stage.throw_shadow(np.concatenate([body.corners, lid.corners]), base, within=within)
    stand(stage, body, shadow=False)
    stand(stage, lid, shadow=False)


def phone_box(
    stage: Stage, at: tuple[float, float], turn: float, mark: Mark, base: float, within: Points | None
) -> None:
    """A flat white box with a telephone's picture and a mark below it."""
    box = painted_box(stage, at, (9.2, 17.5, 4.6), turn, (236.0, 236.0, 238.0))
    box.base = base
    top = box.sheets["top"]
    x, y = top.grid()
    inside = np.minimum(2.4 - np.abs(x - 4.6), 4.6 - np.abs(y - 5.9))
    glass = np.clip(inside * stage.density / 2, 0, 1).astype(np.float32)
    glow = 0.5 + 0.5 * np.sin(0.9 * x + 0.55 * y + 1.3 * np.sin(0.5 * y))
    colour = np.stack([40 + 60 * glow, 60 + 70 * (1 - glow), 120 + 80 * glow], 2)
    frame = (inside < 0.28)[..., None]
    top.cover(np.where(frame, 24, colour).astype(np.float32) * glass[..., None], glass)
    put(top, mark, 5.0, at=(0.5, 0.8))
    stand(stage, box, within=within)


def perfume_carton(
    stage: Stage, at: tuple[float, float], turn: float, tint: Tint, mark: Mark, *, within: Points | None = None
) -> None:
    """A small upright carton with a gilded band, the mark on its front."""
    box = painted_box(stage, at, (7.4, 5.6, 12.2), turn, tint)
    for name in ("front", "left", "right"):
        sheet = box.sheets[name]
        w, h = sheet.size
        for y in (0.6, h - 1.0):
            labels.bar(sheet, 0, y, w, 0.3, (201.0, 164.0, 92.0))
        for i in range(2):
            labels.bar(sheet, w * 0.3 + 0.25 * i, h - 2.6 + 0.6 * i, w * 0.4 - 0.5 * i, 0.22, (201.0, 164.0, 92.0))
    put(box.sheets["front"], mark, 5.9 if mark.aspect > 0.8 else 6.9, at=(0.5, 0.42))
    stand(stage, box, within=within)


def lay_cap(stage: Stage, at: tuple[float, float], tint: Tint, brim: Tint, mark: Mark, lean: float = 0.0) -> None:
    """A cap on the table, its front to the camera, the mark embroidered on it."""
    crown, peak = softs.cap(stage, tint, brim)
    width, height = crown.size
    put(crown, mark, 8.2, at=(0.5, 0.44))
    shape, crown.alpha = crown.alpha, np.ones_like(crown.alpha)
    round_crown = softs.rounded(crown, width / 2, width * 0.55)
    round_crown.cover(peak.rgb * peak.alpha[..., None], peak.alpha)
    round_crown.alpha = np.maximum(shape, peak.alpha)
    angle = np.deg2rad(lean)
    right = stage.axes[0] * np.cos(angle) + stage.axes[1] * np.sin(angle)
    up = -stage.axes[1] * np.cos(angle) + stage.axes[0] * np.sin(angle)
    foot = np.array([*at, 0.3])
    rim = [(np.cos(a) * width * 0.42, np.sin(a) * width * 0.34) for a in np.linspace(0, 6.28, 24)]
    ground = [(at[0] + x, at[1] + y + width * 0.2, 0.0) for x, y in rim]
    crest = [(at[0] + 0.6 * x, at[1] + 0.6 * y + width * 0.3, 8.0) for x, y in rim]
    stage.throw_shadow(np.array(ground + crest))
    corners = [foot + s * right * width / 2 + t * up * height for s, t in ((-1, 1), (1, 1), (1, 0), (-1, 0))]
    stage.lay(round_crown, np.array(corners))
