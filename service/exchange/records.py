"""What every reader gives: recordations as they can be filed, and the rows that cannot be used."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from pydantic import ValidationError

from service.errors import ServiceError
from service.problems import field_name
from service.recordations.schemas import RecordationIn


class BadExchangeFile(ServiceError):
    """The file cannot be read as what it is said to be."""

    status = 422


@dataclass(frozen=True, kw_only=True)
class Defaults:
    """What an import says for all its recordations, where the file says nothing.

    A trademark office's files hold registrations, which customs have not recorded by that: they are entered as drafts,
    unless whoever imports says that customs approved them, and when.
    """

    jurisdiction: str
    officer: str
    enter_as: Literal["draft", "approved"] = "draft"
    decided_on: date | None = None  # with approved


@dataclass(frozen=True, kw_only=True)
class Record:
    """One recordation of a file; its pictures are named in `filing.marks[].pictures[].file`."""

    place: str  # where in the file, for people: "line 12", "case-file 3"
    filing: RecordationIn


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """One row that cannot be used, and why."""

    place: str
    reason: str
    field: str | None = None
    text: str = ""  # some of what is there, to find it by


class Reader(Protocol):
    """Reads one format."""

    def __call__(self, path: Path, defaults: Defaults) -> Iterator[Record | Rejected]:
        """The file's recordations in their order. Raises BadExchangeFile if it is no such file from some place on."""


def record_of(place: str, data: dict[str, Any], text: str = "") -> Record | Rejected:
    """`data` as a filing, or why it is none."""
    try:
        return Record(place=place, filing=RecordationIn.model_validate(data))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return Rejected(place=place, reason=str(first["msg"]), field=field_name(first["loc"]) or None, text=text[:200])
