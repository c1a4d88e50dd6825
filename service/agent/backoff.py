"""How long to wait before trying again, and a gate that opens for one try at a time while the service is away."""

import random
import threading

BASE = 0.5  # seconds
CAP = 60.0


def delay(attempts: int, *, cap: float = CAP, draw: random.Random | None = None) -> float:
    """Seconds before the next try after so many: exponential with full jitter (AWS Architecture Blog, 2015)."""
    longest = min(cap, BASE * 2 ** min(attempts, 30))
    return (draw or random).uniform(0, longest)


class Gate:
    """Open while the service answers. While it does not, one try goes through each time a delay is over."""

    def __init__(self, cap: float = 30.0) -> None:
        self._lock, self._cap = threading.Lock(), cap
        self._failures, self._closed_until, self._trying = 0, 0.0, False

    def enter(self, now: float) -> bool:
        """Whether one may try now; who may must say `worked` or `failed`."""
        with self._lock:
            if self._failures == 0:
                return True
            if self._trying or now < self._closed_until:
                return False
            self._trying = True
            return True

    def worked(self) -> None:
        """The service answered, whatever it said."""
        with self._lock:
            self._failures, self._trying = 0, False

    def failed(self, now: float) -> None:
        """The service could not be reached."""
        with self._lock:
            self._failures, self._trying = self._failures + 1, False
            self._closed_until = now + delay(self._failures, cap=self._cap)

    @property
    def away(self) -> bool:
        """Whether the service could not be reached last time."""
        with self._lock:
            return self._failures > 0
