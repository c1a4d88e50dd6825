"""The tables, in types that SQLite and PostgreSQL both have. A change here needs a migration beside it."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets the zone, so it is taken off on the way in and put on on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Table(DeclarativeBase):
    """Root of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UtcDateTime(), dict[str, Any]: JSON(none_as_null=True), bytes: LargeBinary()}


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


class AuditEntryRow(Table):
    """One entry of the audit, see `service.audit.chain`. The database refuses to change one or to take one out."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_kind_subject", "kind", "subject"),)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(128))
    action: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(200))
    detail: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditHeadRow(Table):
    """The last entry of the audit; whoever appends locks it."""

    __tablename__ = "audit_heads"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class ScanRow(Table):
    """One scan of one parcel: stored as `received`, then `done`, or `failed` when inspection keeps failing."""

    __tablename__ = "scans"
    __table_args__ = (UniqueConstraint("station", "parcel", "views_digest"),)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
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


class AlertRow(Table):
    """One right holder suspected in one scan; `open` until an officer decides."""

    __tablename__ = "alerts"
    __table_args__ = (UniqueConstraint("scan_id", "holder"), Index("ix_alerts_status_id", "status", "id"))
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    station: Mapped[str] = mapped_column(String(64))
    parcel: Mapped[str] = mapped_column(String(128))
    mark_id: Mapped[str] = mapped_column(String(200))  # as it was then: the mark may have been removed since
    title: Mapped[str] = mapped_column(String(500))
    holder: Mapped[str] = mapped_column(String(500), index=True)
    score: Mapped[float] = mapped_column(Double)
    status: Mapped[str] = mapped_column(String(16))
    recordation_id: Mapped[str | None] = mapped_column(String(64))
    snapshot: Mapped[dict[str, Any] | None]  # what produced it: registry revision, models, threshold, moment
    sightings: Mapped[dict[str, Any]]  # {"items": suspicions of this holder, strongest first}
    created_at: Mapped[datetime]
    decision: Mapped["DecisionRow | None"] = relationship(back_populates="alert")


class DecisionRow(Table):
    """What an officer decided, when, and what the alert was before."""

    __tablename__ = "decisions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), unique=True)
    action: Mapped[str] = mapped_column(String(32))
    officer: Mapped[str] = mapped_column(String(128))
    reason: Mapped[str | None] = mapped_column(String(2000))
    mark_id: Mapped[str | None] = mapped_column(ForeignKey("marks.mark_id"))
    before: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime]
    alert: Mapped[AlertRow] = relationship(back_populates="decision")
