"""Shapes of stations: what they say about themselves, what they are told."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from service.scans.declarations import Mode
from service.schemas import Incoming, Outgoing
from service.stations.policy import Failing

Worry = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Count = Annotated[int, Field(ge=0, le=2**53)]
State = Literal["fine", "warning", "stopped"]
StateOut = Literal["fine", "warning", "stopped", "silent", "unknown"]


class Frames(Incoming):
    """Images since the last heartbeat that a camera in order would not take."""

    dark: Count = 0
    saturated: Count = 0
    frozen: Count = Field(default=0, description="The same as the one before.")


class Heartbeat(Incoming):
    """What a station's agent says about itself, every half minute."""

    sent_at: AwareDatetime = Field(description="By the station's clock.")
    agent: Annotated[str, StringConstraints(max_length=100)] = Field(examples=["tidewaiter-station/0.1.0"])
    waiting: Count = Field(description="Scans in its spool.")
    waiting_bytes: Count = 0
    oldest_at: AwareDatetime | None = Field(default=None, description="Since when the oldest of them waits.")
    last_image_at: AwareDatetime | None = None
    quarantined: Count = Field(default=0, description="Files that could not be sent.")
    frames: Frames | None = None
    state: State = "fine"
    worries: list[Worry] = Field(default_factory=list, max_length=16)


class PolicyOut(Outgoing):
    """What the station does without an answer."""

    default: Failing
    modes: dict[Mode, Failing] = Field(description="Where it is another one, by supervision mode.")


class QueueOut(Outgoing):
    """How full the service is."""

    waiting: int
    room: int


class HeartbeatOut(Outgoing):
    """What the station should know."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "server_time": "2026-03-02T09:15:00.120Z",
                    "clock_skew_ms": -38,
                    "answer_within_ms": 12000,
                    "policy": {"default": "fail_closed", "modes": {"mail": "fail_open"}},
                    "queue": {"waiting": 1, "room": 18},
                }
            ]
        }
    )

    server_time: datetime
    clock_skew_ms: int = Field(description="The station's clock minus ours; the way here counts as no time.")
    answer_within_ms: int | None
    policy: PolicyOut
    queue: QueueOut


class StationOut(Outgoing):
    """A station as the office sees it."""

    name: str
    office: str
    state: StateOut = Field(
        description="What it said of itself; silent if it says nothing any more; unknown if it never did."
    )
    answer_within_ms: int | None
    policy: PolicyOut
    officer_answers: bool = Field(description="A suspicion waits for the officer at the belt.")
    heartbeat_at: datetime | None
    clock_skew_ms: int | None
    heartbeat: Heartbeat | None


class StationsOut(Outgoing):
    """All stations of an office."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[StationOut]
