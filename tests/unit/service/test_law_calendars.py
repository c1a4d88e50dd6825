"""Working days: make-up days count, unpublished years are provisional, and the calendars are editable data."""

from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.law.calendars import WorkCalendar
from service.law.errors import BadLaw
from service.law.library import SHIPPED, Law

LAW = Law.load()
CN = LAW.calendar("cn")
VECTORS = [  # notice served, then the 3rd, 20th, 30th and 50th working day after it
    ("2026-09-17", "2026-09-21", "2026-10-21", "2026-11-04", "2026-12-02"),  # Sunday 20 September is worked
    ("2026-09-30", "2026-10-10", "2026-11-03", "2026-11-17", "2026-12-15"),  # so is Saturday 10 October
    ("2026-02-12", "2026-02-24", "2026-03-18", "2026-04-01", "2026-04-30"),
    ("2026-04-30", "2026-05-08", "2026-06-01", "2026-06-15", "2026-07-14"),
    ("2026-06-01", "2026-06-04", "2026-06-30", "2026-07-14", "2026-08-11"),
]


@pytest.mark.parametrize("vector", VECTORS)
def test_deadlines_are_those_of_the_published_calendar(vector: tuple[str, ...]) -> None:
    served, *expected = (date.fromisoformat(day) for day in vector)
    for count, due in zip((3, 20, 30, 50), expected, strict=True):
        deadline = CN.add_working_days(served, count)
        assert (deadline.due, deadline.provisional) == (due, False)


def test_each_day_is_worked_as_the_state_council_announced() -> None:
    day = date(2023, 1, 1)
    while day.year <= 2026:
        assert CN.is_working_day(day) == chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_a_deadline_that_crosses_into_an_unpublished_year_is_provisional_until_it_is_published(tmp_path: Path) -> None:
    served = date(2026, 12, 10)
    before = CN.add_working_days(served, 30)
    assert (before.due, before.provisional) == (date(2027, 1, 21), True)  # counted by weekdays
    (tmp_path / "calendars").mkdir()
    shipped = (SHIPPED / "calendars" / "cn.toml").read_text(encoding="utf-8")
    year = "\n[years.2027]\nholidays = [2027-01-01]\nmakeup = [2027-01-03]\n"
    (tmp_path / "calendars" / "cn.toml").write_text(shipped + year, encoding="utf-8")
    after = Law.load(tmp_path).calendar("cn").add_working_days(served, 30)
    assert (after.due, after.provisional) == (date(2027, 1, 21), False)  # the holiday and the make-up day cancel out


def test_where_no_holidays_are_entered_every_deadline_is_provisional() -> None:
    assert LAW.calendar("weekdays").add_working_days(date(2026, 3, 2), 1).provisional


@given(st.dates(date(2023, 1, 1), date(2026, 6, 1)), st.integers(1, 60))
def test_counting_back_gives_what_was_counted(start: date, count: int) -> None:
    due = CN.add_working_days(start, count).due
    assert CN.is_working_day(due)
    assert CN.working_days_between(start, due) == count
    assert CN.working_days_between(due, start) == 0


@pytest.mark.parametrize("count", [0, -1])
def test_nothing_is_due_after_no_days(count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        CN.add_working_days(date(2026, 3, 2), count)


BROKEN = {
    "a holiday of another year": "[years.2026]\nholidays = [2025-01-01]",
    "a day both off and worked": "[years.2026]\nholidays = [2026-01-03]\nmakeup = [2026-01-03]",
    "a make-up day that is no weekend day": "[years.2026]\nmakeup = [2026-01-05]",
    "an unknown key": "colour = 3",
    "a year that is none": "[years.next]\nholidays = []",
    "no TOML": "[[[",
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_calendar_that_contradicts_itself_is_refused_by_name(tmp_path: Path, what: str) -> None:
    (tmp_path / "calendars").mkdir()
    head = 'id = "own"\ntitle = "Own"\ncitation = "us"\nverified = true\n'
    (tmp_path / "calendars" / "own.toml").write_text(head + BROKEN[what], encoding="utf-8")
    with pytest.raises(BadLaw, match="own.toml"):
        Law.load(tmp_path)


def test_a_calendar_knows_itself() -> None:
    calendar = WorkCalendar(id="x", title="x", citation="x", verified=False)
    assert not calendar.is_published(2026)
    assert calendar.is_working_day(date(2026, 3, 2))
    assert not calendar.is_working_day(date(2026, 3, 1))
