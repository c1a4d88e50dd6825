"""What is tried: artwork aligned with its own rendering and with that of others; known deviations, measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np
from numpy.random import Generator

from datasets.renderer import inks
from datasets.renderer.inks import Artwork
from inference.alignment import align
from inference.deviation import PART, STRETCHED, TURNED, Deviation, measure
from training.deviations import cases
from training.deviations.renderings import Rendering, render, undeviated

STRETCHES = (1.1, 1.2, 1.3, 1.4)
HUES = (60.0, 120.0)  # degrees
CLOSE = 0.08  # of the mark's size: mean distance of the corners of a warp that is right
LEAST_ADDED = 0.1  # of the ink: artwork that has no room for so much is left out

Said = Callable[[Deviation], float | None]


@dataclass(frozen=True, kw_only=True)
class Filed:
    """One artwork picture of one mark."""

    mark_id: str
    picture: Artwork


@dataclass(kw_only=True)
class Rate:
    """How often something was so, of how many; and of how many it could be said at all."""

    hits: int = 0
    said: int = 0
    tried: int = 0

    def add(self, hit: bool | None) -> None:
        """Count one trial; None if nothing could be said."""
        self.tried += 1
        self.said += hit is not None
        self.hits += bool(hit)


@dataclass(kw_only=True)
class Trials:
    """Rates by name, and the milliseconds that each step took."""

    rates: dict[str, Rate] = field(default_factory=dict)
    milliseconds: dict[str, list[float]] = field(default_factory=dict)

    def count(self, name: str, hit: bool | None) -> None:
        """Add one trial to the rate `name`."""
        self.rates.setdefault(name, Rate()).add(hit)

    def timed(self, name: str, started: float) -> None:
        """Add the time since `started` (perf_counter)."""
        self.milliseconds.setdefault(name, []).append(1000 * (perf_counter() - started))


def run(artworks: Sequence[Filed], seed: int, rounds: int, step: Callable[[], None] = lambda: None) -> Trials:
    """Try `rounds` artworks drawn by chance, all cases with each."""
    rng = np.random.default_rng(seed)
    trials = Trials()
    for _ in range(rounds):
        filed = artworks[int(rng.integers(len(artworks)))]
        aligned(rng, trials, filed, artworks)
        deviated(rng, trials, filed.picture)
        step()
    return trials


def aligned(rng: Generator, trials: Trials, filed: Filed, artworks: Sequence[Filed]) -> None:
    """Align a rendering with its own artwork and with that of another mark."""
    printed, ground, coloured = undeviated(rng, filed.picture)
    shown = render(rng, printed, ground, coloured=coloured)
    started = perf_counter()
    own = align(shown.image, shown.box, filed.picture)
    trials.timed("align, right", started)
    trials.count("aligned with its own artwork", own is not None)
    if own is not None:
        trials.count("…of these, corners within 8 %", off(own.homography, shown, filed.picture) < CLOSE)
    others = [other for other in artworks if other.mark_id != filed.mark_id]
    started = perf_counter()
    wrong = align(shown.image, shown.box, others[int(rng.integers(len(others)))].picture)
    trials.timed("align, wrong", started)
    trials.count("aligned with another mark's", wrong is not None)


def deviated(rng: Generator, trials: Trials, artwork: Artwork) -> None:
    """Measure each deviation on renderings that have it, and all on renderings that have none."""
    plain = seen(rng, trials, artwork, artwork)
    for name, said, limit in MEASURES:
        trials.count(f"false alarm: {name}", exceeds(plain, said, limit))
    for stretch in STRETCHES:
        factor = stretch if rng.random() < 0.5 else 1 / stretch
        found = seen(rng, trials, artwork, artwork, stretch=factor)
        trials.count(f"found: aspect x {stretch}", exceeds(found, stretched, STRETCHED))
    found = seen(rng, trials, artwork, cases.without_part(rng, artwork))
    trials.count("found: part missing", exceeds(found, missing, PART))
    more = cases.with_part(rng, artwork)
    if cases.added_share(artwork, more) >= LEAST_ADDED:
        trials.count("found: part added", exceeds(seen(rng, trials, artwork, more), added, PART))
    if inks.is_single_colour(artwork):
        return
    trials.count("false alarm: hue, own colours", exceeds(seen(rng, trials, artwork, artwork, own=True), hue, TURNED))
    for degrees in HUES:
        other = cases.turned(artwork, degrees if rng.random() < 0.5 else -degrees)
        found = seen(rng, trials, artwork, other, own=True)
        trials.count(f"found: hue turned by {degrees:.0f}", exceeds(found, hue, TURNED))


def seen(
    rng: Generator, trials: Trials, artwork: Artwork, shown: Artwork, *, own: bool = False, stretch: float = 1.0
) -> Deviation | None:
    """The deviation from `artwork` of a rendering of `shown`; in its own colours only, if `own`. None: not aligned."""
    printed, ground, coloured = undeviated(rng, shown)
    while own and not coloured:
        printed, ground, coloured = undeviated(rng, shown)
    shot = render(rng, printed, ground, coloured=coloured, stretch=stretch)
    alignment = align(shot.image, shot.box, artwork)
    if alignment is None:
        return None
    started = perf_counter()
    deviation = measure(shot.image, artwork, alignment)
    trials.timed("measure", started)
    return deviation


def exceeds(deviation: Deviation | None, said: Said, limit: float) -> bool | None:
    """Whether a measure exceeds its limit; None if it could not be taken."""
    value = None if deviation is None else said(deviation)
    return None if value is None else value >= limit


def stretched(deviation: Deviation) -> float | None:
    return None if deviation.aspect is None else max(deviation.aspect, 1 / deviation.aspect)


def missing(deviation: Deviation) -> float | None:
    return None if deviation.missing is None else deviation.missing.share


def added(deviation: Deviation) -> float | None:
    return None if deviation.added is None else deviation.added.share


def hue(deviation: Deviation) -> float | None:
    return deviation.hue


MEASURES: tuple[tuple[str, Said, float], ...] = (
    ("aspect", stretched, STRETCHED),
    ("part missing", missing, PART),
    ("part added", added, PART),
    ("hue", hue, TURNED),
)


def off(homography: np.ndarray, shown: Rendering, artwork: Artwork) -> float:
    """Mean distance of the artwork's corners from where they are, as a share of the mark's size."""
    h, w = artwork.shape[:2]
    corners = np.array([[0, 0, 1], [w, 0, 1], [w, h, 1], [0, h, 1]], np.float64).T  # (3, 4)
    found, true = homography @ corners, shown.warp @ corners
    distance = np.linalg.norm(found[:2] / found[2] - true[:2] / true[2], axis=0)
    x1, y1, x2, y2 = shown.box
    return float(distance.mean() / np.sqrt((x2 - x1) * (y2 - y1)))
