"""Shapes of questions to officers, and of their answers."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from inference.vocabulary import Modality
from service.labels.statements import Category
from service.scans.schemas import Box
from service.schemas import Incoming, Officer, Outgoing

SamplerName = Literal[
    "random",
    "near_threshold",
    "detector_matcher_disagreement",
    "views_disagree",
    "novelty",
    "rare_mark",
    "champion_challenger",
    "declared_brand_no_hit",
]
State = Literal["open", "answered", "expired"]
TASK_EXAMPLE: dict[str, Any] = {
    "id": "task_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "view": 0,
    "url": "/v1/scans/scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80/views/0",
    "modality": "photo",
    "box": [412.0, 233.5, 530.0, 341.0],
    "sampler": "near_threshold",
    "candidates": ["kestrel-lantern", "harbour-fox"],
    "state": "open",
    "claimed_by": "j.doe",
    "claim_until": "2026-03-02T09:25:00Z",
    "answer": None,
    "answered_by": None,
    "answered_at": None,
    "created_at": "2026-03-02T09:15:00Z",
}


COUNTS_EXAMPLE: dict[str, Any] = {
    "by_state": {"answered": 120, "open": 14},
    "by_sampler": {"near_threshold": {"answered": 80, "open": 14}, "random": {"answered": 40}},
    "today": 21,
    "a_day": 200,
}


class AnswerIn(Incoming):
    """What is at the place."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"category": "logo", "mark_id": "kestrel-lantern"}, {"category": "not_a_logo"}]}
    )

    category: Category
    mark_id: str | None = Field(
        default=None, min_length=1, max_length=200, description="None: a logo that is not recorded."
    )
    box: Box | None = Field(default=None, description="Where it really is, if it is not where was asked.")
    officer: Officer | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.category == "not_a_logo" and (self.mark_id is not None or self.box is not None):
            raise ValueError("what is not_a_logo has no mark_id, and its box is the one that was asked about")
        return self


class ClaimIn(Incoming):
    """Take some questions."""

    count: Annotated[int, Field(ge=1, le=50)] = 1
    officer: Officer | None = None


class SkipIn(Incoming):
    """Pass a question over."""

    officer: Officer | None = None


class TaskOut(Outgoing):
    """A place that somebody should look at."""

    model_config = ConfigDict(json_schema_extra={"examples": [TASK_EXAMPLE]})

    id: str
    scan_id: str
    view: int
    url: str = Field(description="Of the view's picture.")
    modality: Modality
    box: Box
    sampler: SamplerName = Field(description="Why it was chosen.")
    candidates: list[str] = Field(description="Marks that it may be, the likeliest first.")
    state: State
    claimed_by: str | None
    claim_until: datetime | None
    answer: dict[str, Any] | None
    answered_by: str | None
    answered_at: datetime | None
    created_at: datetime


class TaskList(Outgoing):
    """Questions that the officer holds now."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [TASK_EXAMPLE]}]})

    items: list[TaskOut]


class TaskCounts(Outgoing):
    """How many questions there are."""

    model_config = ConfigDict(json_schema_extra={"examples": [COUNTS_EXAMPLE]})

    by_state: dict[str, int]
    by_sampler: dict[str, dict[str, int]] = Field(description="Sampler -> state -> how many.")
    today: int = Field(description="New in the last 24 hours.")
    a_day: int = Field(description="As many as there may be.")
