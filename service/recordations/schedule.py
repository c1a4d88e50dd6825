"""When a recordation is in force, due for review, open for renewal: its dates put to the rules of its jurisdiction."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import cast
from zoneinfo import ZoneInfo

from service.clock import Clock, system_clock
from service.law.calendars import Deadline
from service.law.library import Law
from service.law.profiles import Profile
from service.law.terms import end_of_validity, renewal_opens, review_due
from service.recordations.documents import MATCHED
from service.recordations.rules import day_after
from service.recordations.states import Standing, Status, Term, standing
from service.registry.repository import Validity
from service.tables import RecordationRow


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Puts dates to rules."""

    law: Law
    clock: Clock = system_clock

    def profile_for(self, jurisdiction: str) -> Profile:
        """The rules of a jurisdiction today. Raises if none are known."""
        return self.law.profile_at(jurisdiction, self.clock().date())

    def today(self, profile: Profile) -> date:
        """The date where the rules apply."""
        return self.clock().astimezone(ZoneInfo(profile.timezone)).date()

    def term(self, row: RecordationRow) -> Term | None:
        """Its validity; None if it was never granted."""
        if row.valid_from is None:
            return None
        opens = None if row.valid_to is None else renewal_opens(self.law.profile(row.profile), row.valid_to)
        return Term(valid_from=row.valid_from, valid_to=row.valid_to, renewal_opens=opens)

    def standing(self, row: RecordationRow) -> Standing:
        """How it stands today."""
        return standing(cast(Status, row.status), self.term(row), self.today(self.law.profile(row.profile)))

    def validity(self, row: RecordationRow) -> Validity | None:
        """Between which moments its marks are matched; None if never."""
        if row.status != "approved" or row.right_type not in MATCHED or row.valid_from is None:
            return None
        zone = ZoneInfo(self.law.profile(row.profile).timezone)
        until = None if row.valid_to is None else _midnight(day_after(row.valid_to), zone)
        return Validity(since=_midnight(row.valid_from, zone), until=until)

    def in_force(self, row: RecordationRow) -> bool:
        """Whether its marks are matched now."""
        own, now = self.validity(row), self.clock()
        if own is None or own.since is None:
            return False
        return own.since <= now and (own.until is None or now < own.until)

    def review(self, row: RecordationRow) -> Deadline | None:
        """When customs have to decide; None if it is not in review, or no term is set for it."""
        if row.submitted_on is None or row.status not in ("submitted", "under_review"):
            return None
        profile = self.law.profile(row.profile)
        return review_due(profile, self.law.calendar(profile.calendar), row.submitted_on)

    def renewed(self, row: RecordationRow) -> date:
        """The last day of validity after a renewal: as long again, counted from the end of the term that runs."""
        profile = self.law.profile(row.profile)
        if row.valid_to is None:
            raise ValueError("a recordation without an end cannot be renewed")
        expires = row.document.get("right_expires_on")
        right = None if expires is None else date.fromisoformat(expires)
        return end_of_validity(profile, day_after(row.valid_to), right)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
