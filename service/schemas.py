"""Shapes that several nouns share. Whatever comes in is strict: an unknown field is an error."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
StationName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]
Officer = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
ParcelNumber = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128)]
Words = Annotated[str, StringConstraints(max_length=200)] | None  # what is searched for


class Incoming(BaseModel):
    """Something a caller sends."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Outgoing(BaseModel):
    """Something the service answers."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MarkOut(Outgoing):
    """A recorded mark, as far as a match needs it."""

    mark_id: str
    title: str
    holder: str
