"""What can be done with right holders by themselves. Their names are on marks: those follow a change."""

from typing import Any, Protocol

from sqlalchemy.orm import Session

from service.database import Database
from service.errors import ChangedMeanwhile
from service.holders import repository
from service.holders.documents import HolderIn
from service.holders.errors import HolderKnown, UnknownHolder
from service.holders.schemas import HolderEntry, HolderOut, HolderPage
from service.inspecting import Champion
from service.registry import history
from service.registry import repository as registry
from service.tables import HolderRow

BESIDE = {"officer", "reason"}  # what an entry has besides the right holder


class Followers(Protocol):
    """What a right holder is part of; `recordations.following.Following` is."""

    def of(self, session: Session, holder_id: str) -> dict[str, dict[str, Any]]:
        """Identifier -> state, before the right holder changes."""

    def follow(
        self, session: Session, row: HolderRow, before: dict[str, dict[str, Any]], entry: HolderEntry, revision: int
    ) -> None:
        """Take on what has changed, and note it in their history."""


class HolderService:
    """Enters, changes and shows right holders."""

    def __init__(self, *, database: Database, champion: Champion, followers: Followers) -> None:
        self._database, self._champion, self._followers = database, champion, followers

    def create(self, entry: HolderEntry) -> HolderOut:
        """Enter a right holder. Raises HolderKnown if there is one of this name and country."""
        with self._database.write() as session:
            revision = registry.bump(session)
            _refuse_known(session, entry, None)
            row = repository.add(session, _holder(entry))
            _note(session, row, entry, "entered", revision, None)
        return self.get(row.id)

    def change(self, holder_id: str, version: int, entry: HolderEntry) -> HolderOut:
        """Change a right holder, and its name on its marks. Raises ChangedMeanwhile with the present state."""
        with self._database.write() as session:
            revision = registry.bump(session)
            row = _found(session, holder_id)
            before = repository.state_of(row)
            followers = self._followers.of(session, holder_id)
            if row.version != version:
                detail = f"it is at version {row.version}, the change is of version {version}"
                raise ChangedMeanwhile(detail, field="If-Match", current=_out(row).model_dump(mode="json"))
            _refuse_known(session, entry, holder_id)
            repository.fill(row, _holder(entry))
            row.version += 1
            session.flush()
            _note(session, row, entry, "changed", revision, before)
            self._followers.follow(session, row, followers, entry, revision)
        self._champion().live.refresh()
        return self.get(holder_id)

    def get(self, holder_id: str) -> HolderOut:
        """One right holder. Raises UnknownHolder."""
        with self._database.read() as session:
            return _out(_found(session, holder_id))

    def page(self, *, cursor: str | None, limit: int) -> HolderPage:
        """Up to `limit` right holders after `cursor`."""
        with self._database.read() as session:
            rows = repository.page(session, after=cursor or "", limit=limit + 1)
            items = [_out(row) for row in rows[:limit]]
        return HolderPage(items=items, next_cursor=items[-1].id if len(rows) > limit else None)


def _holder(entry: HolderEntry) -> HolderIn:
    return HolderIn.model_validate(entry.model_dump(exclude=BESIDE))


def _refuse_known(session: Session, entry: HolderEntry, own: str | None) -> None:
    known = repository.named(session, entry.name, entry.country)
    if known is not None and known.id != own:
        current = _out(known).model_dump(mode="json")
        raise HolderKnown(f"{known.id} has this name and country", field="name", current=current)


def _found(session: Session, holder_id: str) -> HolderRow:
    row = repository.find(session, holder_id)
    if row is None:
        raise UnknownHolder(f"no right holder {holder_id!r} is stored", field="holder_id")
    return row


def _note(
    session: Session, row: HolderRow, entry: HolderEntry, action: str, revision: int, before: dict[str, Any] | None
) -> None:
    change = history.change(
        kind="holder",
        object_id=row.id,
        action=action,
        officer=entry.officer,
        revision=revision,
        before=before,
        after=repository.state_of(row),
        reason=entry.reason,
    )
    history.note(session, change)


def _out(row: HolderRow) -> HolderOut:
    return HolderOut(
        id=row.id,
        version=row.version,
        holder=repository.content(row),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
