"""Shapes of jobs."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from service.schemas import Outgoing

JobState = Literal["queued", "running", "done", "failed", "cancelled"]


class StepOut(Outgoing):
    """One step of a job."""

    name: str
    state: Literal["running", "done"]
    done: int
    total: int | None
    note: str
    started_at: datetime
    seconds: float


class JobOut(Outgoing):
    """A job and how far it is."""

    id: str
    kind: str
    state: JobState
    options: dict[str, Any]
    steps: list[StepOut]
    result: dict[str, Any] | None
    message: str | None = Field(description="Why it failed.")
    created_by: str
    created_at: datetime
    finished_at: datetime | None


class JobPage(Outgoing):
    """Jobs, the newest first."""

    items: list[JobOut]
