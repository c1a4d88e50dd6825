"""A bounded pool for inspections: so many at a time, so many waiting by lanes, and a clear answer to the rest."""

import contextvars
import itertools
import queue
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from service.errors import LaneFull, Overloaded
from service.metrics import Metrics
from service.scans.schemas import Lane

T = TypeVar("T")
RANK: Mapping[Lane, int] = {"live": 0, "handheld": 1, "bulk": 2}
SHARE: Mapping[Lane, float] = {"live": 1.0, "handheld": 0.75, "bulk": 0.5}  # of the room, whoever fills it
FIRST_GUESS = 0.5  # seconds per job, only for Retry-After, until some were measured
SMOOTHING = 0.1
LONGEST_RETRY = 60


@dataclass(order=True)
class _Job:
    rank: int
    number: int
    run: Callable[[], None] | None = field(compare=False)  # None: the worker ends
    future: "Future[Any] | None" = field(compare=False, default=None)


class Place:
    """Room in the queue that was promised. It is used by a job, or given back."""

    def __init__(self, pool: "InspectionPool", lane: Lane) -> None:
        self._pool, self.lane, self._taken = pool, lane, True

    def give_back(self) -> None:
        """The room is free again; does nothing the second time."""
        if self._taken:
            self._taken = False
            self._pool.leave()

    def submit(self, job: Callable[[], T]) -> "Future[T]":
        """Run `job` in a worker, with the caller's context variables; the room is free when it ended."""
        return self._pool.enqueue(self, job)


class InspectionPool:
    """Runs jobs in `workers` threads, the most urgent lane first; at most `waiting` more may wait."""

    def __init__(self, *, workers: int, waiting: int, metrics: Metrics) -> None:
        self.room, self._workers, self._metrics = workers + waiting, workers, metrics
        self._lock = threading.Lock()
        self._count = 0  # places promised: jobs to come, waiting or running
        self._seconds = FIRST_GUESS  # a job's
        self._closed = False
        self._numbers = itertools.count()
        self._jobs: queue.PriorityQueue[_Job] = queue.PriorityQueue()
        names = (f"inspection-{n}" for n in range(workers))  # daemons: who forgets `close` must not live for ever
        self._threads = [threading.Thread(target=self._work, name=name, daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def check_room(self, lane: Lane = "live") -> None:
        """Raise Overloaded or LaneFull if no job would be taken now: called before a body is read."""
        with self._lock:
            self._check(lane)

    def place(self, lane: Lane = "live") -> Place:
        """Promise room for one job. Raises Overloaded if there is none, LaneFull if only for more urgent ones."""
        with self._lock:
            self._check(lane)
            self._count += 1
            self._metrics.waiting.set(self._count)
        return Place(self, lane)

    def submit(self, job: Callable[[], T], lane: Lane = "live") -> "Future[T]":
        """Run `job` in a worker, with the caller's context variables. Raises Overloaded, LaneFull."""
        return self.place(lane).submit(job)

    @property
    def fill(self) -> tuple[int, int]:
        """Places taken, and all there are."""
        with self._lock:
            return self._count, self.room

    @property
    def idle(self) -> bool:
        """Whether no job waits or runs: what can wait is done only then, so it is the first to be shed."""
        return self.fill[0] == 0

    def enqueue(self, place: Place, job: Callable[[], T]) -> "Future[T]":
        """Queue the job of a place."""
        future: Future[T] = Future()
        run = contextvars.copy_context().run
        self._jobs.put(_Job(RANK[place.lane], next(self._numbers), lambda: run(self._run, place, job, future), future))
        return future

    def leave(self) -> None:
        """A place is free again."""
        with self._lock:
            self._count -= 1
            self._metrics.waiting.set(self._count)

    def close(self) -> None:
        """Let running jobs end and drop those that wait: their scans are stored and are taken up at the next start."""
        with self._lock:
            self._closed = True
        for _ in self._threads:
            self._jobs.put(_Job(-1, next(self._numbers), None))
        for thread in self._threads:
            thread.join()
        while not self._jobs.empty():
            left = self._jobs.get_nowait()
            if left.future is not None:
                left.future.cancel()

    def _work(self) -> None:
        while (job := self._jobs.get()).run is not None:
            job.run()

    def _run(self, place: Place, job: Callable[[], T], future: "Future[T]") -> None:
        if not future.set_running_or_notify_cancel():
            place.give_back()
            return
        started = time.perf_counter()
        try:
            result = job()
        except BaseException as error:  # whoever waits for it is told, whatever it was
            place.give_back()
            future.set_exception(error)
        else:
            place.give_back()
            future.set_result(result)
        finally:
            self._seconds += SMOOTHING * (time.perf_counter() - started - self._seconds)

    def _check(self, lane: Lane) -> None:
        seconds = self._count * self._seconds / self._workers
        retry_after = min(LONGEST_RETRY, max(1, round(seconds)))
        if self._closed or self._count >= self.room:
            raise Overloaded(waiting=self._count, room=self.room, retry_after=retry_after)
        share = max(1, int(self.room * SHARE[lane]))
        if self._count >= share:
            raise LaneFull(lane, waiting=self._count, room=share, retry_after=retry_after)
