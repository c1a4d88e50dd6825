"""How often an honest declaration is doubted, and a false one is: parcels of textiles, and of shoes and watches.

All are declared as textiles with their true mass, or with a third of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from datasets.xray.contents import Maker, shoe, textile, watch
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.parcels import any_carton, any_pose, walls
from datasets.xray.placing import Belt, Pose
from datasets.xray.scanners import HELD_OUT, TRAINED
from datasets.xray.scanning import scan
from inference.mismatch import Claims, mismatches
from inference.vocabulary import Contents
from inference.xray.contents import contents_of
from inference.xray.reading import read_scan

SEED = 20_265
SHAPE = (800, 1200)  # px
BINS = 20
UNDERSTATED = 1 / 3


@dataclass(frozen=True, kw_only=True)
class Weighed:
    """What a scan says of a parcel, and what it weighs in truth."""

    contents: Contents
    grams: float


def parcels(makers: Sequence[Maker], count: int) -> Iterator[Weighed]:
    """`count` parcels of things of these kinds, on all scanners in turn; those that say nothing are left out."""
    for index in range(count):
        rng = np.random.default_rng([SEED, index])
        scanner = (*TRAINED, HELD_OUT)[index % (len(TRAINED) + 1)]
        carton, belt = any_carton(rng, scanner, SHAPE), Belt(shape=SHAPE)
        belt.lay(walls(rng, carton, scanner.pitch), Pose(centre=carton.centre, angle=carton.angle))
        for _ in range(int(rng.integers(2, 7))):
            body = makers[int(rng.integers(len(makers)))](rng, scanner.pitch)
            belt.lay(body, any_pose(rng, scanner, carton, body, SHAPE))
        raw = scan(rng, scanner, belt.maps, SHAPE, bins=BINS)
        (seen,) = read_scan([as_tiff(raw, sidecar_of(scanner, raw))])
        contents = contents_of(seen)
        if contents is not None:
            grams = sum(float(own.sum()) for own in belt.maps.values()) * (scanner.pitch / 10) ** 2
            yield Weighed(contents=contents, grams=grams)


def doubted(seen: Sequence[Weighed], *, metal_free: bool, share: float = 1.0) -> int:
    """How many declarations are doubted that give this share of the mass."""
    return sum(
        bool(mismatches(Claims(metal_free=metal_free, grams=share * one.grams), one.contents, 1)) for one in seen
    )


def measured(count: int) -> dict[str, tuple[int, int]]:
    """Name -> doubted, of how many."""
    soft, hard = list(parcels([textile], count)), list(parcels([shoe, watch], count))
    return {
        "declared_false": (doubted(soft, metal_free=True), len(soft)),
        "declared_metal_found": (doubted(hard, metal_free=True), len(hard)),
        "declared_mass_found": (doubted(soft, metal_free=False, share=UNDERSTATED), len(soft)),
    }
