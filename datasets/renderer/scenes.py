"""Scenes for the detector: goods, labels and packaging with any number of marks on them, and where the marks are.

What must not be found is drawn too: running text, barcodes, buttons, patterns, fruit.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import camera, crops, crowds, inks, surfaces
from datasets.renderer.badges import FONTS
from datasets.renderer.inks import Artwork
from datasets.renderer.lockups import locked_up
from datasets.renderer.surfaces import Colour, Ground, Picture

Box = NDArray[np.float32]  # (4,) xyxy px
LETTERS = np.array(list("aabcdeefghiijklmnoopqrsttuvwxyzABCDEFGHIKLMNOPRSTUVWZ0123456789"))


@dataclass(frozen=True, kw_only=True)
class Mix:
    """What scenes show how often: shares, 0..1."""

    crowded: float = 0.35  # of scenes: a crowd
    named: float = 0.3  # of marks: a name below or beside, if they are none


STANDARD = Mix()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A picture (side, side, 3), the boxes (n, 4) of its marks, and which artwork each one shows (n,)."""

    picture: Picture
    boxes: NDArray[np.float32]
    rows: NDArray[np.int64]


def draw_ground(rng: Generator, photographs: list[Picture], side: int) -> Ground:
    """A surface with up to six things on it: other surfaces, cut as boxes, discs or slanted quads."""
    ground = surfaces.any_surface(rng, photographs, side, side).astype(np.float32)
    for _ in range(int(rng.integers(0, 7))):
        h, w = (side * np.exp(rng.uniform(np.log(0.1), np.log(0.9), 2))).astype(int).tolist()
        thing = surfaces.any_surface(rng, photographs, max(h, 8), max(w, 8)).astype(np.float32)
        alpha = np.ones((*thing.shape[:2], 1), np.float32)
        if rng.random() < 0.4:
            alpha[:] = 0
            centre, axes = (thing.shape[1] // 2, thing.shape[0] // 2), (thing.shape[1] // 2, thing.shape[0] // 2)
            cv2.ellipse(alpha, centre, axes, 0, 0, 360, 1.0, -1, cv2.LINE_AA)
        quad = camera.random_quad(rng, thing.shape[1], thing.shape[0]) + rng.uniform(0, side, 2).astype(np.float32)
        layer = camera.place(np.concatenate([thing * alpha, alpha], 2), quad.astype(np.float32), side, side)
        if rng.random() < 0.4:
            shade = cv2.GaussianBlur(layer[..., 3], (0, 0), float(rng.uniform(2, 8)))
            ground *= 1 - np.float32(rng.uniform(0.2, 0.7)) * shade[..., None]
        ground = ground * (1 - layer[..., 3:]) + layer[..., :3]
    return ground


def write(
    ground: Ground, text: str, place: tuple[int, int], font: int, size: float, colour: Colour, width: int
) -> None:
    """Draw one line of text (OpenCV writes on bytes only, so through a mask)."""
    mask = np.zeros(ground.shape[:2], np.uint8)
    cv2.putText(mask, text, place, font, size, 255, width, cv2.LINE_AA)
    alpha = mask[..., None].astype(np.float32) / 255
    ground[:] = ground * (1 - alpha) + colour * alpha


def draw_text(rng: Generator, ground: Ground) -> None:
    """A block of running text, as on labels, newspapers and web pages: no mark."""
    side = ground.shape[0]
    size, colour = float(rng.uniform(0.25, 0.7)), surfaces.random_colour(rng)
    font, thickness = int(rng.choice(FONTS)), int(rng.integers(1, 3))
    x, y = (int(v) for v in rng.uniform(-0.1, 0.8, 2) * side)
    for _ in range(int(rng.integers(2, 9))):
        words = ["".join(rng.choice(LETTERS, int(rng.integers(2, 9)))) for _ in range(int(rng.integers(2, 6)))]
        write(ground, " ".join(words), (x, y), font, size, colour, thickness)
        y += round(size * 34)


def draw_barcode(rng: Generator, ground: Ground) -> None:
    """A white label with a barcode and its digits: no mark."""
    side = ground.shape[0]
    x, y = (int(v) for v in rng.uniform(0, 0.8, 2) * side)
    w, h = int(rng.uniform(0.12, 0.35) * side), int(rng.uniform(0.06, 0.2) * side)
    cv2.rectangle(ground, (x - 4, y - 4), (x + w + 4, y + h + 14), (250.0, 250.0, 250.0), -1)
    left = x
    while left < x + w:
        width = int(rng.integers(1, 4))
        if rng.random() < 0.5:
            cv2.rectangle(ground, (left, y), (left + width - 1, y + h), (15.0, 15.0, 15.0), -1)
        left += width
    digits = "".join(str(d) for d in rng.integers(0, 10, 13))
    write(ground, digits, (x, y + h + 11), cv2.FONT_HERSHEY_PLAIN, w / 130, np.full(3, 15, np.float32), 1)


def draw_shapes(rng: Generator, ground: Ground) -> None:
    """Lines, rings, dots and arcs: seams, wheels, windows, buttons: no marks."""
    side = ground.shape[0]
    for _ in range(int(rng.integers(1, 8))):
        colour = tuple(float(c) for c in surfaces.random_colour(rng))
        a, b = (tuple(int(v) for v in rng.uniform(0, side, 2)) for _ in range(2))
        thickness = int(rng.integers(1, 6))
        kind = rng.integers(4)
        if kind == 0:
            cv2.line(ground, a, b, colour, thickness, cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(ground, a, int(rng.uniform(2, 0.2 * side)), colour, -1 if rng.random() < 0.5 else thickness)
        elif kind == 2:
            cv2.rectangle(ground, a, b, colour, thickness)
        else:
            axes = (int(rng.uniform(4, 0.4 * side)), int(rng.uniform(4, 0.4 * side)))
            cv2.ellipse(ground, a, axes, rng.uniform(0, 360), 0, rng.uniform(60, 360), colour, thickness, cv2.LINE_AA)


def mark_sizes(rng: Generator, side: int) -> list[float]:
    """Longest sides in px of the marks of one scene: none, one large, a few, or many small ones."""
    kind = rng.random()
    if kind < 0.07:
        return []
    if kind < 0.32:
        return [side * rng.uniform(0.35, 0.98)]
    low, high, most = (0.1, 0.5, 4) if kind < 0.65 else (0.04, 0.2, 10)
    return (side * np.exp(rng.uniform(np.log(low), np.log(high), int(rng.integers(1, most + 1))))).tolist()


def overlaps(box: Box, boxes: list[Box]) -> bool:
    """Whether `box` shares more than a sliver of area with any of `boxes`."""
    for other in boxes:
        shared = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
        if (shared > 2).all():
            return True
    return False


def draw_mark(
    rng: Generator,
    ground: Ground,
    artwork: Artwork,
    longest: float,
    taken: list[Box],
    places: NDArray[np.float64] | None = None,
    *,
    textured: bool = False,
) -> Box | None:
    """Print one mark somewhere free, in place; return its box, or None if it found no room or is hardly visible.

    places (n, 2): centres in px to try in turn; None: six anywhere inside the picture. `textured`: now and then the
    whole picture gets a texture with the print.
    """
    side = ground.shape[0]
    printed, plate_colour = inks.ink(rng, artwork)
    quad = camera.random_quad(rng, printed.shape[1], printed.shape[0])
    quad *= longest / float((quad.max(0) - quad.min(0)).max())
    reach = (quad.max(0) - quad.min(0)) / 2
    plated = rng.random() < 0.45
    spare = np.float32(0.4 * 2 * reach.max() if plated else 0)  # as far as a plate reaches beyond its mark
    if places is None:
        places = side / 2 + rng.uniform(-0.5, 0.5, (6, 2)) * np.maximum(side - 2 * reach * 0.95, 1)
    for centre in places:
        quad_here = (quad - (quad.max(0) + quad.min(0)) / 2 + centre).astype(np.float32)
        frame = np.concatenate([quad_here.min(0) - spare, quad_here.max(0) + spare])
        if not overlaps(frame, taken):
            break
    else:
        return None
    if plated:
        crops.plate(rng, ground, quad_here, plate_colour)
    corner = [0, 0, side, side] if textured else window(frame, side)
    part = ground[corner[1] : corner[3], corner[0] : corner[2]]  # a crowd has forty marks: each is drawn where it is
    layer = camera.place(printed, quad_here - np.array(corner[:2], np.float32), *part.shape[:2])
    if rng.random() < 0.25:
        layer = camera.bend(rng, layer, float(rng.uniform(0.003, 0.03)) * longest / max(part.shape[:2]))
    before = part.copy()
    part[:] = (crops.compose if textured else crops.printed_on)(rng, part, layer)
    box = visible_box(layer[..., 3], before, part)
    return None if box is None else box + np.array([*corner[:2], *corner[:2]], np.float32)


def window(frame: Box, side: int) -> list[int]:
    """xyxy px of the part of the picture in which a mark of this frame can show, with room for shadow and bending."""
    low = np.clip(np.floor(frame[:2]) - 12, 0, side - 1)
    high = np.clip(np.ceil(frame[2:]) + 12, low + 1, side)
    return [int(v) for v in (*low, *high)]


def as_printed(rng: Generator, symbol: Artwork, artwork: list[Artwork], named: float) -> Artwork:
    """A mark as it is printed: mostly as filed, a share `named` with a name from `artwork`."""
    return locked_up(rng, symbol, artwork) if rng.random() < named else symbol


def draw_crowd(rng: Generator, ground: Ground, artwork: list[Artwork], named: float) -> tuple[list[Box], list[int]]:
    """Print marks close together, often on goods of one kind, in place; return their boxes and rows.

    One crowd in ten is of goods without a mark.
    """
    places = crowds.lattice(rng, ground.shape[0])
    bare = rng.random() < 0.1
    if bare or rng.random() < 0.4:
        crowds.draw_goods(rng, ground, places)
    boxes: list[Box] = []
    rows: list[int] = []
    if bare:
        return boxes, rows
    members, seeds = crowds.assortment(rng, len(artwork), len(places.room))
    shown = {row: as_printed(rng, artwork[row], artwork, named) for row in dict.fromkeys(members.tolist())}
    fill = rng.uniform(0.45, 0.98)
    for row, seed, centre, room in zip(members.tolist(), seeds.tolist(), places.centres, places.room, strict=True):
        same = np.random.default_rng(seed)  # prints just as it did last time
        box = draw_mark(same, ground, shown[row], room * fill, boxes, centre[None])
        if box is not None:
            boxes.append(box)
            rows.append(row)
    return boxes, rows


def draw_marks(rng: Generator, ground: Ground, artwork: list[Artwork], named: float) -> tuple[list[Box], list[int]]:
    """Print marks of `mark_sizes` anywhere, in place; return the boxes of those that show, and their rows."""
    boxes: list[Box] = []
    rows: list[int] = []
    sizes = mark_sizes(rng, ground.shape[0])
    same = rng.random() < 0.3  # a row of equal goods
    row = int(rng.integers(len(artwork)))
    for longest in sizes:
        row = row if same else int(rng.integers(len(artwork)))
        box = draw_mark(rng, ground, as_printed(rng, artwork[row], artwork, named), longest, boxes)
        if box is not None:
            boxes.append(box)
            rows.append(row)
    return boxes, rows


def visible_box(alpha: NDArray[np.float32], before: Ground, after: Ground) -> Box | None:
    """Box of the printed pixels, or None if the print is cut to nothing or does not show on its ground."""
    ys, xs = np.nonzero(alpha > 0.25 * max(float(alpha.max()), 0.1))  # thin lines, much reduced, are faint
    if len(ys) < 12:
        return None
    change = np.abs(after[ys, xs].clip(0, 255) - before[ys, xs].clip(0, 255)).mean()
    if change < 14:
        return None
    return np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)


def render_scene(
    rng: Generator, artwork: list[Artwork], photographs: list[Picture], side: int, mix: Mix = STANDARD
) -> Scene:
    """One scene of (side, side) pixels with marks drawn from `artwork`."""
    ground = draw_ground(rng, photographs, side)
    for chance, draw in ((0.3, draw_text), (0.12, draw_barcode), (0.35, draw_shapes)):
        if rng.random() < chance:
            draw(rng, ground)
    boxes, rows = (draw_crowd if rng.random() < mix.crowded else draw_marks)(rng, ground, artwork, mix.named)
    if rng.random() < 0.4:
        ground *= surfaces.grain(rng, side, side)[..., None]
    picture = camera.tone(rng, camera.light(rng, ground))
    shot = np.clip(picture, 0, 255).astype(np.uint8)
    if rng.random() < 0.35:
        shot = cv2.GaussianBlur(shot, (0, 0), float(rng.uniform(0.3, 1.5)))
    shot = camera.sensor(rng, shot)
    stacked = np.stack(boxes) if boxes else np.zeros((0, 4), np.float32)
    return Scene(picture=shot, boxes=stacked, rows=np.array(rows, np.int64))
