"""Dates, numbers and times left, as people of a language write them."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_decimal, format_percent

from service.console.catalogue import Catalogue

MINUTE, HOUR, DAY = 60, 3600, 86_400


class Formatting:
    """Writes for one language, in the time zone of the administration."""

    def __init__(self, strings: Catalogue, zone: ZoneInfo) -> None:
        self._t, self._zone, self._locale = strings, zone, strings.locale

    def moment(self, at: datetime) -> str:
        """Date and time."""
        return str(format_datetime(at, "medium", tzinfo=self._zone, locale=self._locale))

    def clock(self, at: datetime) -> str:
        """The time of day."""
        return str(format_time(at, "short", tzinfo=self._zone, locale=self._locale))

    def day(self, day: date) -> str:
        """A date."""
        return str(format_date(day, "medium", locale=self._locale))

    def day_of(self, moment: str) -> str:
        """The date of a moment in ISO 8601, where the administration is."""
        return self.day(datetime.fromisoformat(moment).astimezone(self._zone).date())

    def tenths(self, share: float) -> str:
        """A share from 0 to 1 in hundredths, with one digit behind the point."""
        return str(format_percent(share, "0.0%", locale=self._locale))

    def number(self, value: float, digits: int = 0) -> str:
        """A number with its separators."""
        return str(format_decimal(round(value, digits), locale=self._locale))

    def figure(self, value: float) -> str:
        """A measured number, to five digits behind the point."""
        return str(format_decimal(round(value, 5), "#,##0.#####", locale=self._locale))

    def score(self, value: float) -> str:
        """A number with two digits behind the point."""
        return str(format_decimal(value, "0.00", locale=self._locale))

    def percent(self, share: float) -> str:
        """A share from 0 to 1 in hundredths."""
        return str(format_percent(share, locale=self._locale))

    def left(self, left: timedelta) -> str:
        """How long there still is, or for how long it is late, in words."""
        seconds = round(abs(left.total_seconds()))
        late = left < timedelta(0)
        if seconds < HOUR:
            return self._t("time.late_minutes" if late else "time.left_minutes", count=max(1, seconds // MINUTE))
        if seconds < 2 * DAY:
            return self._t("time.late_hours" if late else "time.left_hours", count=seconds // HOUR)
        return self._t("time.late_days" if late else "time.left_days", count=seconds // DAY)

    def took(self, seconds: float) -> str:
        """How long something took."""
        if seconds < 2 * MINUTE:
            return self._t("time.seconds", count=round(seconds))
        return self._t("time.minutes", count=round(seconds / MINUTE))
