"""Sends what waits in the outbox, in threads beside the service. Any number of processes may: each try is one's own."""

import json
import threading
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from service.audit import repository as audit
from service.audit.repository import Act
from service.clock import Clock
from service.database import Database
from service.events import repository
from service.events.schedule import Next, next_of
from service.events.sealing import Sealer
from service.events.sending import Came, Letter, Sends
from service.metrics import Metrics
from service.tables import DeliveryRow

EVERY = 0.5  # seconds between looks
LEASE = timedelta(seconds=60)  # for one try; its timeouts are far shorter
THREADS = 8
OF_ONE = 2  # tries at one system at the same time, so that a slow one holds up no other
KEPT = timedelta(days=30)  # what was delivered
LOOKS_BETWEEN_CLEANINGS = 7200
log = structlog.get_logger()


class Dispatcher:
    """Tells other systems."""

    def __init__(
        self, *, database: Database, senders: Mapping[str, Sends], sealer: Sealer, metrics: Metrics, clock: Clock
    ) -> None:
        """`senders`: by the kind of subscription."""
        self._database, self._senders, self._sealer = database, senders, sealer
        self._metrics, self._clock = metrics, clock
        self._stopped, self._lock = threading.Event(), threading.Lock()
        self._busy: Counter[str] = Counter()  # tries at each system
        self._flying: set[str] = set()  # deliveries that are being tried here
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="events")
        self._thread = threading.Thread(target=self._run, name="events")

    def start(self) -> None:
        """Send in threads until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Let running tries end; the rest waits for the next start."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def step(self) -> int:
        """Begin to try what is due. Returns how many."""
        now = self._clock()
        with self._database.read() as session:
            ids = repository.due(session, now, THREADS * 8)
        return sum(self._begin(delivery_id) for delivery_id in ids)

    def deliver(self, delivery_id: str) -> Came | None:
        """Try one delivery here and now. None if somebody else tries it."""
        now = self._clock()
        with self._database.write() as session:
            row = repository.claim(session, delivery_id, now, LEASE)
        if row is None:
            return None
        if not self._enter(row.subscription_id):
            self._put_back(row, now)
            return None
        try:
            came = self._senders[row.subscription.kind].send(self._letter(row, now), now)
        finally:
            with self._lock:
                self._busy[row.subscription_id] -= 1
        self._settle(row, came)
        return came

    def _begin(self, delivery_id: str) -> bool:
        with self._lock:
            if delivery_id in self._flying or len(self._flying) >= THREADS:
                return False
            self._flying.add(delivery_id)
        self._pool.submit(self._fly, delivery_id)
        return True

    def _fly(self, delivery_id: str) -> None:
        try:
            self.deliver(delivery_id)
        except Exception as error:  # it waits until its lease is over
            log.error("delivery_failed", delivery=delivery_id, exc_info=error)
        finally:
            with self._lock:
                self._flying.discard(delivery_id)

    def _enter(self, subscription_id: str) -> bool:
        with self._lock:
            if self._busy[subscription_id] >= OF_ONE:
                return False
            self._busy[subscription_id] += 1
            return True

    def _put_back(self, row: DeliveryRow, now: datetime) -> None:
        with self._database.write() as session:
            repository.settle(session, row, attempts=row.attempts - 1, next_at=now + timedelta(seconds=1))

    def _letter(self, row: DeliveryRow, now: datetime) -> Letter:
        subscription = row.subscription
        good = [
            self._sealer.unseal(item["secret"])
            for item in subscription.secrets["items"]
            if item["until"] is None or datetime.fromisoformat(item["until"]) > now
        ]
        return Letter(
            event_id=row.event_id,
            type=row.type,
            office=str(json.loads(row.body)["data"]["office"]),
            body=row.body.encode(),
            url=subscription.url,
            secrets=tuple(good),
            allow_private=subscription.allow_private,
        )

    def _settle(self, row: DeliveryRow, came: Came) -> None:
        now, follows = self._clock(), next_of(came.status, row.attempts, came.retry_after)
        with self._database.write() as session:
            changes: dict[str, Any] = {"last_status": came.status, "last_error": came.error}
            if follows.what == "again":
                changes |= {"next_at": now + follows.after}
            else:
                changes |= {"state": "done" if follows.what == "done" else "failed", "done_at": now}
            if not repository.settle(session, row, **changes):
                return
            if follows.pause:
                repository.hold(session, row.subscription_id, now + follows.pause)
            if follows.what == "gone" and repository.close(session, row.subscription_id, now, "it answered 410 Gone"):
                detail = {"why": "it answered 410 Gone", "url": row.subscription.url}
                act = Act(
                    actor="service", action="closed", kind="subscription", subject=row.subscription_id, detail=detail
                )
                audit.append(session, act)
        self._note(row, came, follows)

    def _note(self, row: DeliveryRow, came: Came, follows: Next) -> None:
        self._metrics.deliveries.labels(follows.what).inc()
        if follows.what != "done":
            told = {
                "delivery": row.id,
                "subscription": row.subscription_id,
                "attempt": row.attempts,
                "error": came.error,
            }
            log.warning("not_delivered", follows=follows.what, **told)

    def _run(self) -> None:
        looks = 0
        while not self._stopped.is_set():
            try:
                self.step()
                if looks % LOOKS_BETWEEN_CLEANINGS == 0:
                    with self._database.write() as session:
                        repository.forget(session, self._clock() - KEPT)
            except SQLAlchemyError as error:  # the database is away: what waits is there when it is back
                log.warning("events_interrupted", error=type(error).__name__)
            except Exception:  # nobody else tells them
                log.exception("events_interrupted")
            looks += 1
            self._stopped.wait(EVERY)
