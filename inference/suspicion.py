"""From likeness to suspicion, with reasons. Pure: no file, no clock, no model.

`Calibration` turns the similarity of a crop and an artwork into a probability; `match` does so for all hits of one
detection; `judge` takes the findings of one image and says what the line is told, one suspicion per right holder.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from inference.errors import BadBundle
from inference.gallery import Hit
from inference.vocabulary import Detection, Finding, Match, Place, Reading, Reason, Suspicion, Verdict
from inference.wording import comparable, fold, wording

REFERENCE_SIZE = 64.0  # px: the size at which the size term is nothing
SMALL_SIZE = 32.0  # px: below it most crops are recognised wrongly
# Chosen by hand, not yet measured; they decide which reasons are given, never the score.
WEAK_DETECTION = 0.3  # detector score
CLEAR_MARGIN = 0.10  # of similarity, to the best other right holder
CLOSE_MARGIN = 0.03
SAME_PLACE = 0.5  # share of the smaller box that two boxes have in common, if they show one thing
MANY = 4  # places; more say no more
WHERE: dict[Place, str] = {"in": "", "beside": " beside it", "around": " around it"}
NEVER_AGAINST = ("margin", "wording", "verified", "detection")  # weights that are not negative


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """p = sigmoid(intercept + similarity s + margin m + wording √w + verified v + detection d + size log2(px / 64)).

    s is the cosine similarity, m its lead over the best other right holder or over the cohort, whichever is nearer
    (negative for a runner-up, 0 if there is neither), as far as no word was read; w how much of the mark's word was
    read, v what the comparison place by place added, d the detector's score, px the square root of the box's area.
    Fitted in training.
    """

    intercept: float
    similarity: float
    margin: float = 0.0
    wording: float = 0.0
    verified: float = 0.0
    detection: float = 0.0
    size: float = 0.0

    def __post_init__(self) -> None:
        for name in (f.name for f in fields(self)):
            if not math.isfinite(getattr(self, name)):
                raise ValueError(f"{name} must be finite, got {getattr(self, name)}")
        against = [name for name in NEVER_AGAINST if getattr(self, name) < 0]
        if self.similarity <= 0 or against:
            given = ", ".join(f"{name} {getattr(self, name)}" for name in ("similarity", *against))
            raise ValueError(f"likeness never speaks against a mark; got {given}")

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "Calibration":
        """Return the calibration in a bundle's `config`; raises BadBundle for a missing, unknown or senseless key."""
        names = [f.name for f in fields(cls)]
        if set(config) != set(names):
            raise BadBundle(f"calibration must have the keys {', '.join(names)}; got {', '.join(map(str, config))}")
        values: dict[str, float] = {}
        for name, value in config.items():
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadBundle(f"calibration: {name} must be a number, got {value!r}")
            values[name] = float(value)
        try:
            return cls(**values)
        except ValueError as error:
            raise BadBundle(f"calibration: {error}") from error

    def score(
        self, *, similarity: float, margin: float, seen: Detection, wording: float = 0.0, verified: float = 0.0
    ) -> float:
        """Return the probability, 0..1, that the mark is there; a box's size counts as at least one pixel."""
        octaves = math.log2(max(seen.size, 1.0) / REFERENCE_SIZE)
        logit = self.intercept + self.similarity * similarity + self.margin * margin
        logit += self.wording * told(wording) + self.verified * verified
        logit += self.detection * seen.score + self.size * octaves
        if logit < 0:  # so that exp never overflows
            return math.exp(max(logit, -700.0)) / (1.0 + math.exp(max(logit, -700.0)))
        return 1.0 / (1.0 + math.exp(-logit))


def told(wording: float) -> float:
    """What a word says that was read in part, 0..1, as the score takes it: half a word is much more than half of it.

    Letters that agree with a recorded word hardly ever stand on goods without a mark (docs/adr/0012).
    """
    return math.sqrt(wording)


