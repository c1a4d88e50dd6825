"""All queries on jobs. A job belongs to whichever process holds its lease; a lease that ran out is anybody's."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from service.identifiers import new_id
from service.tables import JobRow

OPEN = ("queued", "running")
LEASE = timedelta(seconds=30)  # renewed while the job is done


def add(session: Session, kind: str, options: dict[str, Any], by: str) -> JobRow:
    """Enter a job that is to be done."""
    row = JobRow(
        id=new_id("job"),
        kind=kind,
        state="queued",
        options=options,
        progress={"steps": []},
        result=None,
        message=None,
        owner=None,
        lease_until=None,
        cancel=False,
        created_by=by,
        created_at=datetime.now(UTC),
        finished_at=None,
    )
    session.add(row)
    session.flush()
    return row


def find(session: Session, job_id: str) -> JobRow | None:
    """The job, or None."""
    return session.get(JobRow, job_id)


def newest(session: Session, *, kind: str | None, limit: int) -> Sequence[JobRow]:
    """Jobs, the newest first."""
    query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
    return session.execute(query if kind is None else query.where(JobRow.kind == kind)).scalars().all()


def unfinished(session: Session, kinds: Sequence[str]) -> Sequence[str]:
    """Identifiers of the jobs of these kinds that are to be done, oldest first."""
    query = select(JobRow.id).where(JobRow.state.in_(OPEN), JobRow.kind.in_(kinds)).order_by(JobRow.id)
    return session.execute(query).scalars().all()


def open_of(session: Session, kind: str) -> Sequence[JobRow]:
    """Jobs of a kind that are to be done."""
    query = select(JobRow).where(JobRow.state.in_(OPEN), JobRow.kind == kind).order_by(JobRow.id)
    return session.execute(query).scalars().all()


def take(session: Session, job_id: str, owner: str) -> bool:
    """Take a job that nobody does; False if somebody does, or it is over."""
    now = datetime.now(UTC)
    free = or_(JobRow.lease_until.is_(None), JobRow.lease_until < now, JobRow.owner == owner)
    taken = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(OPEN), free)
    return _count(session, taken.values(owner=owner, lease_until=now + LEASE, state="running")) == 1


def renew(session: Session, job_id: str, owner: str, progress: dict[str, Any]) -> bool | None:
    """Keep a job for another while, and say how far it is. True if it is to end; None if somebody else has it."""
    mine = update(JobRow).where(JobRow.id == job_id, JobRow.owner == owner, JobRow.state == "running")
    kept = mine.values(lease_until=datetime.now(UTC) + LEASE, progress=progress).returning(JobRow.cancel)
    return session.execute(kept).scalar_one_or_none()


def finish(session: Session, job_id: str, owner: str, state: str, **changes: Any) -> bool:
    """End a job that is still the owner's."""
    mine = update(JobRow).where(JobRow.id == job_id, JobRow.owner == owner, JobRow.state == "running")
    over = {"state": state, "finished_at": datetime.now(UTC), "lease_until": None, **changes}
    return _count(session, mine.values(**over)) == 1


def release(session: Session, job_id: str, owner: str) -> None:
    """Let others go on with a job."""
    mine = update(JobRow).where(JobRow.id == job_id, JobRow.owner == owner, JobRow.state == "running")
    session.execute(mine.values(state="queued", lease_until=None))


def cancel(session: Session, job_id: str) -> bool:
    """Have a job end; False if it is over. One that nobody does is over at once."""
    wanted = update(JobRow).where(JobRow.id == job_id, JobRow.state.in_(OPEN)).values(cancel=True)
    if _count(session, wanted) != 1:
        return False
    now = datetime.now(UTC)
    idle = update(JobRow).where(JobRow.id == job_id, JobRow.state == "queued")
    session.execute(idle.values(state="cancelled", finished_at=now))
    return True


def _count(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
