"""Fusion: what all views of a parcel say together, photographs and X-ray scans. Pure.

Each view by itself gives every right holder it brings to mind a calibrated score, mostly low ones. Among thousands of
recorded marks two views seldom err in the same direction, so a weak likeness here and a weak likeness there of one and
the same right holder is strong evidence. The strongest view counts as it is; each other one adds to its log-odds

    gain(o) = max(0, intercept + slope o)      o: log-odds of that view's score

which is fitted in training on parcels seen by both (training/xray/fusing.py). A view that shows nothing takes nothing
away: what is printed leaves no trace in an X-ray, and a buckle inside is in no photograph.
"""

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from inference.calibration import odds, weights_of
from inference.reasons import reasons_of
from inference.saying import said
from inference.vocabulary import Finding, Match, Modality, Reason, Suspicion, Verdict

WORTH = 0.05  # of log-odds: what adds less is not told
DEPENDENT = 0.5  # share of its gain that a further view of one modality adds: it errs as the first does. Chosen by hand


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
    adds: float  # log-odds; those of the strongest view are its own

    @property
    def match(self) -> Match:
        """The right holder's match in this view."""
        return self.finding.matches[0]


@dataclass(frozen=True, kw_only=True)
class Fused:
    """All that a parcel's views say of one right holder."""

    holder: str
    score: float  # 0..1, not below that of the strongest view
    parts: tuple[Part, ...]  # the strongest first, then by what they add; views that add nothing are left out


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A suspicion as an officer is told of it: in which view, and what this view says."""

    view: int
    modality: Modality
    suspicion: Suspicion  # its score is the parcel's
    alone: float  # the score by this view alone
    adds: float | None  # log-odds that this view gives to the parcel's score; None: no other view speaks of the holder
    threshold: float  # from which the score stands


def fuse(verdicts: Sequence[Verdict], gain: Gain | None) -> list[Fused]:
    """Every right holder that some view brings to mind, strongest first. Without a gain the strongest view decides."""
    brought: defaultdict[str, list[Part]] = defaultdict(list)
    for view, verdict in enumerate(verdicts):
        for holder, finding in strongest(verdict.findings).items():
            brought[holder].append(Part(view=view, modality=verdict.modality, finding=finding, adds=0.0))
    return sorted((_fused(holder, parts, gain) for holder, parts in brought.items()), key=lambda one: -one.score)


def strongest(findings: Sequence[Finding]) -> dict[str, Finding]:
    """Right holder -> the finding of one view that speaks most for it, with its match first.

    A match that stands second behind another right holder's counts too, with the score that it has as a runner-up.
    """
    best: dict[str, Finding] = {}
    for finding in findings:
        for match in finding.matches:
            known = best.get(match.mark.holder)
            if known is None or match.score > known.matches[0].score:
                best[match.mark.holder] = _led_by(finding, match)
    return best


def raised(verdicts: Sequence[Verdict], gain: Gain | None) -> list[Raised]:
    """The suspicions of a parcel, strongest first: those of each view, and those that only the views together make.

    All suspicions of one right holder bear the parcel's score, which is held against the threshold of the view that
    speaks most for it; the reason `seen_in_views` says what moved it.
    """
    made = []
    for fused in fuse(verdicts, gain):
        bar = verdicts[fused.parts[0].view].threshold
        together = len(fused.parts) > 1 and fused.score >= bar
        adds = {part.view: part for part in fused.parts}
        for view, verdict in enumerate(verdicts):
            own = next((item for item in verdict.suspicions if item.mark.holder == fused.holder), None)
            if own is None and together and view in adds:
                own = _of_part(adds[view])
            if own is not None:
                alone = Raised(
                    view=view,
                    modality=verdict.modality,
                    suspicion=own,
                    alone=own.score,
                    adds=None,
                    threshold=bar if together else verdict.threshold,
                )
                made.append(_with(alone, adds.get(view), fused) if len(fused.parts) > 1 else alone)
    return sorted(made, key=lambda one: (-one.suspicion.score, -one.alone))


def _fused(holder: str, parts: list[Part], gain: Gain | None) -> Fused:
    ranked = sorted(parts, key=lambda part: -part.match.score)
    lead = replace(ranked[0], adds=odds(ranked[0].match.score))
    adding = [] if gain is None else list(_adding(lead.modality, ranked[1:], gain))
    if not adding:
        return Fused(holder=holder, score=lead.match.score, parts=(lead,))
    total = lead.adds + sum(part.adds for part in adding)
    adding.sort(key=lambda part: -part.adds)
    return Fused(holder=holder, score=1 / (1 + math.exp(-total)), parts=(lead, *adding))


def _adding(known: Modality, others: Sequence[Part], gain: Gain) -> Iterator[Part]:
    """The other views that add anything; the first of each further modality adds in full."""
    seen_by = {known}
    for part in others:
        adds = gain.of(part.match.score) * (DEPENDENT if part.modality in seen_by else 1.0)
        seen_by.add(part.modality)
        if adds >= WORTH:
            yield replace(part, adds=adds)


def _led_by(finding: Finding, match: Match) -> Finding:
    others = tuple(other for other in finding.matches if other is not match)
    return replace(finding, matches=(match, *others))


def _of_part(part: Part) -> Suspicion:
    """A suspicion by what is too weak for one in its view alone."""
    return Suspicion(
        detection=part.finding.detection,
        matches=part.finding.matches,
        reasons=reasons_of([part.finding]),
        score=part.match.score,
    )


def _with(alone: Raised, part: Part | None, fused: Fused) -> Raised:
    """A view's suspicion, once the others are counted in; `part` is what this view contributes."""
    own = alone.suspicion
    told = replace(own, score=max(fused.score, own.score), reasons=(*own.reasons, _together(fused)))
    return replace(alone, suspicion=told, adds=0.0 if part is None else part.adds)


def _together(fused: Fused) -> Reason:
    """What the views say together, as a reason: its weight is how far the others moved the score."""
    alone = fused.parts[0].match.score
    kinds = {part.modality for part in fused.parts}
    form = "together_both" if len(kinds) > 1 else "together_views"
    return said(
        form,
        min(1.0, fused.score - alone + 0.05 * (len(fused.parts) - 1)),
        code="seen_in_views",
        views=str(len(fused.parts)),
        alone=f"{alone:.2f}",
        score=f"{fused.score:.2f}",
    )
