"""Shapes of drift: series of figures, alarms, how accurate the routine is."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints

from service.schemas import Incoming, Officer, Outgoing

Metric = Literal[
    "brightness",
    "contrast",
    "sharpness",
    "saturation",
    "size",
    "colour_map",
    "score",
    "novelty",
    "alerts",
    "unmatched",
    "nothing_found",
    "false_alarms",
    "false_alarm_reason",
    "tests_wrong",
    "late",
]
AlarmState = Literal["open", "acknowledged", "over"]
ALARM: dict[str, Any] = {
    "id": "drift_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "metric": "brightness",
    "modality": "photo",
    "office": "main",
    "station": "dock-3",
    "subject": "",
    "value": 0.93,
    "limit": 0.25,
    "hint": "lamp_or_exposure_at_station",
    "text": "A lamp has aged or failed, or the camera's exposure was changed, at this station.",
    "state": "open",
    "raised_at": "2026-03-02T09:15:00Z",
    "seen_at": "2026-03-02T11:30:00Z",
    "acknowledged_by": None,
    "acknowledged_at": None,
    "note": None,
    "over_at": None,
}


class PointOut(Outgoing):
    """One day."""

    day: str = Field(description="Of UTC.")
    count: int = Field(description="Views, or decisions.")
    value: float = Field(description="The mean of a figure, or the rate; of colour_map, the share in colours.")
    low: float = Field(description="A tenth of the views is below it; of a rate, its 95 % interval.")
    high: float = Field(description="A tenth of the views is above it; likewise.")


class SeriesOut(Outgoing):
    """One metric over days, oldest first; days without any are left out, and today is not over."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "metric": "brightness",
                    "modality": "photo",
                    "station": "dock-3",
                    "subject": None,
                    "points": [{"day": "2026-03-02", "count": 8123, "value": 141.2, "low": 96.1, "high": 188.4}],
                }
            ]
        }
    )

    metric: Metric
    modality: Literal["photo", "xray", "all"]
    station: str | None
    subject: str | None
    points: list[PointOut]

    @property
    def bars(self) -> Sequence[tuple[str, float]]:
        """As plots are drawn: label, value."""
        return [(point.day[5:], round(point.value, 4)) for point in self.points]


class DriftAlarmOut(Outgoing):
    """Something that is not as it was."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALARM]})

    id: str
    metric: str
    modality: str
    office: str | None
    station: str | None = Field(description="null: at all stations together.")
    subject: str = Field(description="The mark or the reason that it is about, or empty.")
    value: float = Field(description="When it was last seen: the population stability index, or the rate.")
    limit: float = Field(description="Beyond which it is an alarm.")
    hint: str
    text: str = Field(description="The likely cause, in English.")
    state: AlarmState
    raised_at: datetime
    seen_at: datetime = Field(description="When it was still so; it is over a day after.")
    acknowledged_by: str | None
    acknowledged_at: datetime | None
    note: str | None
    over_at: datetime | None


class DriftAlarmsOut(Outgoing):
    """Alarms, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ALARM]}]})

    items: list[DriftAlarmOut]


class AcknowledgementIn(Incoming):
    """Somebody knows of it."""

    officer: Officer | None = Field(default=None, description="Who; whoever asks if it is not given.")
    note: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)] | None = None


class ShareOut(Outgoing):
    """`hits` of `count`, with the 95 % interval of the rate (Wilson 1927); without any, nothing is known of it."""

    hits: int
    count: int
    low: float
    high: float


class ReasonShareOut(Outgoing):
    """Of all suspicions that were settled, those that were wrong for one reason."""

    action: str
    reason: str | None
    share: ShareOut


class WeekOut(Outgoing):
    """The decisions of one week, from Monday on."""

    week: str = Field(description="The Monday, in UTC.")
    decided: int
    false_alarms: ShareOut = Field(description="Of those that were settled.")
    reasons: list[ReasonShareOut] = Field(description="The most frequent first.")
    tests_right: ShareOut = Field(description="Of tests that were mixed in.")
    late: ShareOut = Field(description="After the time by which the alert was due.")
    median_seconds: float | None = Field(description="From claim, or else from alert, to decision.")


class AccuracyOut(Outgoing):
    """The routine, week by week, oldest first; the last one is not over."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"weeks": []}]})

    weeks: list[WeekOut]
