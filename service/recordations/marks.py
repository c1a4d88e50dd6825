"""The marks of one recordation: stored with it, live with it, gone with it."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from inference.vocabulary import Mark
from service.recordations import repository
from service.recordations.documents import MarkIn
from service.recordations.errors import Contradicting, MarkTaken, Overlapping
from service.recordations.intake import Taken
from service.registry import repository as registry
from service.registry.repository import Entry, Validity
from service.tables import MarkRow, RecordationRow


def put_marks(
    session: Session,
    row: RecordationRow,
    marks: Sequence[MarkIn],
    taken: Taken,
    validity: Validity | None,
    revision: int,
) -> None:
    """Make `marks`, with their pictures, the marks of a recordation. Raises MarkTaken."""
    session.flush()
    before = {mark.mark_id: mark for mark in row.marks if not mark.removed}
    orphans = {picture.key for mark in before.values() for picture in registry.pictures_of(mark)}
    registry.add_vectors(session, taken.embedder, taken.vectors)
    for mark_id in set(before) - {mark.mark_id for mark in marks}:
        registry.remove(session, before[mark_id], revision)
    for position, (mark, pictures) in enumerate(zip(marks, taken.pictures, strict=True)):
        _refuse_taken(session, row, mark, position)
        entry = Entry(
            mark=Mark(mark_id=mark.mark_id, title=mark.title, holder=row.holder.name),
            pictures=pictures,
            document=mark.model_dump(mode="json", exclude=repository.MARK_COLUMNS),
            position=position,
            validity=validity,
        )
        registry.put(session, entry, row.id, revision)
    session.flush()
    registry.forget_orphans(session, orphans)


def refresh_marks(session: Session, row: RecordationRow, validity: Validity | None, revision: int) -> None:
    """Have the marks live, or no longer live, as their recordation is now."""
    moments = validity or Validity()
    for mark in row.marks:
        if not mark.removed:
            mark.live, mark.since, mark.until = validity is not None, moments.since, moments.until
            mark.holder, mark.revision = row.holder.name, revision
    session.flush()


def refuse_rivals(session: Session, row: RecordationRow) -> None:
    """Raise Overlapping or Contradicting if a granted recordation has the same registration for the same days."""
    session.flush()
    if row.status not in repository.GRANTED:
        return
    other = repository.rival(session, row)
    if other is None:
        return
    current = {"id": other.id, "number": other.number, "holder": other.holder.name, "holder_id": other.holder_id}
    days = f"{other.valid_from} to {other.valid_to or 'no end'}"
    if other.holder_id == row.holder_id:
        raise Overlapping(f"{other.number} has it from {days}", field="metadata.marks", current=current)
    detail = f"{other.number} has it for {other.holder.name} from {days}"
    raise Contradicting(detail, field="metadata.marks", current=current)


def _refuse_taken(session: Session, row: RecordationRow, mark: MarkIn, position: int) -> None:
    """An identifier names one mark, as long as a recordation that has it may come into force."""
    other = session.get(MarkRow, mark.mark_id)
    if (
        other is None
        or other.removed
        or other.recordation_id == row.id
        or other.recordation.status not in registry.HELD
    ):
        return
    current = {"id": other.recordation_id, "number": other.recordation.number, "mark_id": mark.mark_id}
    detail = f"{other.recordation.number or other.recordation_id} has the mark {mark.mark_id!r}"
    raise MarkTaken(detail, field=f"metadata.marks[{position}].mark_id", current=current)
