"""What differs is told field by field, and no more of it than anybody reads."""

from typing import Any

import pytest

from service.exchange.differences import MOST, differences


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({}, {}, []),
        ({"a": 1, "b": {"c": [1, 2]}}, {"b": {"c": [1, 2]}, "a": 1}, []),
        ({"number": "T1"}, {"number": "T2"}, ['number: "T1" -> "T2"']),
        ({}, {"valid_to": "2036-03-01"}, ['valid_to: nothing -> "2036-03-01"']),
        ({"goods": [{"text": "lamps"}]}, {"goods": []}, ['goods[0].text: "lamps" -> nothing']),
        ({"x": None}, {"x": 0}, ["x: null -> 0"]),
        ({"x": "灯" * 200}, {"x": "灯"}, [f'x: "{"灯" * 59}… -> "灯"']),
    ],
)
def test_each_field_is_told_once(before: dict[str, Any], after: dict[str, Any], told: list[str]) -> None:
    assert differences(before, after) == told


def test_many_differences_are_counted() -> None:
    told = differences({}, {f"f{n:03}": n for n in range(MOST + 5)})
    assert len(told) == MOST + 1
    assert told[-1] == "5 more"


def test_long_values_that_differ_at_their_end_are_still_told() -> None:
    long = "x" * 500
    (told,) = differences({"text": long + "a"}, {"text": long + "b"})
    assert told == f'text: …{"x" * 30}a" -> …{"x" * 30}b"'
