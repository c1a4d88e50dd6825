"""From likeness to suspicion. Pure: no file, no clock, no model.

`match` scores all hits of one detection; `judge` takes the findings of one image and says what the line is told, one
suspicion per right holder, with its reasons (`inference.reasons`).
"""

from collections.abc import Sequence

from inference.calibration import Calibration
from inference.gallery import Hit
from inference.ranking import apart, lead, same_place, unread
from inference.reasons import reasons_of
from inference.vocabulary import Detection, Finding, Match, Suspicion, Verdict

PLACE = 0.05  # score of a place that is counted beside one that stands. Chosen by hand


def match(
    hits: Sequence[Hit], *, seen: Detection, calibration: Calibration, cohort: float | None = None
) -> tuple[Match, ...]:
    """Return the hits of one detection `seen` (one per right holder) as matches with calibrated scores, best first.

    `cohort` is the crop's similarity to other marks in general, see `inference.cohort`. The likest comes first; where
    rarity counts, the strongest: a rare mark that is nearly as like is there sooner than one like any ring.
    """
    ranked = sorted(hits, key=lambda hit: -hit.likeness)
    similarities = [hit.similarity for hit in ranked]
    matches = [
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
                rarity=hit.rarity,
            ),
            wording=hit.wording,
            verified=hit.verified,
            rarity=hit.rarity,
        )
        for rank, hit in enumerate(ranked)
    ]
    return tuple(sorted(matches, key=lambda one: -one.score) if calibration.rarity else matches)


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
    suspicions = tuple(
        _suspicion(group, findings) for group in by_holder.values()
    )  # strongest first, as the findings were
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


def _strength(finding: Finding) -> tuple[float, float, float]:
    best = finding.matches[0]
    return best.score, best.similarity, finding.detection.score


def places_of(holder: str, findings: Sequence[Finding]) -> int:
    """Return in how many places the marks of a right holder are the likest, be it too weakly to stand alone.

    Beside one that is known, another one of a few thousand right holders is seldom the likest by chance; but of a few
    right holders one is the likest to anything, so a place has to score PLACE.
    """
    likest = [f for f in findings if f.matches and f.matches[0].mark.holder == holder and f.matches[0].score >= PLACE]
    return len(apart(likest))


def _suspicion(group: Sequence[Finding], findings: Sequence[Finding]) -> Suspicion:
    """Return the suspicion of one right holder from its findings, best first, among all of the image."""
    best = group[0].matches[0]
    return Suspicion(
        detection=group[0].detection,
        matches=group[0].matches,
        reasons=reasons_of(group),
        score=best.score,
        places=max(1, places_of(best.mark.holder, findings)),
    )
