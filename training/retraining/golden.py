"""Sets to measure with where none were given: parcels rendered from seeds of their own, with the registry's marks.

Nothing an officer says reaches them. The golden set has the same parcels in every run on the same registry; the one
that calibration looks at has others.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datasets.parcels.__main__ import as_jpeg
from datasets.parcels.lots import PLAIN, annotations, parcel
from datasets.training_artwork import TrainingArtwork
from training.retraining.context import Context
from training.retraining.files import folder_whole, write_json
from training.retraining.replay import registry_artwork

GOLDEN_SEED, FITTED_SEED = 0x601D, 0xF17  # never of a label, never of training


@dataclass(frozen=True, kw_only=True)
class Sets:
    """Folders: an evaluation set of photographs with marks, and pictures without any (None: there are none)."""

    marked: Path
    clean: Path | None


def golden(context: Context) -> Sets:
    """The frozen set: the one that was given, or a rendered one."""
    given = context.given("golden")
    if given is not None:
        return Sets(marked=given, clean=context.given("clean"))
    scale = context.scale
    sets = rendered(context, "golden", GOLDEN_SEED, scale.marked, scale.clean)
    return Sets(marked=sets.marked, clean=context.given("clean") or sets.clean)


def fitted(context: Context) -> Sets:
    """What calibration looks at."""
    scale = context.scale
    return rendered(context, "fitted", FITTED_SEED, scale.fitted, scale.fitted)


def rendered(context: Context, name: str, seed: int, marked: int, clean: int) -> Sets:
    """Render a set into the run's folder, unless it is there."""
    sets = Sets(marked=context.run / name / "marked", clean=context.run / name / "clean")
    if not sets.marked.exists():
        artwork = registry_artwork(context.registry, context.cache)
        folder_whole(sets.marked, lambda folder: write_marked(context, artwork, folder, seed, marked))
    if sets.clean is not None and not sets.clean.exists():
        folder_whole(sets.clean, lambda folder: write_clean(context, folder, seed, clean))
    return sets


def write_marked(context: Context, artwork: Sequence[TrainingArtwork], folder: Path, seed: int, count: int) -> None:
    """Write parcels with marks and their annotations.json."""
    shots = []
    for index in range(count):
        context.progress.breathe()
        context.progress.say("render parcels", index, count)
        shots.append(parcel(artwork, (seed, index)))
        (folder / f"{index:04d}.jpg").write_bytes(as_jpeg(shots[-1].picture))
    holder_of = {item.mark_id: item.holder for item in artwork}
    write_json(folder / "annotations.json", annotations(shots, holder_of))


def write_clean(context: Context, folder: Path, seed: int, count: int) -> None:
    """Write parcels without marks."""
    for index in range(count):
        context.progress.breathe()
        context.progress.say("render clean parcels", index, count)
        shot = parcel((), (seed, index, 0xC1EA), scenes=PLAIN)
        (folder / f"{index:04d}.jpg").write_bytes(as_jpeg(shot.picture))
