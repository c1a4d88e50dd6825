"""What changed in the registry since a process last looked: marks as scans are to be compared with them."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from inference.artwork.views import kind_of
from inference.vocabulary import Mark
from service.registry.repository import WORDS, Picture, PictureKey, Validity, chunks
from service.tables import MarkRow, PictureRow


@dataclass(frozen=True, kw_only=True)
class Change:
    """A mark that changed: `pictures` are those that scans are compared with, None if it is matched no longer."""

    mark: Mark
    pictures: tuple[PictureKey, ...] | None
    validity: Validity


def changes_after(session: Session, known: int) -> Iterator[list[Change]]:
    """The marks that changed after revision `known`, in their present state, some hundred at a time."""
    changed = session.execute(select(MarkRow.mark_id).where(MarkRow.revision > known)).scalars().all()
    for keys in chunks(changed):
        yield _changes(session, keys)


def changed_after(session: Session, mark_ids: Collection[str], known: int) -> bool:
    """Whether any of the marks changed after revision `known`."""
    if not mark_ids:
        return False
    query = select(MarkRow.mark_id).where(MarkRow.mark_id.in_(mark_ids), MarkRow.revision > known)
    return session.execute(query.limit(1)).first() is not None


def _changes(session: Session, mark_ids: Sequence[str]) -> list[Change]:
    """The marks as they are now; columns alone are read, for a start reads a hundred thousand of them."""
    pictures: dict[str, list[Picture]] = defaultdict(list)
    own = select(PictureRow.mark_id, PictureRow.sha256, PictureRow.kind, PictureRow.purpose)
    ordered = own.where(PictureRow.mark_id.in_(mark_ids)).order_by(PictureRow.mark_id, PictureRow.position)
    for mark_id, sha256, kind, purpose in session.execute(ordered):
        pictures[mark_id].append(Picture(sha256=sha256, name="", size=0, kind=kind_of(kind), purpose=purpose))
    columns = (MarkRow.mark_id, MarkRow.title, MarkRow.holder, MarkRow.live, MarkRow.removed)
    rows = session.execute(select(*columns, MarkRow.since, MarkRow.until).where(MarkRow.mark_id.in_(mark_ids)))
    return [
        _change(
            Mark(mark_id=mark_id, title=title, holder=holder), pictures[mark_id], live and not removed, since, until
        )
        for mark_id, title, holder, live, removed, since, until in rows
    ]


def _change(
    mark: Mark, pictures: Sequence[Picture], live: bool, since: datetime | None, until: datetime | None
) -> Change:
    matched = tuple(picture.key for picture in pictures if picture.matched)
    if any(picture.purpose == WORDS for picture in pictures):
        mark = replace(mark, lettered=True)
    return Change(
        mark=mark, pictures=matched if live and matched else None, validity=Validity(since=since, until=until)
    )
