"""A bounded pool for inspections: so many at a time, so many waiting, and a clear answer to the rest."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from service.errors import Overloaded
from service.metrics import Metrics

T = TypeVar("T")
SECONDS_PER_SCAN = 0.5  # rough, only for Retry-After


class InspectionPool:
    """Runs jobs in `workers` threads; at most `queue` more may wait."""

    def __init__(self, *, workers: int, queue: int, metrics: Metrics) -> None:
        self.room = workers + queue
        self._workers = workers
        self._metrics = metrics
        self._lock = threading.Lock()
        self._count = 0  # jobs waiting or running
        self._executor = ThreadPoolExecutor(workers, thread_name_prefix="inspection")

    def check_room(self) -> None:
        """Raise Overloaded if no job would be taken now: called before a body is read."""
        with self._lock:
            self._check()

    def submit(self, job: Callable[[], T]) -> Future[T]:
        """Run `job` in a worker, with the caller's context variables. Raises Overloaded if the queue is full."""
        with self._lock:
            self._check()
            self._count += 1
            self._metrics.waiting.set(self._count)
        future = self._executor.submit(contextvars.copy_context().run, job)
        future.add_done_callback(self._done)
        return future

    @property
    def idle(self) -> bool:
        """Whether no job waits or runs."""
        with self._lock:
            return self._count == 0

    def close(self) -> None:
        """Let running jobs end and drop those that wait: their scans are stored and are taken up at the next start."""
        self._executor.shutdown(wait=True, cancel_futures=True)

    def _check(self) -> None:
        if self._count >= self.room:
            seconds = max(1, round(self._count * SECONDS_PER_SCAN / self._workers))
            raise Overloaded(waiting=self._count, room=self.room, retry_after=seconds)

    def _done(self, _future: "Future[T]") -> None:
        with self._lock:
            self._count -= 1
            self._metrics.waiting.set(self._count)
