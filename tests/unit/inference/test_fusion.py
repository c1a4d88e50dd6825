"""Fusion: views that agree count together, views that show nothing take nothing away, and no suspicion is lost."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import odds
from inference.errors import BadBundle
from inference.fusion import DEPENDENT, Gain, fuse
from inference.raising import raised
from inference.suspicion import judge
from inference.vocabulary import Finding, Modality, Verdict
from tests.unit.inference.findings import codes, finding

GAIN = Gain(intercept=3.0, slope=0.5)
BAR = 0.5


def view(*findings: Finding, modality: Modality = "photo", threshold: float = BAR) -> Verdict:
    return replace(judge(findings, threshold), modality=modality)


def xray(*findings: Finding, threshold: float = BAR) -> Verdict:
    return view(*findings, modality="xray", threshold=threshold)


def logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_a_photograph_and_a_scan_that_are_each_too_weak_raise_one_suspicion_together() -> None:
    verdicts = [view(finding(("A", 0.3))), xray(finding(("A", 0.2)))]
    first, second = raised(verdicts, GAIN)
    expected = 1 / (1 + math.exp(-(logit(0.3) + 3.0 + 0.5 * logit(0.2))))
    assert (first.view, second.view) == (0, 1)
    assert first.suspicion.score == second.suspicion.score == pytest.approx(expected)
    assert (first.alone, second.alone) == (0.3, 0.2)
    assert first.adds == pytest.approx(logit(0.3))
    assert second.adds == pytest.approx(3.0 + 0.5 * logit(0.2))
    assert "seen_in_views" in codes(first.suspicion)


def test_views_that_disagree_raise_nothing() -> None:
    assert raised([view(finding(("A", 0.4))), xray(finding(("B", 0.4)))], GAIN) == []


def test_a_view_that_shows_nothing_takes_nothing_away() -> None:
    (only,) = raised([view(finding(("A", 0.6))), xray()], GAIN)
    assert (only.suspicion.score, only.alone, only.adds) == (0.6, 0.6, None)
    assert "seen_in_views" not in codes(only.suspicion)


def test_a_runner_up_counts_with_its_score_as_a_runner_up() -> None:
    verdicts = [view(finding(("A", 0.45), ("B", 0.1))), xray(finding(("C", 0.3), ("A", 0.2)))]
    one, other = raised(verdicts, GAIN)
    assert {one.suspicion.mark.holder, other.suspicion.mark.holder} == {"A"}
    assert [match.mark.holder for match in other.suspicion.matches] == ["A", "C"]


def test_a_further_view_of_the_same_kind_adds_less() -> None:
    scored = {}
    for name, verdicts in {
        "other": [view(finding(("A", 0.4))), xray(finding(("A", 0.3)))],
        "same": [view(finding(("A", 0.4))), view(finding(("A", 0.3)))],
    }.items():
        scored[name] = fuse(verdicts, GAIN)[0].score
    assert logit(scored["same"]) - logit(0.4) == pytest.approx(DEPENDENT * (logit(scored["other"]) - logit(0.4)))


def test_without_a_gain_each_view_stands_by_itself() -> None:
    verdicts = [view(finding(("A", 0.45))), xray(finding(("A", 0.45))), view(finding(("A", 0.7)))]
    (only,) = raised(verdicts, None)
    assert (only.view, only.suspicion.score, only.adds) == (2, 0.7, None)


def test_the_bar_is_that_of_a_view_that_reaches_its_own_with_what_the_others_add() -> None:
    weak = [view(finding(("A", 0.3)), threshold=0.35), xray(finding(("A", 0.15)), threshold=0.9)]
    assert [one.threshold for one in raised(weak, GAIN)] == [0.35, 0.35]
    weaker = [view(finding(("A", 0.02)), threshold=0.35), xray(finding(("A", 0.15)), threshold=0.9)]
    assert raised(weaker, GAIN) == []


@given(st.floats(0.01, 0.29), st.floats(0.01, 0.74), st.floats(0.01, 0.74))
def test_more_in_the_scan_never_takes_a_suspicion_away(photo: float, low: float, high: float) -> None:
    """The scan's bar is the higher one: it must not become the parcel's because the scan says more."""

    def together(alone: float) -> float:
        verdicts = [view(finding(("A", photo)), threshold=0.3), xray(finding(("A", alone)), threshold=0.75)]
        return max((one.suspicion.score for one in raised(verdicts, GAIN)), default=0.0)

    low, high = sorted((low, high))
    assert together(low) <= together(high)


def test_who_is_second_at_one_place_in_both_views_is_not_suspected_for_it() -> None:
    place = [finding(("A", 0.95), ("B", 0.4))]
    assert {one.suspicion.mark.holder for one in raised([view(*place), xray(*place)], GAIN)} == {"A"}
    elsewhere = xray(finding(("A", 0.95)), finding(("B", 0.4), at=500.0))
    assert {one.suspicion.mark.holder for one in raised([view(*place), elsewhere], GAIN)} == {"A"}
    both = view(*place, finding(("B", 0.4), at=500.0))
    assert {one.suspicion.mark.holder for one in raised([both, elsewhere], GAIN)} == {"A", "B"}


def test_many_views_of_one_kind_say_little_more_than_two() -> None:
    """Their errors are alike: eight photographs of one parcel must not add up to a suspicion out of nothing."""
    views = [view(finding(("A", 0.05)))] * 8
    (fused,) = fuse(views, GAIN)
    assert logit(fused.score) < logit(0.05) + 2 * DEPENDENT * GAIN.of(0.05)
    assert fused.score > fuse(views[:2], GAIN)[0].score


def test_things_alike_are_counted_where_only_the_views_together_raise_a_suspicion() -> None:
    alike = [finding(("A", 0.3), at=200.0 * number) for number in range(5)]
    one, other = raised([view(finding(("A", 0.3))), xray(*alike)], GAIN)
    assert {one.modality: one.suspicion.places, other.modality: other.suspicion.places} == {"photo": 1, "xray": 5}


def test_a_place_that_bears_another_mark_raises_nothing_by_itself() -> None:
    """A stronger mark stands there; only another view's word makes a suspicion of the second."""
    place = [finding(("B", 0.9)), finding(("A", 0.6), at=10.0)]
    assert {one.suspicion.mark.holder for one in raised([view(*place)], GAIN)} == {"B"}


