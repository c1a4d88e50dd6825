"""Solid things: closed and open cartons, tins. Each lays its visible sides on the stage with its shadow."""

from dataclasses import dataclass, field

import numpy as np

from datasets.parcels import materials
from datasets.parcels.sheets import Sheet, Tint
from datasets.parcels.stage import Points, Stage

SIDES = ("back", "left", "right", "front", "top")


@dataclass
class Cuboid:
    """A box on the floor: `at` is the middle of its base, `turn` degrees anticlockwise; sheets by side."""

    at: tuple[float, float]
    size: tuple[float, float, float]  # width, depth, height in centimetres
    turn: float = 0.0
    base: float = 0.0  # height of what it stands on
    sheets: dict[str, Sheet] = field(default_factory=dict)

    def world(self, local: list[tuple[float, float, float]]) -> Points:
        """Points relative to the middle of the base, turned and moved: (n, 3)."""
        angle = np.deg2rad(self.turn)
        rotation = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
        return np.array(local, float) @ rotation + np.array([*self.at, self.base])

    @property
    def corners(self) -> Points:
        """The eight corners."""
        w, d, h = self.size
        return self.world([(x * w / 2, y * d / 2, z) for x in (-1, 1) for y in (-1, 1) for z in (0, h)])

    def side(self, name: str) -> Points:
        """Corners (4, 3) of a side, clockwise from its top left as one stands before it."""
        w, d, h = (self.size[0] / 2, self.size[1] / 2, self.size[2])
        return self.world(
            {
                "front": [(-w, -d, h), (w, -d, h), (w, -d, 0), (-w, -d, 0)],
                "back": [(w, d, h), (-w, d, h), (-w, d, 0), (w, d, 0)],
                "left": [(-w, d, h), (-w, -d, h), (-w, -d, 0), (-w, d, 0)],
                "right": [(w, -d, h), (w, d, h), (w, d, 0), (w, -d, 0)],
                "top": [(-w, d, h), (w, d, h), (w, -d, h), (-w, -d, h)],
            }[name]
        )


def sheet_size(size: tuple[float, float, float], side: str) -> tuple[float, float]:
    """Width and height of a side's sheet."""
    w, d, h = size
    return {"front": (w, h), "back": (w, h), "left": (d, h), "right": (d, h), "top": (w, d)}[side]


def normal_of(corners: Points) -> Points:
    """Unit vector (3,) that points out of a side."""
    normal = np.cross(corners[3] - corners[0], corners[1] - corners[0])
    return np.asarray(normal / np.linalg.norm(normal))


def stand(stage: Stage, box: Cuboid, *, shadow: bool = True, within: Points | None = None) -> None:
    """Lay the sides of a cuboid that face the camera."""
    if shadow:
        stage.throw_shadow(box.corners, box.base, within=within)
    visible = []
    for name in SIDES:
        corners = box.side(name)
        if name in box.sheets and stage.faces_camera(corners.mean(0), normal_of(corners)):
            visible.append((name, corners))
    for name, corners in visible:  # a backing, lest the floor shine through the joints
        stage.fill(corners, box.sheets[name].rgb.mean((0, 1)) * stage.light(normal_of(corners)) * 0.8)
    for name, corners in visible:
        sheet = box.sheets[name]
        if name != "top":
            _darken_below(sheet)
        stage.lay(sheet, corners, stage.light(normal_of(corners)))


def _darken_below(sheet: Sheet) -> None:
    """Less light reaches the lower part of an upright side."""
    _, y = sheet.grid()
    sheet.shade(np.asarray(1.04 - 0.2 * (y / sheet.size[1]) ** 2, np.float32))


def carton(stage: Stage, at: tuple[float, float], size: tuple[float, float, float], turn: float, tint: Tint) -> Cuboid:
    """A closed carton of corrugated board, its flaps meeting along the top, taped."""
    box = Cuboid(at=at, size=size, turn=turn)
    for name in SIDES:
        width, height = sheet_size(size, name)
        box.sheets[name] = materials.cardboard(stage.rng, width, height, stage.density, tint)
    _flaps(box.sheets["top"])
    return box


def _flaps(top: Sheet) -> None:
    """The slit between the flaps, and the step where the inner flaps end."""
    x, y = top.grid()
    w, h = top.size
    slit = np.exp(-(((y - h / 2) / 0.09) ** 2)) * 0.6
    fold = 0.12 * np.exp(-(((np.abs(y - h / 2) - h / 2 + 0.25) / 0.12) ** 2))
    step = 0.05 * np.tanh((np.abs(x - w / 2) - w * 0.28) * 3)
    top.shade(np.asarray((1 - slit - fold) * (1 + step), np.float32))


def seal(
    stage: Stage, box: Cuboid, tint: Tint = (158.0, 118.0, 74.0), width: float = 5.0, opacity: float = 0.82
) -> None:
    """Tape along the slit, over the edge and down both narrow sides."""
    w, d, h = box.size
    lean = float(stage.rng.uniform(-0.4, 0.4))
    low, high = d / 2 - width / 2, d / 2 + width / 2
    strip = np.array([[-1, low - lean], [w + 1, low + lean], [w + 1, high + lean], [-1, high - lean]], np.float32)
    materials.tape(stage.rng, box.sheets["top"], strip, tint=tint, opacity=opacity)
    for name, end in (("left", low - lean), ("right", d - high - lean)):
        reach = float(stage.rng.uniform(5, 8))
        ends = [[end, -1], [end + width, -1], [end + width, reach + 0.2], [end, reach]]
        materials.tape(stage.rng, box.sheets[name], np.array(ends, np.float32), tint=tint, opacity=opacity)


