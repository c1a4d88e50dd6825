"""How well a given box is recognised, detection apart: the annotated right holder first, or among the ten best."""

from collections.abc import Sequence

from training.evaluation.proportions import Figure, proportion
from training.evaluation.records import RankedCrop

SIZES: dict[str, tuple[float, float]] = {  # square root of the box's area in pixels: from, up to but without
    "lt32": (0, 32),
    "32_64": (32, 64),
    "64_128": (64, 128),
    "ge128": (128, float("inf")),
}


def top(crops: Sequence[RankedCrop], k: int) -> Figure:
    """Share of the crops whose annotated right holder is among the `k` best."""
    return proportion(sum(crop.holder in crop.ranking[:k] for crop in crops), len(crops))


def sized(crops: Sequence[RankedCrop], size: str) -> list[RankedCrop]:
    """The crops of one of the SIZES."""
    least, most = SIZES[size]
    return [crop for crop in crops if least <= crop.size < most]
