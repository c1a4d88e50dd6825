"""What people say that models are to learn from, besides their decisions; those are in `alerts`."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Table


class HolderWordRow(Table):
    """What a right holder answered about the goods of an alert, as an officer entered it."""

    __tablename__ = "holder_words"
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(16))  # infringing or genuine
    reference: Mapped[str] = mapped_column(String(500))  # of the letter
    entered_by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class LabelExclusionRow(Table):
    """Whose labels are not learnt from, and why."""

    __tablename__ = "label_exclusions"
    __table_args__ = (Index("ix_label_exclusions_kind_subject", "kind", "subject"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # officer, office, station or decision
    subject: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str] = mapped_column(String(2000))
    excluded_by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]
    lifted_by: Mapped[str | None] = mapped_column(String(128))
    lifted_at: Mapped[datetime | None]


class LabelTaskRow(Table):
    """A place in a view that somebody should look at, because models would learn most from it."""

    __tablename__ = "label_tasks"
    __table_args__ = (
        UniqueConstraint("scan_id", "view", "place"),
        Index("ix_label_tasks_queue", "office", "state", "priority", "id"),
        Index("ix_label_tasks_created_at", "created_at", "sampler"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    view: Mapped[int]
    place: Mapped[str] = mapped_column(String(64))  # the box, rounded: x1,y1,x2,y2
    office: Mapped[str] = mapped_column(String(64))
    sampler: Mapped[str] = mapped_column(String(32))  # why it was chosen
    priority: Mapped[int]  # the lowest number comes first
    document: Mapped[dict[str, Any]]  # what was seen there: box, score, candidates
    state: Mapped[str] = mapped_column(String(16))  # open, answered or expired
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    claim_until: Mapped[datetime | None]
    answer: Mapped[dict[str, Any] | None]  # {"category", "mark_id", "box"}
    answered_by: Mapped[str | None] = mapped_column(String(128))
    answered_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class LabelSetRow(Table):
    """Labels that came from elsewhere; the records and pictures are in the file store."""

    __tablename__ = "label_sets"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    sha256: Mapped[str] = mapped_column(String(64))  # of the records, JSON Lines
    licence: Mapped[str] = mapped_column(String(200))
    images: Mapped[int]
    labels: Mapped[int]
    imported_by: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class DatasetVersionRow(Table):
    """A version of the data that models were trained on; its manifest is in the file store."""

    __tablename__ = "dataset_versions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    manifest: Mapped[str] = mapped_column(String(64), unique=True)  # sha256
    parent_id: Mapped[str | None] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]]
    card: Mapped[str] = mapped_column(String(64))  # sha256 of the Markdown
    job_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
