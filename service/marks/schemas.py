"""Shapes of the registry's requests and answers."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import ConfigDict, Field, StringConstraints

from inference.artwork.views import Kind
from service.recordations.states import Standing
from service.schemas import Incoming, Outgoing

MarkId = Annotated[
    str, Path(min_length=1, max_length=200, pattern=r"^[^\s/\\]+$", description="Identifier of the recorded mark.")
]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]

MARK_EXAMPLE: dict[str, Any] = {
    "mark_id": "kestrel-lantern",
    "title": "Kestrel Lantern",
    "holder": "Kestrel Lantern Works",
    "recordation_id": "recordation_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "number": "T2026-000117",
    "standing": "approved",
    "in_force": True,
    "artwork": [{"sha256": "5f" * 32, "kind": "artwork", "purpose": "registered", "name": "lantern.svg", "size": 1834}],
    "changed_at": "2026-03-02T09:15:00Z",
}


class MarkMetadata(Incoming):
    """What is recorded about a mark besides its artwork."""

    title: Text = Field(examples=["Kestrel Lantern"])
    holder: Text = Field(description="Right holder.", examples=["Kestrel Lantern Works"])


class PictureOut(Outgoing):
    """One picture of a mark."""

    sha256: str
    kind: Kind = Field(description="`artwork`, or `photo`: a photograph of the genuine goods.")
    purpose: str = Field(description="What it shows: registered, product, packaging, label, hardware, …")
    name: str
    size: int = Field(description="Bytes.")


class MarkDetail(Outgoing):
    """A recorded mark with its artwork."""

    model_config = ConfigDict(json_schema_extra={"examples": [MARK_EXAMPLE]})

    mark_id: str
    title: str
    holder: str
    recordation_id: str
    number: str | None = Field(description="Of its recordation.")
    standing: Standing
    in_force: bool = Field(description="Whether it is matched now.")
    artwork: list[PictureOut]
    changed_at: datetime


class MarkPage(Outgoing):
    """Marks in the order of their identifiers."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"items": [MARK_EXAMPLE], "next_cursor": "kestrel-lantern"}]}
    )

    items: list[MarkDetail]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
