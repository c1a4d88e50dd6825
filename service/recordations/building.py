"""Recordations as rows that no session knows yet: built alone, or by the hundred for an import."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from service.holders.documents import HolderIn
from service.identifiers import new_id
from service.recordations import repository
from service.recordations.documents import MarkIn
from service.recordations.schemas import Procedure, RecordationIn
from service.registry.repository import Picture, Validity
from service.tables import HolderRow, MarkRow, PictureRow, RecordationRow

Pictures = Sequence[tuple[Picture, ...]]  # of each mark
InForce = Callable[[RecordationRow], Validity | None]


def build(
    filing: RecordationIn,
    holder: HolderRow,
    place: tuple[str, str],
    pictures: Pictures,
    in_force: InForce,
    revision: int,
) -> RecordationRow:
    """The recordation with its marks and pictures; `place` is its jurisdiction and the profile it is entered under.

    Its term is as the filing says: see `rules.term_of` for what is left out there.
    """
    row = RecordationRow(id=new_id("recordation"), jurisdiction=place[0], profile=place[1], version=1)
    row.created_at = datetime.now(UTC)
    for name in Procedure.model_fields:
        setattr(row, name, getattr(filing, name))
    repository.fill(row, filing, revision)
    row.holder, row.holder_id = holder, holder.id
    validity = in_force(row)
    filed = enumerate(zip(filing.marks, pictures, strict=True))
    row.marks = [_mark(mark, own, holder, position, validity, revision) for position, (mark, own) in filed]
    return row


def holder_row(holder: HolderIn) -> HolderRow:
    """A right holder that is not stored yet."""
    now = datetime.now(UTC)
    document = holder.model_dump(mode="json", exclude={"name", "country"})
    return HolderRow(
        id=new_id("holder"),
        name=holder.name,
        country=holder.country or "",
        document=document,
        version=1,
        created_at=now,
        updated_at=now,
    )


def _mark(
    mark: MarkIn,
    pictures: tuple[Picture, ...],
    holder: HolderRow,
    position: int,
    validity: Validity | None,
    revision: int,
) -> MarkRow:
    moments = validity or Validity()
    return MarkRow(
        mark_id=mark.mark_id,
        position=position,
        title=mark.title,
        holder=holder.name,
        revision=revision,
        removed=False,
        live=validity is not None,
        since=moments.since,
        until=moments.until,
        document=mark.model_dump(mode="json", exclude=repository.MARK_COLUMNS),
        changed_at=datetime.now(UTC),
        pictures=[
            PictureRow(position=n, sha256=p.sha256, kind=p.kind, purpose=p.purpose, name=p.name, size=p.size)
            for n, p in enumerate(pictures)
        ],
    )
