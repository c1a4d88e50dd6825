"""Why a right holder is suspected: reasons for and against, in words that an officer can check. Pure.

Weights run from -1 to 1. They order the reasons for the officer; the score is the calibration's alone.
"""

from collections.abc import Sequence

from inference.alignment import ACCEPTED
from inference.fitting import CHANCE
from inference.ranking import lead_of, same_place, unread
from inference.vocabulary import Detection, Finding, Match, Place, Reading, Reason
from inference.wording import comparable, fold, wording

SMALL_SIZE = 32.0  # px: below it most crops are recognised wrongly
# Chosen by hand, not yet measured; they decide which reasons are given, never the score.
WEAK_DETECTION = 0.3  # detector score
CLEAR_MARGIN = 0.10  # of similarity, to the best other right holder
CLOSE_MARGIN = 0.03
LEAST_LEAD = 0.1  # of a lead that has to count, for it to be told
MANY = 4  # places; more say no more
WHERE: dict[Place, str] = {"in": "", "beside": " beside it", "around": " around it"}


def reasons_of(group: Sequence[Finding]) -> tuple[Reason, ...]:
    """Why the right holder of all findings of a group is suspected; the best finding comes first."""
    best = group[0]
    looks = (_wording(best), _likeness(best.matches[0]), _lead(best), _fit(best.matches[0]))
    doubts = (_size(best.detection), _weakness(best.detection))
    return tuple(reason for reason in (*looks, *doubts, _several(group)) if reason is not None)


def likest_reading(finding: Finding) -> Reading | None:
    """Return what was read that is most like the best match's word; None if nothing like it was read."""
    best = finding.matches[0]
    if not finding.readings or best.wording <= 0:
        return None
    word = comparable(best.mark.title)
    return max(finding.readings, key=lambda reading: float(wording(reading, [word])[0]))


def _likeness(best: Match) -> Reason:
    mark, to = best.mark, "similarity to plain letters" if best.mark.lettered else "similarity"
    text = f"looks like “{mark.title}” of {mark.holder} ({to} {best.similarity:.2f})"
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
    """Return what the nearest rival says: nothing if there is none, the lead is middling, or the word decides."""
    rival, counts = _rival(finding), unread(1.0, finding.matches[0].wording)
    if rival is None or counts < LEAST_LEAD:
        return None
    ahead = lead_of(finding)
    if ahead >= CLEAR_MARGIN:
        text = f"clearly more like this than like {rival} (by {ahead:.2f})"
        return Reason(code="clear_margin", text=text, weight=counts * min(1.0, ahead / (4 * CLEAR_MARGIN)))
    if ahead < CLOSE_MARGIN:
        text = f"{'hardly more' if ahead >= 0 else 'less'} like this than like {rival} (by {ahead:.2f})"
        return Reason(code="close_runner_up", text=text, weight=-counts * (1.0 - max(ahead, 0.0) / CLOSE_MARGIN / 2))
    return None


def _rival(finding: Finding) -> str | None:
    """Name what the best match has to beat: the next right holder, or marks in general; None if there is neither."""
    nearest = max(finding.matches[1:], key=lambda other: other.similarity, default=None)
    if finding.cohort is not None and (nearest is None or finding.cohort > nearest.similarity):
        return "marks that are not recorded"
    return f"the next right holder, {nearest.mark.holder}" if nearest else None


def _fit(best: Match) -> Reason | None:
    """Return what laying the filed artwork on the photograph said: nothing if it was not tried, or says little."""
    if best.fitted is None or CHANCE < best.fitted < ACCEPTED:
        return None
    if best.fitted >= ACCEPTED:
        text = f"the filed artwork can be laid over the place: edges agree by {best.fitted:.2f}"
        return Reason(code="artwork_fits", text=text, weight=best.fitted)
    text = f"the filed artwork, laid over the place, hardly agrees with it: edges by {best.fitted:.2f}"
    return Reason(code="artwork_hardly_fits", text=text, weight=-(1.0 - best.fitted / CHANCE / 2))


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
