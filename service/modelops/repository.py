"""All queries on releases of models and on which of them is at work."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from service.identifiers import new_id
from service.tables import ApprovalRow, DeploymentRow, ReleaseRow, ThresholdsRow

ONLY = 1  # there is one deployment


def add(session: Session, **columns: Any) -> ReleaseRow:
    """Enter a release."""
    row = ReleaseRow(id=new_id("release"), **columns)
    session.add(row)
    session.flush()
    return row


def find(session: Session, release_id: str) -> ReleaseRow | None:
    """The release, or None."""
    return session.get(ReleaseRow, release_id)


def by_digest(session: Session, digest: str) -> ReleaseRow | None:
    """The release of these very models and settings, or None."""
    return session.execute(select(ReleaseRow).where(ReleaseRow.digest == digest)).scalar_one_or_none()


def newest(session: Session, *, limit: int) -> Sequence[ReleaseRow]:
    """Releases, the newest first."""
    return session.execute(select(ReleaseRow).order_by(ReleaseRow.id.desc()).limit(limit)).scalars().all()


def turn(session: Session, release_id: str, was: str, state: str) -> bool:
    """Change a release's state, if it is as it `was`."""
    statement = update(ReleaseRow).where(ReleaseRow.id == release_id, ReleaseRow.state == was).values(state=state)
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1


def words(session: Session, release_id: str) -> Sequence[ApprovalRow]:
    """What was said of a release, in the order in which it was."""
    query = select(ApprovalRow).where(ApprovalRow.release_id == release_id).order_by(ApprovalRow.at)
    return session.execute(query).scalars().all()


def say(session: Session, release_id: str, officer: str, *, approves: bool, reason: str, at: datetime) -> bool:
    """Enter what somebody says of a release. False if that person said something before."""
    row = ApprovalRow(release_id=release_id, officer=officer, approves=approves, reason=reason, at=at)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def deployment(session: Session, *, hold: bool = False) -> DeploymentRow | None:
    """Which releases are at work; None before the first start. With `hold`, nobody else changes it meanwhile."""
    query = select(DeploymentRow).where(DeploymentRow.id == ONLY)
    return session.execute(query.with_for_update() if hold else query).scalar_one_or_none()


def revision(session: Session) -> int:
    """How often that has changed; -1 before the first start."""
    found = session.execute(select(DeploymentRow.revision).where(DeploymentRow.id == ONLY)).scalar_one_or_none()
    return -1 if found is None else found


def open_deployment(session: Session, champion: str, at: datetime) -> None:
    """Enter the first champion, unless another process was sooner."""
    row = DeploymentRow(
        id=ONLY,
        revision=0,
        champion=champion,
        previous=None,
        canary=None,
        canary_terms={},
        shadow=None,
        shadow_terms={},
        thresholds=0,
        changed_by="tidewaiter",
        changed_at=at,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return


def thresholds(session: Session, version: int) -> ThresholdsRow | None:
    """A version of the thresholds, or None."""
    return session.get(ThresholdsRow, version)


def add_thresholds(session: Session, document: dict[str, Any], reason: str, by: str, at: datetime) -> ThresholdsRow:
    """Enter the next version. Whoever calls holds the deployment, so that numbers are given once."""
    last = session.execute(select(func.max(ThresholdsRow.version))).scalar_one_or_none() or 0
    row = ThresholdsRow(version=last + 1, document=document, reason=reason, created_by=by, created_at=at)
    session.add(row)
    session.flush()
    return row


def all_thresholds(session: Session, *, limit: int) -> Sequence[ThresholdsRow]:
    """Versions of the thresholds, the newest first."""
    return session.execute(select(ThresholdsRow).order_by(ThresholdsRow.version.desc()).limit(limit)).scalars().all()


def shipped(session: Session) -> frozenset[str]:
    """The releases that came with the program, of whatever version."""
    return frozenset(session.execute(select(ReleaseRow.id).where(ReleaseRow.origin == "shipped")).scalars())