def match(
    hits: Sequence[Hit], *, seen: Detection, calibration: Calibration, cohort: float | None = None
) -> tuple[Match, ...]:
    """Return the hits of one detection `seen` (one per right holder) as matches with calibrated scores, best first.

    `cohort` is the crop's similarity to other marks in general, see `inference.cohort`.
    """
    ranked = sorted(hits, key=lambda hit: -hit.likeness)
    similarities = [hit.similarity for hit in ranked]
    return tuple(
        Match(
            mark=hit.mark,
            reference=hit.reference,
            similarity=hit.similarity,
            score=calibration.score(
                similarity=hit.similarity,
                margin=unread(lead(similarities, rank, cohort), hit.wording),
                seen=seen,
                wording=hit.wording,
                verified=hit.verified,
            ),
            wording=hit.wording,
            verified=hit.verified,
        )
        for rank, hit in enumerate(ranked)
    )


def judge(findings: Sequence[Finding], threshold: float) -> Verdict:
    """Return the verdict on one image: `divert` if the best match of any finding scores `threshold` or more.

    There is one suspicion per right holder; it is that of the holder's best finding, and its score is not raised by
    the others: they are given as the reason `seen_several_times`.
    """
    if not 0.0 <= threshold <= 1.0:
        raise ValueError(f"threshold must be in 0..1, got {threshold}")
    by_holder: dict[str, list[Finding]] = {}
    for finding in standing(findings, threshold):
        by_holder.setdefault(finding.matches[0].mark.holder, []).append(finding)
    suspicions = tuple(_suspicion(group) for group in by_holder.values())  # strongest first, as the findings were
    return Verdict(
        decision="divert" if suspicions else "pass",
        suspicions=suspicions,
        findings=tuple(findings),
        threshold=threshold,
    )


def standing(findings: Sequence[Finding], threshold: float) -> list[Finding]:
    """Return the findings that speak for a suspicion, strongest first.

    One place bears one mark: a finding that shares its place with a stronger one of another right holder (a box around
    a group of goods, say) does not count. And one mark has one place: of boxes of one right holder that share a place,
    only the strongest's is taken, so that a box around the whole parcel with a name somewhere in it takes no other's.
    """
    kept: list[Finding] = []
    taken: list[Finding] = []  # those of `kept` whose place is no other's
    for finding in sorted((f for f in findings if f.matches), key=_strength, reverse=True):
        holder = finding.matches[0].mark.holder
        here = [other for other in taken if same_place(finding.detection, other.detection)]
        if finding.matches[0].score < threshold or any(o.matches[0].mark.holder != holder for o in here):
            continue
        kept.append(finding)
        if not here:
            taken.append(finding)
    return kept


def likest_reading(finding: Finding) -> Reading | None:
    """Return what was read that is most like the best match's word; None if nothing like it was read."""
    best = finding.matches[0]
    if not finding.readings or best.wording <= 0:
        return None
    word = comparable(best.mark.title)
    return max(finding.readings, key=lambda reading: float(wording(reading, [word])[0]))


def _strength(finding: Finding) -> tuple[float, float, float]:
    best = finding.matches[0]
    return best.score, best.similarity, finding.detection.score


def lead(similarities: Sequence[float], rank: int, cohort: float | None) -> float:
    """Return the lead of `similarities[rank]` over the best of the others and the cohort; 0 without either."""
    rivals = [other for place, other in enumerate(similarities) if place != rank]
    if cohort is not None:
        rivals.append(cohort)
    return similarities[rank] - max(rivals) if rivals else 0.0


def unread(lead: float, wording: float) -> float:
    """Return how much of a lead counts: a word that was read says whose mark it is, however alike the pictures are."""
    return lead * (1.0 - wording)


def lead_of(finding: Finding) -> float:
    """Return the lead of a finding's best match."""
    return lead([match.similarity for match in finding.matches], 0, finding.cohort)


def _suspicion(group: Sequence[Finding]) -> Suspicion:
    """Return the suspicion of one right holder from its findings, best first."""
    best = group[0]
    looks = (_wording(best), _likeness(best.matches[0]), _lead(best))
    doubts = (_size(best.detection), _weakness(best.detection))
    return Suspicion(
        detection=best.detection,
        matches=best.matches,
        reasons=tuple(reason for reason in (*looks, *doubts, _several(group)) if reason is not None),
        score=best.matches[0].score,
    )


