"""Findings as plain as they can be, for what is decided by scores alone."""

from inference.vocabulary import Detection, Finding, Mark, Match, Suspicion


def mark(holder: str, title: str = "Wave") -> Mark:
    return Mark(mark_id=f"{holder}-{title}", title=title, holder=holder)


def finding(*scores: tuple[str, float], at: float = 0.0, size: float = 100.0, seen: float = 0.9) -> Finding:
    """A square detection whose matches have the given scores, similarities equal to them."""
    detection = Detection(box=(at, 0.0, at + size, size), score=seen)
    matches = [Match(mark=mark(h), reference="r", similarity=s, score=s) for h, s in scores]
    return Finding(detection=detection, matches=tuple(matches))


def seen(size: float = 64.0, score: float = 0.0) -> Detection:
    return Detection(box=(0.0, 0.0, size, size), score=score)


def codes(suspicion: Suspicion) -> list[str]:
    return [reason.code for reason in suspicion.reasons]


def weight(suspicion: Suspicion, code: str) -> float:
    (reason,) = [reason for reason in suspicion.reasons if reason.code == code]
    return reason.weight
