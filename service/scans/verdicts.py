"""From the inspector's verdicts on single views to the verdict on a scan. Pure."""

from collections import defaultdict
from collections.abc import Sequence

from inference.fusion import Gain
from inference.raising import Raised, raised
from inference.vocabulary import Contents, Decision, Mark, Match, Verdict
from service.scans.schemas import CandidateOut, ContentsOut, ReasonOut, RemarkOut, SuspicionOut, VerdictOut
from service.schemas import MarkOut

GRAVITY = ("pass", "undecided", "divert", "hold")  # a scan is as grave as its gravest view


def combine(verdicts: Sequence[Verdict], gain: Gain | None = None) -> VerdictOut:
    """One verdict over all views, in their order; at least one. With a `gain`, views that agree count together."""
    suspicions = [_suspicion(item) for item in raised(verdicts, gain)]
    models: dict[str, str] = {}
    spent: defaultdict[str, float] = defaultdict(float)
    for verdict in verdicts:
        models.update(verdict.models)
        for step, value in verdict.milliseconds.items():
            spent[step] += value
    told: Decision = "divert" if suspicions else "pass"
    return VerdictOut(
        decision=max((*(verdict.decision for verdict in verdicts), told), key=GRAVITY.index),
        threshold=verdicts[0].threshold,
        thresholds={verdict.modality: verdict.threshold for verdict in verdicts},
        suspicions=suspicions,
        contents=_contents([verdict.contents for verdict in verdicts if verdict.contents is not None]),
        remarks=[
            RemarkOut(view=view, code=one.code, text=one.text)
            for view, verdict in enumerate(verdicts)
            for one in verdict.remarks
        ],
        models=models,
        milliseconds={step: round(value, 2) for step, value in spent.items()},
    )


def _contents(seen: Sequence[Contents]) -> ContentsOut | None:
    """What several scans of one parcel say: each sees all of it, so the least mass is the largest of them."""
    if not seen:
        return None
    return ContentsOut(
        metal_share=round(max(one.metal_share for one in seen), 4),
        metal_area=round(max(one.metal_area for one in seen), 1),
        least_mass=round(max(one.least_mass for one in seen), 1),
    )


def by_holder(verdict: VerdictOut) -> dict[str, list[SuspicionOut]]:
    """Right holder -> suspicions that stand, strongest first: each holder becomes one alert."""
    groups: defaultdict[str, list[SuspicionOut]] = defaultdict(list)
    for item in (one for one in verdict.suspicions if one.outcome == "suspected"):
        groups[item.mark.holder].append(item)
    return dict(groups)


def _suspicion(seen: Raised) -> SuspicionOut:
    item = seen.suspicion
    x1, y1, x2, y2 = (round(float(edge), 1) for edge in item.detection.box)
    return SuspicionOut(
        view=seen.view,
        box=(x1, y1, x2, y2),
        detection_score=round(float(item.detection.score), 4),
        score=round(float(item.score), 4),
        alone=round(float(seen.alone), 4),
        adds=None if seen.adds is None else round(float(seen.adds), 3),
        threshold=seen.threshold,
        modality=seen.modality,
        places=item.places,
        mark=_mark(item.mark),
        reasons=[ReasonOut.of(reason) for reason in item.reasons],
        candidates=[_candidate(match) for match in item.matches],
    )


def _candidate(match: Match) -> CandidateOut:
    return CandidateOut(
        mark=_mark(match.mark),
        reference=match.reference,
        similarity=round(float(match.similarity), 4),
        wording=round(float(match.wording), 4),
        score=round(float(match.score), 4),
    )


def _mark(mark: Mark) -> MarkOut:
    return MarkOut(mark_id=mark.mark_id, title=mark.title, holder=mark.holder)
