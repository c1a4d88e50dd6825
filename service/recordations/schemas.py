"""Shapes of recordations: what callers send, what they are told."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import Path
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from service.holders.documents import HolderIn
from service.onboarding.schemas import SELF_TEST_EXAMPLE, SelfTestOut
from service.parties import Country, Note
from service.recordations.documents import Code, Content, Filing, MarkIn
from service.recordations.states import Event, Standing, Status
from service.schemas import Incoming, Officer, Outgoing

RecordationId = Annotated[str, Path(min_length=1, max_length=64, description="Identifier of the recordation.")]
HolderId = Annotated[str, StringConstraints(min_length=1, max_length=64)]

FILING_EXAMPLE: dict[str, Any] = {
    "jurisdiction": "CN",
    "officer": "r.egistrar",
    "holder": {"name": "Kestrel Lantern Works", "country": "NL"},
    "number": "T2026-000117",
    "status": "approved",
    "decided_on": "2026-03-02",
    "goods": [{"nice_class": 11, "text": "lanterns; lamps"}],
    "authorised_users": [
        {
            "name": "Harbour Lamps Ltd.",
            "identifiers": [{"type": "eori", "value": "NL123456789"}],
            "role": "exporter",
        }
    ],
    "marks": [{"mark_id": "kestrel-lantern", "title": "Kestrel Lantern", "pictures": [{"file": "lantern.svg"}]}],
}


RECORDATION_EXAMPLE: dict[str, Any] = {
    "id": "recordation_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "version": 1,
    "jurisdiction": "CN",
    "profile": "cn-2024",
    "holder_id": "holder_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "holder": "Kestrel Lantern Works",
    "standing": "approved",
    "in_force": True,
    "procedure": {
        "status": "approved",
        "decided_on": "2026-03-02",
        "valid_from": "2026-03-02",
        "valid_to": "2036-03-01",
    },
    "review_due_on": None,
    "review_due_provisional": False,
    "renewal_opens_on": "2035-09-01",
    "content": {key: FILING_EXAMPLE[key] for key in ("number", "goods", "authorised_users")},
    "marks": [{"mark_id": "kestrel-lantern", "title": "Kestrel Lantern", "pictures": []}],
    "self_tests": {"kestrel-lantern": SELF_TEST_EXAMPLE},
    "events": ["renew", "suspend", "lapse", "cancel", "revoke"],
    "registry_revision": 17,
    "created_at": "2026-03-02T09:15:00Z",
    "updated_at": "2026-03-02T09:15:00Z",
}
CHANGE_EXAMPLE: dict[str, Any] = {
    "id": "change_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "at": "2026-03-02T09:15:00Z",
    "officer": "r.egistrar",
    "action": "entered",
    "reason": None,
    "registry_revision": 17,
    "before": None,
    "after": {"procedure": {"status": "approved"}},
}


class Procedure(Incoming):
    """Where a recordation is in its life cycle, and since when."""

    status: Status = "draft"
    submitted_on: date | None = None
    decided_on: date | None = Field(default=None, description="Approved or refused on this day.")
    valid_from: date | None = Field(default=None, description="Its first day; the day of approval if not given.")
    valid_to: date | None = Field(default=None, description="Its last day; as the jurisdiction rules if not given.")
    refusal_reason: Code | None = None
    ended_on: date | None = Field(default=None, description="Lapsed, cancelled or revoked on this day.")
    end_reason: Note | None = None


class RecordationIn(Filing, Procedure):
    """A new recordation: a draft, or one that customs decided on before it was entered here."""

    model_config = ConfigDict(json_schema_extra={"examples": [FILING_EXAMPLE]})

    jurisdiction: Country | None = Field(default=None, description="The service's own if not given.")
    holder: HolderIn | None = Field(default=None, description="Found by name and country, or else entered.")
    holder_id: HolderId | None = None
    officer: Officer = Field(description="Who enters it.")

    @model_validator(mode="after")
    def _check_holder(self) -> Self:
        if (self.holder is None) == (self.holder_id is None):
            raise ValueError("give either holder or holder_id")
        return self


class FilingChange(Filing):
    """The whole new content of a recordation; pictures that it keeps are named by their sha256."""

    officer: Officer
    reason: Note | None = None
    holder_id: HolderId | None = Field(default=None, description="With a change of ownership: the new right holder.")


class EventIn(Incoming):
    """Something that happens to a recordation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"event": "submit", "officer": "r.egistrar", "on": "2026-03-02"},
                {"event": "revoke", "officer": "r.egistrar", "reason": "Facts were not truthful."},
            ]
        }
    )

    event: Event
    officer: Officer
    on: date | None = Field(default=None, description="The day it takes effect; today if not given.")
    number: Code | None = Field(default=None, description="With approve: the number customs give.")
    reason: Note | None = Field(default=None, description="Needed to refuse and to revoke.")


class PictureOut(Outgoing):
    """One reference picture of a mark."""

    sha256: str
    kind: Literal["artwork", "photo"]
    purpose: str
    name: str
    size: int = Field(description="Bytes.")


class MarkDetails(MarkIn):
    """A mark of a recordation; its pictures are stored."""

    pictures: list[PictureOut] = Field(default_factory=list)  # type: ignore[assignment]


class RecordationOut(Outgoing):
    """A recordation as officers see it."""

    model_config = ConfigDict(json_schema_extra={"examples": [RECORDATION_EXAMPLE]})

    id: str
    version: int = Field(description="Counts its changes; send it as If-Match to change it.")
    jurisdiction: str
    profile: str = Field(description="The jurisdiction's rules it was entered under.")
    holder_id: str
    holder: str
    standing: Standing = Field(description="Its status, or expiring or expired by today's date.")
    in_force: bool = Field(description="Whether its marks are matched today.")
    procedure: Procedure
    review_due_on: date | None
    review_due_provisional: bool = Field(description="The calendar of the year it falls in is not published yet.")
    renewal_opens_on: date | None
    content: Content
    marks: list[MarkDetails]
    self_tests: dict[str, SelfTestOut] = Field(description="Mark -> its self-test when it was recorded or changed.")
    events: list[Event] = Field(description="What can happen to it now.")
    registry_revision: int = Field(description="Of the registry, when this recordation last changed.")
    created_at: datetime
    updated_at: datetime


class ChangeOut(Outgoing):
    """One change: who, when, what, before and after."""

    id: str
    at: datetime
    officer: str
    action: str
    reason: str | None
    registry_revision: int
    before: dict[str, Any] | None
    after: dict[str, Any]


class History(Outgoing):
    """All changes of one recordation, oldest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [CHANGE_EXAMPLE]}]})

    items: list[ChangeOut]
