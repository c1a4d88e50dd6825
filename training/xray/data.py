"""What the X-ray jobs train on: scans rendered by `datasets.xray`. Batch i depends on the seed and i, and on the
parcels that the rendering process has at hand by then."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from datasets.training_artwork import TrainingArtwork
from datasets.xray.cartons import carton_scene
from datasets.xray.crops import TURNS, Stock, Turned, render_crop, render_scene
from inference.xray.relief import Relief, filed_view, flat_relief
from training.batches import RENDERINGS, Batch, rows_by_mark
from training.detector_job import Batch as Scenes
from training.nets.detection import assign

REAL = 0.2  # of the scenes, unless said otherwise, are real cartons with marks projected into them, or without any
LIES = 2 * TURNS  # ways in which a mark can lie


@dataclass(frozen=True, kw_only=True)
class ReliefRow:
    """One flat relief of a mark, with its holder."""

    mark_id: str
    holder: str
    relief: Relief


def reliefs_of(artwork: Sequence[TrainingArtwork]) -> list[ReliefRow]:
    """The relief of each artwork, computed once."""
    return [ReliefRow(mark_id=row.mark_id, holder=row.holder, relief=flat_relief(row.picture)) for row in artwork]


class XrayBatches(Dataset[Batch]):
    """Marks of a batch as crops of scans. A mark lying otherwise is another class: class = mark x LIES + lie."""

    def __init__(
        self, artwork: list[TrainingArtwork], reliefs: list[ReliefRow], marks: int, side: int, seed: int
    ) -> None:
        self._reliefs, self._rows_of = [row.relief for row in reliefs], rows_by_mark(artwork)
        self._marks, self._side, self._seed = marks, side, seed
        self._stock: Stock | None = None

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        if self._stock is None:
            self._stock = Stock(int(rng.integers(2**31)))  # each rendering process has its own
        crops, filed, classes = [], [], []
        for mark in rng.choice(len(self._rows_of), self._marks, replace=False):
            own = self._rows_of[mark]
            row = int(rng.choice(own))
            turned = Turned(turns=int(rng.integers(TURNS)), mirrored=rng.random() < 0.5)
            classes.append(int(mark) * LIES + turned.index)
            filed.append(filed_view(self._reliefs[row], self._side, turned.turns, mirrored=turned.mirrored))
            for _ in range(RENDERINGS):  # mostly from the same picture, sometimes from any of the mark's
                source = row if rng.random() < 0.75 else int(rng.choice(own))
                crops.append(render_crop(rng, self._reliefs[source], self._stock, turned, self._side))
        return Batch(
            crops=torch.from_numpy(np.stack(crops)),
            filed=torch.from_numpy(np.stack(filed)),
            owner=torch.arange(self._marks).repeat_interleave(RENDERINGS),
            marks=torch.tensor(classes),
        )


class XrayScenes(Dataset[Scenes]):
    """Windows of scans with marks in them, as `training.detector_job.RenderedScenes`."""

    def __init__(
        self,
        reliefs: list[ReliefRow],
        cartons: Sequence[NDArray[np.uint8]] = (),
        *,
        scenes: int,
        side: int,
        seed: int,
        real: float = REAL,
    ) -> None:
        """`real`: share of the scenes that are real cartons, if there are any."""
        self._real = real
        self._reliefs, self._cartons = [row.relief for row in reliefs], cartons
        self._scenes, self._side, self._seed = scenes, side, seed
        self._stock: Stock | None = None

    def __getitem__(self, step: int) -> Scenes:
        rng = np.random.default_rng([self._seed, step])
        if self._stock is None:
            self._stock = Stock(int(rng.integers(2**31)))
        pictures: list[Tensor] = []
        targets, owned = [], []
        for _ in range(self._scenes):
            if self._cartons and rng.random() < self._real:
                picture, corners = carton_scene(rng, self._cartons, self._reliefs, self._side)
            else:
                picture, corners = render_scene(rng, self._reliefs, self._stock, self._side)
            boxes = torch.from_numpy(corners)
            owner = assign(boxes, self._side)
            pictures.append(torch.from_numpy(picture))
            owned.append(owner >= 0)
            targets.append(boxes[owner.clamp(min=0)] if len(boxes) else torch.zeros(len(owner), 4))
        return Scenes(pictures=torch.stack(pictures), targets=torch.stack(targets), owned=torch.stack(owned))
