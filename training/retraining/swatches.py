"""A mark on one piece of goods, as a detector's crop shows it: by the materials of the parcels, not by the renderer
that training replays. What is measured mark by mark is measured on these; a parcel would take a hundred times as long.
"""

from collections.abc import Sequence

import numpy as np
from numpy.random import Generator

from datasets.parcels import materials
from datasets.parcels.lots import worn
from datasets.parcels.sheets import Sheet, Tint
from datasets.renderer import camera, inks
from datasets.training_artwork import TrainingArtwork
from inference.artwork.rasterise import Rgba
from inference.embedder import square_crop
from inference.vocabulary import Image
from training.retraining.jitter import as_jpeg

PIECE_CM, DENSITY = 20.0, 9.0  # a piece of goods, and its px per cm
DARK: tuple[Tint, ...] = ((44.0, 46.0, 50.0), (66.0, 70.0, 84.0), (38.0, 92.0, 84.0), (150.0, 40.0, 44.0))
PALE: tuple[Tint, ...] = (materials.KRAFT, (226.0, 224.0, 216.0), (206.0, 208.0, 206.0), (222.0, 226.0, 214.0))


def swatch(artwork: Rgba, seed: Sequence[int], side: int) -> Image:
    """One crop (side, side, 3) of a mark on goods; equal seeds give equal crops."""
    rng = np.random.default_rng(list(seed))
    tinted = rng.random() < 0.5
    dark = tinted and rng.random() < 0.5
    piece = goods(rng, (DARK if dark else PALE)[int(rng.integers(4))])
    tint = np.array((238.0, 236.0, 230.0) if dark else (34.0, 32.0, 34.0), np.float32)
    printed = inks.one_colour(artwork, tint) if tinted else inks.own_colours(artwork)
    longest = rng.uniform(6.0, 13.0)
    at = (PIECE_CM / 2 + rng.uniform(-2, 2), PIECE_CM / 2 + rng.uniform(-2, 2))
    width = longest * min(1.0, printed.shape[1] / printed.shape[0])
    piece.stamp(printed, at, width, turn=float(rng.normal(0, 6)), holder="mark")
    return shot(rng, piece, side)


def goods(rng: Generator, tint: Tint) -> Sheet:
    """Carton, painted board, or creased film or cloth."""
    size = (PIECE_CM, PIECE_CM, DENSITY)
    kind = rng.random()
    if kind < 0.3:
        return materials.cardboard(rng, *size, tint)
    sheet = materials.painted(rng, *size, tint)
    if kind > 0.7:
        rows, columns = sheet.alpha.shape
        folds = materials.crumple(rng, rows, columns, int(rng.integers(3, 6)), 0.7)
        matt, _ = materials.relief_light(folds, float(rng.uniform(0.6, 1.6)), 8)
        sheet.shade(matt)
    return sheet


def shot(rng: Generator, piece: Sheet, side: int) -> Image:
    """The piece at a slant, by some camera, cut out around its mark."""
    h, w = piece.alpha.shape
    quad = camera.random_quad(rng, w, h, severity=0.7) + np.array([w, h], np.float32) / 2
    layer = camera.place(piece.premultiplied, quad.astype(np.float32), h, w)
    cover = camera.place(piece.marks[0].cover, quad.astype(np.float32), h, w)
    ground = np.float32(rng.uniform(70, 190))
    picture = layer[..., :3] + ground * (1 - layer[..., 3:])
    noise = rng.standard_normal(picture.shape, dtype=np.float32) * np.float32(rng.uniform(0.5, 4))
    photo = worn(rng, np.asarray(np.clip(picture + noise, 0, 255), np.uint8))
    ys, xs = np.nonzero(cover > 0.4)
    if not len(ys):  # turned out of the picture
        ys, xs = np.array([0, h - 1]), np.array([0, w - 1])
    box = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1], np.float32)
    reach = box[2:] - box[:2]
    box += (rng.normal(0, 0.04, 4) * np.concatenate([reach, reach])).astype(np.float32)
    box[2:] = np.maximum(box[2:], box[:2] + 2)
    return as_jpeg(square_crop(photo, box, side, 0.95), int(rng.integers(60, 92)))


def swatches(artwork: Sequence[TrainingArtwork], count: int, seed: int, side: int) -> tuple[list[Image], list[int]]:
    """`count` crops of each artwork picture, and the picture's row of each crop."""
    rows = [row for row in range(len(artwork)) for _ in range(count)]
    return [swatch(artwork[row].picture, (seed, index), side) for index, row in enumerate(rows)], rows
