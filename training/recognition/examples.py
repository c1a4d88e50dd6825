"""Show what is recognised and what is not, on renderings of the project's own marks.

    python -m training.recognition.examples [--samples DIR] [--models DIR] [--out DIR] [--seed N]

Renders crops by chance, recognises them against the sample registry's artwork, and writes the first 24 that are
recognised to `recognition-hits.jpg` and the first 24 that are not to `recognition-misses.jpg`. No photograph is used:
grounds are generated. How often it was right is printed; of 48 marks it says nothing about a registry of thousands.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from rich.console import Console
from rich.progress import Progress

from datasets.renderer import surfaces
from datasets.renderer.crops import render_crop
from inference.artwork.rasterise import Rgba
from inference.artwork.table import ArtworkRow
from inference.embedder import artwork_views
from inference.errors import TidewaiterError
from inference.gallery import Hit
from inference.inspector import Inspector, load_inspector
from inference.vocabulary import Image
from training.evaluation.registry import cache_folder, register
from training.recognition.contact_sheet import SIDE, Cell, as_jpeg, sheet
from training.recognition.samples import Samples, read_samples

RENDERED = 224  # px of a rendering
SHOWN = 24  # hits, and misses
MOST = 1500  # renderings, if fewer of them are missed
GROUNDS = 24
MAX_BYTES = 150_000  # of a sheet


@dataclass(frozen=True, kw_only=True)
class Example:
    """A rendering, whose artwork it shows, and the best match; `best` is None if nothing was found."""

    picture: Image
    row: int  # of the sample registry
    best: Hit | None
    right: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Render, recognise, draw; return the exit status: 0, or 2 if samples or models cannot be used."""
    chosen = _parser().parse_args(arguments)
    stderr = Console(stderr=True)
    try:
        with Progress(console=stderr) as progress:
            samples = read_samples(chosen.samples)
            inspector = load_inspector(chosen.models, threads=chosen.threads)
            register(chosen.samples / "registry.csv", inspector, chosen.cache, progress)
            bar = progress.add_task("hits and misses", total=2 * chosen.shown)
            seen = collected(
                examples(np.random.default_rng(chosen.seed), samples, inspector),
                chosen.shown,
                chosen.most,
                lambda done: progress.update(bar, completed=done),
            )
    except (TidewaiterError, OSError) as error:
        stderr.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        return 2
    write(seen, samples, chosen.out, chosen.shown)
    right = sum(example.right for example in seen)
    Console(file=sys.stdout).print(f"{right} of {len(seen)} renderings were recognised", highlight=False)
    return 0


def _parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m training.recognition.examples", description="Hits and misses.")
    made.add_argument("--samples", type=Path, default=Path("datasets/samples"), metavar="DIR")
    made.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    made.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    made.add_argument("--out", type=Path, default=Path("docs/images"), metavar="DIR")
    made.add_argument("--seed", type=int, default=7, help="the same seed gives the same renderings (default 7)")
    made.add_argument("--shown", type=int, default=SHOWN, help=f"hits, and misses, on a sheet (default {SHOWN})")
    made.add_argument("--most", type=int, default=MOST, help=f"renderings at most (default {MOST})")
    made.add_argument("--threads", type=int, default=2, help="cores used (default 2)")
    return made


def generated_grounds(rng: Generator, count: int, side: int) -> list[Image]:
    """Surfaces (side, side, 3) that stand in for photographs: clouds and stripes, some with a texture."""
    made = []
    for _ in range(count):
        ground = (surfaces.clouds if rng.random() < 0.7 else surfaces.stripes)(rng, side, side)  # noqa: PLR2004
        if rng.random() < 0.5:  # noqa: PLR2004 - half of them
            ground = np.clip(ground * surfaces.grain(rng, side, side)[..., None], 0, 255).astype(np.uint8)
        made.append(ground)
    return made


def examples(rng: Generator, samples: Samples, inspector: Inspector) -> Iterator[Example]:
    """Renderings without end, each of a sample chosen by chance, recognised in the inspector's gallery."""
    grounds = generated_grounds(rng, GROUNDS, RENDERED)
    whole = np.array([[0, 0, RENDERED, RENDERED]], np.float32)
    while True:
        row = int(rng.integers(len(samples.rows)))
        holder = samples.rows[row].holder
        rest = zip(samples.rows, samples.artwork, strict=True)
        others = [artwork for other, artwork in rest if other.holder != holder]
        picture = render_crop(rng, samples.artwork[row], others, grounds, RENDERED)
        best = next(iter(inspector.recognise(picture, whole, 1)[0]), None)
        yield Example(picture=picture, row=row, best=best, right=best is not None and best.mark.holder == holder)


def collected(
    found: Iterator[Example], shown: int, most: int, step: Callable[[int], object] = lambda _: None
) -> list[Example]:
    """Examples until `shown` of them are right and as many wrong, `most` at most; `step` is told how many of those."""
    kept: list[Example] = []
    right = wrong = 0
    while min(right, wrong) < shown and len(kept) < most:
        kept.append(next(found))
        right, wrong = right + kept[-1].right, wrong + (not kept[-1].right)
        step(min(right, shown) + min(wrong, shown))
    return kept


def write(seen: Sequence[Example], samples: Samples, folder: Path, shown: int) -> None:
    """Write both sheets; one with nothing on it is not written."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, right in (("recognition-hits.jpg", True), ("recognition-misses.jpg", False)):
        cells = [cell(example, samples) for example in seen if example.right is right][:shown]
        if cells:
            (folder / name).write_bytes(as_jpeg(sheet(cells), MAX_BYTES))


def cell(example: Example, samples: Samples) -> Cell:
    """The rendering, the best match's artwork, and beside a wrong one the right artwork."""
    pictures, words = [small(example.picture)], ["right" if example.right else "wrong"]
    if example.best is None:
        pictures.append(np.full((SIDE, SIDE, 3), 255, np.uint8))
        words.append("nothing found")
    else:
        pictures.append(view(best_artwork(example.best, samples)))
        words.append(f"{example.best.mark.title}\n{_told(example.best)}")
    if not example.right:
        pictures.append(view(samples.artwork[example.row]))
        words.append(f"{samples.rows[example.row].title}\nis right")
    return Cell(pictures=tuple(pictures), words=tuple(words), right=example.right)


def best_artwork(hit: Hit, samples: Samples) -> Rgba:
    """The artwork picture that a hit is about, by the hash of its file."""
    return samples.artwork[next(i for i, row in enumerate(samples.rows) if _is(row, hit))]


def _is(row: ArtworkRow, hit: Hit) -> bool:
    return row.mark_id == hit.mark.mark_id and sha256(row.file.read_bytes()).hexdigest() == hit.reference


def _told(hit: Hit) -> str:
    """How alike they are, and how much of the name was read if any of it was."""
    return f"like {hit.similarity:.2f}" + (f", read {hit.wording:.2f}" if hit.wording > 0 else "")


def small(picture: Image) -> Image:
    """A picture as it stands in a cell."""
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)


def view(artwork: Rgba) -> Image:
    """Artwork as it stands in a cell: on light ground, as our embedder is shown it."""
    return artwork_views(artwork, SIDE)[0]


if __name__ == "__main__":
    sys.exit(main())
