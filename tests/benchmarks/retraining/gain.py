"""How much officers' verdicts teach: `python -m tests.benchmarks.retraining.gain [--minutes 40] [--out DIR]`.

Fictitious marks are recorded, no two of one shape, and goods bear each in a way of its own (`goods`). The ten that
the champion knows least are chosen; 300 verdicts of simulated officers on rendered parcels (`officers`) are all that is
learnt from, by the retraining itself. Then champion and candidate look at fresh parcels with other seeds: how many of
the ten marks' places are raised, each at the threshold at which 1 of 100 fresh parcels without a mark raises an alert;
and at fresh pieces of goods with each other mark. Marks that seem to have lost are looked at again, and only the second
look counts.
"""

import argparse
import dataclasses
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets.fictitious.__main__ import write_registry
from datasets.fictitious.marks import fictitious_marks
from datasets.fictitious.unlike import unlike
from datasets.parcels.lots import PLAIN, Parcel, parcel
from datasets.training_artwork import TrainingArtwork
from inference.vocabulary import Image
from tests.benchmarks.retraining.goods import as_on_goods
from tests.benchmarks.retraining.officers import Office, collect, truth_of
from training.evaluation.proportions import proportion
from training.retraining.context import Context
from training.retraining.course import advance
from training.retraining.eyes import Eyes
from training.retraining.gatefile import SHIPPED
from training.retraining.measuring import finder, per_mark
from training.retraining.paired import Paired, paired
from training.retraining.progress import Progress
from training.retraining.replay import registry_artwork
from training.retraining.request import Request
from training.retraining.swatches import swatches

MODELS = Path(__file__).parents[3] / "models"
MARKS_SEED = 90_210  # not the samples'
CHOICE, VERDICTS, FRESH, CLEAN, PIECES = 11, 12, 13, 14, 15  # seeds: what is measured with was never learnt from
ALLOWED = 0.01  # of the clean parcels raise an alert


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much is done."""

    marks: int
    weak: int
    verdicts: int
    choosing: int  # pieces of each picture, by which the weak marks are chosen
    fresh: int  # parcels
    clean: int  # parcels without a mark
    first: int  # pieces of each other mark
    again: int  # of those that seem to have lost
    mode: str
    minutes: float  # of fine-tuning


FULL = Size(
    marks=200, weak=10, verdicts=300, choosing=10, fresh=220, clean=300, first=20, again=400, mode="full", minutes=12.0
)
SHORT = Size(
    marks=24, weak=3, verdicts=24, choosing=4, fresh=10, clean=10, first=4, again=20, mode="smoke", minutes=0.5
)


def measure(minutes: float = 40.0, out: Path | None = None) -> dict[str, Any]:
    """The figures; below ten minutes a shortened version, which only shows that it works."""
    size = SHORT if minutes < 10 else dataclasses.replace(FULL, minutes=FULL.minutes * minutes / 40)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        return measured(size, out)
    with tempfile.TemporaryDirectory() as folder:
        return measured(size, Path(folder))


def measured(size: Size, out: Path) -> dict[str, Any]:
    """Everything from drawing marks to the figures, in the folder `out`."""
    started = time.monotonic()
    table = write_registry(unlike(fictitious_marks(2 * size.marks, MARKS_SEED))[: size.marks], out / "registry")
    artwork = registry_artwork(table, out / "cache")
    goods = [dataclasses.replace(item, picture=tight(as_on_goods(item.mark_id, item.picture))) for item in artwork]
    champion = Eyes.of(MODELS, table, out / "cache")
    weak = weakest(champion, goods, size)
    told("chosen", started, ", ".join(weak))
    weights = np.array([WEIGHT if mark in weak else 1.0 for mark in sorted({item.mark_id for item in goods})])
    office = Office(holder_of={i.mark_id: i.holder for i in artwork}, rng=np.random.default_rng(VERDICTS))
    shutil.rmtree(out / "labels", ignore_errors=True)

    def on_the_belt(index: int) -> Parcel:
        return parcel((), (VERDICTS, index), scenes=PLAIN) if index % 6 == 5 else parcel(
            goods, (VERDICTS, index), weights=weights
        )  # fmt: skip

    counts = collect(out / "labels", on_the_belt, champion.inspector, office, size.verdicts)
    told("verdicts", started, json.dumps(counts))
    candidate = Eyes.of(retrained(size, out, table), table, out / "cache")
    told("retrained", started)
    pair = (champion, candidate)
    thresholds = clean_thresholds(pair, size)
    told("clean parcels", started, str(thresholds))
    ten = on_fresh_parcels(pair, thresholds, goods, weak, size)
    told("fresh parcels", started, str(ten))
    others = on_pieces(pair, thresholds, [item for item in goods if item.mark_id not in weak], size)
    pieces = on_pieces(pair, thresholds, [item for item in goods if item.mark_id in weak], size)
    told("pieces", started)
    return figures(ten, others, pieces, counts, time.monotonic() - started)


WEIGHT = 12.0  # how much oftener than others the weak marks are on parcels


def tight(picture: Image) -> Image:
    """RGBA cut to what is drawn."""
    ys, xs = np.nonzero(picture[..., 3] > 40)
    return picture[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def weakest(champion: Eyes, goods: Sequence[TrainingArtwork], size: Size) -> list[str]:
    """The marks of which the champion raises the fewest pieces at its own threshold; of equals the unlikest."""
    crops, rows = swatches(goods, size.choosing, CHOICE, champion.inspector.embedder.side)
    raised: dict[str, list[tuple[bool, float]]] = {}
    for said, row in zip(champion.say(crops), rows, strict=True):
        right = said.holder == goods[row].holder
        found = right and said.score >= champion.inspector.threshold
        raised.setdefault(goods[row].mark_id, []).append((found, said.score * right))
    order = sorted(raised, key=lambda mark: (*np.mean(raised[mark], 0), mark))
    return sorted(order[: size.weak])


def retrained(size: Size, out: Path, table: Path) -> Path:
    """Retrain from the labels; returns the folder of the candidate's bundles."""
    run = out / "run"
    shutil.rmtree(run, ignore_errors=True)
    run.mkdir()
    request = {"champion": str(MODELS), "labels": str(out / "labels"), "registry": str(table), "roles": ["embedder"]}
    request |= {"mode": size.mode, "seed": 1, "gates": str(SHIPPED), "minutes": size.minutes}
    (run / "request.json").write_text(json.dumps(request), encoding="utf-8")
    context = Context(run=run, request=Request.read(run), progress=Progress(out=sys.stderr, words=sys.stderr))
    advance(context, "calibrate")
    return run / "models"


