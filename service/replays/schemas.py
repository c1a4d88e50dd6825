"""Shapes of replays."""

from typing import Any

from pydantic import ConfigDict, Field

from service.scans.schemas import VerdictOut
from service.schemas import Outgoing

REPLAY_EXAMPLE: dict[str, Any] = {
    "scan_id": "scan_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "same": True,
    "registry_revision": 17,
    "marks": 5056,
    "other_models": [],
    "differences": [],
    "verdict": {
        "decision": "pass",
        "threshold": 0.3,
        "suspicions": [],
        "models": {"detector": "c1" * 32},
        "milliseconds": {"detect": 70.2},
    },
}


class ReplayOut(Outgoing):
    """What a scan's verdict would be now, by the registry of then."""

    model_config = ConfigDict(json_schema_extra={"examples": [REPLAY_EXAMPLE]})

    scan_id: str
    same: bool = Field(description="Whether the verdict is the stored one, but for times.")
    registry_revision: int = Field(description="Of the registry it was reached by, then and now.")
    marks: int = Field(description="Marks that were matched then.")
    other_models: list[str] = Field(description="Roles whose model or settings have been replaced since.")
    differences: list[str] = Field(description="In words.")
    verdict: VerdictOut
