"""Render labelled X-ray scans: `python -m datasets.xray --registry CSV --out DIR [--count N] [--scanner NAME]`.

Writes a TIFF of both energies for each scan, a picture to look at, and `annotations.json` (COCO) with the boxes and
right holders of all marks, their forms and contrasts. The same seed gives the same scans.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.scanners import SCANNERS, TRAINED, Scanner
from datasets.xray.trials import Trial, Trials
from inference.artwork.rasterise import rasterise
from inference.artwork.table import ArtworkRow, read_table
from inference.artwork.views import kind_of
from inference.errors import BadRegistryTable, TidewaiterError
from inference.xray.display import shown
from inference.xray.reading import read_scan
from inference.xray.relief import Relief, flat_relief

QUALITY = 90  # of the pictures to look at
Marks = list[tuple[ArtworkRow, Relief]]


def usable_marks(registry: Path) -> Marks:
    """The rows of a registry's table whose artwork can be drawn, with their reliefs. Raises BadRegistryTable."""
    marks: Marks = []
    for row in read_table(registry)[0]:
        if kind_of(row.variant) != "artwork":
            continue
        try:
            marks.append((row, flat_relief(rasterise(row.file.read_bytes(), name=row.file.name))))
        except (TidewaiterError, OSError) as error:
            sys.stderr.write(f"{row.file.name} is left out: {error}\n")
    if not marks:
        raise BadRegistryTable(f"{registry} has no artwork that can be drawn", field="registry")
    return marks


def annotations(scans: Sequence[tuple[str, Trial]], marks: Marks) -> dict[str, Any]:
    """The scans and the boxes of their marks as an evaluation set (COCO)."""
    holders = sorted({marks[mark.row][0].holder for _, scan in scans for mark in scan.marks})
    images: list[dict[str, Any]] = []
    boxes: list[dict[str, Any]] = []
    for number, (name, scan) in enumerate(scans, 1):
        height, width = scan.raw.high.shape
        own = sorted({marks[mark.row][0].holder for mark in scan.marks})
        images.append(
            {"id": number, "file_name": name, "width": width, "height": height, "marks": own, "boxes_complete": True}
        )
        for mark in scan.marks:
            x1, y1, x2, y2 = (round(edge, 1) for edge in mark.box)
            boxes.append(
                {
                    "id": len(boxes) + 1,
                    "image_id": number,
                    "category_id": holders.index(marks[mark.row][0].holder) + 1,
                    "bbox": [x1, y1, round(x2 - x1, 1), round(y2 - y1, 1)],
                    "attributes": {"form": mark.form, "contrast_to_noise": round(mark.contrast, 2)},
                }
            )
    categories = [{"id": i, "name": holder} for i, holder in enumerate(holders, 1)]
    return {"images": images, "annotations": boxes, "categories": categories}


def write(scan: Trial, scanner: Scanner, out: Path) -> str:
    """Write one scan, and a picture of it to look at; returns the scan's file name."""
    data = as_tiff(scan.raw, sidecar_of(scanner, scan.raw))
    name = f"scan-{scan.index:04d}.tif"
    (out / name).write_bytes(data)
    picture = shown(read_scan([data])[0])
    _, jpeg = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    (out / f"scan-{scan.index:04d}.jpg").write_bytes(np.asarray(jpeg).tobytes())
    return name


def main(arguments: Sequence[str] | None = None) -> int:
    """Render what the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="tidewaiter xray render", description=__doc__)
    parser.add_argument("--registry", type=Path, required=True, metavar="CSV", help="table of marks")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the scans")
    parser.add_argument("--count", type=int, default=4, help="scans (default %(default)s)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same scans (default %(default)s)")
    parser.add_argument("--scanner", choices=sorted(SCANNERS), default=TRAINED[0].name, help="default: %(default)s")
    parser.add_argument("--clean", action="store_true", help="parcels without marks")
    chosen = parser.parse_args(arguments)
    if chosen.count < 1:
        parser.error(f"--count must be at least 1, but is {chosen.count}")
    stderr = Console(stderr=True)
    try:
        marks = usable_marks(chosen.registry)
    except TidewaiterError as error:
        stderr.print(f"{error.title} {error.detail}", markup=False, style="red", soft_wrap=True)
        return 2
    chosen.out.mkdir(parents=True, exist_ok=True)
    trials = Trials(
        seed=chosen.seed, reliefs=[relief for _, relief in marks], scanner=chosen.scanner, clean=chosen.clean
    )
    scans = []
    for index in track(range(chosen.count), description="rendering", console=stderr, transient=True):
        scan = trials.scan(index)
        scans.append((write(scan, SCANNERS[chosen.scanner], chosen.out), scan))
    text = json.dumps(annotations(scans, marks), indent=1) + "\n"
    (chosen.out / "annotations.json").write_text(text, encoding="utf-8", newline="\n")
    stderr.print(f"wrote {chosen.count} scans to {chosen.out}", markup=False, soft_wrap=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
