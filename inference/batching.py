"""Crops of several inspections in one run of the network: dynamic batching without any waiting.

Whoever comes while a lane is free runs at once, alone. Whoever comes while all lanes are taken waits for the next run,
and goes with all who wait. So nobody waits for company, and a crowd needs fewer runs (in Triton: a queue delay of 0).
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inference.engine import Session

Outputs = list[NDArray[np.float32]]
MOST = 8  # pictures of a run: larger batches are no faster on a CPU core


@dataclass(eq=False, kw_only=True)
class _Ticket:
    """One caller's pictures (n, h, w, 3), and what becomes of them."""

    pictures: NDArray[np.uint8]
    turn: threading.Event = field(default_factory=threading.Event)  # it leads a run, or it was done
    led: "list[_Ticket]" = field(default_factory=list)  # the run that it leads
    outputs: Outputs = field(default_factory=list)
    error: BaseException | None = None


class Batched:
    """A session that merges what is asked for at the same time. Safe in any number of threads."""

    def __init__(self, session: Session, *, lanes: int, most: int = MOST) -> None:
        """`lanes`: runs at the same time, one for each core; `most`: pictures of a merged run."""
        self._session, self._lanes, self._most = session, lanes, most
        self._lock = threading.Lock()
        self._running = 0
        self._waiting: list[_Ticket] = []
        self.runs = self.merged = 0  # runs, and callers who shared one with another

    def run(self, pictures: NDArray[np.uint8]) -> Outputs:
        """See `Session.run`: the same outputs, row by row, up to the rounding of another batch size."""
        mine = _Ticket(pictures=pictures)
        with self._lock:
            if self._running < self._lanes:
                self._running += 1
                mine.led = [mine]
            else:
                self._waiting.append(mine)
        if not mine.led:
            mine.turn.wait()
        if mine.led:
            self._lead(mine.led)
        if mine.error is not None:
            raise mine.error
        return mine.outputs

    def _lead(self, crowd: list[_Ticket]) -> None:
        try:
            outputs = self._session.run(np.concatenate([one.pictures for one in crowd]))  # (n, …) each
            _share(crowd, outputs)
        except BaseException as error:  # all of them asked for it
            for one in crowd:
                one.error = error
        finally:
            self._hand_on()
            for one in crowd[1:]:
                one.turn.set()

    def _hand_on(self) -> None:
        """The lane goes to those who wait, led by the first of them, or is free."""
        with self._lock:
            self.runs += 1
            crowd = self._next_crowd()
            if not crowd:
                self._running -= 1
                return
            self.merged += len(crowd) if len(crowd) > 1 else 0
            crowd[0].led = crowd
        crowd[0].turn.set()

    def _next_crowd(self) -> list[_Ticket]:
        """As many who wait as fit in one run, in their order; pictures of another size wait for a run of their own."""
        crowd: list[_Ticket] = []
        count = 0
        for one in tuple(self._waiting):
            alike = not crowd or one.pictures.shape[1:] == crowd[0].pictures.shape[1:]
            if crowd and (not alike or count + len(one.pictures) > self._most):
                break
            crowd.append(one)
            count += len(one.pictures)
        del self._waiting[: len(crowd)]
        return crowd


def _share(crowd: Sequence[_Ticket], outputs: Outputs) -> None:
    """Each caller gets the rows of its own pictures."""
    start = 0
    for one in crowd:
        end = start + len(one.pictures)
        one.outputs = [output[start:end] for output in outputs]
        start = end
