"""From a verdict on views to a verdict on a parcel: recordation, parties and goods weighed in. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from inference.circumstances import Declared, Party, Weighed, weigh
from inference.mismatch import mismatches
from inference.vocabulary import Reason
from service.law.hs_nice import nice_classes_of
from service.recordations.facts import Recorded, pairs
from service.scans.claims import claims_of
from service.scans.declarations import Declaration, DeclaredGoods, DeclaredParty
from service.scans.schemas import ReasonOut, RecordationRef, Snapshot, SuspicionOut, VerdictOut
from service.scans.thresholds import UNCHANGED, Thresholds


def weighed(
    verdict: VerdictOut,
    recorded: Mapping[str, Recorded],
    declaration: Declaration | None,
    snapshot: Snapshot,
    thresholds: Thresholds = UNCHANGED,
) -> VerdictOut:
    """The verdict with each suspicion in its circumstances.

    Those whose mark is in `recorded` no more are dropped, and those that are too weak by their mark's own threshold.

    The line is told to divert only if a suspicion still stands.
    """
    strong = [item for item in verdict.suspicions if item.score >= thresholds.of_mark(item.mark.mark_id)]
    standing = [item for item in strong if item.mark.mark_id in recorded]
    declared, doubts = declared_of(declaration), _doubts(standing, verdict, declaration)
    kept = [
        _weighed(item, recorded[item.mark.mark_id], declared, _threshold(item, verdict), snapshot.at, doubts)
        for item in standing
    ]
    stands = any(item.outcome == "suspected" for item in kept)
    decision = "pass" if verdict.decision == "divert" and not stands else verdict.decision
    ordered = sorted(kept, key=lambda item: (item.outcome != "suspected", -item.score))
    return verdict.model_copy(update={"decision": decision, "suspicions": ordered, "snapshot": snapshot})


def _threshold(item: SuspicionOut, verdict: VerdictOut) -> float:
    """From which a suspicion stands; older verdicts have one for all."""
    return verdict.threshold if item.threshold is None else item.threshold


def _doubts(
    standing: Sequence[SuspicionOut], verdict: VerdictOut, declaration: Declaration | None
) -> tuple[Reason, ...]:
    """What X-ray scans of the parcel say against its declaration, by the suspicions whose marks are recorded."""
    places = max((item.places for item in standing if item.modality == "xray"), default=0)
    contents = None if verdict.contents is None else verdict.contents.inside()
    return mismatches(claims_of(declaration), contents, places)


def declared_of(declaration: Declaration | None) -> Declared:
    """What was declared, as suspicions are weighed by it."""
    if declaration is None:
        return Declared()
    return Declared(
        consignor=_party(declaration.consignor),
        consignee=_party(declaration.consignee),
        goods=tuple(_classes(item) for item in declaration.goods),
    )


def _party(given: DeclaredParty | None) -> Party:
    return Party() if given is None else Party(name=given.name, identifiers=pairs(given.identifiers))


def _classes(item: DeclaredGoods) -> frozenset[int]:
    """The Nice classes an item may fall under; empty if only its name was declared."""
    if item.nice_class is not None:
        return frozenset({item.nice_class})
    return frozenset() if item.hs is None else nice_classes_of(item.hs)


def _weighed(
    item: SuspicionOut,
    recorded: Recorded,
    declared: Declared,
    threshold: float,
    at: datetime,
    doubts: Sequence[Reason] = (),
) -> SuspicionOut:
    day = at.astimezone(ZoneInfo(recorded.zone)).date()
    result = weigh(item.score, threshold, recorded.filed, declared, day)
    reasons = [ReasonOut.of(reason) for reason in (*result.reasons, *doubts)]
    changes = {
        "outcome": result.outcome,
        "score": round(result.score, 4),
        "likeness": item.score,
        "recordation": _reference(recorded, result),
        "reasons": [*item.reasons, *reasons],
    }
    return item.model_copy(update=changes)


def _reference(recorded: Recorded, result: Weighed) -> RecordationRef:
    return RecordationRef(
        id=recorded.id,
        number=recorded.filed.number,
        jurisdiction=recorded.jurisdiction,
        version=recorded.version,
        valid_to=recorded.valid_to,
        party=result.party,
        goods=result.goods,
    )
