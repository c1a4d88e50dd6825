"""Work that nobody waits for: in a thread of its own, again and again, until it is stopped."""

import threading

import structlog

log = structlog.get_logger()


class Background:
    """A subclass says in `turn` what there is to do; `_stopped` is set once a turn should end early."""

    def __init__(self, name: str, *, first: float = 0.0, again: float) -> None:
        """Seconds until the first turn, and until the next one after one that failed."""
        self._name, self._first, self._again = name, first, again
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name)

    def turn(self) -> float:
        """Do some of the work; returns the seconds until the next turn."""
        raise NotImplementedError

    def start(self) -> None:
        """Work until `stop`."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the turn that is taken; what is left waits for the next start."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        rest = self._first
        while not self._stopped.wait(rest):
            try:
                rest = self.turn()
            except Exception as error:  # a database that is away comes back
                log.error("background_work_failed", work=self._name, exc_info=error)
                rest = self._again
