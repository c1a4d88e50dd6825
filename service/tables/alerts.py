"""Alerts, what is decided about them, and who has seen which."""

from datetime import datetime
from typing import Any

from sqlalchemy import Double, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table
from service.tables.scans import ScanRow

STANDS = text("state IN ('standing', 'proposed')")


OVERVIEW = (
    "decided_at",
    "office",
    "state",
    "test",
    "action",
    "reason_code",
    "alert_mark",
    "station",
    "model",
    "seconds",
    "test_right",
)


class AlertRow(Table):
    """One right holder suspected in one scan; `open` until an officer decides, `proposed` until a second one agrees."""

    __tablename__ = "alerts"
    __table_args__ = (
        UniqueConstraint("scan_id", "holder"),
        Index("ix_alerts_status_id", "status", "id"),
        Index("ix_alerts_worklist", "office", "status", "leads", "tier", "due_at", "priority", "id"),
        Index("ix_alerts_worklist_all", "status", "leads", "tier", "due_at", "priority", "id"),
        Index("ix_alerts_worklist_mark", "office", "status", "mark_id", "tier", "due_at"),
        Index("ix_alerts_worklist_holder", "office", "status", "holder", "tier", "due_at"),
        Index("ix_alerts_worklist_station", "office", "status", "station", "tier", "due_at"),
        Index("ix_alerts_claims", "claimed_by", "claim_until"),
        Index("ix_alerts_double_of", "double_of"),
        Index("ix_alerts_group", "group_key", "status"),
        Index("ix_alerts_parcel", "office", "parcel"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    scan_id: Mapped[str] = mapped_column(ForeignKey("scans.id"))
    office: Mapped[str] = mapped_column(String(64), server_default="main")
    station: Mapped[str] = mapped_column(String(64))
    parcel: Mapped[str] = mapped_column(String(128))
    mark_id: Mapped[str] = mapped_column(String(200))  # as it was then: the mark may have been removed since
    title: Mapped[str] = mapped_column(String(500))
    holder: Mapped[str] = mapped_column(String(500), index=True)
    score: Mapped[float] = mapped_column(Double)
    status: Mapped[str] = mapped_column(String(16))
    tier: Mapped[int] = mapped_column(server_default="1")  # 0 stop now, 1 check, 2 information
    priority: Mapped[int] = mapped_column(server_default="500")  # 1000 x (1 - risk): the lowest number comes first
    due_at: Mapped[datetime]  # until when it should be decided
    group_key: Mapped[str | None] = mapped_column(String(64))  # of the same consignor, mark and day
    leads: Mapped[bool] = mapped_column(server_default=text("true"))  # the open one that stands for its group
    test_answer: Mapped[str | None] = mapped_column(String(16))  # of a test that was mixed in; such is no case data
    double_of: Mapped[str | None] = mapped_column(String(64))  # the alert that it lets another officer decide again
    claimed_by: Mapped[str | None] = mapped_column(String(128))
    claimed_at: Mapped[datetime | None]
    claim_until: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(String(2000))  # from one officer to the next
    recordation_id: Mapped[str | None] = mapped_column(String(64))
    snapshot: Mapped[dict[str, Any] | None]  # what produced it: registry revision, models, threshold, moment
    sightings: Mapped[dict[str, Any]]  # {"items": suspicions of this holder, strongest first}
    created_at: Mapped[datetime]
    scan: Mapped[ScanRow] = relationship()
    decision: Mapped["DecisionRow | None"] = relationship(
        primaryjoin="and_(AlertRow.id == DecisionRow.alert_id, DecisionRow.state.in_(['standing', 'proposed']))",
        viewonly=True,
    )


class DecisionRow(Table):
    """What an officer decided, when, and what the alert was before. One that was undone or refused stays."""

    __tablename__ = "decisions"
    __table_args__ = (
        Index("uq_decisions_standing", "alert_id", unique=True, sqlite_where=STANDS, postgresql_where=STANDS),
        # with all that is counted, so that counting reads the index alone
        Index("ix_decisions_mark", "office", "alert_mark", "decided_at", "state", "test", "action"),
        Index("ix_decisions_band", "office", "band", "decided_at", "state", "test", "action"),
        Index("ix_decisions_overview", *OVERVIEW),
        Index("ix_decisions_batch", "batch"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), server_default="standing")  # proposed, undone, refused
    action: Mapped[str] = mapped_column(String(32))
    officer: Mapped[str] = mapped_column(String(128))
    reason_code: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(String(2000))
    mark_id: Mapped[str | None] = mapped_column(ForeignKey("marks.mark_id"))
    correction: Mapped[dict[str, Any] | None]  # the box as the officer drew it
    batch: Mapped[str | None] = mapped_column(String(64))  # decided together
    before: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime]
    effective_at: Mapped[datetime | None]  # until then it can be undone and nothing leaves; None while proposed
    second: Mapped[str | None] = mapped_column(String(128))  # the officer who agreed, or refused
    second_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    alert: Mapped[AlertRow] = relationship()
    # of the alert, so that counting reads one table
    office: Mapped[str] = mapped_column(String(64), server_default="main")
    alert_mark: Mapped[str] = mapped_column(String(200), server_default="")
    station: Mapped[str] = mapped_column(String(64), server_default="")
    band: Mapped[int] = mapped_column(server_default="0")  # tenth of the score, 0 to 9
    model: Mapped[str] = mapped_column(String(64), server_default="")  # sha256 of the detector
    seconds: Mapped[float | None] = mapped_column(Double)  # from claim, or else from alert, to decision
    test: Mapped[bool] = mapped_column(server_default=text("false"))
    test_right: Mapped[bool | None]  # whether it agrees with the known answer


class TestParcelRow(Table):
    """A parcel whose answer is known, to be mixed in: what was seen on it, and its photographs."""

    __test__ = False  # no test of pytest's
    __tablename__ = "test_parcels"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    office: Mapped[str | None] = mapped_column(String(64))  # None: for all offices
    answer: Mapped[str] = mapped_column(String(16))  # confirmed or unconfirmed
    document: Mapped[dict[str, Any]]  # views, declaration, verdict, sightings
    shown: Mapped[int]  # how often
    created_at: Mapped[datetime]


class SeenRow(Table):
    """An officer has looked at an alert."""

    __tablename__ = "alerts_seen"
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)


class RecusalRow(Table):
    """An officer must have nothing to do with an alert."""

    __tablename__ = "recusals"
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    officer: Mapped[str] = mapped_column(String(128), primary_key=True)  # a name: a system may vouch for its own
    reason: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]


class SavedViewRow(Table):
    """A worklist's filters, under a name, for one officer."""

    __tablename__ = "saved_views"
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(100), primary_key=True)
    filters: Mapped[dict[str, Any]]
