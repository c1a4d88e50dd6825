"""Alerts on photographs: curves and thresholds worked out by hand."""

import numpy as np
import pytest

from training.evaluation.photos import Photos
from training.evaluation.records import Candidate, Observation


def photo(marks: set[str], *candidates: tuple[str, float]) -> Observation:
    found = tuple(Candidate(box=(0, 0, 9, 9), holder=holder, score=score) for holder, score in candidates)
    return Observation(name="x", marks=frozenset(marks), candidates=found)


EXAMPLE = [
    photo({"a"}, ("a", 0.9), ("b", 0.6), ("a", 0.3)),  # a raised to .9, b wrongly to .6
    photo({"a", "b"}, ("a", 0.4), ("c", 0.7)),  # a raised to .4, b never, c wrongly to .7
    photo({"unregistered"}, ("a", 0.8)),  # a wrongly to .8; nothing to recall; not clean
    photo(set(), ("a", 0.5), ("b", 0.2)),  # clean, highest .5
    photo(set()),  # clean, never an alert
]
PHOTOS = Photos(EXAMPLE, {"a", "b", "c"})


def test_no_pictures_are_unknown() -> None:
    nothing = Photos([], {"a"})
    assert [f(0.5).value for f in (nothing.fpir, nothing.recall, nothing.wrong)] == [None, None, None]
    assert nothing.threshold_at("fpir10") is None
    assert nothing.recall_at("fpir10").value is None


def test_a_score_of_exactly_the_threshold_alerts() -> None:
    assert PHOTOS.fpir(0.5).value == 0.5
    assert PHOTOS.fpir(float(np.nextafter(0.5, 1))).value == 0.0


@pytest.mark.parametrize(
    ("threshold", "fpir", "recall", "wrong"),
    [  # 2 clean pictures; 3 pairs (1a, 2a, 2b); 5 pictures
        (0.0, 1 / 2, 2 / 3, 5 / 5),  # wrong: 1b, 2c, 3a, 4a, 4b
        (0.3, 1 / 2, 2 / 3, 4 / 5),  # 4b is gone
        (0.5, 1 / 2, 1 / 3, 4 / 5),
        (0.65, 0, 1 / 3, 2 / 5),  # 2c, 3a
        (0.85, 0, 1 / 3, 0),
        (0.95, 0, 0, 0),
    ],
)
def test_by_hand(threshold: float, fpir: float, recall: float, wrong: float) -> None:
    assert PHOTOS.fpir(threshold).value == pytest.approx(fpir)
    assert PHOTOS.recall(threshold).value == pytest.approx(recall)
    assert PHOTOS.wrong(threshold).value == pytest.approx(wrong)
    assert (PHOTOS.fpir(threshold).n, PHOTOS.recall(threshold).n, PHOTOS.wrong(threshold).n) == (2, 3, 5)


def test_one_holder_alerts_once_per_picture() -> None:
    assert Photos([photo(set(), ("a", 0.9), ("a", 0.8))], {"a"}).wrong(0.5).value == 1.0


def clean(*scores: float) -> Photos:
    return Photos([photo(set(), ("a", s)) for s in scores] + [photo({"a"}, ("a", 0.55))], {"a"})


def test_the_threshold_lies_just_above_the_first_clean_picture_too_many() -> None:
    # 20 clean pictures, 10 % allows 2: scores .81 .80 .60 ...: the third, .60, must stay silent.
    photos = clean(0.81, 0.80, 0.60, *[0.1] * 17)
    threshold = photos.threshold_at("fpir10")
    assert threshold == np.nextafter(0.6, np.inf)
    assert photos.fpir(threshold).value == pytest.approx(0.1)
    assert photos.fpir(0.6).value == pytest.approx(0.15)
    assert photos.recall_at("fpir10").value == 0.0  # the pair's .55 is below


def test_equal_scores_cannot_be_told_apart() -> None:
    # 10 % of 20 allows 2, but three share .60: all three must be silent.
    assert clean(0.6, 0.6, 0.6, *[0.1] * 17).threshold_at("fpir10") == np.nextafter(0.6, np.inf)


def test_with_few_clean_pictures_one_percent_means_none() -> None:
    assert clean(0.5, 0.2).threshold_at("fpir1") == np.nextafter(0.5, np.inf)
    assert clean(0.5, 0.2).recall_at("fpir1").value == 1.0


def test_ten_percent_of_thirty_is_three() -> None:
    scores = [0.9, 0.8, 0.7, 0.6, *[0.0] * 26]
    assert clean(*scores).threshold_at("fpir10") == np.nextafter(0.6, np.inf)


def test_a_threshold_of_zero_if_clean_pictures_have_no_candidates() -> None:
    assert Photos([photo(set()), photo({"a"}, ("a", 0.0))], {"a"}).threshold_at("fpir1") == 0.0


def test_a_clean_picture_at_score_one_leaves_no_recall() -> None:
    photos = Photos([photo(set(), ("a", 1.0)), photo({"a"}, ("a", 1.0))], {"a"})
    assert photos.recall_at("fpir1").value == 0.0


def test_a_thousandth_is_reported_from_a_thousand_clean_pictures_on() -> None:
    assert clean(*[0.3] * 999).threshold_at("fpir01") is None
    assert clean(0.9, *[0.3] * 999).threshold_at("fpir01") == np.nextafter(0.3, np.inf)


def test_the_threshold_is_the_smallest_on_random_scores() -> None:
    # Derived another way: try every score, and every score plus a hair, in rising order.
    rng = np.random.default_rng(5)
    for _ in range(20):
        photos = clean(*rng.integers(0, 30, int(rng.integers(1, 60))) / 30)
        tried = sorted({0.0, *photos.clean, *(float(np.nextafter(s, 2)) for s in photos.clean)})
        smallest = next(t for t in tried if sum(s >= t for s in photos.clean) * 10 <= len(photos.clean))
        assert photos.threshold_at("fpir10") == smallest
