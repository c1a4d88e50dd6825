"""When a delivery is tried again, and what an answer means for it. Pure.

Delays as the specification of Standard Webhooks suggests them; an answer that says when to come back is believed.
"""

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

MINUTE, HOUR = 60, 3600
AT = (0, 5, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR)  # since the first
JITTER = 0.1  # of the delay, either way
GONE = 410
SLOW_DOWN = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 6 * HOUR  # whatever Retry-After says
What = Literal["done", "again", "failed", "gone"]


@dataclass(frozen=True, kw_only=True)
class Next:
    """What to do with a delivery."""

    what: What
    after: timedelta = timedelta(0)
    hold_all: bool = False  # the receiver wants to be told less often


def next_of(
    status: int | None, attempts: int, retry_after: float | None = None, draw: random.Random | None = None
) -> Next:
    """What follows from the answer `status` (None: none came) to try number `attempts`, the first is 1."""
    if status is not None and 200 <= status < 300:
        return Next(what="done")
    if status == GONE:
        return Next(what="gone")
    if attempts >= len(AT):
        return Next(what="failed")
    seconds = (AT[attempts] - AT[attempts - 1]) * (1 + (draw or random).uniform(-JITTER, JITTER))
    slow = status in SLOW_DOWN
    if slow and retry_after is not None:
        seconds = max(seconds, min(retry_after, LONGEST_PAUSE))
    return Next(what="again", after=timedelta(seconds=seconds), hold_all=slow)
