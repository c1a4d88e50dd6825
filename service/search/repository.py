"""All queries that find recordations."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from service.recordations.states import Standing
from service.registry.repository import revision
from service.tables import MarkRow, RecordationRow, SearchTermRow

WORDS = ("word", "holder")  # fields that are searched by words
MOST_POSTINGS = 5000  # recordations of one word that are ranked
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What has to hold for a recordation; None and empty ones do not count."""

    number: str | None = None  # as `plain_identifier` gives it
    nice: Sequence[int] = ()
    vienna: Sequence[str] = ()  # beginnings of codes
    standing: Standing | None = None
    right_type: str | None = None
    jurisdiction: str | None = None
    windows: Mapping[str, date] | None = None  # profile -> last day of validity that is expiring today
    today: date | None = None


def words_since(session: Session, known: int) -> tuple[int, list[str]]:
    """The registry's revision, and the words of recordations that changed after revision `known`."""
    query = select(SearchTermRow.term).distinct().where(SearchTermRow.field.in_(WORDS))
    newest = revision(session)
    if newest == known:
        return newest, []
    if known >= 0:
        query = query.join(RecordationRow, RecordationRow.id == SearchTermRow.recordation_id)
        query = query.where(RecordationRow.revision > known)
    return newest, list(session.execute(query).scalars())


def postings(
    session: Session, terms: Collection[str], fields: Sequence[str], filters: Filters, within: Collection[str] | None
) -> dict[str, set[str]]:
    """Recordation -> those of `terms` that it has in any of `fields`; only ones `within`, if given."""
    base = select(SearchTermRow.recordation_id, SearchTermRow.term).where(
        SearchTermRow.field.in_(fields), SearchTermRow.term.in_(terms)
    )
    found: dict[str, set[str]] = {}
    if within is None:
        conditions = list(_conditions(filters))
        if conditions:
            base = base.join(RecordationRow, RecordationRow.id == SearchTermRow.recordation_id).where(*conditions)
        queries = [base.order_by(SearchTermRow.recordation_id.desc()).limit(MOST_POSTINGS)]
    else:
        queries = [base.where(SearchTermRow.recordation_id.in_(keys)) for keys in _chunks(sorted(within))]
    for query in queries:
        for recordation_id, term in session.execute(query):
            found.setdefault(recordation_id, set()).add(term)
    return found


def frequency(session: Session, terms: Collection[str], fields: Sequence[str]) -> int:
    """How many recordations have any of `terms`, counted up to MOST_POSTINGS."""
    some = select(SearchTermRow.recordation_id).where(SearchTermRow.field.in_(fields), SearchTermRow.term.in_(terms))
    return session.execute(select(func.count()).select_from(some.limit(MOST_POSTINGS).subquery())).scalar_one()


def page(session: Session, filters: Filters, *, before: str | None, limit: int) -> Sequence[str]:
    """Identifiers of up to `limit` recordations, newest first, older than `before`."""
    query = select(RecordationRow.id).where(*_conditions(filters))
    if before is not None:
        query = query.where(RecordationRow.id < before)
    return session.execute(query.order_by(RecordationRow.id.desc()).limit(limit)).scalars().all()


def rows(session: Session, recordation_ids: Sequence[str]) -> list[RecordationRow]:
    """These recordations in this order, with right holder and marks."""
    whole = (joinedload(RecordationRow.holder), selectinload(RecordationRow.marks))
    query = select(RecordationRow).where(RecordationRow.id.in_(recordation_ids)).options(*whole)
    found = {row.id: row for row in session.execute(query).unique().scalars()}
    return [found[key] for key in recordation_ids if key in found]


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.number:
        yield _has("number", filters.number)
    if filters.nice:
        yield or_(*(_has("nice", f"{number:02}") for number in filters.nice))
    for code in filters.vienna:
        yield _has("vienna", code, beginning=True)
    if filters.right_type:
        yield RecordationRow.right_type == filters.right_type
    if filters.jurisdiction:
        yield RecordationRow.jurisdiction == filters.jurisdiction
    if filters.standing:
        yield from _stands(filters.standing, filters)


def _stands(standing: Standing, filters: Filters) -> Iterator[ColumnElement[bool]]:
    """As `states.standing` says, by the dates that are stored."""
    if standing not in ("approved", "expiring", "expired"):
        yield RecordationRow.status == standing
        return
    yield RecordationRow.status == "approved"
    ends, today = RecordationRow.valid_to, filters.today
    opened = or_(
        *(and_(RecordationRow.profile == name, ends <= last) for name, last in (filters.windows or {}).items())
    )
    if standing == "expired":
        yield ends < today
    elif standing == "expiring":
        yield and_(ends >= today, opened)
    else:
        yield or_(ends.is_(None), and_(ends >= today, ~opened))


def _has(field: str, term: str, *, beginning: bool = False) -> ColumnElement[bool]:
    """Whether a recordation is found by a term, or by a longer code that begins with it."""
    own = aliased(SearchTermRow)  # the query may look at other terms too
    same = or_(own.term == term, own.term.startswith(f"{term}.")) if beginning else own.term == term
    return exists().where(own.recordation_id == RecordationRow.id, own.field == field, same)


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]


def of_marks(session: Session, mark_ids: Sequence[str]) -> dict[str, str]:
    """Mark -> its recordation."""
    query = select(MarkRow.mark_id, MarkRow.recordation_id).where(MarkRow.mark_id.in_(mark_ids))
    return {row.mark_id: row.recordation_id for row in session.execute(query)}
