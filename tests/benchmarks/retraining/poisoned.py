"""What a retraining makes of false labels if no cap catches them: `python -m tests.benchmarks.retraining.poisoned`.

All labels of one mark are turned, as they lie before the training itself: they name another mark, or say that there is
no logo. They are 1, 5 or 20 % of all. A try is passed if a gate refuses the candidate, or if the mark has not lost.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from datasets.labels.lines import write_lines
from datasets.labels.records import Label, LabelledImage
from datasets.parcels.__main__ import as_jpeg
from datasets.parcels.lots import Parcel, Sighting, parcel
from datasets.training_artwork import TrainingArtwork
from training.retraining.context import Context
from training.retraining.course import advance
from training.retraining.eyes import Eyes
from training.retraining.files import read_json
from training.retraining.gatefile import SHIPPED
from training.retraining.measuring import finder
from training.retraining.paired import Paired, paired
from training.retraining.progress import Progress
from training.retraining.replay import registry_artwork
from training.retraining.request import Request
from training.retraining.swatches import swatches

ROOT = Path(__file__).parents[3]
MODELS, TABLE = ROOT / "models", ROOT / "datasets" / "samples" / "registry.csv"
SHARES = (0.01, 0.05, 0.2)
LABELS = 150
PARCELS, PIECES = 21, 22  # seeds
LOOKS = 200  # pieces of goods with the mark, on which it may have lost
MOST = 0.02  # that a mark may lose


@dataclass(frozen=True, kw_only=True)
class Attack:
    """One mark whose labels are all turned; `into` None says that there is no logo."""

    target: str
    into: str | None
    share: float  # of all labels

    def label(self, seen: Sighting, name: str, holder_of: dict[str, str]) -> Label:
        """The label of a place on a parcel."""
        said = self.into if seen.mark_id == self.target else seen.mark_id
        return Label(
            label_id=name,
            box=seen.box,
            category="not_a_logo" if said is None else "logo",
            mark_id=said,
            holder=None if said is None else holder_of[said],
            strength="strong",
            source="decision:1",
        )


def labels(folder: Path, attack: Attack, artwork: Sequence[TrainingArtwork], wanted: int) -> int:
    """Write parcels with `wanted` labels; returns how many are false."""
    (folder / "pictures").mkdir(parents=True)
    holder_of = {item.mark_id: item.holder for item in artwork}
    false = round(attack.share * wanted)
    images, left = [], {True: false, False: wanted - false}
    for number, shot in enumerate(shots(artwork, attack.target)):
        own: list[Label] = []
        for seen in shot.seen:
            turned = seen.mark_id == attack.target
            if left[turned]:
                left[turned] -= 1
                own.append(attack.label(seen, f"{number}-{len(own)}", holder_of))
        if own:
            images.append(kept(folder, shot, own, number))
        if not any(left.values()):
            break
    (folder / "labels.jsonl").write_bytes(write_lines(images))
    return false


def shots(artwork: Sequence[TrainingArtwork], target: str) -> Iterator[Parcel]:
    """Parcels without end; the target is on many of them."""
    marks = sorted({item.mark_id for item in artwork})
    weights = np.array([len(marks) / 4 if mark == target else 1.0 for mark in marks])
    number = 0
    while True:
        yield parcel(artwork, (PARCELS, number), weights=weights)
        number += 1


def kept(folder: Path, shot: Parcel, own: Sequence[Label], number: int) -> LabelledImage:
    """The parcel's picture in the folder, with its labels."""
    data = as_jpeg(shot.picture)
    sha256 = hashlib.sha256(data).hexdigest()
    (folder / "pictures" / f"{sha256}.jpg").write_bytes(data)
    size = {"width": shot.picture.shape[1], "height": shot.picture.shape[0]}
    return LabelledImage(
        image_id=str(number), file_name=f"{sha256}.jpg", sha256=sha256, **size, labels=tuple(own), parcel=str(number)
    )


def tried(attack: Attack, artwork: Sequence[TrainingArtwork], mode: str, minutes: float, place: Path) -> dict[str, Any]:
    """Train on it, and say what came of it."""
    false = labels(place / "labels", attack, artwork, LABELS)
    run = place / "run"
    run.mkdir()
    request = {"champion": str(MODELS), "labels": str(place / "labels"), "registry": str(TABLE), "roles": ["embedder"]}
    request |= {"mode": mode, "seed": 2, "gates": str(SHIPPED), "minutes": minutes}
    (run / "request.json").write_text(json.dumps(request), encoding="utf-8")
    with (place / "progress.log").open("w", encoding="utf-8") as log:
        context = Context(run=run, request=Request.read(run), progress=Progress(out=log, words=sys.stderr))
        advance(context, "judge")
    gates = read_json(run / "gates.json")
    lost = loss(run, attack, artwork)
    told = {"target": attack.target, "into": attack.into, "share": attack.share, "false": false, "mark": lost.as_json()}
    refused = [gate["words"] for gate in gates["gates"] if not gate["passed"]]
    return {**told, "refused": refused, "passed": bool(refused) or lost.interval[0] <= 0 or lost.loss <= MOST}


def loss(run: Path, attack: Attack, artwork: Sequence[TrainingArtwork]) -> Paired:
    """What champion and candidate find of the mark, each at the threshold that it would be used with."""
    own = [item for item in artwork if item.mark_id == attack.target]
    found = []
    for models in (MODELS, run / "models"):
        eyes = Eyes.of(models, TABLE, run / "cache")
        crops, rows = swatches(own, -(-LOOKS // len(own)), PIECES, eyes.inspector.embedder.side)
        found.append(finder(eyes, eyes.inspector.threshold)(crops, [own[row].holder for row in rows]))
    return paired(*found)


def measure(shares: Sequence[float] = SHARES, mode: str = "smoke", minutes: float = 3.0) -> dict[str, Any]:
    """Each share, turned into the mark that comes next in the registry, and the largest into no logo too."""
    with TemporaryDirectory() as cache:
        artwork = registry_artwork(TABLE, Path(cache))
    marks = sorted({item.mark_id for item in artwork})
    attacks = [Attack(target=marks[0], into=marks[1], share=share) for share in shares]
    attacks.append(Attack(target=marks[0], into=None, share=max(shares)))
    told = []
    for attack in attacks:
        with TemporaryDirectory() as place:
            told.append(tried(attack, artwork, mode, minutes, Path(place)))
        sys.stderr.write(json.dumps(told[-1]) + "\n")
    return {"poisoned_trainings_passed": sum(one["passed"] for one in told), "trainings": len(told), "each": told}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--share", type=float, action="append")
    parser.add_argument("--mode", default="smoke")
    parser.add_argument("--minutes", type=float, default=3.0)
    chosen = parser.parse_args()
    sys.stdout.write(json.dumps(measure(chosen.share or SHARES, chosen.mode, chosen.minutes), indent=1) + "\n")


if __name__ == "__main__":
    main()