def tin(stage: Stage, at: tuple[float, float], radius: float, height: float, lid: Sheet, tint: Tint) -> None:
    """A round tin; `lid` is a square sheet as wide as the tin."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    ring = np.column_stack([np.cos(angles) * radius + at[0], np.sin(angles) * radius + at[1]])
    foot, rim = (np.column_stack([ring, np.full(72, z)]) for z in (0.0, height))
    stage.throw_shadow(np.concatenate([foot, rim]))
    for i in range(72):  # the wall, strip by strip
        j = (i + 1) % 72
        normal = np.array([np.cos(angles[i]), np.sin(angles[i]), 0.0])
        if stage.faces_camera(foot[i], normal):
            gloss = 1 + 0.5 * max(0.0, float(normal @ np.array([-0.8, -0.6, 0]))) ** 12
            strip = np.array([rim[i], rim[j], foot[j], foot[i]])
            stage.fill(strip, np.array(tint, np.float32) * np.float32(stage.light(normal) * gloss * 0.9))
    x, y = lid.grid()
    far = np.hypot(x - radius, y - radius) / radius
    lid.alpha = np.clip((1 - far) * radius * lid.density, 0, 1).astype(np.float32)
    bead = 0.28 * np.exp(-(((far - 0.93) / 0.02) ** 2)) * np.tanh((2 * radius - x - y) / (0.4 * radius))
    lid.shade(np.asarray(1 + bead, np.float32))
    left, top = at[0] - radius, at[1] + radius
    right, bottom = at[0] + radius, at[1] - radius
    corners = [(left, top, height), (right, top, height), (right, bottom, height), (left, bottom, height)]
    stage.lay(lid, np.array(corners), stage.light(np.array([0.0, 0.0, 1.0])))


def open_carton(stage: Stage, box: Cuboid, content: Sheet, level: float) -> Points:
    """The inside of an open carton, filled up to `level` centimetres with `content`; return the filling's corners."""
    w, d, h = (box.size[0] / 2, box.size[1] / 2, box.size[2])
    stage.throw_shadow(box.corners)
    stage.fill(box.side("top"), np.array(materials.KRAFT, np.float32) * 0.4)
    walls = {
        "back": [(-w, d, h), (w, d, h), (w, d, 0), (-w, d, 0)],
        "left": [(-w, -d, h), (-w, d, h), (-w, d, 0), (-w, -d, 0)],
        "right": [(w, d, h), (w, -d, h), (w, -d, 0), (w, d, 0)],
    }
    for name, local in walls.items():
        sheet = materials.cardboard(stage.rng, *sheet_size(box.size, name), stage.density)
        _, y = sheet.grid()
        sheet.shade(np.asarray(0.86 - 0.4 * (y / box.size[2]), np.float32))
        corners = box.world(local)
        if stage.faces_camera(corners.mean(0), normal_of(corners)):
            stage.lay(sheet, corners, {"back": 0.78, "left": 0.66, "right": 0.95}[name])
    filling = box.world([(-w, d, level), (w, d, level), (w, -d, level), (-w, -d, level)])
    content.shade(materials.edge_wear(content, 3.0, 0.5))
    stage.lay(content, filling, 0.95)
    return filling


def front_and_flaps(stage: Stage, box: Cuboid, reach: float) -> None:
    """The outside of an open carton, to be laid after what is in it; flaps hang `reach` centimetres outwards."""
    for name in ("left", "right", "front"):
        corners = box.side(name)
        if stage.faces_camera(corners.mean(0), normal_of(corners)):
            _darken_below(box.sheets[name])
            stage.lay(box.sheets[name], corners, stage.light(normal_of(corners)))
    w, d, h = (box.size[0] / 2, box.size[1] / 2, box.size[2])
    drop = 0.35 * reach
    for edge in (
        [(w, d, h), (-w, d, h), (-w, d + reach, h - drop), (w, d + reach, h - drop)],
        [(-w, d, h), (-w, -d, h), (-w - reach, -d, h - drop), (-w - reach, d, h - drop)],
        [(w, -d, h), (w, d, h), (w + reach, d, h - drop), (w + reach, -d, h - drop)],
        [(-w, -d, h), (w, -d, h), (w, -d - reach, h - drop), (-w, -d - reach, h - drop)],
    ):
        corners = box.world(edge)
        flap = materials.cardboard(stage.rng, float(np.linalg.norm(corners[1] - corners[0])), reach, stage.density)
        _, y = flap.grid()
        flap.shade(np.asarray(1 - 0.3 * np.exp(-y / 0.25), np.float32))
        stage.lay(flap, corners, stage.light(normal_of(corners) * np.sign(normal_of(corners)[2])) * 1.02)
