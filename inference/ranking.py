"""How matches and findings stand to one another: leads over rivals, and boxes that show one place. Pure."""

from collections.abc import Sequence

from inference.vocabulary import Detection, Finding

SAME_PLACE = 0.5  # share of the smaller box that two boxes have in common, if they show one thing


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


def same_place(one: Detection, other: Detection) -> bool:
    """Whether two boxes show one thing: half of the smaller lies in the other, or they are empty and at one place."""
    (a1, b1, a2, b2), (c1, d1, c2, d2) = one.box, other.box
    smaller = min((a2 - a1) * (b2 - b1), (c2 - c1) * (d2 - d1))
    width, height = min(a2, c2) - max(a1, c1), min(b2, d2) - max(b1, d1)
    if width < 0 or height < 0:
        return False
    return smaller <= 0 or width * height >= SAME_PLACE * smaller


def apart(findings: Sequence[Finding]) -> list[Finding]:
    """Return the findings that share no place with one before them."""
    places: list[Finding] = []
    for finding in findings:
        if not any(same_place(finding.detection, other.detection) for other in places):
            places.append(finding)
    return places
