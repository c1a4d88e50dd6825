"""Soft things: folded shirts, caps, plastic mailing bags. Each is a sheet, printed first and then creased."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator

from datasets.parcels import materials
from datasets.parcels.sheets import Field, Sheet, Tint
from datasets.parcels.stage import Stage
from datasets.renderer.surfaces import noise_field


def _soft_rectangle(rng: Generator, sheet: Sheet, corner: float, wobble: float) -> Field:
    """Centimetres inside a rectangle with round corners and uneven edges: (h, w), negative outside."""
    x, y = sheet.grid()
    w, h = sheet.size
    rows, columns = sheet.alpha.shape
    margin = wobble * 1.5 + 0.2
    across = np.abs(x - w / 2) - (w / 2 - margin - corner)
    along = np.abs(y - h / 2) - (h / 2 - margin - corner)
    outside = np.hypot(across.clip(0), along.clip(0)) + np.minimum(np.maximum(across, along), 0) - corner
    return np.asarray(-outside + noise_field(rng, rows, columns, 4) * np.float32(wobble), np.float32)


@dataclass(frozen=True, kw_only=True)
class Folds:
    """How something soft creases."""

    cells: int  # hills along the longer side
    sharp: float  # 0 cloth, 1 stiff film
    depth: float
    bend: float  # centimetres by which prints are moved
    gloss: float = 0.0  # strength of the lamp's reflections
    shine: float = 30.0  # how narrow they are


CLOTH = Folds(cells=3, sharp=0.2, depth=2.1, bend=0.3)
FILM = Folds(cells=2, sharp=0.85, depth=1.75, bend=0.5, gloss=135.0, shine=60.0)
PAPER_BAG = Folds(cells=3, sharp=0.75, depth=1.7, bend=0.4, gloss=34.0, shine=20.0)


def creased(stage: Stage, sheet: Sheet, folds: Folds) -> Sheet:
    """The sheet with folds: its prints moved, lit from the top left, with reflections."""
    h, w = sheet.alpha.shape
    small = materials.crumple(stage.rng, h // 2, w // 2, folds.cells, folds.sharp)
    height = cv2.resize(small, (w, h), interpolation=cv2.INTER_CUBIC)
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    reach = np.float32(folds.bend * sheet.density)
    dx, dy = (materials.crumple(stage.rng, h // 8, w // 8, 2, 0.0) for _ in range(2))
    dx, dy = (cv2.resize(d, (w, h), interpolation=cv2.INTER_CUBIC) for d in (dx, dy))
    bent = sheet.mapped(x + (dx + 0.4 * height) * reach, y + (dy + 0.4 * height) * reach)
    matt, shining = materials.relief_light(height, folds.depth, folds.shine)
    bent.shade(matt)
    bent.rgb = bent.rgb + (shining * np.float32(folds.gloss))[..., None]
    return bent


def shirt(stage: Stage, tint: Tint, width: float = 27.0, height: float = 33.0) -> Sheet:
    """A folded T-shirt, its collar at the top; print on it, then have it `creased`."""
    sheet = Sheet.plain(width, height, stage.density, tint)
    inside = _soft_rectangle(stage.rng, sheet, 1.6, 0.25)
    x, y = sheet.grid()
    weave = materials.fibres(stage.rng, sheet, 0.15, 0.02)
    edge = 1 - 0.38 * np.exp(-inside.clip(0) / 0.7)
    sheet.shade(np.asarray((1 + weave) * edge, np.float32))
    middle, top = width / 2, 0.4
    ring = np.hypot((x - middle) / 6.6, (y - top) / 5.0)
    collar = np.clip((1.0 - ring) * 14, 0, 1)
    ribs = 1 - 0.06 * (np.sin(np.arctan2(y - top, x - middle) * 90) > 0)
    seam = 0.28 * np.exp(-(((ring - 1.0) / 0.012) ** 2)) + 0.16 * np.exp(-(((ring - 0.78) / 0.015) ** 2))
    neck = np.clip((0.78 - ring) * 20, 0, 1)
    sheet.shade(np.asarray((1 - seam) * (1 + collar * (ribs - 1)) * (1 - 0.34 * neck), np.float32))
    for side in (-1, 1):  # shoulder seams run from the collar to the folds
        line = (x - middle) * side - 6.4 - (y - 1.2) * 5.5
        sheet.shade(np.asarray(1 - 0.16 * np.exp(-((line / 0.5) ** 2)) * (y < 2.7), np.float32))
    sheet.alpha = np.clip(inside * sheet.density, 0, 1).astype(np.float32)
    return sheet


def lay_flat(stage: Stage, sheet: Sheet, at: tuple[float, float], turn: float, base: float, thick: float = 2.0) -> None:
    """Lay a soft thing on what is `base` centimetres high, with its shadow."""
    w, h = sheet.size[0] / 2, sheet.size[1] / 2
    angle = np.deg2rad(turn)
    rotation = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

    def corners(grow: float, z: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        flat = np.array([(-w, h), (w, h), (w, -h), (-w, -h)]) * grow @ rotation + np.array(at)
        return np.column_stack([flat, np.full(4, z)])

    stage.throw_shadow(np.concatenate([corners(0.96, base), corners(0.93, base + thick)]), base)
    stage.lay(sheet, corners(1.0, base + thick * 0.5))


def mailer(stage: Stage, width: float, height: float, tint: Tint) -> Sheet:
    """A plastic mailing bag: welded edges and a glued flap; print on it, then have it `creased`."""
    sheet = Sheet.plain(width, height, stage.density, tint)
    inside = _soft_rectangle(stage.rng, sheet, 0.5, 0.3)
    x, y = sheet.grid()
    weld = 0.12 * np.exp(-(((inside - 1.1) / 0.1) ** 2)) + 0.1 * np.exp(-(((inside - 1.4) / 0.08) ** 2))
    flap = 0.26 * np.exp(-(((y - 4.6) / 0.09) ** 2)) - 0.05 * (y < 4.6)
    sheet.shade(np.asarray(1 - weld - flap, np.float32))
    sheet.alpha = np.clip(inside * sheet.density, 0, 1).astype(np.float32)
    return sheet


def cap(stage: Stage, tint: Tint, brim: Tint, width: float = 21.0) -> tuple[Sheet, Sheet]:
    """A cap from the front, as two sheets of one size: the crown to print on, and the peak that goes over it."""
    height = width * 0.82
    crown = Sheet.plain(width, height, stage.density, tint)
    x, y = crown.grid()
    u = (x - width / 2) / (width * 0.42)
    v = (y - height * 0.68) / (height * 0.62)
    bulge = np.abs(u) ** 2.6 + np.abs(np.minimum(v, 0)) ** 2.3 + np.maximum(v, 0) ** 2 * 6
    depth = np.sqrt(np.clip(1 - bulge, 0, 1))
    light = 0.62 + 0.36 * np.clip(-0.42 * u - 0.5 * v + 0.62 * depth, -0.4, 1)
    seams = sum(np.exp(-(((u - s * np.sqrt(np.clip(1 - v * v, 0, 1))) / 0.012) ** 2)) for s in (-0.62, 0.62))
    weave = materials.fibres(stage.rng, crown, 0.12, 0.025) + materials.clouds(stage.rng, crown, 0.05, 4)
    crown.shade(np.asarray((light + weave) * (1 - 0.3 * np.asarray(seams)), np.float32))
    crown.alpha = np.clip((1 - bulge) * width * 0.4 * crown.density * 0.5, 0, 1).astype(np.float32)
    button = np.hypot(x - width / 2, (y - height * 0.075) * 1.5) < width * 0.035
    crown.rgb[button] *= 0.8
    return crown, _peak(stage, crown, brim)


def _peak(stage: Stage, crown: Sheet, tint: Tint) -> Sheet:
    width, height = crown.size
    peak = Sheet.plain(width, height, stage.density, tint)
    x, y = peak.grid()
    u = (x - width / 2) / (width * 0.445)
    arch = np.sqrt(np.clip(1 - u * u, 0, 1))
    low = height * (0.66 + 0.325 * arch)
    high = height * (0.66 + 0.075 * arch**1.6)
    inside = np.minimum(low - y, y - high)
    part = (y - high) / np.maximum(low - high, 1e-3)
    stitches = sum(0.13 * np.exp(-(((part - p) / 0.018) ** 2)) for p in (0.3, 0.5, 0.7, 0.88))
    light = 1.08 - 0.3 * np.abs(u + 0.15) ** 2 - 0.4 * np.exp(-part.clip(0) / 0.16)
    weave = materials.fibres(stage.rng, peak, 0.12, 0.02)
    peak.shade(np.asarray((light + weave) * (1 - np.asarray(stitches)), np.float32))
    peak.alpha = np.clip(inside * peak.density, 0, 1).astype(np.float32)
    return peak


def rounded(sheet: Sheet, middle: float, radius: float) -> Sheet:
    """The sheet as if rolled around an upright cylinder whose axis is `middle` centimetres from its left."""
    x, y = sheet.grid()
    part = np.clip((x - middle) / radius, -0.98, 0.98)
    turned = middle + radius * np.arcsin(part)
    dip = y - 0.1 * radius * (1 - np.sqrt(1 - part**2)) * -1
    return sheet.mapped(*(np.asarray(v * np.float32(sheet.density) - 0.5, np.float32) for v in (turned, dip)))
