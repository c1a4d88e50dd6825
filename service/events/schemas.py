"""Shapes of subscriptions and deliveries."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, StringConstraints

from service.events.types import Type
from service.schemas import Incoming, Outgoing

Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
DeliveryState = Literal["waiting", "done", "failed"]
EXAMPLE: dict[str, Any] = {
    "id": "subscription_0193f0c2a5b17d3e8c9a4b1f2d6e7a80",
    "kind": "webhook",
    "url": "https://cases.customs.example/hooks/tidewaiter",
    "office": "main",
    "types": ["org.tidewaiter.alert.raised"],
    "allow_private": False,
    "created_at": "2026-03-02T09:15:00Z",
    "closed_at": None,
    "closed_why": None,
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
}


class SubscriptionIn(Incoming):
    """A system that wants to be told."""

    url: Url = Field(description="https://… for a webhook, mqtts://broker/prefix for MQTT.")
    types: list[Type] = Field(min_length=1, max_length=32)
    office: Annotated[str, StringConstraints(min_length=1, max_length=64)] | None = Field(
        default=None, description="Of which office; of all if not given."
    )
    allow_private: bool = Field(default=False, description="It is in the own network, and may be unencrypted.")


class SubscriptionOut(Outgoing):
    """A subscription; its secret is shown once, when it is made."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: str
    kind: Literal["webhook", "mqtt"]
    url: str
    office: str | None
    types: list[str]
    allow_private: bool
    created_at: datetime
    closed_at: datetime | None
    closed_why: str | None
    secret: str | None = Field(default=None, description="With which its deliveries are signed; never shown again.")


class SubscriptionsOut(Outgoing):
    """All of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [EXAMPLE | {"secret": None}]}]})

    items: list[SubscriptionOut]


class DeliveryOut(Outgoing):
    """One event for one system."""

    id: str
    subscription: str
    event: str = Field(description="The header webhook-id: the same for each try.")
    type: str
    subject: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None = Field(description="When it is tried again.")
    last_status: int | None
    last_error: str | None
    created_at: datetime
    done_at: datetime | None


class DeliveriesOut(Outgoing):
    """Deliveries, newest first."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": []}]})

    items: list[DeliveryOut]


class ReplayIn(Incoming):
    """What is to be sent once more: these deliveries, or all since a moment."""

    deliveries: list[Annotated[str, StringConstraints(max_length=64)]] | None = Field(default=None, max_length=1000)
    since: AwareDatetime | None = None


class ReplayOut(Outgoing):
    """How many will be sent once more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 3}]})

    count: int
