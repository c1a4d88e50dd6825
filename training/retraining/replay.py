"""What is shown again so that it is not forgotten: renderings of the registry's artwork, and of marks nobody owns."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from datasets.fictitious.marks import fictitious_marks
from datasets.fictitious.unlike import unlike
from datasets.renderer.batched.render import draw
from datasets.training_artwork import TrainingArtwork, load_artwork
from inference.artwork.rasterise import Rgba, rasterise
from inference.artwork.table import read_table
from inference.vocabulary import Image
from training.batches import Workshop
from training.retraining.errors import BadRequest
from training.retraining.progress import Progress

LONGEST = 192  # px of artwork
OTHERS_SEED = 0x07E2  # of the fictitious marks
MILD: Mapping[str, float] = {
    "mounted": 0.2,
    "cover": 0.03,
    "defocus": 0.05,
    "motion": 0.05,
    "size": 0.3,
    "glare": 0.08,
    "crumple": 0.15,
    "foil": 0.0,
    "moulded": 0.0,
    "emboss": 0.02,
    "bleed": 0.02,
    "thread": 0.02,
    "halftone": 0.0,
    "clutter": 0.15,
    "busy": 0.4,
}  # chances of stages where renderings should look as most goods do, not as the hardest
PIECE = 32  # renderings at a time


def registry_artwork(table: Path, cache: Path) -> list[TrainingArtwork]:
    """Artwork of all rows of a registry, whatever their split: all are looked for. Raises BadRequest."""
    splits = sorted({row.split for row in read_table(table)[0]})
    found = [item for split in splits for item in load_artwork(table, split=split, cache=cache, longest=LONGEST)]
    if not found:
        raise BadRequest(f"{table} has no artwork that can be drawn", field="registry")
    return sorted(found, key=lambda item: item.mark_id)


def other_artwork(count: int, own: Sequence[TrainingArtwork]) -> list[TrainingArtwork]:
    """Artwork of `count` marks that nobody owns, one picture each; none has the shape of another or of one's own."""
    found = []
    drawn = unlike(fictitious_marks(2 * count, OTHERS_SEED), [item.picture for item in own])
    for index, mark in enumerate(drawn[:count]):
        svg = mark.colour if index % 2 else mark.one_colour
        name = f"other:{mark.mark_id}"
        found.append(TrainingArtwork(mark_id=name, holder=name, picture=_reduced(rasterise(svg.encode(), name=name))))
    return found


def renderings(
    artwork: Sequence[TrainingArtwork],
    photographs: list[Image],
    *,
    count: int,
    side: int,
    seed: int,
    progress: Progress,
    chances: Mapping[str, float] = MILD,
) -> tuple[Tensor, Tensor]:
    """`count` renderings of each artwork picture: crops (n, side, side, 3) uint8 and the artwork's row of each (n,)."""
    workshop = Workshop.of(list(artwork), photographs, side, torch.device("cpu"))
    rows = torch.arange(len(artwork)).repeat_interleave(count)
    generator = torch.Generator().manual_seed(seed)
    parts = []
    for start in range(0, len(rows), PIECE):
        progress.breathe()
        piece = rows[start : start + PIECE]
        parts.append(workshop.crops(draw(generator, len(piece), chances), piece))
        progress.say("render", min(start + PIECE, len(rows)), len(rows))
    return torch.cat(parts) if parts else torch.zeros(0, side, side, 3, dtype=torch.uint8), rows


def _reduced(picture: Rgba) -> Rgba:
    scale = LONGEST / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
