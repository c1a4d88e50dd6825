"""Expected calibration error: cases worked out by hand."""

import numpy as np
import pytest

from datasets.evaluation_set import AnnotatedBox
from training.evaluation.calibration_error import calibration_error, ece, is_right
from training.evaluation.records import Box, Candidate, Observation

BOX: Box = (0.0, 0.0, 10.0, 10.0)


def error(scores: list[float], right: list[int]) -> float:
    return calibration_error(np.array(scores, float), np.array(right, float))


def seen(*candidates: Candidate, complete: bool = True) -> Observation:
    truth = (AnnotatedBox(annotation_id=1, holder="tesmarin", box=BOX),)
    marks = frozenset({"tesmarin"})
    return Observation(name="x", marks=marks, boxes=truth, boxes_complete=complete, candidates=candidates)


def test_nothing_is_unknown() -> None:
    assert np.isnan(error([], []))
    assert ece([]).value is None
    assert ece([seen()]).value is None


def test_fewer_items_than_bins_are_a_bin_each() -> None:
    # |1 - .9| and |0 - .2|, each half of the items: (.1 + .2) / 2
    assert error([0.9, 0.2], [1, 0]) == pytest.approx(0.15)


def test_equal_scores_do_not_depend_on_their_order() -> None:
    # 20 items of score .5, half right: well calibrated, though sorted by `right` the bins would each be 0.5 off.
    assert error([0.5] * 20, [0] * 10 + [1] * 10) == pytest.approx(0.0)
    assert error([0.5] * 20, [1, 0] * 10) == pytest.approx(0.0)


def test_ten_bins_of_two_by_hand() -> None:
    # Scores .00, .05, .10, ... .95; pairs (.00, .05), (.10, .15), ...: mean scores .025, .125, ... .925.
    # Right: the upper of each pair -> .5 in each bin. Errors .475 .375 .275 .175 .075 | .125-.5... = the same mirrored
    # but from .025 off: .025 .125 .225 .325 .425. Sum 1.375 + 1.125 = 2.5; over ten bins .25.
    scores = [i / 20 for i in range(20)]
    assert error(scores, [0, 1] * 10) == pytest.approx(0.25)


def test_bins_hold_equally_many_items_not_equally_wide_scores() -> None:
    # 19 items at distinct scores near 0, one at 1: equal width would put 19 in one bin; equal mass leaves pairs.
    # Pairs of (i, i+1)/1000, i = 0, 2, ... 16: none right; errors are the mean scores .0005 + i/1000.
    # Last bin: .018 and 1.0, both right: |1 - .509| = .491.
    scores = [i / 1000 for i in range(19)] + [1.0]
    right = [0] * 18 + [1, 1]
    expected = (sum(0.0005 + i / 1000 for i in range(0, 18, 2)) + 0.491) / 10
    assert error(scores, right) == pytest.approx(expected)


def test_bins_that_do_not_divide_are_weighted_by_their_items() -> None:
    # 11 items: the first bin has 2. All scores distinct, all wrong: the error is then the mean score whatever the bins.
    scores = [i / 10 for i in range(11)]
    assert error(scores, [0] * 11) == pytest.approx(0.5)


def test_derived_again_with_loops() -> None:
    rng = np.random.default_rng(2)
    scores, right = rng.random(137), (rng.random(137) < 0.4).astype(float)
    ranked = sorted(zip(scores.tolist(), right.tolist(), strict=True))
    total, start = 0.0, 0
    for b in range(10):
        size = 137 // 10 + (b < 137 % 10)
        part = ranked[start : start + size]
        start += size
        confidence, accuracy = sum(s for s, _ in part) / size, sum(r for _, r in part) / size
        total += size / 137 * abs(confidence - accuracy)
    assert calibration_error(scores, right) == pytest.approx(total)


def test_right_means_the_holder_s_own_box_under_the_detection() -> None:
    there, beside = BOX, (8.0, 0.0, 18.0, 10.0)  # beside: 20 / 180 = .11
    assert is_right(Candidate(box=there, holder="tesmarin", score=1), seen())
    assert not is_right(Candidate(box=there, holder="norvelle", score=1), seen())
    assert not is_right(Candidate(box=beside, holder="tesmarin", score=1), seen())


def test_pictures_with_missing_boxes_are_left_out() -> None:
    wrong = Candidate(box=(50, 50, 60, 60), holder="tesmarin", score=1.0)
    fine = Candidate(box=BOX, holder="tesmarin", score=1.0)
    figure = ece([seen(wrong, complete=False), seen(fine)])
    assert (figure.value, figure.n) == (0.0, 1)


def test_clean_pictures_count_as_wrong_candidates() -> None:
    clean = Observation(name="c", candidates=(Candidate(box=BOX, holder="tesmarin", score=0.25),))
    figure = ece([clean])
    assert (figure.value, figure.n) == (0.25, 1)
