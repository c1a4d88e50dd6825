"""The registry's history: each change with who, when, before and after. Only ever added to."""

import hashlib
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.identifiers import new_id
from service.tables import ChangeRow

Kind = Literal["holder", "recordation"]


def note(session: Session, row: ChangeRow) -> None:
    """Add one change to the history, and to the audit."""
    session.add(row)
    detail = {"change": row.id, "revision": row.revision, "reason": row.reason, "after": digest(row.after)}
    act = Act(actor=row.officer, action=row.action, kind=row.kind, subject=row.object_id, detail=detail)
    audit.append(session, act)


def note_many(session: Session, rows: Sequence[ChangeRow], officer: str, revision: int) -> None:
    """Add the changes of one batch to the history, and one entry for all of them to the audit."""
    session.add_all(rows)
    listed = digest([[row.id, row.kind, row.object_id, row.action, digest(row.after)] for row in rows])
    detail = {"revision": revision, "changes": len(rows), "digest": listed}
    audit.append(session, Act(actor=officer, action="imported", kind="registry", subject=str(revision), detail=detail))


def digest(document: Any) -> str:
    """sha256 of a document in canonical JSON, by which the audit names it."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def change(
    *,
    kind: Kind,
    object_id: str,
    action: str,
    officer: str,
    revision: int,
    before: dict[str, Any] | None,
    after: dict[str, Any],
    reason: str | None = None,
) -> ChangeRow:
    """One change, not stored yet."""
    return ChangeRow(
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


def changes_of(session: Session, kind: Kind, object_id: str) -> Sequence[ChangeRow]:
    """All changes of one object, oldest first."""
    query = select(ChangeRow).where(ChangeRow.kind == kind, ChangeRow.object_id == object_id)
    return session.execute(query.order_by(ChangeRow.revision, ChangeRow.id)).scalars().all()
