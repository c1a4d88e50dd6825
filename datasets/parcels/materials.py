"""What sheets are made of: cardboard, belt rubber, table tops, cloth, film, tape."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.parcels.sheets import Field, Sheet, Tint
from datasets.renderer.surfaces import noise_field

KRAFT: Tint = (184.0, 146.0, 106.0)


def fibres(rng: Generator, sheet: Sheet, length: float, strength: float) -> Field:
    """Short horizontal streaks, `length` centimetres long: (h, w) around 0."""
    h, w = sheet.alpha.shape
    streaks = rng.standard_normal((h, w), dtype=np.float32)
    along = max(1, round(length * sheet.density))
    across = max(1, round(0.05 * sheet.density))
    streaks = cv2.blur(streaks, (along, across))
    return np.asarray(streaks * np.float32(strength / max(float(streaks.std()), 1e-6)), np.float32)


def clouds(rng: Generator, sheet: Sheet, strength: float, coarsest: int = 3) -> Field:
    """Blotches over the whole sheet: (h, w), about -strength..strength."""
    h, w = sheet.alpha.shape
    return noise_field(rng, h, w, coarsest) * np.float32(strength)


def edge_wear(sheet: Sheet, width: float, strength: float) -> Field:
    """A factor (h, w) that darkens towards the sheet's edges over `width` centimetres."""
    x, y = sheet.grid()
    w, h = sheet.size
    near = np.minimum(np.minimum(x, w - x), np.minimum(y, h - y))
    return np.asarray(1 - np.float32(strength) * np.exp(-near / np.float32(width)), np.float32)


def cardboard(rng: Generator, width: float, height: float, density: float, tint: Tint = KRAFT) -> Sheet:
    """Corrugated board: fibres, specks, the waves of the inner layer showing through."""
    sheet = Sheet.plain(width, height, density, tint)
    x, _ = sheet.grid()
    wave = np.float32(0.012) * np.sin(x * np.float32(2 * np.pi / 0.7))
    tone = 1 + fibres(rng, sheet, 0.5, 0.022) + clouds(rng, sheet, 0.05) + wave
    specks = cv2.GaussianBlur(rng.random(sheet.alpha.shape, dtype=np.float32), (0, 0), max(0.6, 0.03 * density))
    cut = float(np.quantile(specks, 0.004))
    sheet.shade((tone * np.where(specks < cut, 0.86, 1.0) * edge_wear(sheet, 0.5, 0.14)).astype(np.float32))
    return sheet


def painted(rng: Generator, width: float, height: float, density: float, tint: Tint) -> Sheet:
    """Printed or laminated carton: even colour, hardly any texture."""
    sheet = Sheet.plain(width, height, density, tint)
    sheet.shade((1 + clouds(rng, sheet, 0.02) + fibres(rng, sheet, 0.1, 0.006)) * edge_wear(sheet, 0.2, 0.12))
    return sheet


def belt(rng: Generator, width: float, height: float, density: float) -> Sheet:
    """Conveyor rubber: dark grey, a fine weave, scuffs along the way of travel."""
    sheet = Sheet.plain(width, height, density, (88.0, 91.0, 94.0))
    x, y = sheet.grid()
    period = np.float32(2 * np.pi / 0.42)
    weave = np.float32(0.05) * np.sin(x * period) * np.sin(y * period)
    scuffs = fibres(rng, sheet, 14, 0.018)
    sheet.shade(1 + weave + scuffs + clouds(rng, sheet, 0.14, 6))
    return sheet


def table(rng: Generator, width: float, height: float, density: float, tint: Tint) -> Sheet:
    """A laminate or brushed table top."""
    sheet = Sheet.plain(width, height, density, tint)
    sheet.shade(1 + fibres(rng, sheet, 6, 0.012) + clouds(rng, sheet, 0.04, 3))
    return sheet


