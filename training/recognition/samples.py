"""The project's own marks and photographs, as the renderer wants them: what is made of them may be shown to anybody."""

import json
from dataclasses import dataclass
from pathlib import Path

from datasets.renderer.inks import Artwork
from datasets.renderer.surfaces import Picture
from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow, read_table
from inference.decoding import decode


@dataclass(frozen=True, kw_only=True)
class Samples:
    """Rows of the sample registry, their artwork in the same order, and photographs that show no recorded mark."""

    rows: list[ArtworkRow]
    artwork: list[Artwork]
    photographs: list[Picture]


def read_samples(folder: Path) -> Samples:
    """Read the samples in `folder`; raises a TidewaiterError, or OSError if a file is missing."""
    rows, _ = read_table(folder / "registry.csv")
    expected: dict[str, list[str]] = json.loads((folder / "parcels" / "expected.json").read_text(encoding="utf-8"))
    plain = [name for name, holders in expected.items() if not holders]
    return Samples(
        rows=rows,
        artwork=[rasterise(row.file.read_bytes(), name=row.file.name) for row in rows],
        photographs=[decode((folder / "parcels" / name).read_bytes()) for name in sorted(plain)],
    )
