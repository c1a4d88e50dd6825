"""Marks recorded in short: title, right holder and pictures. Each gets a recordation that is in force from today."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from inference.errors import UnknownMark
from inference.vocabulary import Mark, Vectors
from service.database import Database
from service.holders import repository as holders
from service.holders.documents import HolderIn
from service.identifiers import new_id
from service.inspecting import Champion
from service.marks.schemas import MarkDetail, MarkMetadata, MarkPage, PictureOut
from service.recordations import repository as recordations
from service.recordations.documents import MarkIn
from service.recordations.intake import Intake, Taken
from service.recordations.schedule import Schedule
from service.recordations.schemas import EventIn, FilingChange, RecordationIn
from service.recordations.service import RecordationService
from service.registry import repository
from service.registry.repository import Picture, PictureKey
from service.tables import MarkRow, RecordationRow
from service.uploads import Upload

OFFICER = "registry"  # who is noted for what is recorded in short


@dataclass(frozen=True, kw_only=True)
class ShortMark:
    """One mark in short; its pictures' files are stored."""

    mark: Mark
    pictures: tuple[Picture, ...]
    officer: str = OFFICER


class MarkService:
    """Records, shows and removes marks one by one."""

    def __init__(
        self,
        *,
        database: Database,
        intake: Intake,
        champion: Champion,
        recordations: RecordationService,
        schedule: Schedule,
    ) -> None:
        self._database, self._intake, self._champion = database, intake, champion
        self._recordations, self._schedule = recordations, schedule

    def put(
        self, mark_id: str, metadata: MarkMetadata, uploads: Sequence[Upload], officer: str = OFFICER
    ) -> tuple[MarkDetail, bool]:
        """Record a mark with its artwork, replacing it if it is there. Returns it and whether it is new.

        All artwork is drawn and embedded before anything is stored; raises BadArtwork naming the part.
        """
        filed = MarkIn(mark_id=mark_id, title=metadata.title)
        taken = self._intake.take([filed], uploads, {})
        mark = Mark(mark_id=mark_id, title=metadata.title, holder=metadata.holder)
        short = ShortMark(mark=mark, pictures=taken.pictures[0], officer=officer)
        created = self.store([short], taken.vectors, taken.embedder) == 1
        return self.get(mark_id), created

    def store(self, marks: Sequence[ShortMark], vectors: dict[PictureKey, Vectors], embedder: str) -> int:
        """Record `marks` in one transaction; `vectors` are by the `embedder` (sha256). Returns how many are new."""
        created = 0
        with self._database.write() as session:
            revision = repository.bump(session)
            for mark in marks:
                own = {picture.key: vectors[picture.key] for picture in mark.pictures if picture.key in vectors}
                taken = Taken(pictures=[mark.pictures], vectors=own, embedder=embedder)
                created += self._put(session, mark, taken, revision)
        self._champion().live.refresh()
        return created

    def known(self, mark_ids: Iterable[str]) -> dict[str, ShortMark]:
        """Those of `mark_ids` that are recorded, as they are stored."""
        with self._database.read() as session:
            rows = [repository.find(session, mark_id) for mark_id in mark_ids]
            return {
                row.mark_id: _short(row)
                for row in rows
                if row is not None and row.recordation.status in repository.HELD
            }

    def get(self, mark_id: str) -> MarkDetail:
        """One mark. Raises UnknownMark."""
        with self._database.read() as session:
            return self._detail(_found(session, mark_id))

    def has_picture(self, sha256: str) -> bool:
        """Whether a mark has, or had, this picture."""
        with self._database.read() as session:
            return repository.has_picture(session, sha256)

    def page(self, *, cursor: str | None, limit: int) -> MarkPage:
        """Up to `limit` marks after `cursor`, by identifier."""
        with self._database.read() as session:
            rows = repository.page(session, after=cursor or "", limit=limit + 1)
            items = [self._detail(row) for row in rows[:limit]]
        return MarkPage(items=items, next_cursor=items[-1].mark_id if len(rows) > limit else None)

    def remove(self, mark_id: str, officer: str = OFFICER) -> None:
        """Take a mark out of the registry; its recordation is cancelled if it has no other. Raises UnknownMark."""
        with self._database.read() as session:
            row = _found(session, mark_id).recordation
            whole = _whole(session, row)
            marks = [mark for mark in recordations.marks_in(whole) if mark.mark_id != mark_id]
            kept = Taken(pictures=_pictures(whole, marks), vectors={})
        if not marks:
            self._recordations.happen(row.id, row.version, EventIn(event="cancel", officer=officer))
            return
        with self._database.write() as session:
            change = _change(row, marks, None, officer)
            self._recordations.amend(session, row.id, row.version, change, kept, repository.bump(session))
        self._champion().live.refresh()

    def _put(self, session: Session, short: ShortMark, taken: Taken, revision: int) -> bool:
        found = repository.held(session, short.mark.mark_id)
        filed = MarkIn(mark_id=short.mark.mark_id, title=short.mark.title)
        if found is None:
            self._recordations.enter(session, self._filing(short, filed), taken, revision)
            return True
        row = _whole(session, found.recordation)
        marks = [_renamed(mark, filed) for mark in recordations.marks_in(row)]
        pictures = _pictures(row, marks, {filed.mark_id: short.pictures})
        change = _change(row, marks, _new_holder(session, row, short.mark.holder), short.officer)
        whole = replace(taken, pictures=pictures)
        self._recordations.amend(session, row.id, row.version, change, whole, revision)
        return False

    def _filing(self, short: ShortMark, filed: MarkIn) -> RecordationIn:
        return RecordationIn(
            number=new_id("entry"),
            status="approved",
            decided_on=self._recordations.today(),
            holder=HolderIn(name=short.mark.holder),
            marks=[filed],
            officer=short.officer,
        )

    def _detail(self, row: MarkRow) -> MarkDetail:
        artwork = [
            PictureOut(sha256=p.sha256, kind=p.kind, purpose=p.purpose, name=p.name, size=p.size)
            for p in repository.pictures_of(row)
        ]
        return MarkDetail(
            mark_id=row.mark_id,
            title=row.title,
            holder=row.holder,
            recordation_id=row.recordation_id,
            number=row.recordation.number,
            standing=self._schedule.standing(row.recordation),
            in_force=self._schedule.in_force(row.recordation),
            artwork=artwork,
            changed_at=row.changed_at,
        )


