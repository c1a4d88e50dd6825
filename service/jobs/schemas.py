"""Shapes of jobs."""

from datetime import datetime
from typing import Any, Literal

from pydantic import ConfigDict, Field

from service.schemas import Outgoing

JOB_EXAMPLE: dict[str, Any] = {
    "id": "job_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "kind": "rescreen",
    "state": "running",
    "options": {"mark_id": "kestrique", "office": "main"},
    "steps": [
        {
            "name": "search",
            "state": "running",
            "done": 120000,
            "total": 1000000,
            "note": "",
            "started_at": "2026-03-02T09:15:00Z",
            "seconds": 0.4,
        }
    ],
    "result": None,
    "message": None,
    "created_by": "anna",
    "created_at": "2026-03-02T09:14:59Z",
    "finished_at": None,
}
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

    model_config = ConfigDict(json_schema_extra={"examples": [JOB_EXAMPLE]})

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

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [JOB_EXAMPLE]}]})

    items: list[JobOut]
