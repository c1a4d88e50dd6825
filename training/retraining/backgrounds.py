"""Photographs without marks: those that were given, or parcels and surfaces rendered from seeds."""

from pathlib import Path

import numpy as np

from datasets.parcels.lots import PLAIN, parcel
from datasets.photographs import load_photographs
from datasets.renderer import surfaces
from inference.vocabulary import Image

COUNT = 24
SIDE = 320  # px
PARCELS = 4  # of COUNT: a parcel takes ten times as long as a surface


def backgrounds(folder: Path | None, seed: int) -> list[Image]:
    """The photographs of a folder, or else COUNT rendered ones; raises FileNotFoundError if a folder has none."""
    return rendered(seed) if folder is None else load_photographs(folder)


def rendered(seed: int) -> list[Image]:
    """Clouds, stripes, plain grounds, and a few parcels without marks."""
    rng = np.random.default_rng([seed, 0xBAC])
    kinds = (surfaces.clouds, surfaces.stripes, surfaces.clouds)
    grounds = [kinds[index % len(kinds)](rng, SIDE, SIDE) for index in range(COUNT - PARCELS)]
    grained = [ground * surfaces.grain(rng, SIDE, SIDE)[..., None] for ground in grounds]
    shots: list[Image] = [np.asarray(ground.clip(0, 255), np.uint8) for ground in grained]
    return shots + [parcel((), (seed, 0xBA2E, index), scenes=PLAIN, width=SIDE).picture for index in range(PARCELS)]
