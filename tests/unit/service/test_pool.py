"""The pool of inspections: what it promises is kept, what is cancelled frees its room, and nobody lives for ever."""

import subprocess
import sys
import threading

import pytest

from service.errors import LaneFull, Overloaded
from service.metrics import Metrics
from service.pool import InspectionPool


def test_a_place_is_given_back_once_and_a_job_that_fails_frees_its_own() -> None:
    pool = InspectionPool(workers=1, waiting=3, metrics=Metrics())
    place = pool.place()
    assert pool.fill == (1, 4)
    place.give_back()
    place.give_back()
    assert pool.idle
    with pytest.raises(ZeroDivisionError):
        pool.submit(lambda: 1 // 0).result(10)
    assert pool.fill == (0, 4)
    pool.close()


def test_what_waits_when_it_closes_is_cancelled_and_nothing_more_is_taken() -> None:
    pool = InspectionPool(workers=1, waiting=3, metrics=Metrics())
    began, gate = threading.Event(), threading.Event()

    def job() -> str:
        began.set()
        gate.wait(10)
        return "done"

    running, waiting = pool.submit(job), pool.submit(job)
    assert began.wait(10)
    closing = threading.Thread(target=pool.close)
    closing.start()
    gate.set()
    closing.join(10)
    assert running.result(0) == "done"
    assert waiting.cancelled()
    with pytest.raises(Overloaded):
        pool.place()


def test_the_last_places_are_for_the_most_urgent() -> None:
    pool = InspectionPool(workers=1, waiting=7, metrics=Metrics())
    taken = [pool.place("bulk") for _ in range(4)]
    with pytest.raises(LaneFull):
        pool.place("bulk")
    taken += [pool.place("handheld") for _ in range(2)]
    with pytest.raises(LaneFull):
        pool.check_room("handheld")
    taken += [pool.place("live") for _ in range(2)]
    with pytest.raises(Overloaded) as full:
        pool.check_room("live")
    assert not isinstance(full.value, LaneFull)
    pool.close()


def test_a_process_that_forgets_to_close_it_ends() -> None:
    code = (
        "from service.metrics import Metrics; from service.pool import InspectionPool; "
        "InspectionPool(workers=2, waiting=1, metrics=Metrics()).submit(int).result()"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)  # noqa: S603 - as written
