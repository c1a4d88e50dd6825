"""Shapes of alerts and of officers' decisions."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from service.scans.schemas import LANTERN, SUSPICION_EXAMPLE, Box, SuspicionOut
from service.schemas import Incoming, MarkOut, Officer, Outgoing

Status = Literal["open", "proposed", "decided"]
TierName = Literal["stop_now", "check", "information"]
TIERS: tuple[TierName, ...] = ("stop_now", "check", "information")
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
Code = Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,64}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000)]

DECISION_EXAMPLE: dict[str, Any] = {
    "action": "hold",
    "officer": "j.doe",
    "reason": "Poor print, no invoice.",
    "mark_id": None,
    "before": {"status": "open", "mark_id": "kestrel-lantern", "holder": "Kestrel Lantern Works", "score": 0.87},
    "decided_at": "2026-03-02T09:21:40Z",
    "state": "standing",
    "reason_code": "poor_print",
    "correction": None,
    "batch": None,
    "effective_at": "2026-03-02T09:21:50Z",
    "second": None,
    "second_at": None,
}
ALERT_EXAMPLE: dict[str, Any] = {
    "id": "alert_0193f0c2a6017d3e8c9a4b1f2d6e7a80",
    "scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "office": "main",
    "station": "dock-3",
    "parcel": "RX123456785NL",
    "status": "decided",
    "tier": "stop_now",
    "due_at": "2026-03-02T09:25:01Z",
    "claim": None,
    "note": None,
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


class Correction(Incoming):
    """Where the logo really is."""

    view: int = Field(ge=0)
    box: Box


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
    officer: Officer | None = Field(
        default=None, description="Whoever is signed in; a key whose system vouches for its officers may name another."
    )
    reason_code: Code | None = Field(default=None, description="One of the outcome's reasons.")
    reason: Text | None = None
    correction: Correction | None = Field(default=None, description="The box, as the officer drew it.")
    mark_id: str | None = Field(default=None, max_length=200, description="With other_mark: the mark it really is.")

    group: bool = Field(default=False, description="Decide all open ones of the same consignor, mark and day.")

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
    state: Literal["standing", "proposed"] = Field(description="`proposed` until a second officer agrees.")
    reason_code: str | None
    correction: dict[str, Any] | None
    batch: str | None = Field(description="Shared by those that were decided together.")
    effective_at: datetime | None = Field(description="It can be undone until then; no effect leaves before.")
    second: str | None = Field(description="The officer who agreed.")
    second_at: datetime | None


class SecondIn(Incoming):
    """What a second officer says of a proposed decision."""

    agrees: bool
    officer: Officer | None = None
    reason: Text | None = Field(default=None, description="Needed to refuse.")

    @model_validator(mode="after")
    def _check_reason(self) -> Self:
        if not self.agrees and not self.reason:
            raise ValueError("a refusal needs its reason")
        return self


class ActIn(Incoming):
    """Something an officer does that needs nothing but a name."""

    officer: Officer | None = None


class NoteIn(ActIn):
    """A note from one officer to the next; empty takes it away."""

    note: Text


class RecusalIn(ActIn):
    """Why an officer must have nothing to do with an alert."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]


class ClaimOut(Outgoing):
    """Who looks at an alert now."""

    officer: str
    since: datetime
    until: datetime


class AlertOut(Outgoing):
    """One right holder suspected in one scan."""

    model_config = ConfigDict(json_schema_extra={"examples": [ALERT_EXAMPLE]})

    id: str
    scan_id: str
    office: str
    station: str
    parcel: str
    status: Status
    tier: TierName
    due_at: datetime = Field(description="Until when it should be decided.")
    claim: ClaimOut | None
    note: str | None = Field(description="From one officer to the next.")
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
