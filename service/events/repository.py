"""All queries on subscriptions and deliveries. A delivery is written in the transaction of what it tells."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Table, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session, joinedload

from service.events.types import Event
from service.identifiers import new_id
from service.tables import DeliveryRow, SubscriptionRow

SUBSCRIPTIONS = cast("Table", SubscriptionRow.__table__)
WHO_LISTENS = select(SUBSCRIPTIONS.c.id, SUBSCRIPTIONS.c.types).where(  # built once: each scan asks it
    SUBSCRIPTIONS.c.closed_at.is_(None),
    or_(SUBSCRIPTIONS.c.office.is_(None), SUBSCRIPTIONS.c.office == bindparam("office")),
)


def emit(session: Session, event: Event) -> int:
    """Tell everybody who wants to know, once this transaction is over. Returns how many that are."""
    rows = session.execute(WHO_LISTENS, {"office": event.office}).all()
    wanted = [row.id for row in rows if event.type in row.types["items"]]
    if wanted:
        body = event.body()
        session.add_all(_delivery(subscription_id, event, body) for subscription_id in wanted)
    return len(wanted)


def emit_to(session: Session, subscription_id: str, event: Event) -> str:
    """Tell one of them alone. Returns the delivery's id."""
    row = _delivery(subscription_id, event, event.body())
    session.add(row)
    session.flush()
    return row.id


def subscription(session: Session, subscription_id: str) -> SubscriptionRow | None:
    """The subscription, or None."""
    return session.get(SubscriptionRow, subscription_id, populate_existing=True)


def subscriptions(session: Session) -> Sequence[SubscriptionRow]:
    """All of them, oldest first."""
    return session.execute(select(SubscriptionRow).order_by(SubscriptionRow.id)).scalars().all()


def due(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Deliveries to be tried now, oldest first."""
    open_one = and_(
        SubscriptionRow.closed_at.is_(None),
        or_(SubscriptionRow.held_until.is_(None), SubscriptionRow.held_until <= now),
    )
    query = (
        select(DeliveryRow.id)
        .join(SubscriptionRow, DeliveryRow.subscription_id == SubscriptionRow.id)
        .where(DeliveryRow.state == "waiting", DeliveryRow.next_at <= now, open_one)
        .order_by(DeliveryRow.next_at, DeliveryRow.id)
    )
    return session.execute(query.limit(limit)).scalars().all()


def claim(session: Session, delivery_id: str, now: datetime, lease: timedelta) -> DeliveryRow | None:
    """Take a delivery, for nobody else to send it meanwhile; None if somebody else was faster."""
    mine = and_(DeliveryRow.id == delivery_id, DeliveryRow.state == "waiting", DeliveryRow.next_at <= now)
    taken = update(DeliveryRow).where(mine).values(attempts=DeliveryRow.attempts + 1, next_at=now + lease)
    if _count(session, taken) != 1:
        return None
    query = select(DeliveryRow).where(DeliveryRow.id == delivery_id).options(joinedload(DeliveryRow.subscription))
    return session.execute(query.execution_options(populate_existing=True)).scalar_one()


def settle(session: Session, row: DeliveryRow, **changes: Any) -> bool:
    """Note what came of a try; False if its lease ran out and somebody else has tried since."""
    mine = and_(DeliveryRow.id == row.id, DeliveryRow.state == "waiting", DeliveryRow.attempts == row.attempts)
    return _count(session, update(DeliveryRow).where(mine).values(**changes)) == 1


def hold(session: Session, subscription_id: str, until: datetime) -> None:
    """Tell a system nothing until then; a longer pause stands."""
    shorter = or_(SubscriptionRow.held_until.is_(None), SubscriptionRow.held_until < until)
    mine = and_(SubscriptionRow.id == subscription_id, shorter)
    session.execute(update(SubscriptionRow).where(mine).values(held_until=until))


def close(session: Session, subscription_id: str, at: datetime, why: str) -> bool:
    """Tell a system nothing any more; False if that was so before."""
    mine = and_(SubscriptionRow.id == subscription_id, SubscriptionRow.closed_at.is_(None))
    return _count(session, update(SubscriptionRow).where(mine).values(closed_at=at, closed_why=why)) == 1


def page(
    session: Session, *, subscription_id: str | None, state: str | None, before: str | None, limit: int
) -> Sequence[DeliveryRow]:
    """Up to `limit` deliveries, newest first, older than `before`."""
    query = select(DeliveryRow).order_by(DeliveryRow.id.desc()).limit(limit)
    for column, value in ((DeliveryRow.subscription_id, subscription_id), (DeliveryRow.state, state)):
        if value is not None:
            query = query.where(column == value)
    return session.execute(query if before is None else query.where(DeliveryRow.id < before)).scalars().all()


def again(session: Session, now: datetime, *, ids: Sequence[str] | None, subscription_id: str, since: datetime) -> int:
    """Send once more: these deliveries, or all of a subscription since a moment that are not waiting. How many."""
    wanted = and_(DeliveryRow.subscription_id == subscription_id, DeliveryRow.state != "waiting")
    chosen = DeliveryRow.created_at >= since if ids is None else DeliveryRow.id.in_(ids)
    changes = {"state": "waiting", "attempts": 0, "next_at": now, "done_at": None}
    return _count(session, update(DeliveryRow).where(wanted, chosen).values(**changes))


def forget(session: Session, before: datetime) -> int:
    """Forget deliveries that were done before a moment; failed ones stay."""
    return _count(session, delete(DeliveryRow).where(DeliveryRow.state == "done", DeliveryRow.done_at < before))


def counts(session: Session) -> tuple[dict[str, int], datetime | None]:
    """Deliveries by state, and when the oldest that waits was written."""
    rows = session.execute(select(DeliveryRow.state, func.count()).group_by(DeliveryRow.state)).all()
    oldest = session.execute(select(func.min(DeliveryRow.created_at)).where(DeliveryRow.state == "waiting"))
    return dict(rows), oldest.scalar_one()


def _delivery(subscription_id: str, event: Event, body: str) -> DeliveryRow:
    return DeliveryRow(
        id=new_id("delivery"),
        subscription_id=subscription_id,
        event_id=event.id,
        type=event.type,
        subject=event.subject,
        body=body,
        state="waiting",
        attempts=0,
        next_at=event.at,
        created_at=event.at,
    )


def _count(session: Session, statement: Any) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
