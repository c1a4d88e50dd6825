"""The registry as it was at a revision, from its history."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from service.tables import ChangeRow, MarkRow

CHUNK = 200  # recordations in one IN (...), and states in memory at a time


def changed_since(session: Session, revision: int) -> Sequence[str]:
    """The recordations that are not as they were at a revision, or whose marks are not."""
    by_officers = select(ChangeRow.object_id).where(ChangeRow.kind == "recordation", ChangeRow.revision > revision)
    by_embedding = select(MarkRow.recordation_id).where(MarkRow.revision > revision)
    return session.execute(union(by_officers, by_embedding)).scalars().all()


def marks_of(session: Session, recordation_ids: Sequence[str]) -> Iterator[str]:
    """All marks that recordations have now, or had when they were removed."""
    for own in _chunks(recordation_ids):
        yield from session.execute(select(MarkRow.mark_id).where(MarkRow.recordation_id.in_(own))).scalars()


def recordations_of(session: Session, mark_ids: Sequence[str]) -> Sequence[str]:
    """The recordations that have marks now."""
    query = select(MarkRow.recordation_id).where(MarkRow.mark_id.in_(mark_ids)).distinct()
    return session.execute(query).scalars().all()


def states_at(session: Session, revision: int, recordation_ids: Sequence[str]) -> Iterator[dict[str, Any]]:
    """The states of recordations at a revision of the registry, see `recordations.repository.state_of`.

    Those that were entered later have none.
    """
    for own in _chunks(recordation_ids):
        known = (ChangeRow.kind == "recordation", ChangeRow.object_id.in_(own))
        last = (
            select(ChangeRow.object_id, func.max(ChangeRow.revision).label("revision"))
            .where(*known, ChangeRow.revision <= revision)
            .group_by(ChangeRow.object_id)
            .subquery()
        )
        at_last = (ChangeRow.object_id == last.c.object_id) & (ChangeRow.revision == last.c.revision)
        query = select(ChangeRow.after).join(last, at_last).where(*known).order_by(ChangeRow.id)
        yield from session.execute(query).scalars().all()


def _chunks(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(keys), CHUNK):
        yield keys[start : start + CHUNK]
