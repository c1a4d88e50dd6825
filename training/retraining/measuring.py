"""Champion and candidate measured alike, on sets that neither learnt from, as the bundles lie on the disk.

A threshold of its own puts each at the same share of clean pictures that raise an alert; recall is compared there.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from datasets.evaluation_set import Picture, read_evaluation_set
from datasets.training_artwork import TrainingArtwork
from inference.decoding import decode
from inference.embedder import square_crop
from inference.vocabulary import Image
from training.evaluation.calibration_error import ece
from training.evaluation.observing import Observer, clean_pictures
from training.evaluation.photos import Photos
from training.evaluation.proportions import proportion
from training.evaluation.records import Observation
from training.evaluation.timing import percentile
from training.retraining.changes import CHANGES
from training.retraining.eyes import Eyes, boxes_array
from training.retraining.golden import Sets
from training.retraining.paired import Paired, paired
from training.retraining.progress import Progress

ALLOWED = "fpir1"  # the level of false alerts at which recall is compared: 1 of 100 clean pictures
CROPS = 0.95  # side of a crop / longest side of its box: between the embedder's two looks


@dataclass(frozen=True, kw_only=True)
class Looked:
    """What one set of bundles saw of a set of pictures."""

    photos: Photos
    observations: list[Observation]
    threshold: float  # at the allowed false alerts

    def figures(self, shipped: float) -> dict[str, Any]:
        """The figures as they stand in the report; `shipped` is the bundle's own threshold."""
        marked = [seen for seen in self.observations if seen.marks]
        times = [seen.milliseconds for seen in self.observations]
        crops = [crop for seen in marked for crop in seen.crops]
        return {
            "threshold_at_fixed_false_alerts": round(self.threshold, 6),
            "recall_at_fixed_false_alerts": self.photos.recall(self.threshold).as_json(),
            "recall": self.photos.recall(shipped).as_json(),
            "false_alerts": self.photos.fpir(shipped).as_json(),
            "wrong_alerts": self.photos.wrong(shipped).as_json(),
            "top1": proportion(sum(crop.ranking[:1] == (crop.holder,) for crop in crops), len(crops)).as_json(),
            "ece": ece(self.observations).as_json(),
            "p50_ms": round(percentile(times, 50).value or 0.0, 1),
            "p95_ms": round(percentile(times, 95).value or 0.0, 1),
        }


def look(eyes: Eyes, sets: Sets, progress: Progress, name: str) -> Looked:
    """Run the whole pipeline over a set and its clean pictures."""
    observer = Observer(eyes.inspector, decode, eyes.holders)
    pictures = read_evaluation_set(sets.marked).pictures
    clean = clean_pictures(sets.clean) if sets.clean is not None else []
    observer.warm_up(pictures[0].path)
    seen: list[Observation] = []
    total = len(pictures) + len(clean)
    for picture in pictures:
        seen.append(observer.picture(picture))
        told(progress, name, len(seen), total)
    for path in clean:
        seen.append(observer.clean(path))
        told(progress, name, len(seen), total)
    photos = Photos(seen, eyes.holders)
    threshold = photos.threshold_at(ALLOWED)
    shipped = eyes.inspector.threshold
    return Looked(photos=photos, observations=seen, threshold=shipped if threshold is None else threshold)


def told(progress: Progress, name: str, done: int, total: int) -> None:
    """Say how far it is, and stop here if that is asked for."""
    progress.say(name, done, total)
    progress.breathe()


Found = Callable[[Sequence[Image], Sequence[str]], list[bool]]


def finder(eyes: Eyes, threshold: float) -> Found:
    """Whether each crop is raised, at a threshold, for the right holder it shows."""

    def found(crops: Sequence[Image], holders: Sequence[str]) -> list[bool]:
        said = eyes.say(crops)
        return [one.holder == holder and one.score >= threshold for one, holder in zip(said, holders, strict=True)]

    return found


Render = Callable[[Sequence[TrainingArtwork], int, int], tuple[list[Image], list[int]]]


def per_mark(
    champion: Found,
    candidate: Found,
    artwork: Sequence[TrainingArtwork],
    render: Render,
    *,
    first: int,
    again: int,
    progress: Progress,
) -> dict[str, Paired]:
    """What both find of each mark's renderings.

    Marks that seem to have lost are looked at again, in `again` fresh renderings, and those alone count: among many
    marks some would always have lost by chance.
    """
    marks = sorted({item.mark_id for item in artwork})
    result = _rendered(champion, candidate, artwork, render, first, 1)
    told(progress, "per mark", 1, 2)
    doubtful = [mark for mark in marks if result[mark].loss > 0]
    if doubtful:
        some = [item for item in artwork if item.mark_id in set(doubtful)]
        result |= _rendered(champion, candidate, some, render, again, 2)
    told(progress, "per mark", 2, 2)
    return result


def _rendered(
    champion: Found, candidate: Found, artwork: Sequence[TrainingArtwork], render: Render, count: int, turn: int
) -> dict[str, Paired]:
    pictures: dict[str, int] = {}
    for item in artwork:
        pictures[item.mark_id] = pictures.get(item.mark_id, 0) + 1
    each = -(-count // max(1, min(pictures.values())))  # of each picture, so that each mark has `count` at least
    crops, rows = render(artwork, each, turn)
    holders = [artwork[row].holder for row in rows]
    found = [champion(crops, holders), candidate(crops, holders)]
    result = {}
    for mark in pictures:
        own = [index for index, row in enumerate(rows) if artwork[row].mark_id == mark]
        result[mark] = paired(*([one[index] for index in own] for one in found))
    return result


def robustness(champion: Found, candidate: Found, pictures: Sequence[Picture], side: int) -> Mapping[str, Paired]:
    """What both find of the annotated boxes, given, when the crops are changed: by the name of the change."""
    crops: list[Image] = []
    holders: list[str] = []
    for picture in pictures:
        if picture.boxes:
            image = decode(picture.path.read_bytes())
            crops += [square_crop(image, box, side, CROPS) for box in boxes_array([b.box for b in picture.boxes])]
            holders += [box.holder for box in picture.boxes]
    whole: dict[str, Callable[[Image], Image]] = {"none": lambda crop: crop, **CHANGES}
    changed = {name: [change(crop) for crop in crops] for name, change in whole.items()}
    return {name: paired(champion(own, holders), candidate(own, holders)) for name, own in changed.items()}


def latency(eyes: Sequence[Eyes], paths: Sequence[Path], progress: Progress, rounds: int = 2) -> dict[str, float]:
    """Milliseconds in which 95 of 100 pictures are inspected, by champion and candidate.

    They take turns, and each picture's quickest round counts: what else the machine does meanwhile is not theirs.
    """
    best = np.full((2, len(paths)), np.inf)
    for turn in range(rounds):
        for index, path in enumerate(paths):
            image = decode(path.read_bytes())
            for who, one in enumerate(eyes):
                start = perf_counter()
                one.inspector.inspect(image)
                best[who, index] = min(best[who, index], 1000 * (perf_counter() - start))
            told(progress, "latency", turn * len(paths) + index + 1, rounds * len(paths))
    p95 = [float(np.percentile(own, 95)) if len(paths) else 0.0 for own in best]
    return {"champion": round(p95[0], 1), "candidate": round(p95[1], 1), "n": float(len(paths))}
