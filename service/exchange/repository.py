"""All queries on exchange jobs, and on the registry as a whole."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from service.identifiers import new_id
from service.recordations.repository import WHOLE
from service.tables import ExchangeJobRow, RecordationRow

OPEN = ("queued", "reading", "applying")
LEASE = timedelta(seconds=30)  # renewed with each batch
CHUNK = 200  # recordations held in memory at a time


def add(session: Session, kind: str, options: dict[str, Any]) -> ExchangeJobRow:
    """Enter a job that is to be done."""
    row = ExchangeJobRow(
        id=new_id("job"),
        kind=kind,
        state="queued",
        options=options,
        counts={},
        applied=0,
        message=None,
        owner=None,
        lease_until=None,
        created_at=datetime.now(UTC),
        finished_at=None,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, job_id: str, kind: str) -> ExchangeJobRow | None:
    """The job, or None."""
    row = session.get(ExchangeJobRow, job_id)
    return None if row is None or row.kind != kind else row


def unfinished(session: Session) -> Sequence[str]:
    """Identifiers of the jobs that are to be done, oldest first."""
    query = select(ExchangeJobRow.id).where(ExchangeJobRow.state.in_(OPEN)).order_by(ExchangeJobRow.id)
    return session.execute(query).scalars().all()


def take(session: Session, job_id: str, owner: str) -> bool:
    """Take a job that nobody carries out; False if somebody does, or it is done."""
    now = datetime.now(UTC)
    free = or_(ExchangeJobRow.lease_until.is_(None), ExchangeJobRow.lease_until < now, ExchangeJobRow.owner == owner)
    statement = (
        update(ExchangeJobRow)
        .where(ExchangeJobRow.id == job_id, ExchangeJobRow.state.in_(OPEN), free)
        .values(owner=owner, lease_until=now + LEASE)
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def advance(session: Session, job_id: str, state: str, **changes: Any) -> None:
    """Note how far a job is; whoever carries it out keeps it for another while."""
    row = session.get_one(ExchangeJobRow, job_id)
    row.state, row.lease_until = state, datetime.now(UTC) + LEASE
    for name, value in changes.items():
        setattr(row, name, value)
    if state not in OPEN:
        row.finished_at = datetime.now(UTC)


def release(session: Session, job_id: str) -> None:
    """Let others go on with a job."""
    session.get_one(ExchangeJobRow, job_id).lease_until = None


def all_recordations(session: Session) -> Iterator[RecordationRow]:
    """Every recordation by jurisdiction and number, those without one first; a few in memory at a time."""
    listed = session.execute(select(RecordationRow.jurisdiction, RecordationRow.number, RecordationRow.id)).all()
    keys = [one.id for one in sorted(listed, key=lambda one: (one.jurisdiction, one.number or "", one.id))]
    for start in range(0, len(keys), CHUNK):
        part = keys[start : start + CHUNK]
        found = session.execute(select(RecordationRow).where(RecordationRow.id.in_(part)).options(*WHOLE)).scalars()
        rows = {row.id: row for row in found}
        yield from (rows[key] for key in part)
        session.expunge_all()
