"""What officers are told of a parcel: each view's suspicions, and those that only the views together make. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from inference.fusion import Fused, Gain, Part, fuse
from inference.reasons import reasons_of
from inference.saying import said
from inference.suspicion import places_of
from inference.vocabulary import Finding, Modality, Reason, Suspicion, Verdict


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A suspicion as an officer is told of it: in which view, and what this view says."""

    view: int
    modality: Modality
    suspicion: Suspicion  # its score is the parcel's
    alone: float  # the score by this view alone
    adds: float | None  # log-odds that this view gives to the parcel's score; None: no other view speaks of the holder
    threshold: float  # from which the score stands


def raised(verdicts: Sequence[Verdict], gain: Gain | None) -> list[Raised]:
    """The suspicions of a parcel, strongest first: those of each view, and those that only the views together make.

    All suspicions of one right holder bear the parcel's score; it stands if a view that leads reaches its own threshold
    with what the others add, so that more in one view is never less together. The reason `seen_in_views` says what
    moved it.
    """
    made = [one for fused in fuse(verdicts, gain) for one in _of_holder(fused, verdicts)]
    return sorted(made, key=lambda one: (-one.suspicion.score, -one.alone))


def _of_holder(fused: Fused, verdicts: Sequence[Verdict]) -> list[Raised]:
    """What the views are told of one right holder."""
    together = fused.bar if len(fused.parts) > 1 else None
    parts = {part.view: part for part in fused.parts}
    made = []
    for view, verdict in enumerate(verdicts):
        own = next((item for item in verdict.suspicions if item.mark.holder == fused.holder), None)
        if own is None and together is not None and view in parts:
            own = _of_part(parts[view], verdict.findings)
        if own is not None:
            threshold = verdict.threshold if together is None else together
            alone = Raised(
                view=view,
                modality=verdict.modality,
                suspicion=own,
                alone=own.score,
                adds=None,
                threshold=threshold,
            )
            made.append(alone if together is None else _with(alone, parts.get(view), fused))
    return made


def _of_part(part: Part, findings: Sequence[Finding]) -> Suspicion:
    """A suspicion by what is too weak for one in its view alone, among all `findings` of the view."""
    return Suspicion(
        detection=part.finding.detection,
        matches=part.finding.matches,
        reasons=reasons_of([part.finding]),
        score=part.match.score,
        places=max(1, places_of(part.match.mark.holder, findings)),
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
