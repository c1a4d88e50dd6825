"""Scans and their views."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table


class ScanRow(Table):
    """One scan of one parcel: stored as `received`, then `done`, or `failed` when inspection keeps failing."""

    __tablename__ = "scans"
    __table_args__ = (UniqueConstraint("station", "parcel", "views_digest"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    office: Mapped[str] = mapped_column(String(64), server_default="main")
    station: Mapped[str] = mapped_column(String(64))
    parcel: Mapped[str] = mapped_column(String(128), index=True)
    views_digest: Mapped[str] = mapped_column(String(64))  # sha256 over the views' sha256, in order
    captured_at: Mapped[datetime | None]
    declaration: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int]
    received_at: Mapped[datetime]
    inspected_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, Any] | None]
    views: Mapped[list["ViewRow"]] = relationship(order_by="ViewRow.position", cascade="all, delete-orphan")


class ViewRow(Table):
    """One photograph of a scan; its bytes are in the file store under `sha256`."""

    __tablename__ = "scan_views"
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(64))
    width: Mapped[int]  # pixels
    height: Mapped[int]  # pixels
    size: Mapped[int]  # bytes
