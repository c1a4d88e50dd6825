"""The registry's history: each change with who, when, before and after. Only ever added to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.identifiers import new_id
from service.tables import ChangeRow

Kind = Literal["holder", "recordation"]


def note(
    session: Session,
    *,
    kind: Kind,
    object_id: str,
    action: str,
    officer: str,
    revision: int,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None = None,
) -> None:
    """Add one change to the history."""
    row = ChangeRow(
        id=new_id("change"),
        revision=revision,
        at=datetime.now(UTC),
        officer=officer,
        kind=kind,
        object_id=object_id,
        action=action,
        reason=reason,
        before=before,
        after=after,
    )
    session.add(row)


def changes_of(session: Session, kind: Kind, object_id: str) -> Sequence[ChangeRow]:
    """All changes of one object, oldest first."""
    query = select(ChangeRow).where(ChangeRow.kind == kind, ChangeRow.object_id == object_id)
    return session.execute(query.order_by(ChangeRow.revision, ChangeRow.id)).scalars().all()
