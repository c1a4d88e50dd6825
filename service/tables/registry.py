"""The registry: right holders, recordations, marks, pictures, their vectors, self-tests, words and changes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table


class RegistryRevision(Table):
    """One row: how often the registry has changed. Updating it first also puts writers in line."""

    __tablename__ = "registry_revision"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int]


class HolderRow(Table):
    """A right holder; what is not searched by is in `document`."""

    __tablename__ = "holders"
    __table_args__ = (UniqueConstraint("name", "country"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(500))
    country: Mapped[str] = mapped_column(String(2))  # empty if it is not known: NULLs would not be unique
    document: Mapped[dict[str, Any]]
    version: Mapped[int]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class RecordationRow(Table):
    """One recordation; its marks are its own rows, its other content is in `document`."""

    __tablename__ = "recordations"
    __table_args__ = (
        UniqueConstraint("jurisdiction", "number"),
        Index("ix_recordations_status_valid_to", "status", "valid_to"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    number: Mapped[str | None] = mapped_column(String(64))
    jurisdiction: Mapped[str] = mapped_column(String(2))
    profile: Mapped[str] = mapped_column(String(64))
    right_type: Mapped[str] = mapped_column(String(32))
    status: Mapped[str] = mapped_column(String(16))
    holder_id: Mapped[str] = mapped_column(ForeignKey("holders.id"), index=True)
    submitted_on: Mapped[date | None]
    decided_on: Mapped[date | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    refusal_reason: Mapped[str | None] = mapped_column(String(64))
    ended_on: Mapped[date | None]
    end_reason: Mapped[str | None] = mapped_column(String(4000))
    document: Mapped[dict[str, Any]]
    version: Mapped[int]
    revision: Mapped[int] = mapped_column(index=True)  # of the registry, when it last changed
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    holder: Mapped[HolderRow] = relationship()
    marks: Mapped[list["MarkRow"]] = relationship(order_by="MarkRow.position", back_populates="recordation")


class MarkRow(Table):
    """A mark. One that is matched no longer stays, not `live`, so that other processes learn of it."""

    __tablename__ = "marks"
    mark_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    recordation_id: Mapped[str] = mapped_column(ForeignKey("recordations.id"), index=True)
    position: Mapped[int]  # among the marks of its recordation
    title: Mapped[str] = mapped_column(String(500))
    holder: Mapped[str] = mapped_column(String(500))  # its name, as alerts say it
    revision: Mapped[int] = mapped_column(index=True)  # of the registry, when this row last changed
    removed: Mapped[bool]  # from its recordation
    live: Mapped[bool]  # matched, between the two moments
    since: Mapped[datetime | None]
    until: Mapped[datetime | None]
    document: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    recordation: Mapped[RecordationRow] = relationship(back_populates="marks")
    pictures: Mapped[list["PictureRow"]] = relationship(order_by="PictureRow.position", cascade="all, delete-orphan")


class PictureRow(Table):
    """One picture of a mark, artwork or a photograph of the goods; its bytes are in the file store under `sha256`."""

    __tablename__ = "mark_pictures"
    mark_id: Mapped[str] = mapped_column(ForeignKey("marks.mark_id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(16), server_default="artwork")  # or photo
    purpose: Mapped[str] = mapped_column(String(16), server_default="registered")
    name: Mapped[str] = mapped_column(String(255))
    size: Mapped[int]  # bytes


class SelfTestRow(Table):
    """The last self-test of a mark."""

    __tablename__ = "mark_self_tests"
    mark_id: Mapped[str] = mapped_column(ForeignKey("marks.mark_id"), primary_key=True)
    revision: Mapped[int]  # of the registry it was tested against
    embedder: Mapped[str] = mapped_column(String(64))  # sha256
    report: Mapped[dict[str, Any]]
    tested_at: Mapped[datetime]


class SearchTermRow(Table):
    """One way to find a recordation: a word, a class, a number."""

    __tablename__ = "search_terms"
    field: Mapped[str] = mapped_column(String(16), primary_key=True)
    term: Mapped[str] = mapped_column(String(128), primary_key=True)
    recordation_id: Mapped[str] = mapped_column(ForeignKey("recordations.id"), primary_key=True, index=True)


class ChangeRow(Table):
    """One change of the registry: who, when, what, before and after. Only ever added to."""

    __tablename__ = "registry_changes"
    __table_args__ = (Index("ix_registry_changes_kind_object_id_revision", "kind", "object_id", "revision"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    revision: Mapped[int] = mapped_column(index=True)  # of the registry, which the change made
    at: Mapped[datetime]
    officer: Mapped[str] = mapped_column(String(128))
    kind: Mapped[str] = mapped_column(String(16))  # holder or recordation
    object_id: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str | None] = mapped_column(String(4000))
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any]]


class VectorRow(Table):
    """The vectors of one picture by one embedder, seen as what it is."""

    __tablename__ = "picture_vectors"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of the picture
    kind: Mapped[str] = mapped_column(String(16), primary_key=True, server_default="artwork")  # or photo
    embedder: Mapped[str] = mapped_column(String(64), primary_key=True)  # sha256 of the embedder
    dimension: Mapped[int]
    data: Mapped[bytes]  # (v, dimension) float32, little-endian
