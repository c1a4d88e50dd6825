"""Why a right holder is suspected: reasons for and against, in words that an officer can check. Pure.

Weights run from -1 to 1. They order the reasons for the officer; the score is the calibration's alone.
"""

from collections.abc import Sequence

from inference.alignment import ACCEPTED
from inference.fitting import CHANCE
from inference.ranking import apart, lead_of, unread
from inference.saying import said
from inference.vocabulary import Detection, Finding, Match, Reading, Reason
from inference.wording import comparable, fold, wording

SMALL_SIZE = 32.0  # px: below it most crops are recognised wrongly
# Chosen by hand, not yet measured; they decide which reasons are given, never the score.
WEAK_DETECTION = 0.3  # detector score
CLEAR_MARGIN = 0.10  # of similarity, to the best other right holder
CLOSE_MARGIN = 0.03
LEAST_LEAD = 0.1  # of a lead that has to count, for it to be told
COMMON = 0.4  # rarity: one filed artwork in twenty looks more like ordinary things
MANY = 4  # places; more say no more


def reasons_of(group: Sequence[Finding]) -> tuple[Reason, ...]:
    """Why the right holder of all findings of a group is suspected; the best finding comes first."""
    best = group[0]
    looks = (_wording(best), _likeness(best.matches[0]), _lead(best), _fit(best.matches[0]))
    doubts = (_commonness(best.matches[0]), _size(best.detection), _weakness(best.detection))
    return tuple(reason for reason in (*looks, *doubts, _several(group)) if reason is not None)


def likest_reading(finding: Finding) -> Reading | None:
    """Return what was read that is most like the best match's word; None if nothing like it was read."""
    best = finding.matches[0]
    if not finding.readings or best.wording <= 0:
        return None
    word = comparable(best.mark.title)
    return max(finding.readings, key=lambda reading: float(wording(reading, [word])[0]))


def _likeness(best: Match) -> Reason:
    mark = best.mark
    form = "looks_like_letters" if mark.lettered else "looks_like_mark"
    values = {"title": mark.title, "holder": mark.holder, "similarity": f"{best.similarity:.2f}"}
    return said(form, best.score, code="looks_like_mark", **values)


def _wording(finding: Finding) -> Reason | None:
    """Return what was read there, if it is the mark's word or nearly so."""
    best, likest = finding.matches[0], likest_reading(finding)
    if likest is None:
        return None
    if fold(likest.text) == fold(best.mark.title):
        return said(f"reads_as_mark_{likest.place}", best.wording, code="reads_as_mark", text=likest.text)
    form = f"lookalike_text_{likest.place}"
    return said(form, best.wording, code="lookalike_text", text=likest.text, title=best.mark.title)


def _lead(finding: Finding) -> Reason | None:
    """Return what the nearest rival says: nothing if there is none, the lead is middling, or the word decides."""
    rival, counts = _rival(finding), unread(1.0, finding.matches[0].wording)
    if rival is None or counts < LEAST_LEAD:
        return None
    ahead = lead_of(finding)
    values = {**rival, "ahead": f"{ahead:.2f}"}
    than = "holder" if rival else "unrecorded"
    if ahead >= CLEAR_MARGIN:
        weight = counts * min(1.0, ahead / (4 * CLEAR_MARGIN))
        return said(f"clear_margin_{than}", weight, code="clear_margin", **values)
    if ahead < CLOSE_MARGIN:
        weight = -counts * (1.0 - max(ahead, 0.0) / CLOSE_MARGIN / 2)
        return said(f"{'hardly_more' if ahead >= 0 else 'less'}_{than}", weight, code="close_runner_up", **values)
    return None


def _rival(finding: Finding) -> dict[str, str] | None:
    """What the best match has to beat: the next right holder, or (empty) marks in general; None if there is neither."""
    nearest = max(finding.matches[1:], key=lambda other: other.similarity, default=None)
    if finding.cohort is not None and (nearest is None or finding.cohort > nearest.similarity):
        return {}
    return {"rival": nearest.mark.holder} if nearest else None


def _fit(best: Match) -> Reason | None:
    """Return what laying the filed artwork on the photograph said: nothing if it was not tried, or says little."""
    if best.fitted is None or CHANCE < best.fitted < ACCEPTED:
        return None
    fitted = f"{best.fitted:.2f}"
    if best.fitted >= ACCEPTED:
        return said("artwork_fits", best.fitted, fitted=fitted)
    return said("artwork_hardly_fits", -(1.0 - best.fitted / CHANCE / 2), fitted=fitted)


def _commonness(best: Match) -> Reason | None:
    """Return that artwork is like ordinary things, if it is; whether that counts is the calibration's affair."""
    if best.rarity >= COMMON:
        return None
    return said("like_ordinary_things", -(1.0 - best.rarity / COMMON / 2), likeness=f"{1 - best.rarity:.2f}")


def _size(detection: Detection) -> Reason | None:
    if detection.size >= SMALL_SIZE:
        return None
    weight = -(1.0 - detection.size / SMALL_SIZE / 2)
    return said("small_mark", weight, size=f"{detection.size:.0f}", limit=f"{SMALL_SIZE:.0f}")


def _weakness(detection: Detection) -> Reason | None:
    if detection.score >= WEAK_DETECTION:
        return None
    return said("weak_detection", -(1.0 - detection.score / WEAK_DETECTION / 2), score=f"{detection.score:.2f}")


def _several(group: Sequence[Finding]) -> Reason | None:
    """Return how often the right holder is seen in different places; boxes on one place count once."""
    places = len(apart(group))
    if places < 2:
        return None
    return said("seen_several_times", min(1.0, (places - 1) / (MANY - 1)), places=str(places))
