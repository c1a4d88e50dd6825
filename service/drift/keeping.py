"""Keeps the figures of each view that was judged, in the transaction of its verdict."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from inference.vocabulary import Finding
from inference.vocabulary import Verdict as Seen
from service.clock import Clock
from service.drift.measures import finite
from service.scans.eyes import Viewed
from service.scans.schemas import VerdictOut
from service.tables import ScanRow, ViewStatisticsRow

SURE = 0.6  # of a detection: twelve times what the detectors tell of at all, so that texture is none; not yet measured
NOBODYS = 0.05  # probability of its likest mark, below which a logo is none that is recorded: a sixth of a suspicion's


class StatisticsKeeper:
    """A witness of all verdicts."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def saw(self, session: Session, scan: ScanRow, views: Sequence[Viewed], verdict: VerdictOut) -> None:
        """Keep one row for each view."""
        now, release = self._clock(), _release(verdict)
        alerts = [item.view for item in verdict.suspicions if item.outcome == "suspected"]
        for number, view in enumerate(views):
            sight = view.sight
            session.add(
                ViewStatisticsRow(
                    scan_id=scan.id,
                    view=number,
                    office=scan.office,
                    station=scan.station,
                    modality=view.verdict.modality,
                    release_id=release,
                    at=now,
                    brightness=finite(sight.brightness),
                    contrast=finite(sight.contrast),
                    sharpness=finite(sight.sharpness),
                    saturation=finite(sight.saturation),
                    megapixels=sight.megapixels,
                    colour_map=sight.colour_map,
                    findings=len(view.verdict.findings),
                    best_score=best_score(view.verdict),
                    likeness=likeness(view.verdict.findings),
                    unmatched=any(is_nobodys(finding) for finding in view.verdict.findings),
                    alerts=alerts.count(number),
                )
            )


def best_score(seen: Seen) -> float:
    """Of all matches on a view; 0 if there is none."""
    return finite(max((match.score for finding in seen.findings for match in finding.matches), default=0.0))


def likeness(findings: Sequence[Finding]) -> float:
    """Similarity of the surest detection to the likest filed artwork, -1..1; 0 without either."""
    if not findings:
        return 0.0
    surest = max(findings, key=lambda finding: finding.detection.score)
    return finite(max((match.similarity for match in surest.matches), default=0.0))


def is_nobodys(finding: Finding) -> bool:
    """Whether it is surely a logo, and like no recorded mark."""
    likest = max((match.score for match in finding.matches), default=0.0)
    return finding.detection.score >= SURE and likest < NOBODYS


def _release(verdict: VerdictOut) -> str:
    """By which models it was judged; empty if they are no release."""
    return (None if verdict.snapshot is None else verdict.snapshot.release) or ""
