"""The score: the formulas derived again by hand, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import Calibration, SecondLook, odds
from inference.errors import BadBundle
from inference.fitting import CHANCE
from tests.unit.inference.findings import seen

CALIBRATION = Calibration(
    intercept=-6.0, similarity=9.0, margin=5.0, wording=3.0, verified=4.0, detection=2.0, size=0.5
)
CONFIG = {
    "intercept": -6.0,
    "similarity": 9.0,
    "margin": 5.0,
    "wording": 3.0,
    "verified": 4.0,
    "detection": 2.0,
    "size": 0.5,
}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "must have the keys intercept, similarity, margin, wording, verified, detection, size"),
        ({**CONFIG, "slope": 1.0}, "slope"),
        ({k: v for k, v in CONFIG.items() if k != "size"}, "must have the keys"),
        ({**CONFIG, "size": "0.5"}, "size must be a number, got '0.5'"),
        ({**CONFIG, "size": True}, "size must be a number, got True"),
        ({**CONFIG, "size": None}, "size must be a number"),
        ({**CONFIG, "margin": math.nan}, "margin must be finite"),
        ({**CONFIG, "intercept": math.inf}, "intercept must be finite"),
        ({**CONFIG, "similarity": 0.0}, "likeness never speaks against"),
        ({**CONFIG, "margin": -0.1}, "likeness never speaks against"),
        ({**CONFIG, "wording": -0.1}, "likeness never speaks against"),
        ({**CONFIG, "verified": -0.1}, "likeness never speaks against"),
        ({**CONFIG, "detection": -0.1}, "likeness never speaks against"),
    ],
)
def test_a_senseless_calibration_is_refused(config: dict[str, object], words: str) -> None:
    with pytest.raises(BadBundle) as caught:
        Calibration.from_config(config)
    assert words in caught.value.detail


def test_whole_numbers_are_numbers() -> None:
    assert Calibration.from_config({**CONFIG, "size": 1}).size == 1.0


@pytest.mark.parametrize(
    ("similarity", "margin", "score", "size", "logit"),
    [
        (1.0, 0.0, 0.0, 64.0, 3.0),  # -6 + 9
        (0.5, 0.0, 0.0, 64.0, -1.5),
        (0.5, 0.2, 0.0, 64.0, -0.5),
        (0.5, 0.0, 0.7, 64.0, -0.1),
        (0.5, 0.0, 0.0, 128.0, -1.0),  # one octave larger
        (0.5, 0.0, 0.0, 16.0, -2.5),  # two smaller
        (0.5, -0.3, 0.5, 32.0, -2.5),
        (0.0, 0.0, 0.0, 0.0, -9.0),  # an empty box counts as one pixel: six octaves
    ],
)
def test_the_score_is_the_formula(similarity: float, margin: float, score: float, size: float, logit: float) -> None:
    found = CALIBRATION.score(similarity=similarity, margin=margin, seen=seen(size, score))
    assert found == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-12)


@pytest.mark.parametrize("scale", [1e3, 1e300])
def test_extreme_weights_neither_overflow_nor_leave_the_range(scale: float) -> None:
    steep = Calibration(intercept=0.0, similarity=scale)
    assert steep.score(similarity=1.0, margin=0.0, seen=seen()) == pytest.approx(1.0)
    assert steep.score(similarity=-1.0, margin=0.0, seen=seen()) == pytest.approx(0.0, abs=1e-300)


@given(st.floats(-1, 1), st.floats(-1, 1), st.floats(-2, 2), st.floats(0, 1e5))
def test_more_likeness_never_scores_less(one: float, other: float, margin: float, size: float) -> None:
    low, high = sorted((one, other))
    below = CALIBRATION.score(similarity=low, margin=margin, seen=seen(size))
    assert 0.0 <= below <= CALIBRATION.score(similarity=high, margin=margin, seen=seen(size)) <= 1.0


# --- the second look ---

SECOND = SecondLook(intercept=-0.5, first=0.8, fitted=6.0)
SECOND_CONFIG = {"intercept": -0.5, "first": 0.8, "fitted": 6.0}


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "second_look must have the keys intercept, first, fitted; got"),
        ({**SECOND_CONFIG, "second": 1.0}, "second"),
        ({**SECOND_CONFIG, "first": "0.8"}, "second_look: first must be a number, got '0.8'"),
        ({**SECOND_CONFIG, "first": 0.0}, "keeps the order"),
        ({**SECOND_CONFIG, "first": -1}, "keeps the order"),
        ({**SECOND_CONFIG, "fitted": -0.1}, "a fit never speaks against"),
        ({**SECOND_CONFIG, "intercept": math.nan}, "nan"),
    ],
)
def test_a_senseless_second_look_is_refused(config: dict[str, object], words: str) -> None:
    with pytest.raises(BadBundle) as caught:
        SecondLook.from_config(config)
    assert words in caught.value.detail


def test_a_sensible_second_look_is_taken() -> None:
    assert SecondLook.from_config(SECOND_CONFIG) == SECOND


@pytest.mark.parametrize(
    ("first", "agreement", "logit"),
    [
        (0.5, CHANCE, -0.5),
        (0.5, 0.0, -0.5),  # less than chance says no more than chance
        (0.5, 0.9, -0.5 + 6 * (0.9 - CHANCE)),
        (0.1, 0.9, -0.5 + 0.8 * math.log(1 / 9) + 6 * (0.9 - CHANCE)),
        (0.1, 1.0, -0.5 + 0.8 * math.log(1 / 9) + 6 * (1 - CHANCE)),
    ],
)
def test_the_second_score_is_the_formula(first: float, agreement: float, logit: float) -> None:
    assert SECOND.score(first, agreement) == pytest.approx(1 / (1 + math.exp(-logit)), rel=1e-9)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_neither_a_better_first_look_nor_a_better_fit_scores_less(a: float, b: float, one: float, two: float) -> None:
    (low, high), (loose, close) = sorted((a, b)), sorted((one, two))
    scores = SECOND.score(low, loose), SECOND.score(high, loose), SECOND.score(low, close)
    assert 0.0 <= scores[0] <= min(scores[1:])
    assert max(scores) <= 1.0


def test_odds_have_an_end() -> None:
    assert (odds(0.0), odds(0.5), odds(1.0)) == pytest.approx((-math.log(1e6), 0.0, math.log(1e6)), abs=1e-5)
