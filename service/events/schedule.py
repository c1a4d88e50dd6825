"""When a delivery is tried again, and what an answer means for it. Pure.

Delays between tries are those of the specification of Standard Webhooks (10 tries in 75 hours, 35 minutes and
5 seconds); an answer that says when to come back is believed.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

MINUTE, HOUR = 60, 3600
DELAYS = (  # seconds before each try, since the one before it
    0,
    5,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
)
JITTER = 0.1  # of the delay, either way
GONE = 410
SLOW_DOWN = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 6 * HOUR  # whatever Retry-After says
PAUSE = 5 * MINUTE  # at most, where nothing says how long
What = Literal["done", "again", "failed", "gone"]


@dataclass(frozen=True, kw_only=True)
class Next:
    """What to do with a delivery."""

    what: What
    after: timedelta = timedelta(0)
    pause: timedelta = timedelta(0)  # for which the receiver is told nothing else either


def next_of(
    status: int | None, attempts: int, retry_after: float | None = None, draw: random.Random | None = None
) -> Next:
    """What follows from the answer `status` (None: none came) to try number `attempts`, the first is 1."""
    if status is not None and 200 <= status < 300:
        return Next(what="done")
    if status == GONE:
        return Next(what="gone")
    last = attempts >= len(DELAYS)
    seconds = DELAYS[-1 if last else attempts] * (1 + (draw or random).uniform(-JITTER, JITTER))
    pause = 0.0
    if status in SLOW_DOWN:
        pause = min(seconds, PAUSE) if retry_after is None else min(retry_after, LONGEST_PAUSE)
        seconds = max(seconds, pause)
    if last:
        return Next(what="failed", pause=timedelta(seconds=pause))
    return Next(what="again", after=timedelta(seconds=seconds), pause=timedelta(seconds=pause))
