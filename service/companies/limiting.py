"""How often an address may ask: a bucket of tokens that fills by the minute (RFC 6585, 429)."""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from service.companies.errors import TooManyQuestions

REMEMBERED = 10_000  # addresses; the one that asked longest ago is forgotten first
MINUTE = 60.0


class RateLimit:
    """Lets each address ask `a_minute` times, all at once or spread out. Per process."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute, self._clock = a_minute, clock
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()  # address -> (tokens, when)

    def take(self, address: str, cost: int = 1) -> None:
        """Count a question. Raises TooManyQuestions with the seconds to wait."""
        with self._lock:
            now = self._clock()
            tokens, then = self._buckets.pop(address, (float(self._a_minute), now))
            tokens = min(float(self._a_minute), tokens + (now - then) * self._a_minute / MINUTE)
            enough = tokens >= cost
            self._buckets[address] = (tokens - cost if enough else tokens, now)
            while len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        if not enough:
            wait = math.ceil((cost - tokens) * MINUTE / self._a_minute)
            raise TooManyQuestions(allowed=self._a_minute, retry_after=max(1, wait))
