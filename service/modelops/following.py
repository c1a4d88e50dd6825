"""What follows when another release judges: past scans are looked at again, and where it would say something else."""

from typing import Any

from sqlalchemy.orm import Session

from service.jobs import repository as jobs

FOLLOWING = ("reembed", "changes")  # in this order: jobs are done one after another
ALL: dict[str, Any] = {}


def follow_up(session: Session, by: str) -> None:
    """Enter those jobs, unless they wait already."""
    for kind in FOLLOWING:
        if not jobs.open_of(session, kind):
            jobs.add(session, kind, dict(ALL), by)
