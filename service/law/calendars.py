"""Working days, with make-up days: weekend days that are worked for a holiday on a weekday (Chinese tiaoxiu).

A year that is not published yet is counted by weekdays, and what is counted in it is provisional.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

SATURDAY = 5
LONGEST = 3660  # days looked at for one deadline: ten years
Year = Annotated[str, StringConstraints(pattern=r"^(19|20|21)\d\d$")]


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """The last day of a term; provisional if a year whose calendar is not published was counted in."""

    due: date
    provisional: bool


class WorkYear(BaseModel):
    """The days of one year that are not as their weekday says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    holidays: frozenset[date] = frozenset()  # off; weekend days may be among them
    makeup: frozenset[date] = frozenset()  # weekend days that are worked


class WorkCalendar(BaseModel):
    """The working days of a jurisdiction, by year."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    title: str
    citation: str
    verified: bool
    years: Mapping[Year, WorkYear] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        for name, year in self.years.items():
            for day in year.holidays | year.makeup:
                if day.year != int(name):
                    raise ValueError(f"{day} is listed in the year {name}")
            for day in year.holidays & year.makeup:
                raise ValueError(f"{day} is both a holiday and a make-up working day")
            for day in year.makeup:
                if day.weekday() < SATURDAY:
                    raise ValueError(f"{day} is listed as a make-up day, but is no weekend day")
        return self

    def is_published(self, year: int) -> bool:
        """Whether the year's holidays are known."""
        return str(year) in self.years

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is worked; by its weekday if the year is not published."""
        year = self.years.get(str(day.year), WorkYear())
        return day in year.makeup or (day.weekday() < SATURDAY and day not in year.holidays)

    def add_working_days(self, start: date, count: int) -> Deadline:
        """The `count`-th working day after `start`, which itself does not count (Measures 2009 No. 183, art. 41)."""
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        left, provisional = count, False
        for ahead in range(1, LONGEST + 1):
            day = start + timedelta(days=ahead)
            provisional = provisional or not self.is_published(day.year)
            left -= self.is_working_day(day)
            if left == 0:
                return Deadline(due=day, provisional=provisional)
        raise ValueError(f"{count} working days after {start} are more than {LONGEST} days ahead")

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days there are after `start`, up to and including `end`; 0 if `end` is not after it."""
        days = max(0, (end - start).days)
        return sum(self.is_working_day(start + timedelta(days=ahead)) for ahead in range(1, days + 1))
