"""The gates let a candidate pass that lost nothing, and none that lost a mark."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.proportions import proportion
from training.retraining.gatefile import SHIPPED, read_gates
from training.retraining.gates import answers, refused
from training.retraining.paired import Paired, paired

GATES = read_gates(SHIPPED)


def figures(recall: int = 60, alerts: int = 1) -> dict[str, Any]:
    return {
        "recall_at_fixed_false_alerts": proportion(recall, 100).as_json(),
        "false_alerts": proportion(alerts, 200).as_json(),
        "ece": {"value": 0.05, "n": 100, "low": 0.04, "high": 0.06},
    }


def mark(n: int, lost: int, gained: int) -> dict[str, Any]:
    return Paired(n=n, champion=n // 2 + lost, candidate=n // 2 + gained, lost=lost, gained=gained).as_json()


def measured(**changes: Any) -> dict[str, Any]:
    """An evaluation in which nothing was lost, but for `changes`."""
    usual = {
        "sets": {"golden": {"champion": figures(), "candidate": figures()}},
        "marks": {"fox": mark(40, 1, 3), "owl": mark(40, 0, 0)},
        "robustness": {"blur": mark(100, 2, 2)},
        "latency": {"champion": 100.0, "candidate": 104.0},
        "bytes": {"champion": 10_000_000, "candidate": 10_000_000},
        "made": {"embedder": {"parity": 0.9995}, "detector": {"parity": 0.97}},
    }
    return usual | changes


def failed(told: dict[str, Any]) -> list[str]:
    return [answer.gate for answer in answers(GATES, told) if not answer.passed]


def test_what_lost_nothing_passes_and_says_so() -> None:
    given_answers = answers(GATES, measured())
    assert refused(given_answers) == []
    assert all(answer.words for answer in given_answers)
    assert {answer.gate.partition(".")[0] for answer in given_answers} == set(type(GATES).model_fields)


@pytest.mark.parametrize(
    ("changes", "gate"),
    [
        (
            {"marks": {"fox": mark(40, 20, 0), "owl": mark(40, 0, 30)}},
            "marks.fox",
        ),  # poisoned: others gain ever so much
        ({"marks": {"fox": mark(200, 9, 0)}}, "marks.fox"),  # 4.5 points, beyond chance
        ({"marks": {"fox": mark(10, 5, 1)}}, "marks.fox"),  # too few to be sure, but too much to be let through
        ({"robustness": {"blur": mark(100, 30, 0)}}, "robustness.blur"),
        ({"sets": {"golden": {"champion": figures(60), "candidate": figures(40)}}}, "recall.loss"),
        ({"sets": {"golden": {"champion": figures(), "candidate": figures(alerts=8)}}}, "false_alerts"),
        ({"latency": {"champion": 100.0, "candidate": 140.0}}, "latency"),
        ({"bytes": {"champion": 10_000_000, "candidate": 12_500_000}}, "size.ratio"),
        ({"bytes": {"champion": 60_000_000, "candidate": 68_000_000}}, "size.bytes"),
        ({"made": {"embedder": {"parity": 0.99}}}, "parity.embedder"),
        ({"made": {"detector": {"parity": 0.9}}}, "parity.detector"),
    ],
)
def test_each_gate_can_refuse(changes: dict[str, Any], gate: str) -> None:
    assert failed(measured(**changes)) == [gate]


@pytest.mark.parametrize("few", [mark(40, 3, 1), mark(9, 9, 0), mark(0, 0, 0)])
def test_what_chance_explains_is_no_loss(few: dict[str, Any]) -> None:
    assert failed(measured(marks={"fox": few})) == []


def test_a_refusal_says_what_was_measured_and_allowed() -> None:
    told = refused(answers(GATES, measured(marks={"fox": mark(200, 20, 0)})))
    assert told == ["fox loses 0.100 (0.068 to 0.100, n 200); 0.020 is allowed"]


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_pairs_are_counted(pairs: list[tuple[bool, bool]]) -> None:
    both = paired([one for one, _ in pairs], [other for _, other in pairs])
    assert both.n == len(pairs)
    assert both.lost - both.gained == both.champion - both.candidate
    low, high = both.interval
    assert low - 1e-9 <= both.loss <= high + 1e-9 or both.lost + both.gained == 0
    assert -1 <= low <= high <= 1


def test_pairs_must_be_of_the_same_pictures() -> None:
    with pytest.raises(ValueError, match="shorter"):
        paired([True, False], [True])
