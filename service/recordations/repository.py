"""All queries on recordations and the terms they are found by."""

from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, insert, select, update
from sqlalchemy.orm import Session, aliased, joinedload, selectinload

from service.identifiers import new_id
from service.parties import plain_identifier
from service.recordations.documents import Content, MarkIn
from service.recordations.errors import NumberTaken
from service.recordations.schemas import MarkDetails, PictureOut, Procedure, RecordationIn
from service.registry.repository import pictures_of
from service.tables import HolderRow, MarkRow, RecordationRow, SearchTermRow
from service.words import terms

CONTENT_COLUMNS = {"number", "right_type"}  # what the rows have besides their documents
MARK_COLUMNS = {"mark_id", "title", "pictures"}
GRANTED = ("approved", "suspended")
WHOLE = (joinedload(RecordationRow.holder), selectinload(RecordationRow.marks).selectinload(MarkRow.pictures))


def find(session: Session, recordation_id: str) -> RecordationRow | None:
    """The recordation with its holder, marks and pictures, or None."""
    query = select(RecordationRow).where(RecordationRow.id == recordation_id).options(*WHOLE)
    return session.execute(query.execution_options(populate_existing=True)).scalar_one_or_none()


def numbered(session: Session, numbers: Collection[str]) -> dict[tuple[str, str], RecordationRow]:
    """(jurisdiction, number) -> recordation, for those of `numbers` that are taken."""
    query = select(RecordationRow).where(RecordationRow.number.in_(numbers)).options(*WHOLE)
    return {(row.jurisdiction, row.number or ""): row for row in session.execute(query).scalars()}


def marks_taken(session: Session, mark_ids: Collection[str]) -> dict[str, RecordationRow]:
    """Mark -> the recordation that has it or had it last, for those of `mark_ids` that were ever recorded."""
    query = select(MarkRow).where(MarkRow.mark_id.in_(mark_ids)).options(joinedload(MarkRow.recordation))
    return {mark.mark_id: mark.recordation for mark in session.execute(query).scalars()}


def registered(session: Session, terms: Collection[str]) -> dict[str, list[RecordationRow]]:
    """Registration, as it is searched -> the granted recordations of it."""
    query = (
        select(SearchTermRow.term, RecordationRow)
        .join(RecordationRow, RecordationRow.id == SearchTermRow.recordation_id)
        .where(SearchTermRow.field == "registration", SearchTermRow.term.in_(terms))
        .where(RecordationRow.status.in_(GRANTED))
        .options(joinedload(RecordationRow.holder))
    )
    found: dict[str, list[RecordationRow]] = {}
    for term, row in session.execute(query):
        found.setdefault(term, []).append(row)
    return found


def add(
    session: Session, filing: RecordationIn, holder: HolderRow, jurisdiction: str, profile: str, revision: int
) -> RecordationRow:
    """Enter a recordation, without its marks."""
    row = RecordationRow(
        id=new_id("recordation"),
        jurisdiction=jurisdiction,
        profile=profile,
        holder=holder,
        version=1,
        created_at=datetime.now(UTC),
    )
    for name in Procedure.model_fields:
        setattr(row, name, getattr(filing, name))
    fill(row, filing, revision)
    refuse_taken_number(session, row)
    session.add(row)
    session.flush()
    return row


def fill(row: RecordationRow, content: Content, revision: int) -> None:
    """Set what is filed besides the marks."""
    row.number, row.right_type = content.number, content.right_type
    known = set(Content.model_fields) - CONTENT_COLUMNS
    row.document = content.model_dump(mode="json", include=known)
    row.revision, row.updated_at = revision, datetime.now(UTC)


def refuse_taken_number(session: Session, row: RecordationRow) -> None:
    """Raise NumberTaken if another recordation there has its number."""
    if row.number is None:
        return
    with session.no_autoflush:
        query = select(RecordationRow.id).where(
            RecordationRow.jurisdiction == row.jurisdiction,
            RecordationRow.number == row.number,
            RecordationRow.id != row.id,
        )
        other = session.execute(query).scalar_one_or_none()
    if other is not None:
        detail = f"{other} has the number {row.number!r} in {row.jurisdiction}"
        raise NumberTaken(detail, field="metadata.number", current={"id": other, "number": row.number})


def by_number(session: Session, jurisdiction: str, number: str) -> RecordationRow | None:
    """The recordation that has this number, or None."""
    query = select(RecordationRow).where(RecordationRow.jurisdiction == jurisdiction, RecordationRow.number == number)
    return session.execute(query.options(*WHOLE)).scalar_one_or_none()


def of_holder(session: Session, holder_id: str) -> Sequence[RecordationRow]:
    """All recordations of a right holder."""
    query = select(RecordationRow).where(RecordationRow.holder_id == holder_id).options(*WHOLE)
    return session.execute(query.order_by(RecordationRow.id)).scalars().all()


def live_marks(session: Session, mark_ids: Collection[str]) -> Sequence[MarkRow]:
    """Those of `mark_ids` that are matched, with their recordations and right holders."""
    query = select(MarkRow).where(MarkRow.mark_id.in_(mark_ids), MarkRow.live, MarkRow.removed.is_(False))
    whole = joinedload(MarkRow.recordation).joinedload(RecordationRow.holder)
    return session.execute(query.options(whole)).scalars().all()


