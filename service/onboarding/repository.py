"""All queries on self-tests."""

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.onboarding.schemas import SelfTestOut
from service.tables import MarkRow, SelfTestRow


def put(session: Session, mark_id: str, test: SelfTestOut) -> None:
    """Keep the self-test of a mark, instead of the one before."""
    row = session.get(SelfTestRow, mark_id)
    if row is None:
        row = SelfTestRow(mark_id=mark_id)
        session.add(row)
    row.revision, row.embedder = test.registry_revision, test.embedder
    row.report, row.tested_at = test.model_dump(mode="json"), datetime.now(UTC)


def of_marks(session: Session, mark_ids: Collection[str]) -> dict[str, SelfTestOut]:
    """Mark -> its last self-test, for those that have one."""
    rows = session.execute(select(SelfTestRow).where(SelfTestRow.mark_id.in_(mark_ids))).scalars()
    return {row.mark_id: SelfTestOut.model_validate(row.report) for row in rows}


def untested(session: Session, embedder: str, *, after: str) -> str | None:
    """The first mark that follows `after`, is matched, and has no self-test by this embedder."""
    tested = (SelfTestRow.mark_id == MarkRow.mark_id) & (SelfTestRow.embedder == embedder)
    query = select(MarkRow.mark_id).outerjoin(SelfTestRow, tested).where(SelfTestRow.mark_id.is_(None))
    matched = query.where(MarkRow.live, MarkRow.removed.is_(False), MarkRow.mark_id > after)
    return session.execute(matched.order_by(MarkRow.mark_id).limit(1)).scalar_one_or_none()
