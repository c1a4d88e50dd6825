"""All queries on what shadows saw and canaries judged."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from service.tables import AlertRow, DecisionRow, ScanRow, ShadowLookRow, ViewStatisticsRow

STANDS = ("standing", "proposed")


def count(session: Session, release_id: str) -> int:
    """How many scans a shadow has looked at."""
    query = select(func.count()).select_from(ShadowLookRow).where(ShadowLookRow.release_id == release_id)
    return session.execute(query).scalar_one()


def judged(session: Session, release_id: str) -> int:
    """How many scans were judged by a release's models."""
    query = select(func.count()).select_from(ViewStatisticsRow)
    return session.execute(
        query.where(ViewStatisticsRow.release_id == release_id, ViewStatisticsRow.view == 0)
    ).scalar_one()


def waiting(session: Session, release_id: str, since: datetime, *, after: str, limit: int) -> Sequence[ScanRow]:
    """Scans received since a moment that are done and that a shadow has not looked at, by their ids, with views."""
    looked = select(ShadowLookRow.scan_id).where(ShadowLookRow.release_id == release_id)
    query = (
        select(ScanRow)
        .where(ScanRow.state == "done", ScanRow.id > after, ScanRow.received_at >= since, ScanRow.id.not_in(looked))
        .order_by(ScanRow.id)
        .limit(limit)
        .options(selectinload(ScanRow.views))
    )
    return session.execute(query).scalars().all()


def of_release(session: Session, release_id: str) -> Sequence[ShadowLookRow]:
    """All looks of a shadow, the newest first."""
    query = select(ShadowLookRow).where(ShadowLookRow.release_id == release_id)
    return session.execute(query.order_by(ShadowLookRow.at.desc(), ShadowLookRow.scan_id)).scalars().all()


def outcomes(session: Session, scans: Sequence[str]) -> dict[tuple[str, str], str]:
    """(scan, right holder) -> the outcome of its alert, where it is decided; tests are none of this."""
    found: dict[tuple[str, str], str] = {}
    for start in range(0, len(scans), 500):
        query = (
            select(AlertRow.scan_id, AlertRow.holder, DecisionRow.action)
            .join(DecisionRow, DecisionRow.alert_id == AlertRow.id)
            .where(
                AlertRow.scan_id.in_(scans[start : start + 500]),
                AlertRow.test_answer.is_(None),
                DecisionRow.state.in_(STANDS),
            )
        )
        found.update({(scan, holder): action for scan, holder, action in session.execute(query).all()})
    return found


def add(session: Session, **columns: Any) -> None:
    """Enter what a shadow saw; a second look of another process is of no use and not entered."""
    if session.get(ShadowLookRow, (columns["scan_id"], columns["release_id"])) is None:
        session.add(ShadowLookRow(**columns))
