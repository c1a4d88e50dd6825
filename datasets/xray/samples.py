"""Render the X-ray views of the sample parcels: `python -m datasets.xray.samples`.

Each shows the inside of a parcel whose photograph is beside it; the marks are fictitious, as there. Seeded.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from datasets.xray.__main__ import Marks, usable_marks
from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.parcels import pack
from datasets.xray.scanners import TRAINED
from datasets.xray.scanning import scan

FOLDER = Path(__file__).resolve().parents[1] / "samples"
SHAPE = (340, 440)  # px
BINS = 24
SIZES = (80.0, 115.0)  # px: longest sides of the marks
PARCELS: Mapping[str, tuple[int, tuple[str, ...]]] = {  # parcel -> seed, right holders whose marks are in it
    "opened-carton": (7, ("velkrona",)),
    "plain-carton": (6, ("druvalo",)),
}


def main() -> None:
    """Write all of them."""
    marks = usable_marks(FOLDER / "registry.csv")
    for name, (seed, holders) in PARCELS.items():
        (FOLDER / "parcels" / f"{name}.tif").write_bytes(rendered(marks, seed, holders))


def rendered(marks: Marks, seed: int, holders: tuple[str, ...]) -> bytes:
    """The scan of a parcel with a mark of each of these right holders."""
    rng = np.random.default_rng(seed)
    scanner = TRAINED[0]
    rows = [next(i for i, (row, _) in enumerate(marks) if row.holder == holder) for holder in holders]
    longest = rng.uniform(*SIZES, len(rows)).tolist()
    belt = pack(rng, scanner, [own for _, own in marks], rows, shape=SHAPE, longest=longest, crowd=(2, 5))
    raw = scan(rng, scanner, belt.maps, belt.shape, bins=BINS)
    return as_tiff(raw, sidecar_of(scanner, raw))


if __name__ == "__main__":
    main()
