"""Work that takes long and must not be lost: retraining, rescreening."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Table


class JobRow(Table):
    """One piece of work, done by whichever process holds its lease; its steps are in `progress`."""

    __tablename__ = "jobs"
    __table_args__ = (Index("ix_jobs_state_id", "state", "id"), Index("ix_jobs_kind_id", "kind", "id"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))  # queued, running, done, failed or cancelled
    options: Mapped[dict[str, Any]]
    progress: Mapped[dict[str, Any]]  # {"steps": [{"name", "state", "done", "total", "note", "started_at", …}]}
    result: Mapped[dict[str, Any] | None]
    message: Mapped[str | None] = mapped_column(String(4000))  # why it failed
    owner: Mapped[str | None] = mapped_column(String(64))  # the process that does it
    lease_until: Mapped[datetime | None]
    cancel: Mapped[bool]  # somebody wants it to end
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
