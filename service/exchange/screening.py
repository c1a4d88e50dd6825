"""What a batch of filings would do to the registry: enter, change, leave as it is, or conflict."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy.orm import Session

from service.exchange.differences import differences
from service.exchange.documents import document_of
from service.parties import plain_identifier
from service.recordations import repository as recordations
from service.recordations.building import holder_row
from service.recordations.bulk import Entering, built
from service.recordations.schedule import Schedule
from service.recordations.schemas import RecordationIn
from service.registry.repository import HELD
from service.tables import HolderRow, RecordationRow

Effect = Literal["added", "changed", "unchanged", "conflict"]
What = Literal["number", "mark", "registration", "picture"]


@dataclass(frozen=True, kw_only=True)
class Duplicate:
    """Something that another recordation has too."""

    what: What
    recordation: str  # its number, or its identifier
    holder: str


@dataclass(frozen=True, kw_only=True)
class Screened:
    """What one filing would do."""

    effect: Effect
    reason: str = ""  # of a conflict
    recordation_id: str | None = None  # that is there already
    quick: bool = False  # nothing of it is there: it can be entered with many others
    differences: tuple[str, ...] = ()  # of a change, in words
    duplicates: tuple[Duplicate, ...] = ()


class Grant(NamedTuple):
    """For what, where and for which days a registration is recorded."""

    jurisdiction: str
    right_type: str
    valid_from: date | None
    valid_to: date | None


@dataclass
class Seen:
    """What earlier filings of the same file took."""

    numbers: set[tuple[str, str]] = field(default_factory=set)
    marks: set[str] = field(default_factory=set)
    granted: dict[str, list[Grant]] = field(default_factory=dict)  # by registration


def screen(session: Session, batch: Sequence[Entering], schedule: Schedule, seen: Seen) -> list[Screened]:
    """What each of the completed filings would do to the registry as it is, and after those that were `seen`."""
    filings = [entering.filing for entering in batch]
    stored = recordations.numbered(session, [filing.number for filing in filings if filing.number])
    taken = recordations.marks_taken(session, [mark.mark_id for filing in filings for mark in filing.marks])
    registered = recordations.registered(session, list(_registrations(filings)))
    screened: list[Screened] = []
    for entering in batch:
        filing = entering.filing
        row = stored.get((filing.jurisdiction or "", filing.number or ""))
        own = None if row is None else row.id
        conflict = _conflict(filing, own, seen, taken, registered)
        if conflict is not None:
            reason, duplicate = conflict
            screened.append(Screened(effect="conflict", reason=reason, duplicates=(duplicate,)))
            continue
        _remember(filing, seen)
        if row is not None:
            told = differences(document_of(row), document_of(built(entering, _as_filed(filing), schedule, 0)))
            effect: Effect = "changed" if told else "unchanged"
            screened.append(Screened(effect=effect, recordation_id=row.id, differences=tuple(told)))
        else:
            free = all(mark.mark_id not in taken for mark in filing.marks)
            screened.append(Screened(effect="added", quick=free))
    return screened


def _conflict(
    filing: RecordationIn,
    own: str | None,
    seen: Seen,
    taken: dict[str, RecordationRow],
    registered: dict[str, list[RecordationRow]],
) -> tuple[str, Duplicate] | None:
    """Why a filing cannot be entered, and what it has that another recordation has."""
    if filing.number and (filing.jurisdiction or "", filing.number) in seen.numbers:
        return f"the number {filing.number!r} is in the file more than once", _in_the_file("number")
    for mark in filing.marks:
        if mark.mark_id in seen.marks:
            return f"the mark {mark.mark_id!r} is in the file more than once", _in_the_file("mark")
        other = taken.get(mark.mark_id)
        if other is not None and other.id != own and other.status in HELD:
            return f"{other.number or other.id} has the mark {mark.mark_id!r}", _recorded("mark", other)
    if filing.status in recordations.GRANTED:
        own_grant = _grant(filing)
        for term in _registrations([filing]):
            registration = term.split(":")[-1]
            if any(_overlap(own_grant, other) for other in seen.granted.get(term, [])):
                said = f"the registration {registration!r} is in the file more than once for these days"
                return said, _in_the_file("registration")
            for row in registered.get(term, []):
                if row.id != own and _overlap(own_grant, _grant(row)):
                    said = f"{row.number} of {row.holder.name} has the registration {registration!r} for these days"
                    return said, _recorded("registration", row)
    return None


def _in_the_file(what: What) -> Duplicate:
    return Duplicate(what=what, recordation="this file", holder="")


def _recorded(what: What, row: RecordationRow) -> Duplicate:
    return Duplicate(what=what, recordation=row.number or row.id, holder=row.holder.name)


def _grant(given: RecordationIn | RecordationRow) -> Grant:
    return Grant(given.jurisdiction or "", given.right_type, given.valid_from, given.valid_to)


def _overlap(one: Grant, other: Grant) -> bool:
    if (one.jurisdiction, one.right_type) != (other.jurisdiction, other.right_type):
        return False
    if one.valid_from and other.valid_to and other.valid_to < one.valid_from:
        return False
    return not (one.valid_to and other.valid_from and other.valid_from > one.valid_to)


def _registrations(filings: Sequence[RecordationIn]) -> Iterator[str]:
    for filing in filings:
        for mark in filing.marks:
            if mark.registration_no:
                yield f"{mark.office or ''}:{plain_identifier(mark.registration_no)}"


def _remember(filing: RecordationIn, seen: Seen) -> None:
    if filing.number:
        seen.numbers.add((filing.jurisdiction or "", filing.number))
    seen.marks.update(mark.mark_id for mark in filing.marks)
    if filing.status in recordations.GRANTED:
        for term in _registrations([filing]):
            seen.granted.setdefault(term, []).append(_grant(filing))


def _as_filed(filing: RecordationIn) -> HolderRow:
    if filing.holder is None:
        raise ValueError("an import names right holders")
    return holder_row(filing.holder)
