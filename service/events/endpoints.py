"""/v1/subscriptions: which systems are told of what, and what came of it. For administrators."""

from typing import Annotated

from fastapi import APIRouter, Query

from service.answers import problems
from service.events.schemas import (
    DeliveriesOut,
    DeliveryState,
    ReplayIn,
    ReplayOut,
    SubscriptionIn,
    SubscriptionOut,
    SubscriptionsOut,
)
from service.identity.guard import PrincipalDep
from service.parts import PartsDep

router = APIRouter(prefix="/v1/subscriptions", tags=["events"])


@router.get("", summary="List subscriptions")
def list_subscriptions(parts: PartsDep) -> SubscriptionsOut:
    """All of them, oldest first."""
    return SubscriptionsOut(items=[*parts.subscriptions.list()])


@router.post("", summary="Subscribe", status_code=201, responses=problems(404, 422))
def post_subscription(new: SubscriptionIn, parts: PartsDep, who: PrincipalDep) -> SubscriptionOut:
    """Have a system told. The answer has its secret, this once."""
    return parts.subscriptions.add(new, by=who.name)


@router.post("/{subscription_id}/secrets", summary="Change the secret", status_code=201, responses=problems(404))
def post_secret(subscription_id: str, parts: PartsDep, who: PrincipalDep) -> SubscriptionOut:
    """Another secret; for a day the old one signs as well."""
    return parts.subscriptions.rotate(subscription_id, by=who.name)


@router.delete("/{subscription_id}", summary="Unsubscribe", responses=problems(404))
def delete_subscription(subscription_id: str, parts: PartsDep, who: PrincipalDep) -> SubscriptionOut:
    """It is told nothing any more; what it was told stays on record."""
    return parts.subscriptions.close(subscription_id, by=who.name)


@router.get("/{subscription_id}/deliveries", summary="List deliveries", responses=problems(422))
def list_deliveries(
    subscription_id: str,
    parts: PartsDep,
    state: DeliveryState | None = None,
    before: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveriesOut:
    """What it was told, and what it was not, newest first."""
    return DeliveriesOut(items=[*parts.subscriptions.deliveries(subscription_id, state, before, limit)])


@router.post("/{subscription_id}/replays", summary="Send once more", responses=problems(404, 422))
def post_replay(subscription_id: str, asked: ReplayIn, parts: PartsDep, who: PrincipalDep) -> ReplayOut:
    """These deliveries, or all since a moment, under the ids they had."""
    count = parts.subscriptions.replay(subscription_id, ids=asked.deliveries, since=asked.since, by=who.name)
    return ReplayOut(count=count)
