"""Who wants to be told of what, and what is to be told."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from service.tables.base import Table


class SubscriptionRow(Table):
    """A system that wants to be told."""

    __tablename__ = "subscriptions"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))  # webhook or mqtt
    url: Mapped[str] = mapped_column(String(2000))
    office: Mapped[str | None] = mapped_column(ForeignKey("offices.id"))  # None: all offices
    types: Mapped[dict[str, Any]]  # {"items": [...]}
    secrets: Mapped[dict[str, Any]]  # {"items": [{"secret": sealed or not, "until": moment or null}]}
    allow_private: Mapped[bool]  # may be an address of the own network
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_why: Mapped[str | None] = mapped_column(String(500))
    held_until: Mapped[datetime | None]  # it asked not to be told anything until then


class DeliveryRow(Table):
    """One event for one system. It is written in the transaction of what it tells."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("ix_deliveries_due", "state", "next_at"),
        Index("ix_deliveries_subscription", "subscription_id", "state", "created_at"),
    )
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    subscription_id: Mapped[str] = mapped_column(ForeignKey("subscriptions.id"))
    event_id: Mapped[str] = mapped_column(String(64))  # the same for all who are told, and for each try
    type: Mapped[str] = mapped_column(String(100))
    subject: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))  # waiting, done, or failed
    attempts: Mapped[int]
    next_at: Mapped[datetime]  # when it is tried; while it is tried, when another process may
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    subscription: Mapped[SubscriptionRow] = relationship()
