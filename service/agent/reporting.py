"""Says how the agent is doing: to the service every half minute, and into `status.json` for `station doctor`."""

import json
import logging
import os
import sqlite3
import threading
import time
from typing import Any, Protocol

from service.agent.frames import FrameCheck
from service.agent.link import AGENT, Link
from service.agent.quarantine import Quarantine
from service.agent.sending import Sender
from service.agent.settings import AgentSettings
from service.agent.spool import Spool, moment

BEAT = 30.0  # seconds between heartbeats
STATUS = 2.0  # seconds between writings of the file
FILE = "status.json"
SKEWED = 2.0  # seconds by which a clock may be wrong before it is a worry
log = logging.getLogger("tidewaiter.station")


class Reported(Protocol):
    """What is reported on: an agent."""

    spool: Spool
    quarantine: Quarantine
    sender: Sender
    frames: FrameCheck
    last_image: float | None  # seconds since 1970
    worries: list[str]
    stuck: str  # why nothing can be taken from the folder

    def learn(self, document: dict[str, Any]) -> None:
        """Keep what the service said. Raises sqlite3.Error."""


class Reporter:
    """A thread of its own: a service that hangs must not keep the agent from its work."""

    def __init__(self, agent: Reported, link: Link, settings: AgentSettings) -> None:
        self._agent, self._link, self._settings = agent, link, settings
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="reporter")
        self.skew: float | None = None  # seconds; the station's clock minus the service's

    def start(self) -> None:
        """Report in a thread until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join(15.0)

    def _run(self) -> None:
        beaten = -BEAT
        while not self._stopped.is_set():
            if time.monotonic() - beaten >= BEAT:
                beaten = time.monotonic()
                self._beat()
            self._write(self._said())
            self._stopped.wait(STATUS)

    def _beat(self) -> None:
        counts = self._agent.frames.take()
        said = self._said() | {
            "frames": {"dark": counts.dark, "saturated": counts.saturated, "frozen": counts.frozen},
            "worries": [worry[:200] for worry in self._worries()[:16]],
        }
        said["sent_at"] = moment(time.time())
        outcome = self._link.heartbeat(self._settings.station, said)
        if outcome.kind != "answered" or outcome.document is None:
            log.warning("no heartbeat: %s", outcome.why)
            return
        try:
            self.skew = float(outcome.document.get("clock_skew_ms", 0)) / 1000
            self._agent.learn(dict(outcome.document))
        except sqlite3.Error as error:  # a full disk: the next heartbeat tells it again
            log.warning("the station's terms cannot be kept: %s", error)
        except (TypeError, ValueError, AttributeError) as error:  # a service that answers something else
            log.warning("the station's terms are not understood: %s", error)

    def _said(self) -> dict[str, Any]:
        waiting, size, oldest = self._agent.spool.fill()
        said: dict[str, Any] = {
            "sent_at": moment(time.time()),
            "agent": AGENT,
            "waiting": waiting,
            "waiting_bytes": size,
            "quarantined": self._agent.quarantine.count(),
            "state": self._state(),
            "worries": self._worries(),
        }
        for name, value in (("oldest_at", oldest), ("last_image_at", self._agent.last_image)):
            if value is not None:
                said[name] = moment(value)
        return said

    def _state(self) -> str:
        if self._agent.sender.held or self._agent.stuck:
            return "stopped"
        return "warning" if self._worries() else "fine"

    def _worries(self) -> list[str]:
        agent = self._agent
        worries = list(agent.worries)
        worries += [f"the service takes nothing: {agent.sender.held}"] if agent.sender.held else []
        worries += [f"the service is away: {agent.sender.away}"] if agent.sender.away else []
        if self.skew is not None and abs(self.skew) > SKEWED:
            worries.append(f"the clock is {abs(self.skew):.1f} s {'fast' if self.skew > 0 else 'slow'}")
        return worries

    def _write(self, said: dict[str, Any]) -> None:
        target = self._settings.spool / FILE
        temporary = target.with_suffix(".tmp")
        try:
            temporary.write_text(json.dumps(said | {"pid": os.getpid(), "skew": self.skew}, indent=1), encoding="utf-8")
            os.replace(temporary, target)
        except OSError as error:
            log.warning("%s: %s", target, error.strerror)
