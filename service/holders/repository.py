"""All queries on right holders."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.holders.documents import HolderIn
from service.identifiers import new_id
from service.tables import HolderRow

COLUMNS = {"name", "country"}  # what the row has besides its document


def find(session: Session, holder_id: str) -> HolderRow | None:
    """The right holder, or None."""
    return session.get(HolderRow, holder_id)


def named(session: Session, name: str, country: str | None) -> HolderRow | None:
    """The right holder of this name and country, or None."""
    query = select(HolderRow).where(HolderRow.name == name, HolderRow.country == (country or ""))
    return session.execute(query).scalar_one_or_none()


def page(session: Session, *, after: str, limit: int) -> Sequence[HolderRow]:
    """Up to `limit` right holders whose identifiers follow `after`."""
    query = select(HolderRow).where(HolderRow.id > after).order_by(HolderRow.id).limit(limit)
    return session.execute(query).scalars().all()


def add(session: Session, holder: HolderIn) -> HolderRow:
    """Enter a right holder."""
    now = datetime.now(UTC)
    row = HolderRow(id=new_id("holder"), version=1, created_at=now, updated_at=now)
    fill(row, holder)
    session.add(row)
    session.flush()
    return row


def fill(row: HolderRow, holder: HolderIn) -> None:
    """Set what is known of the right holder."""
    row.name, row.country = holder.name, holder.country or ""
    row.document = holder.model_dump(mode="json", exclude=COLUMNS)
    row.updated_at = datetime.now(UTC)


def content(row: HolderRow) -> HolderIn:
    """What is known of the right holder."""
    return HolderIn.model_validate({**row.document, "name": row.name, "country": row.country or None})


def state_of(row: HolderRow) -> dict[str, Any]:
    """The right holder as its history keeps it."""
    return {"id": row.id, "version": row.version, **content(row).model_dump(mode="json")}


def all_named(session: Session, names: Collection[str]) -> Sequence[HolderRow]:
    """All right holders with one of these names."""
    return session.execute(select(HolderRow).where(HolderRow.name.in_(names))).scalars().all()
