"""Makes, changes and closes subscriptions. Each change is in the audit; no secret is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.errors import InvalidRequest
from service.events import repository
from service.events.addresses import MQTT, WEB, check_url
from service.events.errors import UnknownDelivery, UnknownSubscription
from service.events.mqtt import client_module
from service.events.schemas import DeliveryOut, SubscriptionIn, SubscriptionOut
from service.events.sealing import Sealer
from service.events.signing import new_secret
from service.events.types import Event
from service.identifiers import new_id
from service.identity import repository as identity
from service.identity.errors import UnknownOffice
from service.tables import DeliveryRow, SubscriptionRow

OVERLAP = timedelta(hours=24)  # for which the old secret signs as well
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SubscriptionService:
    """What administrators do about the systems that are told."""

    def __init__(self, *, database: Database, sealer: Sealer, clock: Clock) -> None:
        self._database, self._sealer, self._clock = database, sealer, clock

    def add(self, new: SubscriptionIn, *, by: str) -> SubscriptionOut:
        """Make one. Its secret is in the answer, this once. Raises BadAddress, ForbiddenAddress, UnknownOffice."""
        kind = "mqtt" if urlsplit(new.url).scheme.startswith("mqtt") else "webhook"
        check_url(new.url, allow_private=new.allow_private, schemes=MQTT if kind == "mqtt" else WEB)
        if kind == "mqtt":
            client_module()
        secret, now = new_secret(), self._clock()
        row = SubscriptionRow(
            id=new_id("subscription"),
            kind=kind,
            url=new.url,
            office=new.office,
            types={"items": list(dict.fromkeys(new.types))},
            secrets={"items": [{"secret": self._sealer.seal(secret), "until": None}]},
            allow_private=new.allow_private,
            created_at=now,
        )
        with self._database.write() as session:
            if new.office is not None and identity.office(session, new.office) is None:
                raise UnknownOffice(f"{new.office!r}", field="office")
            session.add(row)
            session.flush()
            _enter(session, by, "subscribed", row, {"types": row.types["items"], "office": row.office})
            return _out(row, secret=secret if kind == "webhook" else None)

    def list(self) -> Sequence[SubscriptionOut]:
        """All of them, oldest first."""
        with self._database.read() as session:
            return [_out(row) for row in repository.subscriptions(session)]

    def rotate(self, subscription_id: str, *, by: str) -> SubscriptionOut:
        """Give it another secret; for a day both sign. Raises UnknownSubscription."""
        secret, now = new_secret(), self._clock()
        with self._database.write() as session:
            row = _found(session, subscription_id)
            ends = (now + OVERLAP).isoformat()
            old = [item | {"until": item["until"] or ends} for item in row.secrets["items"] if _good(item, now)]
            row.secrets = {"items": [{"secret": self._sealer.seal(secret), "until": None}, *old]}
            _enter(session, by, "secret_rotated", row, {})
            return _out(row, secret=secret)

    def close(self, subscription_id: str, *, by: str) -> SubscriptionOut:
        """Tell it nothing any more. Raises UnknownSubscription."""
        with self._database.write() as session:
            row = _found(session, subscription_id)
            if repository.close(session, row.id, self._clock(), f"by {by}"):
                _enter(session, by, "closed", row, {"why": f"by {by}"})
            return _out(_found(session, subscription_id))

    def test(self, subscription_id: str, *, by: str) -> str:
        """Send it an event that says nothing. Returns the delivery's id. Raises UnknownSubscription."""
        now = self._clock()
        with self._database.write() as session:
            row = _found(session, subscription_id)
            office = row.office or identity.FIRST_OFFICE
            event = Event(
                id=new_id("event"),
                type="org.tidewaiter.test",
                subject=row.id,
                office=office,
                at=now,
                data={"by": by, "text": "This is a test: nothing happened."},
            )
            return repository.emit_to(session, row.id, event)

    def deliveries(
        self, subscription_id: str | None = None, state: str | None = None, before: str | None = None, limit: int = 50
    ) -> Sequence[DeliveryOut]:
        """Deliveries, newest first."""
        with self._database.read() as session:
            rows = repository.page(session, subscription_id=subscription_id, state=state, before=before, limit=limit)
            return [_delivery_out(row) for row in rows]

    def replay(
        self, subscription_id: str, *, ids: Sequence[str] | None = None, since: datetime | None = None, by: str
    ) -> int:
        """Send once more: these deliveries, or all since a moment. Returns how many.

        Raises UnknownSubscription, UnknownDelivery, InvalidRequest.
        """
        if (ids is None) == (since is None):
            raise InvalidRequest("one of both is needed", field="deliveries", limit="deliveries, or since")
        with self._database.write() as session:
            row = _found(session, subscription_id)
            count = repository.again(session, self._clock(), ids=ids, subscription_id=row.id, since=since or EPOCH)
            if ids is not None and count < len(set(ids)):
                raise UnknownDelivery(f"{len(set(ids)) - count} of them wait, or are of others", field="deliveries")
            _enter(session, by, "replayed", row, {"count": count})
            return count


def _good(item: dict[str, Any], now: datetime) -> bool:
    return item["until"] is None or datetime.fromisoformat(item["until"]) > now


def _found(session: Session, subscription_id: str) -> SubscriptionRow:
    row = repository.subscription(session, subscription_id)
    if row is None:
        raise UnknownSubscription(f"{subscription_id!r}", field="subscription_id")
    return row


def _enter(session: Session, by: str, action: str, row: SubscriptionRow, detail: dict[str, Any]) -> None:
    act = Act(actor=by, action=action, kind="subscription", subject=row.id, detail={"url": row.url, **detail})
    audit.append(session, act)


def _out(row: SubscriptionRow, secret: str | None = None) -> SubscriptionOut:
    return SubscriptionOut(
        id=row.id,
        kind="mqtt" if row.kind == "mqtt" else "webhook",
        url=row.url,
        office=row.office,
        types=row.types["items"],
        allow_private=row.allow_private,
        created_at=row.created_at,
        closed_at=row.closed_at,
        closed_why=row.closed_why,
        secret=secret,
    )


def _delivery_out(row: DeliveryRow) -> DeliveryOut:
    return DeliveryOut.model_validate(
        {
            "id": row.id,
            "subscription": row.subscription_id,
            "event": row.event_id,
            "type": row.type,
            "subject": row.subject,
            "state": row.state,
            "attempts": row.attempts,
            "next_at": row.next_at if row.state == "waiting" else None,
            "last_status": row.last_status,
            "last_error": row.last_error,
            "created_at": row.created_at,
            "done_at": row.done_at,
        }
    )
