"""Recordations by the hundred, in one transaction: what an import enters. Each is as if it had been entered alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert
from sqlalchemy.orm import Session

from service.holders import repository as holders
from service.holders.documents import HolderIn
from service.recordations import repository
from service.recordations.building import Pictures, build, holder_row
from service.recordations.rules import check_filing, check_procedure, term_of
from service.recordations.schedule import Schedule
from service.recordations.schemas import RecordationIn
from service.registry import history
from service.tables import ChangeRow, HolderRow, RecordationRow, SearchTermRow


@dataclass(frozen=True, kw_only=True)
class Entering:
    """A filing whose right holder is given by name, and the pictures of each of its marks; their files are stored."""

    filing: RecordationIn
    pictures: Pictures


def completed(filing: RecordationIn, schedule: Schedule) -> RecordationIn:
    """The filing with the term it has by the rules of its jurisdiction, which it fulfils. Raises InvalidFiling."""
    profile = schedule.profile_for(filing.jurisdiction or "")
    check_filing(filing, profile)
    check_procedure(filing, filing, profile)
    first, last = term_of(filing, filing, profile)
    return filing.model_copy(update={"valid_from": first, "valid_to": last})


def built(entering: Entering, holder: HolderRow, schedule: Schedule, revision: int) -> RecordationRow:
    """The completed filing as rows that no session knows."""
    filing = entering.filing
    place = (filing.jurisdiction or "", schedule.profile_for(filing.jurisdiction or "").id)
    return build(filing, holder, place, entering.pictures, schedule.validity, revision)


def enter_many(session: Session, entries: Sequence[Entering], schedule: Schedule, revision: int) -> None:
    """Enter completed filings whose numbers, marks and registrations are known to be free."""
    known = _holders(session, [entry.filing.holder for entry in entries if entry.filing.holder])
    terms: list[dict[str, str]] = []
    changes: list[ChangeRow] = []
    for entry in entries:
        given = entry.filing.holder
        if given is None:
            raise ValueError("an import names right holders")
        holder = known.get((given.name, given.country or ""))
        if holder is None:
            holder = known[given.name, given.country or ""] = holder_row(given)
            session.add(holder)
            changes.append(_change("holder", holder.id, entry.filing.officer, revision, holders.state_of(holder)))
        row = built(entry, holder, schedule, revision)
        session.add(row)
        found = set(repository.search_terms(repository.content_of(row), holder, entry.filing.marks))
        terms += [{"field": field, "term": term, "recordation_id": row.id} for field, term in sorted(found)]
        changes.append(_change("recordation", row.id, entry.filing.officer, revision, repository.state_of(row)))
    if changes:
        history.note_many(session, changes, changes[0].officer, revision)
    session.flush()
    if terms:
        session.execute(insert(SearchTermRow), terms)


def _holders(session: Session, given: Iterable[HolderIn]) -> dict[tuple[str, str], HolderRow]:
    names: Collection[str] = {holder.name for holder in given}
    return {(row.name, row.country): row for row in holders.all_named(session, names)}


def _change(kind: history.Kind, object_id: str, officer: str, revision: int, after: dict[str, object]) -> ChangeRow:
    return history.change(
        kind=kind,
        object_id=object_id,
        action="imported",
        officer=officer,
        revision=revision,
        before=None,
        after=after,
    )