def wood(rng: Generator, width: float, height: float, density: float, tint: Tint = (171.0, 131.0, 92.0)) -> Sheet:
    """Boards with grain, 16 cm wide, joints between them."""
    sheet = Sheet.plain(width, height, density, tint)
    x, y = sheet.grid()
    board = np.floor(y / 16)
    slow = cv2.resize(noise_field(rng, 64, 64, 4), sheet.alpha.shape[::-1], interpolation=cv2.INTER_CUBIC)
    rings = np.sin((y * 3.1 + board * 17 + slow * 7 + 0.6 * np.sin(x * 0.09 + board * 3)).astype(np.float32))
    tone = 1 + 0.045 * rings + fibres(rng, sheet, 5, 0.035) + 0.05 * np.sin(board * 5.3)
    joint = np.exp(-np.abs(y - np.round(y / 16) * 16) / 0.07) * 0.45
    sheet.shade((tone * (1 - joint)).astype(np.float32))
    return sheet


def tape(rng: Generator, sheet: Sheet, corners: NDArray[np.float32], *, tint: Tint, opacity: float = 0.8) -> None:
    """Stick a strip with these corners (4, 2), in centimetres, on the sheet: film with streaks of light."""
    mask = np.zeros(sheet.alpha.shape, np.uint8)
    quad = np.round(corners * sheet.density * 8).astype(np.int32)
    cv2.fillConvexPoly(mask, quad, 255, cv2.LINE_AA, 3)
    alpha = mask.astype(np.float32) / 255
    edge = np.clip(
        alpha - cv2.erode(alpha, np.ones((3, 3), np.uint8), iterations=max(1, round(0.06 * sheet.density))), 0, 1
    )
    gloss = fibres(rng, sheet, 3, 0.05) + clouds(rng, sheet, 0.16, 3)
    film = np.array(tint, np.float32) * (1 + gloss + 0.12 * edge)[..., None]
    sheen = np.clip(clouds(rng, sheet, 1.0, 4) - 0.35, 0, 1) * 46
    sheet.cover((film + sheen[..., None]) * (alpha * opacity)[..., None], alpha * np.float32(opacity))


def _swell(rng: Generator, h: int, w: int, cells: int) -> Field:
    """Smooth hills and hollows in no particular direction, about `cells` of them along the longer side: (h, w)."""
    reach = round(1.5 * max(h, w))
    grid = rng.uniform(-1, 1, (round(1.5 * cells) + 2,) * 2).astype(np.float32)
    square = cv2.resize(grid, (reach, reach), interpolation=cv2.INTER_CUBIC)
    turn = cv2.getRotationMatrix2D((reach / 2, reach / 2), float(rng.uniform(0, 90)), 1.0)
    top, left = (reach - h) // 2, (reach - w) // 2
    return np.ascontiguousarray(cv2.warpAffine(square, turn, (reach, reach))[top : top + h, left : left + w])


def crumple(rng: Generator, h: int, w: int, cells: int, sharp: float) -> Field:
    """A height field of pillows and creases, about -1..1: (h, w). `sharp` 0 is cloth, 1 is stiff film or paper."""
    field = np.zeros((h, w), np.float32)
    weight = 0.6
    for level in range(4):
        swell = _swell(rng, h, w, round(cells * 2.1**level))
        ridge = 1 - 2 * np.sqrt(swell**2 + 0.004)  # sharp along the line where the hills meet
        field += np.float32(weight) * ((1 - sharp) * swell + sharp * ridge)
        weight *= 0.34 + 0.1 * sharp
    return cv2.GaussianBlur(field, (0, 0), max(h, w) / 320)


def relief_light(height: Field, depth: float, shine: float) -> tuple[Field, Field]:
    """How a height field looks under a lamp at the top left: a factor (h, w) for its colour, a gloss 0..1 to add."""
    reach = np.float32(depth * max(height.shape) / 40)
    slope_x = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=0.125) * reach
    slope_y = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=0.125) * reach
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    matt = (0.5 * slope_x + 0.45 * slope_y + 0.74) / length  # the lamp's direction, a unit vector
    half = (0.27 * slope_x + 0.24 * slope_y + 0.93) / length  # half way between the lamp and the eye
    return np.asarray(0.45 + 0.74 * matt.clip(0), np.float32), np.asarray(half.clip(0) ** np.float32(shine), np.float32)
