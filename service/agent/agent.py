"""The agent at work: looks at the folder, spools what is whole, and starts those who send, answer and report."""

import logging
import os
import shutil
import sqlite3
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from service.agent.deadlines import Deadlines
from service.agent.errors import SpoolFull, TooOld
from service.agent.folder import Bad, HotFolder
from service.agent.frames import FrameCheck
from service.agent.items import Failing, Item, NewItem, Terms
from service.agent.link import Link
from service.agent.quarantine import Quarantine
from service.agent.reporting import Reporter
from service.agent.sending import Sender
from service.agent.settings import AgentSettings
from service.agent.spool import Spool
from service.agent.verdicts import Verdicts

LOOK = 0.2  # seconds between looks at the folder
TIDY = 60.0  # seconds between cleanings
TERMS = "terms"
log = logging.getLogger("tidewaiter.station")


class Agent:
    """One station's agent."""

    def __init__(self, settings: AgentSettings, link: Link | None = None) -> None:
        """Open the spool and go on where the last run ended. Raises SpoolBroken."""
        self._settings = settings
        self.spool = Spool(settings.spool, max_bytes=settings.max_bytes, keep_free=settings.keep_free)
        self.quarantine = Quarantine(settings.spool / "quarantine")
        self._link = link or Link(settings.url, settings.key)
        self._verdicts = Verdicts(self.spool, settings.verdicts)
        self.sender = Sender(
            spool=self.spool,
            link=self._link,
            verdicts=self._verdicts,
            quarantine=self.quarantine,
            threads=settings.threads,
        )
        self._folder = HotFolder(settings.folder, settings.rules)
        self.frames = FrameCheck()
        self.last_image: float | None = None
        self.worries: list[str] = []
        self.stuck = ""  # why nothing can be taken from the folder
        self._unmoved: list[str] = []  # bad files that cannot be set aside either
        self._stopped = threading.Event()
        self._deadlines = Deadlines(self.spool, self._verdicts, lambda: self.terms)
        self._reporter = Reporter(self, self._link, settings)

    @property
    def terms(self) -> Terms:
        """What the service said last, also before a restart; else what the agent was started with."""
        known = self.spool.fact(TERMS)
        return self._settings.terms if known is None else _terms(known)

    def learn(self, document: dict[str, Any]) -> None:
        """Keep the terms that the service tells. Raises TypeError, ValueError, AttributeError if they are none."""
        _terms(document)
        self.spool.know(TERMS, document)

    def run(self) -> None:
        """Work until `stop`."""
        for item in self.spool.open_items():
            self._verdicts.repair(item)
        self._deadlines.start()
        self.sender.start()
        self._reporter.start()
        tidied = -TIDY
        try:
            while not self._stopped.is_set():
                self.step()
                if time.monotonic() - tidied > TIDY:
                    tidied = time.monotonic()
                    self._tidy(time.time())
                self._stopped.wait(LOOK)
        finally:
            self.sender.stop()
            self._deadlines.stop()
            self._reporter.stop()
            self._link.close()
            self.spool.close()

    def stop(self) -> None:
        """End soon."""
        self._stopped.set()

    def step(self) -> None:
        """Look once at the folder. What cannot be spooled stays there, and the next look tries again."""
        self._unmoved = []
        stuck = ""
        try:
            for found in self._folder.look(time.monotonic()):
                if isinstance(found, Bad):
                    self._set_aside(found)
                else:
                    self._spool(found)
        except SpoolFull as error:
            stuck = f"{error.title} {error.detail}"
        except sqlite3.Error as error:
            stuck = f"{self._settings.spool}: {error}"
        except OSError as error:
            stuck = f"{self._settings.folder}: {error.strerror or error}"
        if stuck and stuck != self.stuck:
            log.error("nothing is taken: %s", stuck)
        self.stuck = stuck
        self.worries = ([stuck] if stuck else []) + (self._unmoved + self._folder.worries)[:15]

    def _spool(self, new: NewItem) -> None:
        """On disk first, then out of the folder: whoever dies in between finds the files known."""
        steady = time.monotonic()
        within = new.answer_within if new.answer_within is not None else self.terms.answer_within
        if within != new.answer_within:
            new = replace(new, answer_within=within)
        item = self.spool.add(new, station=self._settings.station, now=time.time(), monotonic=steady)
        if item is not None:
            self.last_image = time.time()
            self.sender.wake()
            self._check_frames(new)
        for name in new.files:
            self._clear(name)

    def _check_frames(self, new: NewItem) -> None:
        for number, picture in enumerate(new.pictures):
            wrong = self.frames.look(str(number), picture.data)
            if wrong:
                log.warning("image %a of %s is %s", picture.name, new.parcel, " and ".join(wrong))

    def _clear(self, name: str) -> None:
        """Take a file out of the folder, unless its camera has put another one there meanwhile."""
        source = self._settings.folder / name
        if not self._folder.is_as_seen(name):
            return
        try:
            if self._settings.keep is None:
                source.unlink(missing_ok=True)
            else:
                self._settings.keep.mkdir(parents=True, exist_ok=True)
                shutil.move(source, _free(self._settings.keep / name))
        except OSError as error:  # it is known: it is not taken again, and the next look tries again
            log.error("%a stays in the folder: %s", name, error.strerror)

    def _set_aside(self, bad: Bad) -> None:
        try:
            where = self.quarantine.take_files(self._settings.folder, bad.files, bad.error)
        except OSError as error:  # the others must not wait for it
            self._unmoved.append(f"{bad.files[0]!a} cannot be set aside: {error.strerror}")
        else:
            log.error("%s (%a): %s", bad.error.title, bad.error.detail, where)

    def _tidy(self, now: float) -> None:
        """Set aside what waits for too long, and forget what was done long ago."""
        try:
            for item in self.spool.open_items():
                if now - item.created_at > self._settings.max_age:
                    self._give_up(item, now)
            self.spool.forget(now)
        except (sqlite3.Error, OSError) as error:  # a full disk: the next round tries again
            log.error("the spool cannot be tidied: %s", error)

    def _give_up(self, item: Item, now: float) -> None:
        if item.scan is None:
            error = TooOld(f"since {now - item.created_at:.0f} s, at most {self._settings.max_age:.0f} s")
            where = self.quarantine.take_pictures(self.spool.pictures(item), item.metadata, error)
            log.error("scan of %s was not sent (%s): %s", item.parcel, error.detail, where)
        self.spool.close_item(item, "answered" if item.scan else "quarantined", now)


def _terms(known: dict[str, Any]) -> Terms:
    policy = known.get("policy") or {}
    within = known.get("answer_within_ms")
    return Terms(
        default=cast("Failing", policy.get("default", "fail_closed")),
        modes=dict(policy.get("modes", {})),
        answer_within=None if within is None else within / 1000,
    )


def _free(path: Path) -> Path:
    """`path`, or one like it that nothing has yet."""
    return path if not os.path.lexists(path) else path.with_name(f"{path.stem}-{time.time_ns()}{path.suffix}")
