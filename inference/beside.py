"""Two things at once: on a second core, reading goes on beside looking.

A network spread over two cores leaves both idle now and then; another beside it fills the gaps.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

WORKERS = 16  # threads at most, made when needed: two for each inspection that is going on


class Beside:
    """Starts tasks that go on beside the caller, or does them at once if there is one core only."""

    def __init__(self, cores: int = 1) -> None:
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="beside") if cores > 1 else None

    def start(self, task: Callable[[], T]) -> Callable[[], T]:
        """Start `task`; what is returned waits for its result, and raises what it raised.

        A task may wait for one that was started before it: they are taken up in order.
        """
        if self._pool is not None:
            return self._pool.submit(task).result
        result = task()
        return lambda: result