scores = st.floats(0.001, 0.999)
findings = st.lists(
    st.builds(
        lambda holders, at: finding(*sorted(holders.items(), key=lambda one: -one[1]), at=at),
        st.dictionaries(st.sampled_from("ABCDE"), scores, min_size=1, max_size=4),
        st.floats(0, 900),
    ),
    max_size=4,
)
verdicts = st.lists(
    st.builds(lambda own, kind: view(*own, modality=kind), findings, st.sampled_from(["photo", "xray"])),
    min_size=1,
    max_size=4,
)


@given(verdicts)
def test_nothing_that_stands_alone_is_lost_and_no_score_falls(views: list[Verdict]) -> None:
    told = {(one.view, one.suspicion.mark.holder): one for one in raised(views, GAIN)}
    for place, own in enumerate(views):
        for item in own.suspicions:
            assert told[place, item.mark.holder].suspicion.score >= item.score
    assert all(one.suspicion.score >= min(one.threshold, BAR) for one in told.values())


@given(verdicts)
def test_the_order_of_the_views_changes_no_score(views: list[Verdict]) -> None:
    there = {one.holder: one.score for one in fuse(views, GAIN)}
    back = {one.holder: one.score for one in fuse(views[::-1], GAIN)}
    assert there == pytest.approx(back)


def test_of_equals_at_one_place_the_same_one_has_it_whichever_view_comes_first() -> None:
    views = [view(finding(("A", 0.5), ("D", 0.01))), view(finding(("C", 0.75), ("D", 0.75), ("A", 0.5)))]
    assert {one.holder for one in fuse(views, GAIN)} == {one.holder for one in fuse(views[::-1], GAIN)}


@given(scores, scores)
def test_more_in_one_view_is_never_less_together(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert GAIN.of(low) <= GAIN.of(high)
    assert GAIN.of(low) == pytest.approx(max(0.0, 3.0 + 0.5 * odds(low)))


@pytest.mark.parametrize(
    "config",
    [
        {},
        {"intercept": 1.0},
        {"intercept": "x", "slope": 1},
        {"intercept": 1.0, "slope": -1.0},
        {"intercept": float("nan"), "slope": 1.0},
    ],
)
def test_a_senseless_gain_is_refused(config: dict[str, object]) -> None:
    with pytest.raises(BadBundle, match="fusion"):
        Gain.from_config(config)
