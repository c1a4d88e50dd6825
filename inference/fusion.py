"""Fusion: what all views of a parcel say together, photographs and X-ray scans. Pure.

Each view by itself gives every right holder it brings to mind a calibrated score, mostly low ones. Among thousands of
recorded marks two views seldom err in the same direction, so a weak likeness here and a weak likeness there of one and
the same right holder is strong evidence. One view leads and counts as it is; each other one adds to its log-odds

    gain(o) = max(0, intercept + slope o)      o: log-odds of that view's score

which is fitted in training on parcels seen by both (training/xray/fusing.py); of views of one modality each adds half
as much as the one before. A view that shows nothing takes nothing away: what is printed leaves no trace in an X-ray,
and a buckle inside is in no photograph. One place bears one mark: where the stronger right holder is likelier, nothing
speaks for another.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inference.calibration import odds, weights_of
from inference.ranking import apart, same_place
from inference.vocabulary import Finding, Match, Modality, Verdict

WORTH = 0.05  # of log-odds: what adds less is not told
EQUAL = 9  # decimals to which scores are told apart: sums of the same numbers differ in the last ones
DEPENDENT = 0.5  # of the gain that the view of its modality before counted with: it errs alike. Chosen by hand


@dataclass(frozen=True, kw_only=True)
class Gain:
    """What a further view adds to the log-odds; `slope` is not negative."""

    intercept: float
    slope: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.intercept) and math.isfinite(self.slope) and self.slope >= 0):
            raise ValueError(f"a gain is finite and never falls; got {self.intercept} + {self.slope} o")

    def of(self, alone: float) -> float:
        """Log-odds added by a view whose score by itself is `alone`, 0..1."""
        return max(0.0, self.intercept + self.slope * odds(alone))

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> "Gain":
        """The gain in a bundle's config. Raises BadBundle."""
        return weights_of(cls, "fusion", config)


@dataclass(frozen=True, kw_only=True)
class Part:
    """What one view contributes to the suspicion of a right holder."""

    view: int
    modality: Modality
    finding: Finding  # whose first match is of the right holder
    adds: float  # log-odds; those of the leading view are its own

    @property
    def match(self) -> Match:
        """The right holder's match in this view."""
        return self.finding.matches[0]


@dataclass(frozen=True, kw_only=True)
class Fused:
    """All that a parcel's views say of one right holder."""

    holder: str
    score: float  # 0..1, not below that of the strongest view
    parts: tuple[Part, ...]  # the leading view first, then by what they add; views that add nothing are left out
    bar: float | None  # the lowest threshold of a view that reaches it when it leads; None: none does


@dataclass(frozen=True, kw_only=True)
class Word:
    """What one finding says for one right holder."""

    view: int
    finding: Finding
    match: Match
    behind: frozenset[str]  # other right holders that are likelier at its place


def fuse(verdicts: Sequence[Verdict], gain: Gain | None) -> list[Fused]:
    """Every right holder that some view brings to mind, strongest first. Without a gain the strongest view decides."""
    words = words_of(verdicts)
    followers = _followers(words)
    waiting = {holder: _fused(holder, own, verdicts, gain) for holder, own in words.items()}
    told: list[Fused] = []
    while waiting:
        # equals by name, so that it does not matter which view comes first
        strongest = waiting.pop(max(waiting, key=lambda holder: (round(waiting[holder].score, EQUAL), holder)))
        told.append(strongest)
        for holder in followers.get(strongest.holder, set()) & waiting.keys():
            words[holder] = [word for word in words[holder] if strongest.holder not in word.behind]
            if words[holder]:
                waiting[holder] = _fused(holder, words[holder], verdicts, gain)
            else:
                del waiting[holder]
    return told


def words_of(verdicts: Sequence[Verdict]) -> dict[str, list[Word]]:
    """Right holder -> all that speaks for it, the strongest first.

    A match that stands second behind another right holder's counts too, with the score that it has as a runner-up.
    """
    words: defaultdict[str, list[Word]] = defaultdict(list)
    for view, verdict in enumerate(verdicts):
        standing = {item.mark.holder for item in verdict.suspicions}
        places = _places(verdict.findings)
        for finding in verdict.findings:
            here = [place.matches[0] for place in places if same_place(finding.detection, place.detection)]
            for rank, match in enumerate(finding.matches):
                holder = match.mark.holder
                stands = rank == 0 and match.score >= verdict.threshold and holder in standing
                likelier = (other.mark.holder for other in here if other.score >= match.score and not stands)
                behind = frozenset(likelier) - {holder}
                words[holder].append(Word(view=view, finding=finding, match=match, behind=behind))
    for own in words.values():
        own.sort(key=lambda word: -word.match.score)
    return dict(words)


def _places(findings: Sequence[Finding]) -> list[Finding]:
    """The findings that have a match: of those that one right holder leads, the strongest of each place."""
    led: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in sorted((f for f in findings if f.matches), key=lambda one: -one.matches[0].score):
        led[finding.matches[0].mark.holder].append(finding)
    return [place for own in led.values() for place in apart(own)]


def _followers(words: Mapping[str, Sequence[Word]]) -> dict[str, set[str]]:
    """Right holder -> the others that it is likelier than somewhere."""
    followers: defaultdict[str, set[str]] = defaultdict(set)
    for holder, own in words.items():
        for word in own:
            for leader in word.behind:
                followers[leader].add(holder)
    return dict(followers)


def _fused(holder: str, words: Sequence[Word], verdicts: Sequence[Verdict], gain: Gain | None) -> Fused:
    """What `words` say, of which there is at least one, the strongest first: by the view that leads best."""
    best: dict[int, Word] = {}
    for word in words:
        best.setdefault(word.view, word)
    parts = [_part(word, verdicts[word.view].modality) for word in best.values()]
    ways = [_led(lead, [other for other in parts if other is not lead], gain) for lead in parts]
    scores = [_score(way) for way in ways]
    bars = [verdicts[way[0].view].threshold for way in ways]
    reached = [bar for bar, score in zip(bars, scores, strict=True) if score >= bar]
    first = scores.index(max(scores))
    return Fused(holder=holder, score=scores[first], parts=ways[first], bar=min(reached, default=None))


def _part(word: Word, modality: Modality) -> Part:
    others = tuple(other for other in word.finding.matches if other is not word.match)
    finding = replace(word.finding, matches=(word.match, *others))
    return Part(view=word.view, modality=modality, finding=finding, adds=odds(word.match.score))


def _led(lead: Part, others: Sequence[Part], gain: Gain | None) -> tuple[Part, ...]:
    """The leading view and the others that add anything, most first; `others` come the strongest first."""
    adding = [] if gain is None else sorted(_adding(lead.modality, others, gain), key=lambda part: -part.adds)
    return (lead, *adding)


def _adding(known: Modality, others: Sequence[Part], gain: Gain) -> Iterator[Part]:
    """The other views that add anything: the first of a further modality in full, each next one half as much."""
    seen_by = Counter([known])
    for part in others:
        adds = gain.of(part.match.score) * DEPENDENT ** seen_by[part.modality]
        seen_by[part.modality] += 1
        if adds >= WORTH:
            yield replace(part, adds=adds)


def _score(parts: Sequence[Part]) -> float:
    """The probability that all parts give together; a lone one's is its own."""
    if len(parts) == 1:
        return parts[0].match.score
    return 1 / (1 + math.exp(-sum(part.adds for part in parts)))
