"""A jurisdiction's rules on recordations. Each rule says where it stands and whether somebody read it there."""

from datetime import date
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Rule(BaseModel):
    """A rule and its source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    citation: Text
    verified: bool = False  # somebody read the source


class Validity(Rule):
    """How long a recordation is valid."""

    years: int = Field(default=0, ge=0, le=100)
    months: int = Field(default=0, ge=0, le=1200)
    ends_with_right: bool = True

    @model_validator(mode="after")
    def _check_length(self) -> Self:
        if not self.years and not self.months:
            raise ValueError("validity needs years or months")
        return self


class Months(Rule):
    """A rule on a number of months."""

    months: int = Field(ge=0, le=1200)


class Days(Rule):
    """A rule on a number of days."""

    days: int = Field(ge=0, le=3660)


class WorkingDays(Rule):
    """A rule on a number of working days."""

    working_days: int = Field(ge=1, le=1000)


class NiceClasses(Rule):
    """For which classes of the Nice Classification marks are recorded."""

    first: int = Field(ge=1, le=45)
    last: int = Field(ge=1, le=45)


class ReasonCode(Rule):
    """A reason that the law knows."""

    code: Text
    text: Text


class RecordationRules(BaseModel):
    """The rules on recordations."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Text  # what a recordation is called there
    right_types: tuple[Text, ...]
    validity: Validity
    renewal_window: Months
    grace: Days
    review: WorkingDays | None = None
    change_report: WorkingDays | None = None
    nice_classes: NiceClasses
    reminders_days: tuple[int, ...] = (180, 90, 30)
    refusal_reasons: tuple[ReasonCode, ...]
    withdrawal_reasons: tuple[ReasonCode, ...] = ()


class Profile(BaseModel):
    """A jurisdiction's rules, as they stand from one day to another."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: Text
    jurisdiction: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    title: Text
    version: Text
    valid_from: date
    valid_to: date | None = None
    timezone: Text
    calendar: Text
    citations: tuple[Text, ...] = ()
    recordation: RecordationRules

    @field_validator("timezone")
    @classmethod
    def _check_timezone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except Exception as error:
            raise ValueError(f"{name!r} is no time zone") from error
        return name

    def in_effect(self, day: date) -> bool:
        """Whether these rules are those of `day`."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
