"""Counts the views of days that are over, once: the weeks before are looked at every quarter of an hour."""

from datetime import UTC, datetime, time, timedelta

from sqlalchemy.exc import IntegrityError

from service.database import Database
from service.drift import repository

BACK = 60  # days that are counted, should nobody have looked for long
SETTLED = timedelta(minutes=10)  # after midnight, until the last verdicts are written
DAY = timedelta(days=1)


def roll_up(database: Database, modality: str, now: datetime) -> int:
    """Count all days that are over and not counted yet. Returns how many; two processes at a time do no harm."""
    with database.read() as session:
        first = repository.first_view(session, modality)
        if first is None:
            return 0
        start = max(midnight(now) - BACK * DAY, midnight(first))
        kept = repository.days_kept(session, modality, name_of(start))
    missing = []
    while start + DAY + SETTLED <= now:
        if name_of(start) not in kept:
            missing.append(start)
        start += DAY
    return sum(_keep(database, modality, day) for day in missing)


def midnight(moment: datetime) -> datetime:
    """When the moment's day of UTC began."""
    return datetime.combine(moment.astimezone(UTC).date(), time(), UTC)


def name_of(moment: datetime) -> str:
    """The moment's day of UTC, YYYY-MM-DD."""
    return moment.astimezone(UTC).date().isoformat()


def _keep(database: Database, modality: str, day: datetime) -> bool:
    with database.read() as session:
        found = repository.tallies(session, modality, day, day + DAY)
    if not found:
        return False
    try:
        with database.write() as session:
            repository.keep_day(session, modality, name_of(day), found)
    except IntegrityError:  # another process was faster; it counted the same views
        return False
    return True
