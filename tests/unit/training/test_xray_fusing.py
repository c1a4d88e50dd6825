"""Fitting and measuring the gain of a second view, on verdicts made by hand."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inference.fusion import Gain
from inference.suspicion import judge
from inference.vocabulary import Verdict
from tests.unit.inference.findings import finding
from training.xray.fusing import Parcel, fit, measure, pairs_of


def parcel(photo: dict[str, float], xray: dict[str, float], holder: str | None) -> Parcel:
    def verdict(scores: dict[str, float]) -> Verdict:
        return judge([finding(*sorted(scores.items(), key=lambda one: -one[1]))] if scores else [], 0.5)

    return Parcel(photo=verdict(photo), xray=replace(verdict(xray), modality="xray"), holder=holder)


def test_pairs_are_of_right_holders_that_both_views_bring_to_mind() -> None:
    rows, right = pairs_of([parcel({"A": 0.2, "B": 0.5}, {"A": 0.8, "C": 0.4}, "A"), parcel({"A": 0.5}, {}, "A")])
    assert right.tolist() == [True]
    assert rows == pytest.approx(np.array([[math.log(0.8 / 0.2), math.log(0.2 / 0.8)]]))


def test_the_fit_finds_the_gain_that_made_the_truth() -> None:
    rng = np.random.default_rng(5)
    rows = np.sort(rng.normal(-2.5, 1.5, (60_000, 2)), axis=1)[:, ::-1]
    chance = 1 / (1 + np.exp(-(rows[:, 0] + 2.0 + 0.6 * rows[:, 1])))
    gain = fit(rows, rng.random(len(rows)) < chance)
    assert gain.intercept == pytest.approx(2.0, abs=0.15)
    assert gain.slope == pytest.approx(0.6, abs=0.05)


@pytest.mark.parametrize("right", [[], [True, True], [False, False]])
def test_nothing_to_tell_apart_is_refused(right: list[bool]) -> None:
    with pytest.raises(ValueError, match="right and wrong"):
        fit(np.zeros((len(right), 2)), np.array(right, bool))


def test_both_views_find_what_neither_does_at_the_same_false_alerts() -> None:
    clean = [parcel({"D": 0.4}, {"E": 0.4}, None)] * 10
    weak = [parcel({"A": 0.3}, {"A": 0.3}, "A")] * 5
    strong = [parcel({"A": 0.9}, {"B": 0.1}, "A")] * 5
    report = measure([*clean, *weak, *strong], Gain(intercept=3.0, slope=0.5), percent=1.0)
    assert {name: figure.value for name, figure in report["recall"].items()} == {"photo": 0.5, "xray": 0.0, "both": 1.0}
    assert report["gain_points"].value == 50.0


def test_false_alerts_of_both_together_count() -> None:
    """If wrong right holders agree on clean parcels, the bar rises and the gain is what is left."""
    clean = [parcel({"A": 0.3}, {"A": 0.3}, None)] * 10
    marked = [parcel({"A": 0.3}, {"A": 0.3}, "A")] * 10
    report = measure([*clean, *marked], Gain(intercept=3.0, slope=0.5), percent=1.0)
    assert report["recall"]["both"].value == 0.0
