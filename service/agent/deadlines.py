"""Keeps the deadlines: whoever was not answered in time is told what the station's policy says.

A thread of its own: reading a full folder, or syncing a slow disk, must not make the line late.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable

from service.agent.items import Terms
from service.agent.spool import Spool
from service.agent.verdicts import Verdicts

LOOK = 0.1  # seconds
log = logging.getLogger("tidewaiter.station")


class Deadlines:
    """Looks at what waits, again and again."""

    def __init__(self, spool: Spool, verdicts: Verdicts, terms: Callable[[], Terms]) -> None:
        self._spool, self._verdicts, self._terms = spool, verdicts, terms
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="deadlines")

    def start(self) -> None:
        """Look in a thread until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopped.set()
        self._thread.join()

    def look(self) -> None:
        """Tell the line about each scan whose time is up. Raises sqlite3.Error if the spool cannot be written."""
        now = time.monotonic()
        for item in self._spool.open_items():
            if item.deadline is not None and item.deadline <= now and item.verdict is None:
                self._verdicts.time_out(item, self._terms(), time.time())

    def _run(self) -> None:
        while not self._stopped.wait(LOOK):
            try:
                self.look()
            except sqlite3.Error as error:  # a full disk: the next look tries again
                log.error("the line cannot be told: %s", error)
            except Exception:  # whatever it was: nobody else keeps the deadlines
                log.exception("the line cannot be told")
