"""Parcels rendered with any marks on them: what is measured with where no photographs were given.

The scenes are those of `datasets.parcels`; which marks they show is drawn by lot. A picture depends on its number, the
kind of set and the seed alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.parcels.goods import Mark
from datasets.parcels.photographs import SCENES, Registry
from datasets.parcels.sheets import Tint
from datasets.parcels.stage import Stage
from datasets.renderer import inks
from datasets.training_artwork import TrainingArtwork
from inference.embedder import LUMA
from inference.vocabulary import Image

WIDTH = 560  # px: marks are 30 to 200 px long
MARKED: tuple[str, ...] = (
    "carton-on-belt.jpg",
    "opened-carton.jpg",
    "mailing-bag.jpg",
    "cap-and-shirt.jpg",
    "shoes-on-belt.jpg",
)
MARKED += ("under-tape.jpg",)
PLAIN = ("plain-carton.jpg", "plain-bags.jpg")

Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A mark on a parcel; the box is in pixels."""

    mark_id: str
    box: Box


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A rendered photograph (h, w, 3) and the recorded marks on it."""

    picture: Image
    seen: tuple[Sighting, ...]


class Lots(Registry):
    """Hands out a mark by lot whenever a scene asks for one, with chances in proportion to `weights` (k,)."""

    def __init__(self, artwork: Sequence[TrainingArtwork], rng: Generator, weights: NDArray[np.float64]) -> None:
        self.holders = frozenset(item.holder for item in artwork)
        self._rng = rng
        self._pictures: dict[str, list[TrainingArtwork]] = {}
        for item in artwork:
            self._pictures.setdefault(item.mark_id, []).append(item)
        self._marks = sorted(self._pictures)
        self._chances = weights / max(float(weights.sum()), 1e-9)

    def mark(self, mark_id: str, tint: Tint | None = None) -> Mark:
        """Any mark, in one ink if the scene wants it so; its `holder` is the mark's id."""
        chosen = self._marks[int(self._rng.choice(len(self._marks), p=self._chances))]
        own = self._pictures[chosen]
        artwork = own[int(self._rng.integers(len(own)))].picture
        if tint is None:
            return Mark(ink=inks.own_colours(artwork), holder=chosen)
        return Mark(ink=inks.one_colour(artwork, np.array(tint, np.float32)), holder=chosen)


def parcel(
    artwork: Sequence[TrainingArtwork],
    seed: Sequence[int],
    *,
    scenes: Sequence[str] = MARKED,
    weights: NDArray[np.float64] | None = None,
    width: int = WIDTH,
) -> Parcel:
    """Render one parcel; equal seeds give equal parcels. weights (k,): chances of the marks, in order of their ids."""
    rng = np.random.default_rng(list(seed))
    count = len({item.mark_id for item in artwork})
    view, scene = SCENES[scenes[int(rng.integers(len(scenes)))]]
    stage = Stage(rng, view, width)
    scene(stage, Lots(artwork, rng, np.ones(count) if weights is None else weights))
    picture = stage.develop()
    seen = tuple(Sighting(mark_id=item.holder, box=item.box) for item in stage.seen() if item.holder)
    return Parcel(picture=worn(rng, picture), seen=seen)


def worn(rng: Generator, picture: Image) -> Image:
    """The picture by another camera: exposure and white balance of its own."""
    gain = rng.uniform(0.75, 1.2) * rng.normal(1, 0.03, 3)
    grey = (picture.astype(np.float32) @ LUMA)[..., None]
    faded = grey + (picture - grey) * rng.uniform(0.75, 1.15)
    return np.asarray(np.clip(faded * gain, 0, 255), np.uint8)


def annotations(shots: Sequence[Parcel], holder_of: Mapping[str, str]) -> dict[str, Any]:
    """The parcels and the boxes of their marks as an evaluation set (COCO)."""
    holders = sorted({holder_of[item.mark_id] for shot in shots for item in shot.seen})
    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for number, shot in enumerate(shots):
        height, width = shot.picture.shape[:2]
        own = sorted({holder_of[item.mark_id] for item in shot.seen})
        name = f"{number:04d}.jpg"
        size = {"width": width, "height": height}
        images.append({"id": number, "file_name": name, **size, "marks": own, "boxes_complete": True})
        for item in shot.seen:
            x1, y1, x2, y2 = item.box
            category = holders.index(holder_of[item.mark_id])
            bbox = [x1, y1, round(x2 - x1, 1), round(y2 - y1, 1)]
            boxes.append({"id": len(boxes), "image_id": number, "category_id": category, "bbox": bbox})
    return {
        "images": images,
        "annotations": boxes,
        "categories": [{"id": index, "name": holder} for index, holder in enumerate(holders)],
    }
