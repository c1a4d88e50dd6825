"""Shapes of right holders."""

from datetime import datetime
from typing import Any

from pydantic import ConfigDict, Field

from service.holders.documents import HolderIn
from service.parties import Note
from service.schemas import Officer, Outgoing

HOLDER: dict[str, Any] = {
    "name": "Kestrel Lantern Works",
    "kind": "company",
    "country": "NL",
    "identifiers": [{"type": "eori", "value": "NL123456789"}],
}
HOLDER_EXAMPLE: dict[str, Any] = {
    "id": "holder_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "version": 1,
    "holder": HOLDER,
    "created_at": "2026-03-02T09:15:00Z",
    "updated_at": "2026-03-02T09:15:00Z",
}


class HolderEntry(HolderIn):
    """A right holder as it is entered or changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [HOLDER | {"officer": "r.egistrar"}]})

    officer: Officer
    reason: Note | None = None


class HolderOut(Outgoing):
    """A right holder as officers see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [HOLDER_EXAMPLE]})

    id: str
    version: int = Field(description="Counts its changes; send it as If-Match to change it.")
    holder: HolderIn
    created_at: datetime
    updated_at: datetime


class HolderPage(Outgoing):
    """Right holders in the order in which they were entered."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [HOLDER_EXAMPLE], "next_cursor": None}]})

    items: list[HolderOut]
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next page; null on the last one.")
