"""Crops of several inspections in one run: nobody waits for company, nobody gets another's rows."""

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.batching import Batched

SIDE = 4


def pictures(count: int, value: int, side: int = SIDE) -> NDArray[np.uint8]:
    return np.full((count, side, side, 3), value, np.uint8)


class Network:
    """Gives the mean of each picture, and its index in the run; counts its runs, and waits at a gate."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.gate, self.entered = threading.Event(), threading.Semaphore(0)
        self.gate.set()
        self.broken = False

    def run(self, given: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        self.sizes.append(len(given))
        self.entered.release()
        assert self.gate.wait(20)
        if self.broken:
            raise RuntimeError("the network fell over")
        means = given.reshape(len(given), -1).mean(1).astype(np.float32)  # (n,)
        return [means, np.arange(len(given), dtype=np.float32)]


def wait_for(batched: Batched, count: int) -> None:
    deadline = threading.Event()
    for _ in range(2000):
        if len(batched._waiting) == count:
            return
        deadline.wait(0.005)
    raise AssertionError("waited in vain")


def test_whoever_comes_alone_runs_at_once() -> None:
    network = Network()
    batched = Batched(network, lanes=1)
    for value in range(5):
        assert batched.run(pictures(3, value))[0].tolist() == [value] * 3
    assert (network.sizes, batched.merged) == ([3] * 5, 0)


def test_those_who_wait_share_the_next_run_and_get_their_own_rows() -> None:
    network = Network()
    batched = Batched(network, lanes=1, most=8)
    network.gate.clear()
    with ThreadPoolExecutor(6) as callers:
        first = callers.submit(batched.run, pictures(2, 1))
        assert network.entered.acquire(timeout=20)
        later = []
        for value in range(2, 7):
            later.append(callers.submit(batched.run, pictures(2, value)))
            wait_for(batched, value - 1)
        network.gate.set()
        assert first.result()[0].tolist() == [1, 1]
        assert [job.result()[0].tolist() for job in later] == [[value] * 2 for value in range(2, 7)]
    assert network.sizes == [2, 8, 2]  # four of them together, the fifth would have been too many
    assert batched.merged == 4


def test_each_lane_runs_by_itself() -> None:
    network = Network()
    batched = Batched(network, lanes=2)
    network.gate.clear()
    with ThreadPoolExecutor(2) as callers:
        jobs = [callers.submit(batched.run, pictures(1, value)) for value in (7, 9)]
        for _ in jobs:
            assert network.entered.acquire(timeout=20)  # both are in
        network.gate.set()
        assert sorted(job.result()[0].item() for job in jobs) == [7, 9]
    assert network.sizes == [1, 1]


def test_pictures_of_another_size_run_by_themselves() -> None:
    network = Network()
    batched = Batched(network, lanes=1)
    network.gate.clear()
    with ThreadPoolExecutor(3) as callers:
        jobs = [callers.submit(batched.run, pictures(1, 1))]
        assert network.entered.acquire(timeout=20)
        for count, (value, side) in enumerate(((2, 4), (3, 8)), 1):
            jobs.append(callers.submit(batched.run, pictures(1, value, side)))
            wait_for(batched, count)
        network.gate.set()
        assert [job.result()[0].item() for job in jobs] == [1, 2, 3]
    assert network.sizes == [1, 1, 1]


def test_a_run_that_fails_fails_for_all_in_it_and_for_nobody_else() -> None:
    network = Network()
    batched = Batched(network, lanes=1)
    network.gate.clear()
    network.broken = True
    with ThreadPoolExecutor(3) as callers:
        jobs = [callers.submit(batched.run, pictures(1, 0))]
        assert network.entered.acquire(timeout=20)
        for count in (1, 2):
            jobs.append(callers.submit(batched.run, pictures(1, count)))
            wait_for(batched, count)
        network.gate.set()
        for job in jobs:
            with pytest.raises(RuntimeError, match="fell over"):
                job.result()
    network.broken = False
    assert batched.run(pictures(1, 5))[0].item() == 5


def test_a_storm_of_callers_all_get_their_own() -> None:
    network = Network()
    batched = Batched(network, lanes=2)
    random = np.random.default_rng(3)
    jobs = [
        (int(count), int(value))
        for count, value in zip(random.integers(1, 6, 400), random.integers(0, 256, 400), strict=True)
    ]
    with ThreadPoolExecutor(16) as callers:
        rows = list(callers.map(lambda job: batched.run(pictures(*job))[0].tolist(), jobs))
    assert rows == [[value] * count for count, value in jobs]
    assert batched._running == 0
    assert batched._waiting == []
