"""Shapes of what is found."""

from datetime import date
from typing import Any

from pydantic import ConfigDict, Field

from service.recordations.states import Standing
from service.schemas import MarkOut, Outgoing

FOUND_EXAMPLE: dict[str, Any] = {
    "id": "recordation_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "number": "T2026-000117",
    "jurisdiction": "CN",
    "right_type": "trademark",
    "holder": "Kestrel Lantern Works",
    "marks": ["Kestrel Lantern"],
    "nice_classes": [11],
    "standing": "approved",
    "in_force": True,
    "valid_to": "2036-03-01",
    "likeness": 0.93,
}
ALIKE_EXAMPLE: dict[str, Any] = {
    "mark": {"mark_id": "kestrel-lantern", "title": "Kestrel Lantern", "holder": "Kestrel Lantern Works"},
    "similarity": 0.81,
    "score": 0.9,
    "reference": "5f" * 32,
    "recordation": FOUND_EXAMPLE,
}


class Found(Outgoing):
    """A recordation in a list."""

    id: str
    number: str | None
    jurisdiction: str
    right_type: str
    holder: str
    marks: list[str] = Field(description="Their words.")
    nice_classes: list[int]
    standing: Standing
    in_force: bool
    valid_to: date | None
    likeness: float | None = Field(default=None, description="To what was asked for in words, 0 to 1.")


class FoundPage(Outgoing):
    """Recordations: by likeness if words were asked for, otherwise newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [FOUND_EXAMPLE], "next_cursor": None}]})

    items: list[Found]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")


class Alike(Outgoing):
    """A recorded mark that a picture looks like."""

    mark: MarkOut
    similarity: float = Field(description="Cosine, -1 to 1.")
    score: float = Field(description="Calibrated probability that the picture shows the mark, by a first look.")
    reference: str = Field(description="sha256 of the filed picture that is most alike.")
    recordation: Found | None


class AlikePage(Outgoing):
    """Recorded marks that a picture looks like, likest first, one per right holder."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [ALIKE_EXAMPLE]}]})

    items: list[Alike]
