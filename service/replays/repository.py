"""The registry as it was at a revision, from its history."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.tables import ChangeRow

CHUNK = 200  # states in memory at a time


def states_at(session: Session, revision: int) -> Iterator[dict[str, Any]]:
    """The state of every recordation at a revision of the registry, see `recordations.repository.state_of`."""
    last = (
        select(ChangeRow.object_id, func.max(ChangeRow.revision).label("revision"))
        .where(ChangeRow.kind == "recordation", ChangeRow.revision <= revision)
        .group_by(ChangeRow.object_id)
        .subquery()
    )
    query = (
        select(ChangeRow.after)
        .join(last, (ChangeRow.object_id == last.c.object_id) & (ChangeRow.revision == last.c.revision))
        .where(ChangeRow.kind == "recordation")
        .order_by(ChangeRow.id)
    )
    yield from session.execute(query.execution_options(yield_per=CHUNK)).scalars()
