"""Releases of models, who approved them, which ones are at work, and what a shadow saw."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from service.tables.base import Table


class ReleaseRow(Table):
    """One set of models that is used together; the files of its bundles are in the file store."""

    __tablename__ = "model_releases"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # sha256 over roles, models and their settings
    origin: Mapped[str] = mapped_column(String(16))  # shipped, retrained or imported
    state: Mapped[str] = mapped_column(String(16))  # candidate, approved, refused
    parent_id: Mapped[str | None] = mapped_column(String(64))  # the release it was trained from
    job_id: Mapped[str | None] = mapped_column(String(64))
    bundles: Mapped[dict[str, Any]]  # role -> {"name", "sha256", "files": {file name: sha256}}
    gates: Mapped[dict[str, Any] | None]  # what each gate measured, allowed, and said
    card: Mapped[str] = mapped_column(Text)  # Markdown
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class ApprovalRow(Table):
    """What one person said of a release."""

    __tablename__ = "model_approvals"
    release_id: Mapped[str] = mapped_column(ForeignKey("model_releases.id"), primary_key=True)
    officer: Mapped[str] = mapped_column(String(128), primary_key=True)
    approves: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]


class DeploymentRow(Table):
    """One row: which release has which part. Each process compares `revision` with what it has loaded."""

    __tablename__ = "model_deployment"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
    champion: Mapped[str | None] = mapped_column(ForeignKey("model_releases.id"))
    previous: Mapped[str | None] = mapped_column(ForeignKey("model_releases.id"))  # to which a rollback goes
    canary: Mapped[str | None] = mapped_column(ForeignKey("model_releases.id"))
    canary_terms: Mapped[dict[str, Any]]  # {"stations": [...], "share": 0..1}
    shadow: Mapped[str | None] = mapped_column(ForeignKey("model_releases.id"))
    shadow_terms: Mapped[dict[str, Any]]  # {"share": 0..1, "a_minute": n}
    thresholds: Mapped[int]  # version; 0: as the models have them
    changed_by: Mapped[str] = mapped_column(String(128))
    changed_at: Mapped[datetime]


class ThresholdsRow(Table):
    """One version of the thresholds from which suspicions stand; apart from the weights."""

    __tablename__ = "thresholds"
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]  # {"photo", "xray", "marks": {mark: value}, "stations": {station: value}}
    reason: Mapped[str] = mapped_column(String(2000))
    created_by: Mapped[str] = mapped_column(String(128))
    created_at: Mapped[datetime]


class ShadowLookRow(Table):
    """What a shadow said of a scan, beside what was said and done."""

    __tablename__ = "shadow_looks"
    __table_args__ = (Index("ix_shadow_looks_release_id_at", "release_id", "at", "same"),)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"), primary_key=True)
    release_id: Mapped[str] = mapped_column(ForeignKey("model_releases.id"), primary_key=True)
    by: Mapped[str] = mapped_column(String(64))  # the release whose verdict counted
    same: Mapped[bool]
    document: Mapped[dict[str, Any]]  # {"decision", "suspicions": [...], "differences": [...], "milliseconds"}
    at: Mapped[datetime]
