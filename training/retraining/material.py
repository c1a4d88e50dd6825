"""All that fine-tuning the embedder looks at, already on its way through the blocks that learn no more.

Rendering and the lower half of the net are most of the work, and the same in every epoch: they are done once, kept in
the run's folder, and found there by a run that was broken off.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from datasets.training_artwork import TrainingArtwork
from inference.embedder import artwork_views
from inference.vocabulary import Image
from training import engine
from training.nets.embedding import EmbeddingNet
from training.retraining.halves import lower
from training.retraining.jitter import cut_out, jittered
from training.retraining.progress import Progress
from training.retraining.taught import Lesson, picture_of

PIECE = 48  # pictures at a time


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Pictures as the lower half sees them: maps (n, c, h, w) float16, the mark of each (n,), and its weight (n,)."""

    maps: Tensor
    marks: Tensor
    weight: Tensor

    def __len__(self) -> int:
        return len(self.maps)


@dataclass(frozen=True, kw_only=True)
class Material:
    """Marks are numbers in the order of `marks`; a negative's is -1. holder (k,) of each mark."""

    marks: tuple[str, ...]
    holder: Tensor
    filed: Seen
    replayed: Seen
    labelled: Seen
    negatives: Seen

    def save(self, path: Path) -> None:
        """Write it whole or not at all."""
        state: dict[str, object] = {"marks": list(self.marks), "holder": self.holder}
        for name in ("filed", "replayed", "labelled", "negatives"):
            seen: Seen = getattr(self, name)
            state |= {f"{name}.maps": seen.maps, f"{name}.marks": seen.marks, f"{name}.weight": seen.weight}
        engine.save_checkpoint(path, state)

    @classmethod
    def load(cls, path: Path) -> "Material | None":
        """What was saved, or None."""
        state = engine.load_checkpoint(path)
        if state is None:
            return None
        parts = {
            name: Seen(**{key: state[f"{name}.{key}"] for key in ("maps", "marks", "weight")})
            for name in ("filed", "replayed", "labelled", "negatives")
        }
        return cls(marks=tuple(state["marks"]), holder=state["holder"], **parts)


def looked_at(net: EmbeddingNet, blocks: int, pictures: Tensor, marks: Tensor, weight: Tensor | None = None) -> Seen:
    """Pictures (n, side, side, 3) uint8 through the lower half."""
    maps = [lower(net, piece, blocks).half() for piece in pictures.split(PIECE)] if len(pictures) else []
    none = torch.zeros(0, 1, 1, 1, dtype=torch.float16)
    return Seen(
        maps=torch.cat(maps) if maps else none,
        marks=marks,
        weight=torch.ones(len(pictures)) if weight is None else weight,
    )


def numbered(artwork: Sequence[TrainingArtwork]) -> tuple[tuple[str, ...], Tensor, Tensor]:
    """Marks by id, the number of each one's holder (k,), and the mark's number of each artwork row (n,)."""
    marks, of_row = np.unique([item.mark_id for item in artwork], return_inverse=True)
    holder_of = {item.mark_id: item.holder for item in artwork}
    holder = np.unique([holder_of[mark] for mark in marks.tolist()], return_inverse=True)[1]
    return tuple(marks.tolist()), torch.from_numpy(holder), torch.from_numpy(of_row)


def filed_pictures(artwork: Sequence[TrainingArtwork], side: int) -> tuple[Tensor, Tensor]:
    """The views under which artwork is filed (n, side, side, 3), and the artwork's row of each (n,)."""
    views = [artwork_views(item.picture, side) for item in artwork]
    rows = torch.tensor([row for row, own in enumerate(views) for _ in own])
    return torch.from_numpy(np.stack([view for own in views for view in own])), rows


def labelled_pictures(
    folder: Path, lessons: Sequence[Lesson], *, side: int, looks: int, seed: int, progress: Progress
) -> Tensor:
    """Each lesson's place, `looks` times a little differently: (n * looks, side, side, 3)."""
    rng = np.random.default_rng([seed, 0x1AB])
    crops: list[Image] = []
    for index, lesson in enumerate(lessons):
        progress.breathe()
        cut, box = cut_out(picture_of(folder, lesson.image), lesson.label.box, side)
        crops += [jittered(rng, cut, box, side) for _ in range(looks)]
        progress.say("cut", index + 1, len(lessons))
    return torch.from_numpy(np.stack(crops)) if crops else torch.zeros(0, side, side, 3, dtype=torch.uint8)