def clean_thresholds(pair: Sequence[Eyes], size: Size) -> list[float]:
    """For each the least threshold at which at most ALLOWED of fresh clean parcels raise an alert."""
    best: list[list[float]] = [[], []]
    for index in range(size.clean):
        shot = parcel((), (CLEAN, index), scenes=PLAIN)
        for own, eyes in zip(best, pair, strict=True):
            found = eyes.inspector.inspect(shot.picture).findings
            own.append(max((f.matches[0].score for f in found if f.matches), default=0.0))
    allowed = int(ALLOWED * size.clean)
    return [float(np.nextafter(sorted(own, reverse=True)[allowed], 1.0)) for own in best]


def on_fresh_parcels(
    pair: Sequence[Eyes], thresholds: Sequence[float], goods: Sequence[TrainingArtwork], weak: Sequence[str], size: Size
) -> Paired:
    """How many of the weak marks' places on fresh parcels both raise, by the whole pipeline."""
    marks = sorted({item.mark_id for item in goods})
    holder_of = {item.mark_id: item.holder for item in goods}
    weights = np.array([1.0 if mark in weak else 0.0 for mark in marks])
    hits: tuple[list[bool], list[bool]] = ([], [])
    for index in range(size.fresh):
        shot = parcel(goods, (FRESH, index), weights=weights)
        for own, eyes, threshold in zip(hits, pair, thresholds, strict=True):
            found = eyes.inspector.inspect(shot.picture).findings
            raised = {
                (truth_of(f, shot), f.matches[0].mark.holder)
                for f in found
                if f.matches and f.matches[0].score >= threshold
            }
            own += [(mark, holder_of[mark]) in raised for mark in sorted({item.mark_id for item in shot.seen})]
    return paired(*hits)


def on_pieces(
    pair: Sequence[Eyes], thresholds: Sequence[float], goods: Sequence[TrainingArtwork], size: Size
) -> dict[str, Paired]:
    """How many fresh pieces of goods with each mark both raise."""
    finders = [finder(eyes, threshold) for eyes, threshold in zip(pair, thresholds, strict=True)]
    side = pair[0].inspector.embedder.side

    def render(some: Sequence[TrainingArtwork], count: int, turn: int) -> tuple[list[Image], list[int]]:
        return swatches(some, count, PIECES + 100 * turn, side)

    quiet = Progress(out=sys.stderr, words=sys.stderr)
    return per_mark(finders[0], finders[1], goods, render, first=size.first, again=size.again, progress=quiet)


def figures(
    ten: Paired, others: dict[str, Paired], pieces: dict[str, Paired], counts: dict[str, int], seconds: float
) -> dict[str, Any]:
    """What is reported."""
    worst = max(others, key=lambda mark: others[mark].loss)
    before, after = (proportion(hits, ten.n) for hits in (ten.champion, ten.candidate))
    sure = [mark for mark, told in others.items() if told.interval[0] > 0 and told.loss > 0.02]
    total = sum(told.n for told in others.values())
    return {
        "gain_points": round(-100 * ten.loss, 2),
        "worst_loss_points": round(100 * others[worst].loss, 2),
        "worst_loss_interval": [round(100 * end, 2) for end in others[worst].interval],
        "worst_loss_n": others[worst].n,
        "worst_mark": worst,
        "marks_that_lost_beyond_chance": sure,
        "recall_before": before.as_json(),
        "recall_after": after.as_json(),
        "others_before": round(sum(told.champion for told in others.values()) / total, 4),
        "others_after": round(sum(told.candidate for told in others.values()) / total, 4),
        "pieces": {mark: told.as_json() for mark, told in pieces.items()},
        "counts": counts,
        "minutes": round(seconds / 60, 2),
    }


def told(what: str, started: float, more: str = "") -> None:
    """A line for people."""
    sys.stderr.write(f"{time.monotonic() - started:6.0f} s  {what}  {more}\n")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=40.0)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    sys.stdout.write(json.dumps(measure(args.minutes, args.out)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