def follow_holder(session: Session, holder: HolderRow, revision: int) -> None:
    """Put a right holder's changed name on its marks, and have its recordations found by it."""
    for row in of_holder(session, holder.id):
        row.revision = revision
        for mark in (one for one in row.marks if not one.removed):
            mark.holder, mark.revision = holder.name, revision
        index(session, row, holder, marks_in(row))
    session.flush()


def claim(session: Session, recordation_id: str, version: int) -> bool:
    """Count one change of a recordation that is still at `version`; False if somebody was faster."""
    mine = (RecordationRow.id == recordation_id, RecordationRow.version == version)
    statement = update(RecordationRow).where(*mine).values(version=version + 1)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def content_of(row: RecordationRow) -> Content:
    """What is filed besides the marks."""
    return Content.model_validate({**row.document, "number": row.number, "right_type": row.right_type})


def procedure_of(row: RecordationRow) -> Procedure:
    """Where it is in its life cycle."""
    return Procedure.model_validate({name: getattr(row, name) for name in Procedure.model_fields})


def marks_of(row: RecordationRow) -> list[MarkDetails]:
    """Its marks in their order, with their pictures."""
    return [_mark(mark) for mark in row.marks if not mark.removed]


def state_of(row: RecordationRow) -> dict[str, Any]:
    """The whole recordation as its history keeps it, and as a past state of the registry is made from."""
    return {
        "id": row.id,
        "version": row.version,
        "jurisdiction": row.jurisdiction,
        "profile": row.profile,
        "holder_id": row.holder_id,
        "holder": row.holder.name,
        "holder_identifiers": row.holder.document.get("identifiers", []),
        "procedure": procedure_of(row).model_dump(mode="json"),
        "content": content_of(row).model_dump(mode="json"),
        "marks": [_mark_state(mark) for mark in row.marks if not mark.removed],
    }


def rival(session: Session, row: RecordationRow) -> RecordationRow | None:
    """Another granted recordation there of one of its registrations, valid on a day that it is valid on; or None."""
    mine, other = aliased(SearchTermRow), aliased(SearchTermRow)
    query = (
        select(RecordationRow)
        .join(other, other.recordation_id == RecordationRow.id)
        .join(mine, (mine.field == other.field) & (mine.term == other.term))
        .where(mine.recordation_id == row.id, mine.field == "registration", RecordationRow.id != row.id)
        .where(RecordationRow.jurisdiction == row.jurisdiction, RecordationRow.right_type == row.right_type)
        .where(RecordationRow.status.in_(GRANTED))
    )
    if row.valid_from is not None:
        query = query.where((RecordationRow.valid_to.is_(None)) | (RecordationRow.valid_to >= row.valid_from))
    if row.valid_to is not None:
        query = query.where(RecordationRow.valid_from <= row.valid_to)
    return session.execute(query.options(*WHOLE).limit(1)).unique().scalars().first()


def index(session: Session, row: RecordationRow, holder: HolderRow, marks: Collection[MarkIn]) -> None:
    """Make the recordation findable by what is in it now."""
    session.execute(delete(SearchTermRow).where(SearchTermRow.recordation_id == row.id))
    found = set(search_terms(content_of(row), holder, marks))
    if found:
        rows = [{"field": field, "term": term, "recordation_id": row.id} for field, term in sorted(found)]
        session.execute(insert(SearchTermRow), rows)


def search_terms(content: Content, holder: HolderRow, marks: Collection[MarkIn]) -> Iterator[tuple[str, str]]:
    """(field, term) of all that a recordation is found by."""
    if content.number:
        yield "number", plain_identifier(content.number)
    yield from (("nice", f"{goods.nice_class:02}") for goods in content.goods)
    for name in (holder.name, holder.document.get("name_local") or ""):
        yield from (("holder", term) for term in terms(name))
    for mark in marks:
        yield from (("vienna", code) for code in mark.vienna)
        for text in (mark.title, *mark.transliterations):
            yield from (("word", term) for term in terms(text))
        for number in (mark.registration_no, mark.application_no, mark.st13, mark.madrid_no):
            if number:
                yield "number", plain_identifier(number)
        if mark.registration_no:
            yield "registration", f"{mark.office or ''}:{plain_identifier(mark.registration_no)}"


def marks_in(row: RecordationRow) -> list[MarkIn]:
    """Its marks as they were filed, without their pictures."""
    return [_filed(mark) for mark in row.marks if not mark.removed]


def _filed(mark: MarkRow) -> MarkIn:
    return MarkIn.model_validate({**mark.document, "mark_id": mark.mark_id, "title": mark.title})


def _mark(mark: MarkRow) -> MarkDetails:
    pictures = [
        PictureOut(sha256=p.sha256, kind=p.kind, purpose=p.purpose, name=p.name, size=p.size) for p in pictures_of(mark)
    ]
    return MarkDetails.model_validate(
        {**mark.document, "mark_id": mark.mark_id, "title": mark.title, "pictures": pictures}
    )


def _mark_state(mark: MarkRow) -> dict[str, Any]:
    moments = {name: None if moment is None else moment.isoformat() for name, moment in _moments(mark)}
    return {**_mark(mark).model_dump(mode="json"), "live": mark.live, **moments}


def _moments(mark: MarkRow) -> Iterator[tuple[str, Any]]:
    yield "since", mark.since
    yield "until", mark.until
