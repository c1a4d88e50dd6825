"""What a shadow would have changed."""

from collections.abc import Mapping, Sequence
from statistics import median

from service.alerts.rules import ReviewRules
from service.database import Database
from service.modelops import looks
from service.modelops.releasing import found
from service.modelops.schemas import ShadowCase, ShadowReport
from service.tables import ShadowLookRow

SHOWN = 50
Outcomes = Mapping[tuple[str, str], str]  # (scan, right holder) -> what officers decided


class Reporting:
    """Sums up what shadows saw."""

    def __init__(self, *, database: Database, rules: ReviewRules) -> None:
        self._database, self._rules = database, rules

    def shadow(self, release_id: str) -> ShadowReport:
        """A release's looks as a shadow, against what was said and done. Raises UnknownRelease."""
        with self._database.read() as session:
            found(session, release_id)
            rows = looks.of_release(session, release_id)
            outcomes = looks.outcomes(session, [row.scan_id for row in rows if row.document["lost"]])
        gained, lost = _cases(rows, "gained", {}), _cases(rows, "lost", outcomes)
        confirmed, unconfirmed = (self._rules.settling(how) for how in ("confirmed", "unconfirmed"))
        return ShadowReport(
            release_id=release_id,
            looks=len(rows),
            same=sum(row.same for row in rows),
            diverts=sum(row.document["stood"] == "divert" for row in rows),
            shadow_diverts=sum(row.document["decision"] == "divert" for row in rows),
            gained=gained[:SHOWN],
            lost=lost[:SHOWN],
            gained_count=len(gained),
            lost_count=len(lost),
            lost_confirmed=sum(case.decided in confirmed for case in lost),
            lost_unconfirmed=sum(case.decided in unconfirmed for case in lost),
            milliseconds=round(median(row.document["milliseconds"] for row in rows), 1) if rows else None,
        )


def _cases(rows: Sequence[ShadowLookRow], which: str, outcomes: Outcomes) -> list[ShadowCase]:
    return [
        ShadowCase(scan_id=row.scan_id, holder=holder, score=score, decided=outcomes.get((row.scan_id, holder)))
        for row in rows
        for holder, score in sorted(row.document[which].items())
    ]
