"""Officers as the benchmark needs them: they look at what the champion found on rendered parcels and say what it is.

They are right but for a few of a hundred; then they name another mark, or say that a mark is none.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from datasets.labels.lines import write_lines
from datasets.labels.records import Label, LabelledImage
from datasets.parcels.__main__ import as_jpeg
from datasets.parcels.lots import Parcel
from inference.inspector import Inspector
from inference.vocabulary import Finding
from training.evaluation.detection import iou

WRONG = 0.04  # of what officers say
EACH = 3  # findings judged on one parcel, the strongest
NOTHING = 0.2  # of the verdicts, at most, are of places without a mark
SECOND = 3  # each so manieth verdict is followed by a second officer's on the same place; both count as verdicts
SAME = 0.4  # IoU from which on a finding is of a mark


@dataclass(frozen=True, kw_only=True)
class Office:
    """Who judges: the marks they know, and the right holder of each."""

    holder_of: dict[str, str]
    rng: Generator

    def says(self, truth: str | None) -> str | None:
        """What an officer says of a place that shows the mark `truth`, or none."""
        if self.rng.random() >= WRONG:
            return truth
        marks = sorted(self.holder_of)
        return None if truth is not None and self.rng.random() < 0.5 else marks[int(self.rng.integers(len(marks)))]


def collect(
    folder: Path, parcels: Callable[[int], Parcel], inspector: Inspector, office: Office, wanted: int
) -> dict[str, int]:
    """Have parcels judged until there are `wanted` verdicts; writes labels.jsonl and pictures, returns counts."""
    (folder / "pictures").mkdir(parents=True)
    images: list[LabelledImage] = []
    counts = {"verdicts": 0, "parcels": 0, "nothing": 0, "split": 0}
    while counts["verdicts"] < wanted:
        shot = parcels(counts["parcels"])
        counts["parcels"] += 1
        found = inspector.inspect(shot.picture).findings
        labels = list(judged(found, shot, office, counts, wanted))
        if labels:
            images.append(kept(folder, shot, labels, len(images)))
    (folder / "labels.jsonl").write_bytes(write_lines(images))
    return counts


def judged(
    found: Sequence[Finding], shot: Parcel, office: Office, counts: dict[str, int], wanted: int
) -> "list[Label]":
    """The verdicts on the strongest findings of a parcel."""
    strongest = sorted((f for f in found if f.matches), key=lambda f: -f.matches[0].score)[:EACH]
    labels = []
    for finding in strongest:
        truth = truth_of(finding, shot)
        if counts["verdicts"] == wanted or (truth is None and counts["nothing"] >= NOTHING * wanted):
            continue
        said, agreed = office.says(truth), False
        counts["verdicts"] += 1
        counts["nothing"] += truth is None
        if counts["verdicts"] % SECOND == 0 and counts["verdicts"] < wanted:
            counts["verdicts"] += 1
            agreed = office.says(truth) == said
            if not agreed:
                counts["split"] += 1
                continue
        labels.append(label_of(finding, said, office, counts["verdicts"], agreed=agreed))
    return labels


def truth_of(finding: Finding, shot: Parcel) -> str | None:
    """The mark that the finding is of, or None."""
    if not shot.seen:
        return None
    boxes = np.array([item.box for item in shot.seen], np.float32)
    shared = iou(np.array([finding.detection.box], np.float32), boxes)[0]
    best = int(shared.argmax())
    return shot.seen[best].mark_id if shared[best] >= SAME else None


def label_of(finding: Finding, said: str | None, office: Office, number: int, *, agreed: bool) -> Label:
    """The label that a verdict becomes: one officer's word is weak, that of two who agreed is strong."""
    return Label(
        label_id=f"verdict-{number}",
        box=finding.detection.box,
        category="not_a_logo" if said is None else "logo",
        mark_id=said,
        holder=None if said is None else office.holder_of[said],
        strength="strong" if agreed else "weak",
        source=f"decision:{number}",
    )


def kept(folder: Path, shot: Parcel, labels: Sequence[Label], number: int) -> LabelledImage:
    """The parcel's picture in the folder, with its labels."""
    data = as_jpeg(shot.picture)
    sha256 = hashlib.sha256(data).hexdigest()
    (folder / "pictures" / f"{sha256}.jpg").write_bytes(data)
    height, width = shot.picture.shape[:2]
    return LabelledImage(
        image_id=f"parcel-{number}",
        file_name=f"{sha256}.jpg",
        sha256=sha256,
        width=width,
        height=height,
        parcel=f"parcel-{number}",
        consignor=f"consignor-{number // 3}",
        labels=tuple(labels),
    )
