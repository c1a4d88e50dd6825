"""Which places of a scan models would learn most from. Pure, and the same each time: chance is drawn from identifiers.

Each sampler gives places with what they are worth, 0 to 1, or nothing. It sees what was stored of a scan that has its
verdict, so nothing here is on the way to one.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from inference.vocabulary import Modality
from service.labels.statements import Box
from service.sampling.rules import Samplers
from service.sampling.schemas import SamplerName

LAST = 1000  # priority of what is worth nothing


@dataclass(frozen=True, kw_only=True)
class SeenPlace:
    """One detection: where, and what the models made of it."""

    view: int
    modality: Modality
    box: Box
    detection_score: float  # 0..1
    score: float  # of the best match, 0 if there is none
    likeness: float | None  # cosine to the likest filed artwork; None if nothing is filed
    mark_id: str | None  # the best match
    holder: str | None
    candidates: tuple[str, ...] = ()  # marks, the best match first


@dataclass(frozen=True, kw_only=True)
class SeenScan:
    """What is known of a scan besides its pictures."""

    scan_id: str
    office: str
    parcel: str
    consignor: str  # empty if none is declared
    sizes: tuple[tuple[Modality, int, int], ...]  # of each view: modality, width and height in pixels
    places: tuple[SeenPlace, ...]
    thresholds: Mapping[Modality, float]
    declared: frozenset[str] = frozenset()  # recorded marks whose name is declared as a brand
    differs: frozenset[str] = frozenset()  # right holders whom a shadow suspects and the champion does not, or not so

    def threshold(self, place: SeenPlace) -> float:
        """From which a place's score stands."""
        return self.thresholds.get(place.modality, 0.5)


@dataclass(frozen=True, kw_only=True)
class Pick:
    """A place to be looked at, and why."""

    scan: SeenScan
    place: SeenPlace
    sampler: SamplerName
    priority: int  # 0 to LAST, the lowest comes first


Worth = tuple[SeenPlace, float]
Draws = Callable[[SeenScan, Samplers, Mapping[str, int]], Iterator[Worth]]


def picks(scan: SeenScan, rules: Samplers, labels: Mapping[str, int]) -> list[Pick]:
    """All places of a scan that a sampler would ask about, the most urgent first; each by its best sampler.

    `labels` is how many labels each mark has.
    """
    best: dict[tuple[int, Box], Pick] = {}
    for name, draw in SAMPLERS.items():
        weight = rules.named(name).weight
        for place, worth in draw(scan, rules, labels):
            value = weight * min(1.0, max(0.0, worth))
            if value <= 0:
                continue
            one = Pick(scan=scan, place=place, sampler=name, priority=round(LAST * (1 - value)))
            known = best.get((place.view, place.box))
            if known is None or one.priority < known.priority:
                best[place.view, place.box] = one
    return sorted(best.values(), key=lambda one: (one.priority, one.place.view, one.place.box))


def lot(*names: str) -> float:
    """A number from 0 (included) to 1 (not) that these names draw each time."""
    return int.from_bytes(hashlib.sha256("\0".join(names).encode()).digest()[:8]) / 2**64


def whole_view(scan: SeenScan, view: int) -> SeenPlace:
    """All of a view, where the models saw nothing."""
    modality, width, height = scan.sizes[view]
    return SeenPlace(
        view=view,
        modality=modality,
        box=(0.0, 0.0, float(width), float(height)),
        detection_score=0.0,
        score=0.0,
        likeness=None,
        mark_id=None,
        holder=None,
    )


def _random(scan: SeenScan, rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    """One of its places by lot, or a whole view where nothing was seen."""
    if not scan.sizes or lot("scan", scan.scan_id) >= rules.random.rate:
        return
    drawn = lot("place", scan.scan_id)
    if scan.places:
        yield scan.places[int(drawn * len(scan.places))], 1.0
    else:
        yield whole_view(scan, int(drawn * len(scan.sizes))), 1.0


def _near_threshold(scan: SeenScan, rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    for place in scan.places:
        distance = abs(place.score - scan.threshold(place))
        if place.mark_id is not None and distance <= rules.near_threshold.margin:
            yield place, 1 - distance / rules.near_threshold.margin


def _disagreement(scan: SeenScan, rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    """The detector is sure that it is a logo, the matcher that it is none that is recorded."""
    limits = rules.detector_matcher_disagreement
    for place in scan.places:
        if place.detection_score >= limits.sure and place.score <= limits.low:
            yield place, place.detection_score - place.score


def _views_disagree(scan: SeenScan, rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    """A right holder's mark stands in one view, and in the others there is nothing like it."""
    if len(scan.sizes) < 2:
        return
    for place in scan.places:
        if place.holder is None or place.score < scan.threshold(place):
            continue
        elsewhere = [one.score for one in scan.places if one.view != place.view and one.holder == place.holder]
        best = max(elsewhere, default=0.0)
        if best <= rules.views_disagree.low:
            yield place, place.score - best


def _novelty(scan: SeenScan, rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    limits = rules.novelty
    for place in scan.places:
        if place.likeness is not None and place.detection_score >= limits.sure and place.likeness <= limits.likeness:
            yield place, place.detection_score * (1 - max(0.0, place.likeness))


def _rare_mark(scan: SeenScan, rules: Samplers, labels: Mapping[str, int]) -> Iterator[Worth]:
    limits = rules.rare_mark
    for place in scan.places:
        if place.mark_id is None or place.score < limits.low:
            continue
        known = labels.get(place.mark_id, 0)
        if known < limits.labels:
            yield place, 1 - known / limits.labels


def _champion_challenger(scan: SeenScan, _rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    """The likeliest place of each right holder of whom a shadow says something else."""
    for holder in sorted(scan.differs):
        own = [one for one in scan.places if one.holder == holder] or list(scan.places)
        if own:
            yield max(own, key=lambda one: (one.score, one.detection_score)), 1.0
        elif scan.sizes:
            yield whole_view(scan, 0), 1.0


def _declared_brand_no_hit(scan: SeenScan, _rules: Samplers, _labels: Mapping[str, int]) -> Iterator[Worth]:
    """A recorded brand is declared, and its mark does not stand anywhere: not seen, not there, or declared wrongly."""
    for mark in sorted(scan.declared):
        if any(one.mark_id == mark and one.score >= scan.threshold(one) for one in scan.places):
            continue
        own = [one for one in scan.places if mark in one.candidates] or list(scan.places)
        if own:
            yield max(own, key=lambda one: (one.score, one.detection_score)), 1.0
        elif scan.sizes:
            yield whole_view(scan, 0), 1.0


SAMPLERS: Mapping[SamplerName, Draws] = {
    "champion_challenger": _champion_challenger,
    "near_threshold": _near_threshold,
    "rare_mark": _rare_mark,
    "views_disagree": _views_disagree,
    "declared_brand_no_hit": _declared_brand_no_hit,
    "detector_matcher_disagreement": _disagreement,
    "novelty": _novelty,
    "random": _random,
}
NAMES: Sequence[SamplerName] = get_args(SamplerName)
