"""Sends what waits: some threads, each with one scan at a time, from the spool to its verdict."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from service.agent.backoff import Gate, delay
from service.agent.errors import RefusedByService
from service.agent.items import Item
from service.agent.link import LONGEST_WAIT, Link, Outcome
from service.agent.order import next_item, turn
from service.agent.quarantine import Quarantine
from service.agent.spool import Spool, moment
from service.agent.verdicts import Verdicts, answer_of

IDLE = 0.1  # seconds between looks for something to send
FULL = 503
HELD = 15.0  # seconds between tries while the service wants something set right
WAIT = 10  # seconds that a scan without a deadline is waited for
log = logging.getLogger("tidewaiter.station")


class Sender:
    """Moves scans to the service."""

    def __init__(
        self, *, spool: Spool, link: Link, verdicts: Verdicts, quarantine: Quarantine, threads: int = 4
    ) -> None:
        self._spool, self._link, self._verdicts, self._quarantine = spool, link, verdicts, quarantine
        self._gate, self._lock = Gate(), threading.Lock()
        self._busy: set[str] = set()  # turns that are taken
        self._stopped, self._more = threading.Event(), threading.Event()
        self._threads = [threading.Thread(target=self._run, name=f"sender-{n}") for n in range(threads)]
        self.held = ""  # what somebody must set right before anything is taken
        self.away = ""  # why the service cannot be reached

    def start(self) -> None:
        """Send in threads until `stop`."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 10.0) -> None:
        """Let what is being sent end, but not for long: it is in the spool."""
        self._stopped.set()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))

    def wake(self) -> None:
        """There is something new to send."""
        self._more.set()

    def _run(self) -> None:
        while not self._stopped.is_set():
            item = self._next()
            if item is None:
                self._more.wait(IDLE)
                self._more.clear()
                continue
            mine = turn(item)  # a post that is accepted turns into a question
            try:
                self._move(item)
            except Exception:
                log.exception("scan %s could not be sent", item.id)
                self._gate.failed(time.monotonic())  # whoever was let through alone must say how it went
                item.next_try = time.monotonic() + delay(item.attempts + 1)
            finally:
                with self._lock:
                    self._busy.discard(mine)

    def _next(self) -> Item | None:
        now = time.monotonic()
        with self._lock:
            questions = max(1, len(self._threads) // 2)  # at most: who waits for an officer keeps no image waiting
            item = next_item(self._spool.open_items(), busy=self._busy, now=now, questions=questions)
            if item is None or not self._gate.enter(now):
                return None
            self._busy.add(turn(item))
            return item

    def _move(self, item: Item) -> None:
        """Post a scan, or ask for the verdict of one that the service has."""
        now = time.monotonic()
        wait = self._wait(item, now)
        item.attempts += 1
        if item.scan is None:
            outcome = self._link.post(
                item.metadata, self._spool.pictures(item), key=item.key, wait=wait, sent_at=self._sent_at(item, now)
            )
        else:
            outcome = self._link.verdict(item.scan, wait)
        self._note(outcome)
        handlers: dict[str, Callable[[Item, Outcome], None]] = {
            "answered": self._answered,
            "accepted": self._accepted,
            "refused": self._refused,
            "held": self._wait_for_person,
        }
        handlers.get(outcome.kind, self._again)(item, outcome)

    def _note(self, outcome: Outcome) -> None:
        """One try at a time while the service is away, full, or waits for a person; all at once when it is back."""
        if outcome.kind in {"away", "held"} or outcome.status == FULL:
            self._gate.failed(time.monotonic())
        else:
            self._gate.worked()
        self.away = outcome.why if outcome.kind == "away" else ""
        self.held = outcome.why if outcome.kind == "held" else ""

    def _answered(self, item: Item, outcome: Outcome) -> None:
        document = dict(outcome.document or {})
        if item.scan is None:
            self._spool.accepted(item, str(document.get("id", "")))
        answer = answer_of(document)
        if answer is None:  # it was inspected, but an officer is waited for
            self._later(item, 1.0)
            return
        in_time = item.deadline is None or time.monotonic() <= item.deadline
        self._verdicts.give(item, answer, in_time=in_time)
        if document.get("state") == "received":  # answered by the policy: what is found comes later
            self._later(item, 5.0)
        else:
            self._spool.close_item(item, "answered", time.time())

    def _accepted(self, item: Item, outcome: Outcome) -> None:
        if item.scan is None:
            self._spool.accepted(item, str((outcome.document or {}).get("id", "")))
        self._later(item, outcome.retry_after or 1.0)

    def _refused(self, item: Item, outcome: Outcome) -> None:
        problem: dict[str, Any] = dict(outcome.document or {})
        error = RefusedByService(outcome.why, problem)
        where = self._quarantine.take_pictures(self._spool.pictures(item), item.metadata, error)
        log.error("scan of %s was refused (%s); it is in %s", item.parcel, outcome.why, where)
        self._verdicts.give(item, _undecided(item, outcome), in_time=True)
        self._spool.close_item(item, "quarantined", time.time())

    def _wait_for_person(self, item: Item, outcome: Outcome) -> None:
        log.error("the service takes nothing: %s", outcome.why)
        self._later(item, HELD)

    def _again(self, item: Item, outcome: Outcome) -> None:
        """Later, with what has the same to wait for: the service is full, or away."""
        pause = delay(item.attempts) if outcome.retry_after is None else outcome.retry_after
        self._later(item, 0.0 if outcome.kind == "away" else pause)  # the gate is closed: that is enough

    def _later(self, item: Item, seconds: float) -> None:
        item.next_try = time.monotonic() + seconds

    def _wait(self, item: Item, now: float) -> int:
        """Seconds that the service may keep the question open."""
        if item.deadline is None:
            return WAIT
        return max(0, min(LONGEST_WAIT, round(item.deadline - now)))

    def _sent_at(self, item: Item, now: float) -> str:
        """Now, as the clock that made `answer_by` would tell it, had nobody set it since."""
        if item.answer_by is None or item.deadline is None:
            return moment(time.time())
        return moment(item.answer_by - (item.deadline - now))


def _undecided(item: Item, outcome: Outcome) -> dict[str, Any]:
    return {
        "decision": "undecided",
        "decided_by": "rule",
        "decided_at": moment(time.time()),
        "late": False,
        "scan": item.scan,
        "alerts": [],
        "why": outcome.why,
    }