def _found(session: Session, mark_id: str) -> MarkRow:
    row = repository.held(session, mark_id)
    if row is None:
        raise UnknownMark(f"no mark {mark_id!r} is recorded", field="mark_id")
    return row


def _short(row: MarkRow) -> ShortMark:
    mark = Mark(mark_id=row.mark_id, title=row.title, holder=row.holder)
    return ShortMark(mark=mark, pictures=repository.pictures_of(row))


def _whole(session: Session, row: RecordationRow) -> RecordationRow:
    whole = recordations.find(session, row.id)
    if whole is None:
        raise ValueError(f"recordation {row.id} has marks but is not there")
    return whole


def _change(row: RecordationRow, marks: Sequence[MarkIn], holder_id: str | None, officer: str) -> FilingChange:
    """The recordation's content as it is, with other marks, or for another right holder."""
    content = recordations.content_of(row).model_dump()
    return FilingChange.model_validate({**content, "marks": marks, "officer": officer, "holder_id": holder_id})


def _new_holder(session: Session, row: RecordationRow, name: str) -> str | None:
    """The right holder a recordation passes to; None if it stays with the one it has."""
    if row.holder.name == name:
        return None
    return (holders.named(session, name, None) or holders.add(session, HolderIn(name=name))).id


def _renamed(mark: MarkIn, filed: MarkIn) -> MarkIn:
    return mark.model_copy(update={"title": filed.title}) if mark.mark_id == filed.mark_id else mark


def _pictures(
    row: RecordationRow, marks: Iterable[MarkIn], new: dict[str, tuple[Picture, ...]] | None = None
) -> list[tuple[Picture, ...]]:
    """The pictures of each of `marks`: `new` ones where there are any, else those that are stored."""
    stored = {mark.mark_id: repository.pictures_of(mark) for mark in row.marks} | (new or {})
    return [stored[mark.mark_id] for mark in marks]
