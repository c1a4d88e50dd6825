"""How much a run does: enough to see that all is there, to see the loop work in minutes, or to be better."""

from collections.abc import Mapping
from dataclasses import dataclass

from training.retraining.request import Mode


@dataclass(frozen=True, kw_only=True)
class Scale:
    """Counts of a run."""

    renderings: int  # of each mark's artwork, to be replayed
    others: int  # fictitious marks that are replayed too, so that the space stays wide
    looks: int  # at each labelled place, each a little different
    steps: int  # of the embedder, at most
    labels: int  # labelled places in a step
    replayed: int  # renderings in a step
    marked: int  # parcels of a rendered golden set with marks
    clean: int  # and without
    fitted: int  # parcels of each kind that calibration sees
    crops: int  # of each mark in the golden set
    again: int  # fresh crops of marks that seem to have lost
    detector_steps: int
    scenes: int  # in a step of the detector


SCALES: Mapping[Mode, Scale] = {
    "trial": Scale(
        renderings=2,
        others=12,
        looks=2,
        steps=6,
        labels=8,
        replayed=16,
        marked=8,
        clean=8,
        fitted=6,
        crops=2,
        again=4,
        detector_steps=2,
        scenes=2,
    ),
    "smoke": Scale(
        renderings=6,
        others=48,
        looks=4,
        steps=120,
        labels=24,
        replayed=48,
        marked=24,
        clean=24,
        fitted=16,
        crops=10,
        again=40,
        detector_steps=12,
        scenes=4,
    ),
    "full": Scale(
        renderings=8,
        others=240,
        looks=12,
        steps=400,
        labels=32,
        replayed=64,
        marked=200,
        clean=300,
        fitted=150,
        crops=40,
        again=200,
        detector_steps=600,
        scenes=8,
    ),
}