# Weights run from -1 to 1. They order the reasons for the officer; the score is the calibration's alone.


def _likeness(best: Match) -> Reason:
    text = f"looks like “{best.mark.title}” of {best.mark.holder} (similarity {best.similarity:.2f})"
    return Reason(code="looks_like_mark", text=text, weight=best.score)


def _wording(finding: Finding) -> Reason | None:
    """Return what was read there, if it is the mark's word or nearly so."""
    best, likest = finding.matches[0], likest_reading(finding)
    if likest is None:
        return None
    seen = f"reads “{likest.text}”{WHERE[likest.place]}"
    if fold(likest.text) == fold(best.mark.title):
        return Reason(code="reads_as_mark", text=f"{seen}, the word of the mark", weight=best.wording)
    text = f"{seen}, nearly the mark's “{best.mark.title}”"
    return Reason(code="lookalike_text", text=text, weight=best.wording)


def _lead(finding: Finding) -> Reason | None:
    """Return what the nearest rival says: nothing if there is none, or the lead is middling."""
    rival = _rival(finding)
    if rival is None:
        return None
    ahead = lead_of(finding)
    if ahead >= CLEAR_MARGIN:
        text = f"clearly more like this than like {rival} (by {ahead:.2f})"
        return Reason(code="clear_margin", text=text, weight=min(1.0, ahead / (4 * CLEAR_MARGIN)))
    if ahead < CLOSE_MARGIN:
        text = f"{'hardly more' if ahead >= 0 else 'less'} like this than like {rival} (by {ahead:.2f})"
        return Reason(code="close_runner_up", text=text, weight=-(1.0 - max(ahead, 0.0) / CLOSE_MARGIN / 2))
    return None


def _rival(finding: Finding) -> str | None:
    """Name what the best match has to beat: the next right holder, or marks in general; None if there is neither."""
    nearest = max(finding.matches[1:], key=lambda other: other.similarity, default=None)
    if finding.cohort is not None and (nearest is None or finding.cohort > nearest.similarity):
        return "marks that are not recorded"
    return f"the next right holder, {nearest.mark.holder}" if nearest else None


def _size(detection: Detection) -> Reason | None:
    if detection.size >= SMALL_SIZE:
        return None
    text = f"only {detection.size:.0f} pixels large; below {SMALL_SIZE:.0f} marks are easily mistaken"
    return Reason(code="small_mark", text=text, weight=-(1.0 - detection.size / SMALL_SIZE / 2))


def _weakness(detection: Detection) -> Reason | None:
    if detection.score >= WEAK_DETECTION:
        return None
    text = f"it is not certain that there is a logo at all (detector {detection.score:.2f})"
    return Reason(code="weak_detection", text=text, weight=-(1.0 - detection.score / WEAK_DETECTION / 2))


def _several(group: Sequence[Finding]) -> Reason | None:
    """Return how often the right holder is seen in different places; boxes on one place count once."""
    places: list[Detection] = []
    for finding in group:
        if not any(same_place(finding.detection, place) for place in places):
            places.append(finding.detection)
    if len(places) < 2:
        return None
    text = f"seen in {len(places)} places of the image"
    return Reason(code="seen_several_times", text=text, weight=min(1.0, (len(places) - 1) / (MANY - 1)))


def same_place(one: Detection, other: Detection) -> bool:
    """Whether two boxes show one thing: half of the smaller lies in the other, or they are empty and at one place."""
    (a1, b1, a2, b2), (c1, d1, c2, d2) = one.box, other.box
    smaller = min((a2 - a1) * (b2 - b1), (c2 - c1) * (d2 - d1))
    width, height = min(a2, c2) - max(a1, c1), min(b2, d2) - max(b1, d1)
    if width < 0 or height < 0:
        return False
    return smaller <= 0 or width * height >= SAME_PLACE * smaller
