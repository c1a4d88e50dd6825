"""Shapes of alerts and of officers' decisions."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from service.scans.schemas import LANTERN, SUSPICION_EXAMPLE, SuspicionOut
from service.schemas import Incoming, MarkOut, Officer, Outgoing

Status = Literal["open", "decided"]
Action = Literal[
    "release",
    "hold",
    "suspend",
    "authorised_party",
    "not_a_logo",
    "other_mark",
    "not_recorded_goods",
    "unsure",
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]

DECISION_EXAMPLE: dict[str, Any] = {
    "action": "hold",
    "officer": "j.doe",
    "reason": "Poor print, no invoice.",
    "mark_id": None,
    "before": {"status": "open", "mark_id": "kestrel-lantern", "holder": "Kestrel Lantern Works", "score": 0.87},
    "decided_at": "2026-03-02T09:21:40Z",
}
ALERT_EXAMPLE: dict[str, Any] = {
    "id": "alert_0193f0c2a6017d3e8c9a4b1f2d6e7a80",
    "scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "station": "dock-3",
    "parcel": "RX123456785NL",
    "status": "decided",
    "mark": LANTERN,
    "score": 0.87,
    "sightings": [SUSPICION_EXAMPLE],
    "produced_by": {
        "snapshot": {"registry_revision": 17, "at": "2026-03-02T09:14:58Z"},
        "threshold": 0.3,
        "models": {"detector": "c1" * 32, "embedder": "d2" * 32, "judging": "f4" * 32},
    },
    "created_at": "2026-03-02T09:15:01Z",
    "decision": DECISION_EXAMPLE,
}


class DecisionIn(Incoming):
    """What an officer decides."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "hold", "officer": "j.doe", "reason": "Poor print, no invoice."},
                {"action": "other_mark", "officer": "j.doe", "mark_id": "harbour-fox"},
            ]
        }
    )

    action: Action
    officer: Officer
    reason: Text | None = None
    mark_id: str | None = Field(default=None, max_length=200, description="With other_mark: the mark it really is.")

    @model_validator(mode="after")
    def _check_mark(self) -> Self:
        if (self.action == "other_mark") != (self.mark_id is not None):
            raise ValueError("mark_id goes with the action other_mark, and only with it")
        return self


class DecisionOut(Outgoing):
    """A decision as it is stored."""

    action: Action
    officer: str
    reason: str | None
    mark_id: str | None
    before: dict[str, Any] = Field(description="The alert before it was decided.")
    decided_at: datetime


class AlertOut(Outgoing):
    """One right holder suspected in one scan."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALERT_EXAMPLE]})

    id: str
    scan_id: str
    station: str
    parcel: str
    status: Status
    mark: MarkOut
    score: float
    sightings: list[SuspicionOut] = Field(description="Where in the views, and why; strongest first.")
    produced_by: dict[str, Any] | None = Field(description="Registry revision, moment, models and threshold.")
    created_at: datetime
    decision: DecisionOut | None


class AlertPage(Outgoing):
    """Alerts, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ALERT_EXAMPLE], "next_cursor": None}]})

    items: list[AlertOut]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
