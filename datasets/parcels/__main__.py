"""Write the sample photographs: `python -m datasets.parcels --registry CSV --out DIR --seed 7`.

With `--lots N` it writes N parcels instead, with marks by lot, to rehearse with: some have none.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np

from datasets.parcels.lots import MARKED, PLAIN
from datasets.parcels.lots import annotations as lot_annotations
from datasets.parcels.photographs import SCENES, Photograph, Registry, photograph
from datasets.parcels.side_by_side import parcels
from datasets.parcels.stage import WIDTH
from datasets.renderer.surfaces import Picture
from datasets.training_artwork import load_artwork
from inference.artwork.table import read_table

QUALITY = 85  # of JPEG
MOST_BYTES = 180 * 1024  # of one photograph: they are in the repository


def as_jpeg(picture: Picture) -> bytes:
    """Encode a photograph; the quality goes down until it fits MOST_BYTES."""
    quality = QUALITY
    while True:
        _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        if data.size <= MOST_BYTES or quality <= 50:
            return data.tobytes()
        quality -= 2


def annotations(photographs: Mapping[str, Photograph]) -> dict[str, object]:
    """The photographs and the boxes of their marks as an evaluation set (COCO)."""
    holders = sorted({mark.holder for shot in photographs.values() for mark in shot.seen})
    images: list[dict[str, object]] = []
    boxes: list[dict[str, object]] = []
    for number, (name, shot) in enumerate(photographs.items(), 1):
        height, width = shot.picture.shape[:2]
        size = {"width": width, "height": height}
        images.append({"id": number, "file_name": name, **size, "marks": shot.holders, "boxes_complete": True})
        for mark in shot.seen:
            x1, y1, x2, y2 = mark.box
            bbox = [x1, y1, round(x2 - x1, 1), round(y2 - y1, 1)]
            category = holders.index(mark.holder) + 1
            boxes.append({"id": len(boxes) + 1, "image_id": number, "category_id": category, "bbox": bbox})
    categories = [{"id": i, "name": holder} for i, holder in enumerate(holders, 1)]
    return {"images": images, "annotations": boxes, "categories": categories}


def write_samples(photographs: Mapping[str, Photograph], out: Path) -> None:
    """Write the JPEG files, `expected.json` and `annotations.json` into `out`."""
    out.mkdir(parents=True, exist_ok=True)
    for name, shot in photographs.items():
        (out / name).write_bytes(as_jpeg(shot.picture))
    expected = {name: shot.holders for name, shot in photographs.items()}
    for name, content in (("expected.json", expected), ("annotations.json", annotations(photographs))):
        (out / name).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def write_lots(table: Path, out: Path, count: int, seed: int) -> None:
    """Write `count` parcels and their `annotations.json`, on all cores; shows how far it is on stderr."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as cache:
        splits = sorted({row.split for row in read_table(table)[0]})
        artwork = [one for own in splits for one in load_artwork(table, split=own, cache=Path(cache), longest=192)]
    shots = []
    for number, shot in enumerate(parcels(artwork, count, seed, MARKED + PLAIN)):
        shots.append(shot)
        (out / f"{number:04d}.jpg").write_bytes(as_jpeg(shot.picture))
        sys.stderr.write(f"\r{number + 1} of {count} parcels")
    sys.stderr.write("\n")
    written = lot_annotations(shots, {one.mark_id: one.holder for one in artwork})
    (out / "annotations.json").write_text(json.dumps(written, indent=1) + "\n", encoding="utf-8", newline="\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Render the photographs that the command line asks for; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m datasets.parcels", description=__doc__)
    parser.add_argument("--registry", type=Path, required=True, help="the sample registry's table")
    parser.add_argument("--out", type=Path, required=True, help="folder for the photographs")
    parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same photographs (default 7)")
    parser.add_argument("--width", type=int, default=WIDTH, help=f"pixels (default {WIDTH})")
    parser.add_argument("--lots", type=int, metavar="N", help="write N parcels with marks by lot instead")
    chosen = parser.parse_args(arguments)
    if chosen.lots is not None:
        write_lots(chosen.registry, chosen.out, chosen.lots, chosen.seed)
        return 0
    registry = Registry(chosen.registry)
    photographs = {
        name: photograph(name, registry, np.random.default_rng([chosen.seed, number]), chosen.width)
        for number, name in enumerate(SCENES)
    }
    write_samples(photographs, chosen.out)
    sys.stderr.write(f"wrote {len(photographs)} photographs to {chosen.out}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
