"""Give the deployed embedder its cohort: `python -m training.cohort --artwork CSV [--models DIR] [--role embedder]`.

One artwork, in one of its views, of each of `--size` right holders of the training part, as the deployed embedder of
`--role` sees it (see `inference.cohort`). Run it after `training.export` and before `training.calibration`.
"""

import argparse
import hashlib
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import Progress

from inference.artwork.embedding import ArtworkEmbedder
from inference.artwork.table import ArtworkRow, read_table
from inference.artwork.views import kind_of
from inference.cohort import FILE, NEAREST, packed
from inference.errors import BadArtwork
from inference.inspector import Inspector, load_inspector
from inference.vocabulary import Vectors
from inference.xray.inspector import EMBEDDER as XRAY_EMBEDDER
from inference.xray.inspector import load_xray_inspector
from training.deployed import amend, deployed_folder
from training.evaluation.registry import cache_folder

LOADERS: Mapping[str, Callable[[Path], Inspector]] = {
    "embedder": load_inspector,
    XRAY_EMBEDDER: load_xray_inspector,
}


def choose(rows: Sequence[ArtworkRow], size: int, seed: int) -> list[ArtworkRow]:
    """One row by chance of each of at most `size` right holders by chance; rows with split=train only."""
    rng = np.random.default_rng(seed)
    by_holder: dict[str, list[ArtworkRow]] = {}
    for row in rows:
        if row.split == "train" and kind_of(row.variant) == "artwork":
            by_holder.setdefault(row.holder, []).append(row)
    holders = sorted(by_holder)
    picked = rng.permutation(len(holders))[:size]
    own = [by_holder[holders[index]] for index in sorted(picked)]
    return [rows_of_one[int(rng.integers(len(rows_of_one)))] for rows_of_one in own]


def embed(
    rows: Sequence[ArtworkRow], artwork: ArtworkEmbedder, dimension: int, seed: int, progress: Progress
) -> Vectors:
    """Vectors (n, dimension), one view by chance of each row's artwork; what cannot be drawn is left out.

    Raises ValueError if too few are left for a cohort.
    """
    rng = np.random.default_rng(seed)
    vectors = []
    for row in progress.track(rows, description="cohort"):
        try:
            _, views = artwork.vectors(row.file.read_bytes(), name=row.file.name)
        except BadArtwork:
            continue
        vectors.append(views[int(rng.integers(len(views))), :dimension])
    artwork.cache.save()
    if len(vectors) < NEAREST:
        raise ValueError(f"a cohort needs artwork of at least {NEAREST} right holders with split=train")
    return np.stack(vectors)


def write(models: Path, vectors: Vectors, role: str = "embedder", file: str = FILE) -> Path:
    """Put a cohort (n, d) into the deployed embedder's bundle as `file`; returns where it is."""
    folder = deployed_folder(models, role)
    out = io.BytesIO()
    np.save(out, packed(vectors), allow_pickle=False)
    (folder / file).write_bytes(out.getvalue())
    sha256 = hashlib.sha256(out.getvalue()).hexdigest()
    amend(folder, lambda description: description.setdefault("attachments", {}).update({file: sha256}))
    return folder / file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--artwork", type=Path, required=True, metavar="CSV")
    parser.add_argument("--models", type=Path, default=Path("models"), metavar="DIR")
    parser.add_argument("--cache", type=Path, default=cache_folder(), metavar="DIR")
    parser.add_argument("--size", type=int, default=1024, help="right holders")
    parser.add_argument("--role", choices=sorted(LOADERS), default="embedder")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    embedder = LOADERS[args.role](args.models).embedder
    console = Console(stderr=True)
    with Progress(console=console) as progress:
        rows = choose(read_table(args.artwork)[0], args.size, args.seed)
        artwork = ArtworkEmbedder.remembering(embedder, args.cache)
        vectors = embed(rows, artwork, embedder.dimension, args.seed, progress)
    console.print(f"{write(args.models, vectors, args.role)}: {vectors.shape[0]} vectors of {vectors.shape[1]} numbers")
    return 0


if __name__ == "__main__":
    sys.exit(main())
