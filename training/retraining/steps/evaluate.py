"""Fifth step: champion and candidate, as their bundles lie on the disk, on what neither learnt from.

What is measured here is what would be shipped: stored weights, fitted scores, the carried-over cohort.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets.evaluation_set import read_evaluation_set
from datasets.training_artwork import TrainingArtwork
from inference.vocabulary import Image
from training.evaluation.timing import this_machine
from training.retraining.champion import deployed_names
from training.retraining.context import Context
from training.retraining.eyes import Eyes
from training.retraining.files import read_json, write_json
from training.retraining.golden import GOLDEN_SEED, Sets, golden
from training.retraining.measuring import Found, Looked, finder, latency, look, per_mark, robustness
from training.retraining.paired import Paired
from training.retraining.replay import registry_artwork
from training.retraining.steps import calibrate, export
from training.retraining.swatches import swatches

OUTPUT = "evaluation.json"
WEIGHED = (".onnx", ".npy")
TIMED = 10  # pictures
MOST_MARKS = 400  # of a large registry, that are measured one by one


def run(context: Context) -> None:
    """Measure and write down everything that gates and card speak of."""
    made = read_json(context.run / export.OUTPUT)
    candidate_models = context.run / calibrate.FOLDER
    sets = golden(context)
    champion = Eyes.of(context.champion, context.registry, context.cache)
    candidate = Eyes.of(candidate_models, context.registry, context.cache)
    seen = {name: seen_by(context, (champion, candidate), name, own) for name, own in measured(context, sets).items()}
    eyes, looked = (champion, candidate), seen["golden"]
    finders = [finder(one, its.threshold) for one, its in zip(eyes, looked, strict=True)]
    side = champion.inspector.embedder.side
    marks = one_by_one(context, finders, side)
    pictures = [p for p in read_evaluation_set(sets.marked).pictures if p.boxes]
    robust = robustness(finders[0], finders[1], pictures, side)
    write_json(
        context.run / OUTPUT,
        {
            "machine": this_machine("CPU").name,
            "made": made,
            "sets": {name: both(eyes, own) for name, own in seen.items()},
            "marks": {mark: figures.as_json() for mark, figures in sorted(marks.items())},
            "robustness": {name: figures.as_json() for name, figures in robust.items()},
            "modality": {"photo": both(eyes, looked), "xray": None},
            "latency": latency(eyes, [picture.path for picture in pictures[:TIMED]], context.progress),
            "bytes": {"champion": size(context.champion), "candidate": size(candidate_models)},
        },
    )


def measured(context: Context, sets: Sets) -> dict[str, Sets]:
    """The sets to look at: the golden one, and the last month's if it was given."""
    recent = context.given("recent")
    more = {} if recent is None else {"recent": Sets(marked=recent, clean=None)}
    return {"golden": sets, **more}


def seen_by(context: Context, eyes: Sequence[Eyes], name: str, sets: Sets) -> tuple[Looked, ...]:
    """What champion and candidate see of one set."""
    names = (f"champion on {name}", f"candidate on {name}")
    return tuple(look(one, sets, context.progress, who) for one, who in zip(eyes, names, strict=True))


def both(eyes: Sequence[Eyes], looked: Sequence[Looked]) -> dict[str, Any]:
    """The figures of champion and candidate on one set."""
    names = ("champion", "candidate")
    pairs = zip(names, eyes, looked, strict=True)
    return {name: its.figures(one.inspector.threshold) for name, one, its in pairs}


def one_by_one(context: Context, finders: Sequence[Found], side: int) -> dict[str, Paired]:
    """What champion and candidate find of each mark on goods that training never saw."""
    artwork = registry_artwork(context.registry, context.cache)
    kept = set(sorted({item.mark_id for item in artwork})[:MOST_MARKS])

    def render(some: Sequence[TrainingArtwork], count: int, turn: int) -> tuple[list[Image], list[int]]:
        context.progress.breathe()
        return swatches(some, count, GOLDEN_SEED + turn, side)

    return per_mark(
        finders[0],
        finders[1],
        [item for item in artwork if item.mark_id in kept],
        render,
        first=context.scale.crops,
        again=context.scale.again,
        progress=context.progress,
    )


def size(models: Path) -> int:
    """Bytes of the models and attachments that a folder's current.toml names."""
    names = [entry["name"] for entry in deployed_names(models).values()]
    return sum(file.stat().st_size for name in names for file in (models / name).glob("*") if file.suffix in WEIGHED)
