"""What is known of a right holder."""

from typing import Literal

from pydantic import Field

from service.parties import Country, Identifier, Note, PartyName, Representative
from service.schemas import Incoming


class Contact(Incoming):
    """Whom to reach. Never shown to the public."""

    name: PartyName
    role: Note | None = None
    phone: Note | None = None
    email: Note | None = None
    language: Note | None = None
    out_of_hours: bool = False


class HolderIn(Incoming):
    """A right holder."""

    name: PartyName = Field(examples=["Kestrel Lantern Works"])
    name_local: PartyName | None = Field(default=None, description="In its own script.")
    kind: Literal["company", "person", "unknown"] = "unknown"
    country: Country | None = Field(default=None, description="Of its nationality or seat, ISO 3166-1.")
    address: Note | None = None
    identifiers: list[Identifier] = Field(default_factory=list, max_length=8)
    contacts: list[Contact] = Field(default_factory=list, max_length=50)
    representatives: list[Representative] = Field(default_factory=list, max_length=50)
