"""Shapes of retraining jobs."""

from datetime import datetime
from typing import Literal

from pydantic import Field, field_validator

from service.schemas import Incoming

TrainedRole = Literal["detector", "embedder", "xray_detector", "xray_embedder"]
Mode = Literal["trial", "smoke", "full"]
Cause = Literal["asked", "schedule", "drift"]


class RetrainIn(Incoming):
    """A retraining that is asked for."""

    roles: list[TrainedRole] = Field(default=["embedder"], min_length=1, max_length=4)
    mode: Mode = Field(default="full", description="trial and smoke: a minute or some on two cores, to try the way.")
    minutes: float = Field(default=60.0, gt=0, le=10_080, description="Of fine-tuning, all models together.")
    seed: int = Field(default=1, ge=0, lt=2**31)
    since: datetime | None = Field(default=None, description="Only what was said from then on; all if left out.")
    cause: Cause = "asked"
    officer: str | None = Field(default=None, max_length=128)

    @field_validator("roles")
    @classmethod
    def _once(cls, roles: list[TrainedRole]) -> list[TrainedRole]:
        if len(set(roles)) < len(roles):
            raise ValueError("each role once")
        return roles
