"""What a run says while it works: JSON lines on stdout for the service, words on stderr; and when it is to end."""

import json
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from typing import TextIO

from training.retraining.errors import Stopped

EVERY = 0.5  # seconds between two lines of one step


@dataclass(kw_only=True)
class Progress:
    """Tells how far each step is; `stop` is set when somebody wants the run to end."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    words: TextIO = field(default_factory=lambda: sys.stderr)
    stop: threading.Event = field(default_factory=threading.Event)
    _said: float = 0.0

    def say(self, step: str, done: int, total: int, note: str = "") -> None:
        """How much of a step is done; lines that come too fast are left out, its first and last are not."""
        now = time.monotonic()
        if 0 < done < total and now - self._said < EVERY:
            return
        self._said = now
        line = {"step": step, "done": done, "total": total, "note": note}
        self.out.write(json.dumps(line, ensure_ascii=False) + "\n")
        self.out.flush()
        if note or done in (0, total):
            self.words.write(f"{step}: {done} of {total}{f', {note}' if note else ''}\n")

    def breathe(self) -> None:
        """A place at which the run may end; raises Stopped if it is to."""
        if self.stop.is_set():
            raise Stopped("the run was asked to stop; the same command goes on where it ended")

    def heed_signals(self) -> None:
        """Let SIGTERM and SIGINT stop the run at its next checkpoint."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
