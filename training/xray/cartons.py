"""How marks are found in real scans of cartons, and how often something is where nothing is.

The scans are those of the half that nothing is trained on; marks of held-out artwork are projected into them, or none.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.xray.cartons import levels_of, load_cartons, project
from datasets.xray.marks import FAINT
from datasets.xray.scanners import HELD_OUT
from inference.vocabulary import Boxes, Verdict
from inference.xray.inspector import XrayInspector
from inference.xray.picture import net_picture
from inference.xray.reading import read_scan
from inference.xray.relief import Relief
from training.evaluation.detection import BEST, OVERLAP, iou
from training.evaluation.proportions import Figure, proportion

SEED = 20_262
BINS = 20
MOST = 2  # marks in one scan
LEAST = 48.0  # px, square root of the box's area
SAID = '{"tidewaiter_xray": 1, "polarity": "transmission"}'


@dataclass(frozen=True, kw_only=True)
class Projected:
    """A carton with marks in it: its file, their rows, boxes (n, 4), forms, and by how many grey levels each stands
    out."""

    data: bytes
    rows: tuple[int, ...]
    boxes: Boxes
    forms: tuple[str, ...]
    levels: tuple[float, ...]


def projected(
    cartons: Sequence[NDArray[np.uint8]], reliefs: Sequence[Relief], count: int, seed: int = SEED
) -> Iterator[Projected]:
    """`count` scans, the i-th by the seed and i alone."""
    response = HELD_OUT.response().binned(BINS)
    for index in range(count):
        rng = np.random.default_rng([seed, index])
        grey = cartons[index % len(cartons)]
        rows = rng.integers(0, len(reliefs), int(rng.integers(1, MOST + 1))).tolist()
        both, marks = project(rng, grey, HELD_OUT, response, reliefs, rows)
        yield Projected(
            data=png(both),
            rows=tuple(mark.row for mark in marks),
            boxes=np.array([mark.box for mark in marks], np.float32).reshape(-1, 4),
            forms=tuple(mark.form for mark in marks),
            levels=tuple(levels_of(grey, mark) for mark in marks),
        )


def png(grey: NDArray[np.uint8]) -> bytes:
    """A grey picture (h, w) as a file."""
    return bytes(np.asarray(cv2.imencode(".png", grey)[1]).tobytes())


def recall20(inspector: XrayInspector, scans: Iterator[Projected]) -> tuple[Figure, Figure]:
    """Share of the metal and relief marks of at least LEAST px that one of 20 detections overlaps with.

    All of them, and those that stand out by a level of the eight bits or more.
    """
    found: list[tuple[bool, float]] = []
    for one in scans:
        (scan,) = read_scan([one.data], SAID)
        boxes, _ = inspector.detector.detect(net_picture(scan.high))
        covered = np.any(iou(one.boxes, boxes[:BEST]) >= OVERLAP, axis=1).tolist()
        sizes = np.sqrt((one.boxes[:, 2:] - one.boxes[:, :2]).prod(1)).tolist()
        for hit, size, form, levels in zip(covered, sizes, one.forms, one.levels, strict=True):
            if size >= LEAST and form not in FAINT:
                found.append((bool(hit), levels))
    seen = [hit for hit, levels in found if levels >= 1.0]
    return proportion(sum(hit for hit, _ in found), len(found)), proportion(sum(seen), len(seen))


def untouched(inspector: XrayInspector, folder: Path) -> Iterator[Verdict]:
    """The verdicts on all real scans of a folder, of both halves, as they are."""
    for path in sorted(folder.glob("*.jpg")):
        (scan,) = read_scan([path.read_bytes()], SAID)
        yield inspector.inspect_scan(scan)


def evaluation_half(folder: Path) -> list[NDArray[np.uint8]]:
    """The grey pictures (h, w) that nothing is trained on."""
    return list(load_cartons(folder, "evaluation").values())
