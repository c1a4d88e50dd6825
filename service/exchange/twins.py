"""Pictures that another right holder's mark has too: no reason to refuse a filing, but one to look at it twice."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.exchange.screening import Duplicate
from service.recordations.bulk import Entering
from service.registry.repository import HELD
from service.tables import HolderRow, MarkRow, PictureRow, RecordationRow

CHUNK = 500  # pictures in one IN (...)


class Twins:
    """Finds pictures with two right holders, in the registry and among what was seen of the same file."""

    def __init__(self) -> None:
        self._seen: dict[bytes, Duplicate] = {}  # sha256 -> the first of the file that has it

    def of(self, session: Session, batch: Sequence[Entering]) -> list[tuple[Duplicate, ...]]:
        """For each filing the other right holders who have one of its pictures, each once."""
        recorded = _owners(session, {sha256 for entering in batch for sha256 in _matched(entering)})
        return [self._of(entering, recorded) for entering in batch]

    def _of(self, entering: Entering, recorded: dict[str, list[Duplicate]]) -> tuple[Duplicate, ...]:
        filing = entering.filing
        own = Duplicate(
            what="picture",
            recordation=filing.number or "without a number",
            holder=filing.holder.name if filing.holder else "",
        )
        found: dict[Duplicate, None] = {}
        for sha256 in _matched(entering):
            first = self._seen.setdefault(bytes.fromhex(sha256), own)
            others = [first, *recorded.get(sha256, [])]
            found.update((other, None) for other in others if other.holder != own.holder)
        return tuple(found)


def _matched(entering: Entering) -> Iterable[str]:
    return [picture.sha256 for own in entering.pictures for picture in own if picture.matched]


def _owners(session: Session, pictures: set[str]) -> dict[str, list[Duplicate]]:
    """Picture -> the recordations, present or to come into force, that have it."""
    columns = select(PictureRow.sha256, RecordationRow.number, RecordationRow.id, HolderRow.name).distinct()
    joined = columns.select_from(PictureRow).join(MarkRow).join(RecordationRow).join(HolderRow)
    known = joined.where(MarkRow.removed.is_(False), RecordationRow.status.in_(HELD))
    owners: dict[str, list[Duplicate]] = {}
    wanted = sorted(pictures)
    for start in range(0, len(wanted), CHUNK):
        keys = wanted[start : start + CHUNK]
        for sha256, number, key, holder in session.execute(known.where(PictureRow.sha256.in_(keys))):
            owners.setdefault(sha256, []).append(Duplicate(what="picture", recordation=number or key, holder=holder))
    return owners
