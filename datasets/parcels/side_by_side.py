"""Parcels by lot, rendered on all cores.

The processes are spawned: a fork would take along locks of OpenCV's threads, and wait for them for ever.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import cv2

from datasets.parcels.lots import Parcel, parcel
from datasets.training_artwork import TrainingArtwork

_artwork: Sequence[TrainingArtwork] = ()  # of a process of the pool: sent once


def parcels(artwork: Sequence[TrainingArtwork], count: int, seed: int, scenes: Sequence[str]) -> Iterator[Parcel]:
    """The first `count` parcels of a seed, in their order."""
    with ProcessPoolExecutor(mp_context=get_context("spawn"), initializer=_start, initargs=(artwork,)) as pool:
        yield from pool.map(_parcel, [(seed, number) for number in range(count)], [tuple(scenes)] * count)


def _start(artwork: Sequence[TrainingArtwork]) -> None:
    global _artwork  # noqa: PLW0603 - see there
    cv2.setNumThreads(1)
    _artwork = artwork


def _parcel(seed: tuple[int, int], scenes: tuple[str, ...]) -> Parcel:
    return parcel(_artwork, seed, scenes=scenes)
