"""All queries on scans and their views."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session, selectinload

from service.identifiers import new_id
from service.tables import ScanRow, ViewRow


@dataclass(frozen=True, kw_only=True)
class NewView:
    """One photograph as it is to be stored; its bytes are in the file store."""

    sha256: str
    media_type: str
    width: int
    height: int
    size: int


@dataclass(frozen=True, kw_only=True)
class NewScan:
    """A scan as it is to be stored."""

    office: str
    station: str
    parcel: str
    views_digest: str
    captured_at: datetime | None
    declaration: dict[str, Any] | None
    views: tuple[NewView, ...]


def add(session: Session, scan: NewScan) -> ScanRow:
    """Store a scan as `received`. Raises IntegrityError at flush if the same one is stored already."""
    row = ScanRow(
        id=new_id("scan"),
        office=scan.office,
        station=scan.station,
        parcel=scan.parcel,
        views_digest=scan.views_digest,
        captured_at=scan.captured_at,
        declaration=scan.declaration,
        state="received",
        attempts=0,
        received_at=datetime.now(UTC),
        inspected_at=None,
        verdict=None,
    )
    row.views = [
        ViewRow(position=n, sha256=v.sha256, media_type=v.media_type, width=v.width, height=v.height, size=v.size)
        for n, v in enumerate(scan.views)
    ]
    session.add(row)
    session.flush()
    return row


def find(session: Session, scan_id: str) -> ScanRow | None:
    """The scan with its views, or None."""
    return session.get(ScanRow, scan_id, options=[selectinload(ScanRow.views)])


def same(session: Session, scan: NewScan) -> str | None:
    """The identifier of the stored scan that `scan` repeats, or None."""
    query = select(ScanRow.id).where(
        ScanRow.station == scan.station, ScanRow.parcel == scan.parcel, ScanRow.views_digest == scan.views_digest
    )
    return session.execute(query).scalar_one_or_none()


def received(session: Session) -> Sequence[str]:
    """Identifiers of scans that were stored but not inspected, oldest first."""
    return session.execute(select(ScanRow.id).where(ScanRow.state == "received").order_by(ScanRow.id)).scalars().all()


def count_attempt(session: Session, scan_id: str) -> int:
    """Note that an inspection begins; returns how many have begun."""
    counted = update(ScanRow).where(ScanRow.id == scan_id).values(attempts=ScanRow.attempts + 1)
    return session.execute(counted.returning(ScanRow.attempts)).scalar_one()


def give_up(session: Session, scan_id: str) -> None:
    """Mark a scan whose inspection keeps failing, so that no start tries it again."""
    session.execute(update(ScanRow).where(ScanRow.id == scan_id, ScanRow.state == "received").values(state="failed"))


def finish(session: Session, scan_id: str, verdict: dict[str, Any]) -> bool:
    """Save the verdict, unless somebody else did before; returns whether this one was saved."""
    statement = (
        update(ScanRow)
        .where(ScanRow.id == scan_id, ScanRow.state != "done")
        .values(state="done", verdict=verdict, inspected_at=datetime.now(UTC))
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1
