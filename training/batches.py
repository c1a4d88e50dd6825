"""The embedder's batches: some marks, each rendered a few times and shown once as it was filed.

Batch i depends on the seed and i alone: a resumed run sees what the unbroken run would have seen.
"""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from datasets.renderer.batched.bank import ArtworkBank, Banks
from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import draw, render
from datasets.renderer.crops import render_crop
from datasets.training_artwork import TrainingArtwork
from inference.embedder import artwork_views

RENDERINGS = 3  # per mark and step


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step's pictures: crops (m, s, s, 3), filed views (n, s, s, 3), owner (m,) of each crop, marks (n,)."""

    crops: Tensor
    filed: Tensor
    owner: Tensor
    marks: Tensor


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be rendered in one step: the artwork's row of each crop (m,), the seed of their parameters; the rest
    as in `Batch`."""

    rows: Tensor
    seed: int
    filed: Tensor
    owner: Tensor
    marks: Tensor


def rows_by_mark(artwork: list[TrainingArtwork]) -> list[list[int]]:
    """The rows of each mark's artwork, marks in the order of their ids: that of the proxies."""
    rows_of: dict[str, list[int]] = {}
    for row, item in enumerate(artwork):
        rows_of.setdefault(item.mark_id, []).append(row)
    return [rows_of[mark] for mark in sorted(rows_of)]


class RenderedBatches(Dataset[Batch]):
    """Batches by the classic renderer, one crop at a time."""

    def __init__(
        self, artwork: list[TrainingArtwork], photographs: list[NDArray[np.uint8]], marks: int, side: int, seed: int
    ) -> None:
        self._artwork, self._photographs = artwork, photographs
        self._pictures = [item.picture for item in artwork]
        self._marks, self._side, self._seed = marks, side, seed
        self._rows_of = rows_by_mark(artwork)

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        crops, filed = [], []
        marks = rng.choice(len(self._rows_of), self._marks, replace=False)
        for mark in marks:
            own = self._rows_of[mark]
            row = int(rng.choice(own))
            filed.append(artwork_views(self._pictures[row], self._side)[int(rng.integers(2))])
            for _ in range(RENDERINGS):  # two of three from the same picture, one from any of the mark's
                source = row if rng.random() < 0.67 else int(rng.choice(own))
                crops.append(render_crop(rng, self._pictures[source], self._pictures, self._photographs, self._side))
        owner = np.repeat(np.arange(self._marks), RENDERINGS)
        return Batch(
            crops=torch.from_numpy(np.stack(crops)),
            filed=torch.from_numpy(np.stack(filed)),
            owner=torch.from_numpy(owner),
            marks=torch.from_numpy(marks),
        )


class Orders(Dataset[Order]):
    """The orders of a run, to be rendered all at once by a `Workshop`."""

    def __init__(self, artwork: list[TrainingArtwork], marks: int, side: int, seed: int) -> None:
        self._pictures = [item.picture for item in artwork]
        self._marks, self._side, self._seed = marks, side, seed
        self._rows_of = rows_by_mark(artwork)

    def __getitem__(self, step: int) -> Order:
        rng = np.random.default_rng([self._seed, step])
        rows, filed = [], []
        marks = rng.choice(len(self._rows_of), self._marks, replace=False)
        for mark in marks:
            own = self._rows_of[mark]
            row = int(rng.choice(own))
            filed.append(artwork_views(self._pictures[row], self._side)[int(rng.integers(2))])
            rows += [row if rng.random() < 0.67 else int(rng.choice(own)) for _ in range(RENDERINGS)]
        return Order(
            rows=torch.tensor(rows),
            seed=int(rng.integers(2**62)),
            filed=torch.from_numpy(np.stack(filed)),
            owner=torch.arange(self._marks).repeat_interleave(RENDERINGS),
            marks=torch.from_numpy(marks),
        )


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """Renders orders for a training run, where the banks are: artwork rows are those of the run's artwork."""

    banks: Banks
    side: int

    @classmethod
    def of(
        cls, artwork: list[TrainingArtwork], photographs: list[NDArray[np.uint8]], side: int, device: torch.device
    ) -> "Workshop":
        """Fit all artwork and cut all backgrounds once, and move them to `device`."""
        bank = ArtworkBank.of([item.picture for item in artwork], side=artwork_side(side))
        return cls(banks=Banks.of(bank, photographs).to(device), side=side)

    def crops(self, parameters: Parameters, rows: Tensor) -> Tensor:
        """Renderings (m, s, s, 3) of artwork `rows` (m,)."""
        device = self.banks.photographs.device
        return render(parameters.to(device), self.banks.artwork.take(rows.to(device)), self.banks, self.side)

    def batch(self, order: Order) -> Batch:
        """The order, rendered as its seed says."""
        parameters = draw(torch.Generator().manual_seed(order.seed), len(order.rows))
        return order_filled(order, self.crops(parameters, order.rows))


class WorkshopBatches(Dataset[Batch]):
    """Orders rendered where the batches are loaded: by processes beside the training, on the CPU."""

    def __init__(self, orders: Orders, workshop: Workshop) -> None:
        self._orders, self._workshop = orders, workshop

    def __getitem__(self, step: int) -> Batch:
        return self._workshop.batch(self._orders[step])


def order_filled(order: Order, crops: Tensor) -> Batch:
    """The batch that an order and its crops make."""
    return Batch(crops=crops, filed=order.filed, owner=order.owner, marks=order.marks)


def artwork_side(side: int) -> int:
    """Side in px of the squares from which crops of `side` px are rendered: a little finer, a multiple of 16."""
    return -(-side * 8 // 7 // 16) * 16
