"""The terms of a recordation: when it ends, when it may be renewed, when customs have to decide on it. Pure."""

import calendar
from datetime import date, timedelta

from service.law.calendars import Deadline, WorkCalendar
from service.law.profiles import Profile


def end_of_validity(profile: Profile, first: date, right_expires_on: date | None) -> date:
    """The last day of a recordation that is valid from `first`, or of the right itself if that ends before.

    A term of ten years from 2 March 2026 ends with 1 March 2036.
    """
    rule = profile.recordation.validity
    last = months_later(first, 12 * rule.years + rule.months) - timedelta(days=1)
    if right_expires_on is not None and rule.ends_with_right:
        return min(last, right_expires_on)
    return last


def renewal_opens(profile: Profile, valid_to: date) -> date:
    """The first day on which a recordation that ends with `valid_to` may be renewed."""
    return months_later(valid_to, -profile.recordation.renewal_window.months)


def review_due(profile: Profile, work: WorkCalendar, submitted_on: date) -> Deadline | None:
    """By when customs have to decide on full papers; None where the law sets no term."""
    rule = profile.recordation.review
    return None if rule is None else work.add_working_days(submitted_on, rule.working_days)


def months_later(day: date, months: int) -> date:
    """The same day of another month; the last of it where it has no such day."""
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if months < 0 else date.max
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
