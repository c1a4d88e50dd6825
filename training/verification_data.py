"""What the verifier learns from: the deployed embedder's last maps of all training artwork, and of rendered crops.

The embedder does not change meanwhile, so its maps are computed once and kept on disk, where a broken run finds them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track

from datasets.renderer.crops import render_crop
from datasets.training_artwork import TrainingArtwork
from inference.embedder import artwork_views
from inference.vocabulary import Image
from training.nets.embedding import EmbeddingNet

BATCH = 32  # pictures
VIEWS = 2  # of each artwork picture, see `artwork_views`

Maps = NDArray[np.float16]  # (n, c, 7, 7)


@dataclass(frozen=True, kw_only=True)
class Seen:
    """Pictures as the embedder sees them: last maps (n, c, 7, 7), vectors (n, d), and whose artwork each shows (n,)."""

    maps: Maps
    vectors: NDArray[np.float32]
    rows: NDArray[np.int64]


@torch.no_grad()
def look(net: EmbeddingNet, pictures: Sequence[Image]) -> tuple[Maps, NDArray[np.float32]]:
    """Last maps (n, c, 7, 7) and vectors (n, d) of n pictures."""
    maps = net.maps(torch.from_numpy(np.stack(pictures)))
    return maps.half().numpy(), net.vectors(maps).numpy()


def artwork_pictures(artwork: Sequence[TrainingArtwork], side: int) -> Iterator[tuple[int, Image]]:
    """Each artwork's row and view, `VIEWS` a row."""
    for row, item in enumerate(artwork):
        for view in artwork_views(item.picture, side):
            yield row, view


def rendered_pictures(
    artwork: Sequence[TrainingArtwork], photographs: list[Image], side: int, count: int, seed: int
) -> Iterator[tuple[int, Image]]:
    """`count` renderings, each of a mark by chance, and the row of the artwork it shows."""
    rng = np.random.default_rng([seed, count])
    pictures = [item.picture for item in artwork]
    rows_of: dict[str, list[int]] = {}
    for row, item in enumerate(artwork):
        rows_of.setdefault(item.mark_id, []).append(row)
    marks = sorted(rows_of)
    for _ in range(count):
        row = int(rng.choice(rows_of[marks[int(rng.integers(len(marks)))]]))
        yield row, render_crop(rng, pictures[row], pictures, photographs, side)


def seen(net: EmbeddingNet, pictures: Iterator[tuple[int, Image]], total: int, folder: Path, name: str) -> Seen:
    """What `net` sees on `total` pictures; from `folder` if an earlier run kept it there whole."""
    maps_file, rest_file = folder / f"{name}-maps.npy", folder / f"{name}.npz"
    if not rest_file.exists():  # written last
        shape = (total, 1024, net.side // 16, net.side // 16)
        maps = np.lib.format.open_memmap(maps_file, "w+", np.float16, shape)
        vectors, rows = np.zeros((total, net.head.out_features), np.float32), np.zeros(total, np.int64)
        for start in track(range(0, total, BATCH), description=name):
            part = [next(pictures) for _ in range(min(BATCH, total - start))]
            end = start + len(part)
            rows[start:end] = [row for row, _ in part]
            maps[start:end], vectors[start:end] = look(net, [picture for _, picture in part])
        maps.flush()
        np.savez(rest_file, vectors=vectors, rows=rows)
    with np.load(rest_file, allow_pickle=False) as rest:
        return Seen(maps=np.load(maps_file, mmap_mode="r"), vectors=rest["vectors"], rows=rest["rows"])
