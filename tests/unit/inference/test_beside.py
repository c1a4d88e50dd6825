"""Tasks that go on beside the caller."""

import threading

import pytest

from inference.beside import Beside


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_the_result_is_waited_for(cores: int) -> None:
    waiting = Beside(cores).start(lambda: 6 * 7)
    assert waiting() == 42
    assert waiting() == 42  # as often as it is asked for


def test_with_a_second_core_the_caller_goes_on_meanwhile() -> None:
    told = threading.Event()
    waiting = Beside(2).start(lambda: told.wait(10))
    told.set()
    assert waiting()


def test_with_one_core_the_task_is_done_at_once_in_the_callers_thread() -> None:
    done: list[int] = []
    Beside(1).start(lambda: done.append(threading.get_ident()))
    assert done == [threading.get_ident()]


def test_what_went_wrong_is_raised_where_it_is_waited_for() -> None:
    def fails() -> int:
        raise ValueError("no lines")

    waiting = Beside(2).start(fails)
    with pytest.raises(ValueError, match="no lines"):
        waiting()


def test_many_callers_whose_tasks_wait_for_earlier_ones_do_not_block_each_other() -> None:
    beside = Beside(2)
    results = []
    for number in range(100):
        first = beside.start(lambda number=number: number)  # type: ignore[misc]
        results.append(beside.start(lambda first=first: first() + 1))  # type: ignore[misc]
    assert [result() for result in results] == [number + 1 for number in range(100)]
