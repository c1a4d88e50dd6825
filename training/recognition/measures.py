"""The figures, from what was seen. Proportions have Wilson's interval, all else a bootstrap over the pictures."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.bench.figures import SHARE, Figure, missing, timing
from training.evaluation import proportions
from training.evaluation.calibration_error import ece
from training.evaluation.crops import SIZES, sized, top
from training.evaluation.detection import recall20
from training.evaluation.photos import LEVELS, Photos
from training.evaluation.records import Observation, RankedCrop
from training.evaluation.resampling import Weights, resampled
from training.recognition import growth
from training.recognition.kinds import KINDS, Kind
from training.recognition.records import IMAGENET, INSIDE, SHIPPED, SIFT, UNREAD, UNVERIFIED, Results, Seen

POINTS = "points"  # hundredths of a proportion
NO_BOX = "the set has no annotated box of a recorded right holder"
NO_KINDS = "without a reader nobody says which right holders are word marks"


def own_figures(results: Results) -> list[Figure]:
    """The figures of the deployed pipeline, in the order of the table."""
    observations = [seen.observation for seen in results.seen]
    return [
        *crop_figures("crops_top1", SHIPPED, results),
        inside_figure(results),
        figure("crops_top10", top(results.crops(SHIPPED), 10), why=NO_BOX),
        *recall_figures(observations, results.kinds),
        photo_recall(results),
        figure("ece", ece(observations), why="nothing was detected where all marks have a box"),
        growth_figure(results),
        gain_figure("verification_gain", results, better=SHIPPED, worse=UNVERIFIED),
        gain_figure("reading_gain_word", results, better=SHIPPED, worse=UNREAD, kind="word"),
        gain_figure("reading_loss_figurative", results, better=UNREAD, worse=SHIPPED, kind="figurative"),
    ]


def peer_figures(results: Results) -> list[Figure]:
    """The figures of the peers, in the order of the table."""
    return [
        *crop_figures("sift_crops_top1", SIFT, results),
        sift_time(results),
        *crop_figures("imagenet_crops_top1", IMAGENET, results),
    ]


def figure(name: str, measured: proportions.Figure, *, why: str, unit: str = SHARE, note: str | None = None) -> Figure:
    """A measured value with its interval; `why` it is missing where there was nothing to measure."""
    if measured.value is None or not math.isfinite(measured.value):
        return missing(name, unit, why)
    return Figure(
        name=name, value=measured.value, unit=unit, n=measured.n, low=measured.low, high=measured.high, note=note
    )


def crop_figures(name: str, competitor: str, results: Results) -> Iterator[Figure]:
    """Top-1 over all boxes, and by kind of right holder; for the deployed pipeline by size of the box, too."""
    crops, absent = results.crops(competitor), results.absent.get(competitor)
    yield figure(name, top(crops, 1), why=absent or NO_BOX)
    for size in SIZES if competitor == SHIPPED else ():
        yield figure(f"{name}_{size}", top(sized(crops, size), 1), why=absent or f"{NO_BOX} of this size")
    for kind in KINDS:
        why = absent or (f"{NO_BOX} of this kind" if results.kinds else NO_KINDS)
        yield figure(f"{name}_{kind}", top(results.crops(competitor, kind), 1), why=why)


def inside_figure(results: Results) -> Figure:
    """Top-1 where lines beside a box are not read: what the box itself says."""
    return figure("crops_top1_inside", top(results.crops(INSIDE), 1), why=results.absent.get(INSIDE) or NO_BOX)


def recall_figures(observations: Sequence[Observation], kinds: Mapping[str, Kind]) -> Iterator[Figure]:
    """Recall of the detector among its 20 best boxes, whole and by size and kind of the annotated box."""
    yield figure("recall20", recall20(observations), why="no picture of the set has complete boxes")
    for size, (least, most) in SIZES.items():
        own = [replace(one, boxes=tuple(b for b in one.boxes if least <= b.size < most)) for one in observations]
        yield figure(f"recall20_{size}", recall20(own), why="no picture with complete boxes has one of this size")
    for kind in KINDS:
        own = [replace(one, boxes=tuple(b for b in one.boxes if kinds.get(b.holder) == kind)) for one in observations]
        why = "no picture with complete boxes has one of this kind" if kinds else NO_KINDS
        yield figure(f"recall20_{kind}", recall20(own), why=why)


def photo_recall(results: Results) -> Figure:
    """Right holders raised on photographs where at most 1 % of the clean ones raise any alert."""
    photos = Photos([seen.observation for seen in (*results.seen, *results.clean)], results.registered)
    name, level = "photo_recall_fpir_1pct", "fpir1"
    threshold = photos.threshold_at(level)
    if threshold is None:
        return missing(name, SHARE, "there is no clean photograph")
    allowed = len(photos.clean) * LEVELS[level] // 1000
    note = f"at most {allowed} of {len(photos.clean)} clean photographs raise an alert, threshold {threshold:.3f}"
    why = "no photograph shows a recorded right holder"
    return figure(name, photos.recall_at(level), why=why, note=note)


def growth_figure(results: Results) -> Figure:
    """False alarms with the whole registry / with random small ones, at the threshold of `growth.ALARMING`."""
    name, unit = "fpir_growth", "times"
    strongest = [seen.strongest for seen in (*results.seen, *results.clean) if seen.strongest]
    many, few = results.marks
    if not strongest:
        return missing(name, unit, "there is no clean photograph")
    if len(strongest[0]) == 1:
        return missing(name, unit, f"no random registries of {few} marks can be drawn from {many}")
    scores = growth.alarms(strongest)
    threshold = growth.threshold_for(scores.whole, growth.ALARMING)
    if threshold is None:
        pictures = len(scores.whole)
        return missing(name, unit, f"no threshold lets {growth.ALARMING} % of {pictures} clean photographs alarm")
    whole, small = scores.counts(threshold)
    pictures, draws = scores.small.shape
    note = (
        f"{whole} of {pictures} clean photographs alarm with {many} marks, {small} of {pictures * draws} "
        f"({pictures} x {draws} random registries) with {few}; threshold {threshold:.3f}, "
        f"at which {growth.ALARMING} % of the clean photographs alarm with {many} marks"
    )
    why = f"nothing to divide by: {note}"
    measured = growth.growth(scores, threshold)
    if whole < growth.LEAST:
        measured, note = replace(measured, low=None, high=None), f"{note}; too few alarm for an interval"
    return figure(name, measured, why=why, unit=unit, note=note)


def gain_figure(name: str, results: Results, *, better: str, worse: str, kind: Kind | None = None) -> Figure:
    """Top-1 of one competitor minus that of another over the same boxes, in points."""
    absent = results.absent.get(better) or results.absent.get(worse)
    if absent is not None:
        return missing(name, POINTS, absent)

    def kept(crop: RankedCrop) -> bool:
        return kind is None or results.kinds.get(crop.holder) == kind

    why = NO_KINDS if kind and not results.kinds else f"{NO_BOX}{' of this kind' if kind else ''}"
    return figure(name, gain(results.seen, better=better, worse=worse, kept=kept), why=why, unit=POINTS)


def gain(
    seen: Sequence[Seen], *, better: str, worse: str, kept: Callable[[RankedCrop], bool] = lambda _: True
) -> proportions.Figure:
    """100 x (top-1 of `better` - top-1 of `worse`); the bootstrap is paired: both are resampled together."""
    with_, total = _hits(seen, better, kept)
    without, _ = _hits(seen, worse, kept)

    def statistic(weights: Weights) -> float:
        boxes = int(weights @ total)
        return 100 * float(weights @ (with_ - without)) / boxes if boxes else math.nan

    return resampled(statistic, pictures=len(seen), n=int(total.sum()), least=-100.0, most=100.0)


def _hits(
    seen: Sequence[Seen], competitor: str, kept: Callable[[RankedCrop], bool]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Boxes that a competitor has right, and all boxes, by picture (p,)."""
    crops = [[crop for crop in one.crops.get(competitor, ()) if kept(crop)] for one in seen]
    right = [sum(crop.holder in crop.ranking[:1] for crop in own) for own in crops]
    return np.array(right, np.int64), np.array([len(own) for own in crops], np.int64)


def sift_time(results: Results) -> Figure:
    """Milliseconds that SIFT takes for a photograph, and how much longer the deployed pipeline takes, or shorter."""
    name = "sift_photo_ms"
    if SIFT in results.absent:
        return missing(name, "ms", results.absent[SIFT])
    timed = [seen for seen in results.seen if seen.sift_ms is not None]
    ours = [seen.observation.milliseconds for seen in timed]
    own = [seen.sift_ms for seen in timed if seen.sift_ms is not None]
    whole = float(np.median(ours)) if ours else None
    return timing(name, own, whole=whole, of="deployed pipeline's median on the same photographs")
