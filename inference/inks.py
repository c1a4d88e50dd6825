"""The inks of filed artwork and what became of them on a photograph: which pixels bear ink, in which colour.

The photograph is un-warped into the artwork's frame first (inference/alignment.py). Which ink was used, and whether it
is darker or lighter than the goods, is learnt from the place itself: medians over where the artwork has ink, and over
the ground in and around it. Uneven light is a smooth factor over the place, fitted with them (robust least squares).
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.vocabulary import Image
from inference.warping import Drawing

Mask = NDArray[np.bool_]  # (h, w)
Labels = NDArray[np.int8]  # (h, w): -1 neither, 0 ground, 1.. the inks

INKS = 4  # told apart at most
ALIKE = 60.0  # RGB distance below which two colours are one ink
LEAST_INK = 0.04  # of the artwork: smaller inks count to the next
FULL, BARE = 230, 16  # alpha from which on a pixel is ink, and up to which it is ground
DARK = 30.0  # grey levels added before the logarithm, so that noise in the dark stays small
ROUNDS = 3  # of reweighting
STEP = 2  # px between those that are fitted
CONTRAST = 0.18  # least distance of an ink from the ground, in log levels (0.18: a fifth brighter),
CLEAR = 3.0  # and against the spread of either
FEWEST = 12  # px of an ink or of ground, below which nothing is said of it


@dataclass(frozen=True, kw_only=True)
class Inks:
    """Where the artwork has which ink, and where the photograph has any."""

    labels: Labels
    filed: NDArray[np.float32]  # (k + 1, 3) RGB of each ink as filed; row 0, the ground, is nothing
    seen: NDArray[np.float32]  # (k + 1, 3) RGB of ground and inks on the photograph, medians
    told: NDArray[np.bool_]  # (k + 1,) whether the ink differs enough from the ground to be seen
    bears: Mask  # the photograph's pixels that are more like a told ink than like the ground

    def area(self, ink: int) -> int:
        """Pixels of an ink."""
        return int((self.labels == ink).sum())

    @property
    def expected(self) -> Mask:
        """Where ink should be seen."""
        return np.asarray((self.labels > 0) & self.told[np.maximum(self.labels, 0)])


def read_inks(picture: Image, drawing: Drawing) -> Inks | None:
    """Compare an un-warped photograph (h, w, 3) with the drawing; None if there is too little ground or contrast."""
    labels, filed = separated(drawing)
    ground = labels == 0
    if ground.sum() < FEWEST:
        return None
    levels = np.log(picture.astype(np.float32) + DARK)  # (h, w, 3)
    levels = levels - _light(levels.mean(2), labels, len(filed))[..., None]
    cores = [_core(labels == label) for label in range(len(filed))]
    medians = np.stack([np.median(levels[core], axis=0) for core in cores])  # (k + 1, 3)
    spreads = np.array([np.median(np.linalg.norm(levels[c] - m, axis=1)) for c, m in zip(cores, medians, strict=True)])
    apart = np.linalg.norm(medians - medians[0], axis=1)  # (k + 1,)
    told = (apart >= CONTRAST) & (apart >= CLEAR * np.maximum(spreads, spreads[0]))
    if not told[1:].any():
        return None
    bare = np.linalg.norm(levels - medians[0], axis=2)
    nearest = np.min([np.linalg.norm(levels - medians[ink], axis=2) for ink in np.flatnonzero(told)], axis=0)
    return Inks(
        labels=labels,
        filed=filed,
        seen=np.stack([np.median(picture[core], axis=0) for core in cores]).astype(np.float32),
        told=told,
        bears=np.asarray(nearest < bare),
    )


def separated(drawing: Drawing) -> tuple[Labels, NDArray[np.float32]]:
    """Label of each pixel of the drawing, and the colours (k + 1, 3) of ground (nothing) and inks as filed."""
    alpha = drawing.ink[..., 3]
    labels = np.full(alpha.shape, -1, np.int8)
    labels[(alpha <= BARE) & (drawing.weight > 0)] = 0
    inked = alpha >= FULL
    if inked.sum() < FEWEST:  # hairlines only: what there is
        inked = alpha >= 0.5 * max(float(alpha.max()), 1.0)
    colours = (drawing.ink[..., :3][inked] * (255 / alpha[inked][:, None])).astype(np.float32)  # (n, 3)
    palette = _palette(colours)
    nearest = np.linalg.norm(colours[:, None] - palette[None], axis=2).argmin(1)  # (n,)
    labels[inked] = nearest + 1
    return labels, np.concatenate([np.zeros((1, 3)), palette]).astype(np.float32)


def _palette(colours: NDArray[np.float32]) -> NDArray[np.float32]:
    """The colours (k, 3) of the inks, the most frequent first: those far enough from each other and not too rare."""
    cells, counts = np.unique((colours // 32).astype(np.int64) @ [64, 8, 1], return_counts=True)
    codes = (colours // 32).astype(np.int64) @ [64, 8, 1]
    palette: list[NDArray[np.float32]] = []
    for cell in cells[np.argsort(-counts, kind="stable")]:
        colour = np.asarray(np.median(colours[codes == cell], axis=0), np.float32)
        near = np.linalg.norm(colours - colour, axis=1) < ALIKE / 2
        known = any(np.linalg.norm(colour - other) < ALIKE for other in palette)
        if not palette or (not known and near.mean() >= LEAST_INK and len(palette) < INKS):
            palette.append(colour)
    return np.stack(palette)


def _core(mask: Mask) -> Mask:
    """The mask without its border, if enough is left of it."""
    inner = cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0).astype(bool)
    return inner if inner.sum() >= FEWEST else mask


def _light(levels: NDArray[np.float32], labels: Labels, count: int) -> NDArray[np.float32]:
    """How much brighter each pixel (h, w) is for its place alone: a quadratic in x and y, in log levels, mean 0."""
    h, w = levels.shape
    y, x = np.meshgrid(np.linspace(-1, 1, h), np.linspace(-1, 1, w), indexing="ij")
    bend = np.stack([x, y, x * x, y * y, x * y], 2)  # (h, w, 5)
    some = np.zeros(levels.shape, bool)
    some[::STEP, ::STEP] = True
    some &= labels >= 0
    inks = np.eye(count)[labels[some]]  # (n, count)
    table = np.concatenate([inks, bend[some]], 1)  # (n, count + 5)
    target = levels[some].astype(np.float64)
    weight = np.ones(len(target))
    ridge = 1e-3 * len(target) * np.diag([1e-3] * count + [1.0] * 5)
    for _ in range(ROUNDS):
        solved = np.linalg.solve(table.T @ (table * weight[:, None]) + ridge, table.T @ (target * weight))
        off = np.abs(target - table @ solved)
        weight = 1 / (1 + (off / max(1.5 * float(np.median(off)), 1e-3)) ** 2)  # Cauchy
    light = bend @ solved[count:]
    return np.asarray(light - light[labels >= 0].mean(), np.float32)
