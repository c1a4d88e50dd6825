"""Scans, their views, and the keys under which they were posted."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table

UNANSWERED = text("answered_at IS NULL AND answer_by IS NOT NULL")


class ScanRow(Table):
    """One scan of one parcel: stored as `received`, then `done`, or `failed` when inspection keeps failing."""

    __tablename__ = "scans"
    __table_args__ = (
        UniqueConstraint("station", "parcel", "views_digest"),
        Index("ix_scans_unanswered", "answer_by", sqlite_where=UNANSWERED, postgresql_where=UNANSWERED),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    office: Mapped[str] = mapped_column(String(64), server_default="main")
    station: Mapped[str] = mapped_column(String(64))
    parcel: Mapped[str] = mapped_column(String(128), index=True)
    lane: Mapped[str] = mapped_column(String(16), server_default="live")
    views_digest: Mapped[str] = mapped_column(String(64))  # sha256 over the views' sha256, in order
    captured_at: Mapped[datetime | None]
    declaration: Mapped[dict[str, Any] | None]
    state: Mapped[str] = mapped_column(String(16), index=True)
    attempts: Mapped[int]
    leased_until: Mapped[datetime | None]  # until then a process says that it sees to the inspection
    received_at: Mapped[datetime]
    inspected_at: Mapped[datetime | None]
    verdict: Mapped[dict[str, Any] | None]
    answer_by: Mapped[datetime | None]  # by this service's clock
    answer: Mapped[str | None] = mapped_column(String(16))  # given once: pass, divert, hold or undecided
    decided_by: Mapped[str | None] = mapped_column(String(16))  # model, rule, officer or timeout
    answered_at: Mapped[datetime | None]
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
    image_id: Mapped[str | None] = mapped_column(String(200))  # the device's own
    name: Mapped[str | None] = mapped_column(String(64))  # from where it was taken
    modality: Mapped[str] = mapped_column(String(16), server_default="photo")  # photo or xray
    sidecar: Mapped[str | None] = mapped_column(Text)  # JSON: what the station said of an X-ray scan


class IdempotencyKeyRow(Table):
    """The key under which an account posted a scan. It is there exactly if the scan is."""

    __tablename__ = "idempotency_keys"
    account_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))  # sha256 over what was posted
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    answered: Mapped[bool]  # whether whoever posted first was told something
    created_at: Mapped[datetime] = mapped_column(index=True)
