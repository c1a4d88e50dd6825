"""Imports, exports, and the advance reviews that companies keep."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Table


class ExchangeJobRow(Table):
    """An import or export of the registry, whole or dry."""

    __tablename__ = "exchange_jobs"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # import or export
    state: Mapped[str] = mapped_column(String(16), index=True)
    options: Mapped[dict[str, Any]]
    counts: Mapped[dict[str, Any]]
    applied: Mapped[int]  # staged recordations that are in the registry
    message: Mapped[str | None] = mapped_column(String(4000))
    owner: Mapped[str | None] = mapped_column(String(64))  # the process that carries it out
    lease_until: Mapped[datetime | None]  # until when nobody else does
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ReviewRow(Table):
    """An advance review that its company asked to keep."""

    __tablename__ = "reviews"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    asked: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any]]
    pictures: Mapped[dict[str, Any]]  # {"items": sha256 of each}
    created_at: Mapped[datetime]
