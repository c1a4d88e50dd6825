"""Reasons: which are given, how they weigh, and what they say."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.suspicion import judge
from inference.vocabulary import Detection, Finding, Match, Reading, Suspicion
from tests.unit.inference.findings import codes, finding, mark, seen, weight


def test_a_large_lone_certain_mark_has_one_reason() -> None:
    (suspicion,) = judge([finding(("Acme", 0.87))], 0.5).suspicions
    assert codes(suspicion) == ["looks_like_mark"]
    assert suspicion.reasons[0].text == "looks like “Wave” of Acme (similarity 0.87)"
    assert suspicion.reasons[0].weight == 0.87


@pytest.mark.parametrize(
    ("runner_up", "code", "weight_of_it"),
    [
        (0.30, "clear_margin", 1.0),  # a lead of 0.60; from 0.40 on the weight is full
        (0.70, "clear_margin", 0.5),
        (0.85, None, 0.0),  # neither clear nor close
        (0.885, "close_runner_up", -0.75),
        (0.90, "close_runner_up", -1.0),
    ],
)
def test_the_lead_over_the_next_right_holder(runner_up: float, code: str | None, weight_of_it: float) -> None:
    (suspicion,) = judge([finding(("A", 0.9), ("B", runner_up))], 0.5).suspicions
    found = [c for c in codes(suspicion) if c in ("clear_margin", "close_runner_up")]
    assert found == ([code] if code else [])
    if code:
        assert weight(suspicion, code) == pytest.approx(weight_of_it)
        assert any("B" in r.text for r in suspicion.reasons if r.code == code)


@pytest.mark.parametrize(
    ("matches", "cohort", "code", "words"),
    [
        ([("A", 0.9)], 0.5, "clear_margin", "clearly more like this than like marks that are not recorded (by 0.40)"),
        ([("A", 0.9), ("B", 0.3)], 0.5, "clear_margin", "than like marks that are not recorded (by 0.40)"),
        ([("A", 0.9), ("B", 0.6)], 0.5, "clear_margin", "than like the next right holder, B (by 0.30)"),
        ([("A", 0.9), ("B", 0.3)], 0.89, "close_runner_up", "hardly more like this than like marks that are not"),
        ([("A", 0.6)], 0.7, "close_runner_up", "(by -0.10)"),
    ],
)
def test_the_lead_is_over_the_nearest_rival(
    matches: list[tuple[str, float]], cohort: float, code: str, words: str
) -> None:
    found = dataclasses.replace(finding(*matches), cohort=cohort)
    (reason,) = [r for r in judge([found], 0.5).suspicions[0].reasons if r.code == code]
    assert words in reason.text
    assert -1.0 <= reason.weight <= 1.0


@pytest.mark.parametrize(("size", "expected"), [(32.0, None), (31.0, -0.515625), (16.0, -0.75), (0.0, -1.0)])
def test_a_small_mark_speaks_against(size: float, expected: float | None) -> None:
    (suspicion,) = judge([finding(("A", 0.9), size=size)], 0.5).suspicions
    assert ("small_mark" in codes(suspicion)) == (expected is not None)
    if expected is not None:
        assert weight(suspicion, "small_mark") == pytest.approx(expected)


@pytest.mark.parametrize(("seen", "expected"), [(0.3, None), (0.29, -0.5166667), (0.0, -1.0)])
def test_a_weak_detection_speaks_against(seen: float, expected: float | None) -> None:
    (suspicion,) = judge([finding(("A", 0.9), seen=seen)], 0.5).suspicions
    assert ("weak_detection" in codes(suspicion)) == (expected is not None)
    if expected is not None:
        assert weight(suspicion, "weak_detection") == pytest.approx(expected)


@pytest.mark.parametrize(("rarity", "expected"), [(1.0, None), (0.4, None), (0.2, -0.75), (0.0, -1.0)])
def test_artwork_like_ordinary_things_speaks_against(rarity: float, expected: float | None) -> None:
    seen = finding(("A", 0.9))
    matches = tuple(dataclasses.replace(match, rarity=rarity) for match in seen.matches)
    common = dataclasses.replace(seen, matches=matches)
    (suspicion,) = judge([common], 0.5).suspicions
    assert ("like_ordinary_things" in codes(suspicion)) == (expected is not None)
    if expected is not None:
        assert weight(suspicion, "like_ordinary_things") == pytest.approx(expected)


@pytest.mark.parametrize(
    ("places", "expected"),
    [([0.0], None), ([0.0, 10.0], None), ([0.0, 49.0], None), ([0.0, 51.0], 1 / 3), ([0.0, 200.0, 400.0], 2 / 3)],
)
def test_only_different_places_count_as_several(places: list[float], expected: float | None) -> None:
    (suspicion,) = judge([finding(("A", 0.9), at=at) for at in places], 0.5).suspicions
    assert ("seen_several_times" in codes(suspicion)) == (expected is not None)
    if expected is not None:
        assert weight(suspicion, "seen_several_times") == pytest.approx(expected)


def test_a_box_inside_another_is_the_same_place() -> None:
    findings = [finding(("A", 0.9), size=400), finding(("A", 0.8), at=50, size=20)]
    assert "seen_several_times" not in codes(judge(findings, 0.5).suspicions[0])


def test_empty_boxes_are_places_too() -> None:
    twice = [finding(("A", 0.9), size=0.0), finding(("A", 0.8), size=0.0)]
    assert "seen_several_times" not in codes(judge(twice, 0.5).suspicions[0])
    apart = [finding(("A", 0.9), size=0.0), finding(("A", 0.8), at=9.0, size=0.0)]
    assert "seen_several_times" in codes(judge(apart, 0.5).suspicions[0])


def test_finds_below_the_threshold_and_of_others_do_not_count_as_several() -> None:
    findings = [finding(("A", 0.9)), finding(("A", 0.4), at=200), finding(("B", 0.9), at=400)]
    assert all("seen_several_times" not in codes(s) for s in judge(findings, 0.5).suspicions)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 300), st.floats(0, 1), st.integers(1, 9))
def test_weights_keep_their_range_and_sign(best: float, next_best: float, size: float, seen: float, n: int) -> None:
    low, high = sorted((best, next_best))
    findings = [finding(("A", high), ("B", low), at=400.0 * i, size=size, seen=seen) for i in range(n)]
    (suspicion,) = judge(findings, 0.0).suspicions
    against = {"close_runner_up", "small_mark", "weak_detection", "like_ordinary_things"}
    for reason in suspicion.reasons:
        assert -1.0 <= reason.weight <= 1.0
        assert (reason.weight < 0) == (reason.code in against)
    assert len(set(codes(suspicion))) == len(suspicion.reasons)


def test_a_word_beside_or_around_is_told_as_that() -> None:
    best = Match(mark=mark("A", "Adidas"), reference="r", similarity=0.5, score=0.9, wording=0.9)
    told = []
    for place in ("in", "beside", "around"):
        reads = (Reading(text="QTY 12", confidence=1.0), Reading(text="ADIDAS", confidence=0.9, place=place))
        found = Finding(detection=seen(90), matches=(best,), readings=reads)
        told.append(judge([found], 0.5).suspicions[0].reasons[0].text)
    assert told == [f"reads “ADIDAS”{where}, the word of the mark" for where in ("", " beside it", " around it")]


def reading_of(text: str, title: str, wording: float) -> Suspicion:
    best = Match(mark=mark("A", title), reference="r", similarity=0.4, score=0.9, wording=wording)
    other = Match(mark=mark("B"), reference="r", similarity=0.5, score=0.1)
    read = Reading(text=text, confidence=0.98)
    found = Finding(detection=Detection(box=(0, 0, 200, 60), score=0.9), matches=(best, other), readings=(read,))
    (suspicion,) = judge([found], 0.5).suspicions
    return suspicion


@pytest.mark.parametrize(("text", "title"), [("YAHOO!", "Yahoo"), ("NESCAFÉ", "Nescafe®"), ("coca-cola", "Coca Cola")])
def test_the_mark_s_own_word_is_the_first_reason(text: str, title: str) -> None:
    reason = reading_of(text, title, 0.98).reasons[0]
    assert (reason.code, reason.weight) == ("reads_as_mark", 0.98)
    assert f"“{text}”" in reason.text


def test_a_near_miss_is_its_own_reason() -> None:
    reason = reading_of("ADIDOS", "Adidas", 0.6).reasons[0]
    assert (reason.code, reason.text) == ("lookalike_text", "reads “ADIDOS”, nearly the mark's “Adidas”")


def test_a_word_that_is_not_the_mark_s_is_no_reason() -> None:
    assert not {"reads_as_mark", "lookalike_text"} & set(codes(reading_of("FRAGILE", "Adidas", 0.0)))


def test_the_rival_is_the_one_that_looks_most_alike_whatever_was_read() -> None:
    (reason,) = [r for r in reading_of("Adidas", "Adidas", 0.7).reasons if r.code == "close_runner_up"]
    assert "the next right holder, B (by -0.10)" in reason.text
    assert reason.text.startswith("less like this")
    assert reason.weight == pytest.approx(-0.3)  # as little as the score counts of it


def test_where_the_word_decides_no_rival_is_told() -> None:
    assert "close_runner_up" not in codes(reading_of("Adidas", "Adidas", 0.98))


# --- what the artwork says that was laid on the place ---


def laid(fitted: float | None) -> Suspicion:
    found = finding(("A", 0.9))
    best = dataclasses.replace(found.matches[0], fitted=fitted)
    (suspicion,) = judge([dataclasses.replace(found, matches=(best,))], 0.5).suspicions
    return suspicion


@pytest.mark.parametrize("fitted", [None, 0.401, 0.719])
def test_a_fit_that_was_not_tried_or_says_little_is_no_reason(fitted: float | None) -> None:
    assert codes(laid(fitted)) == ["looks_like_mark"]


@pytest.mark.parametrize(
    ("fitted", "code", "expected"),
    [
        (0.72, "artwork_fits", 0.72),
        (1.0, "artwork_fits", 1.0),
        (0.4, "artwork_hardly_fits", -0.5),
        (0.2, "artwork_hardly_fits", -0.75),
        (0.0, "artwork_hardly_fits", -1.0),
    ],
)
def test_a_good_fit_speaks_for_and_a_bad_one_against(fitted: float, code: str, expected: float) -> None:
    suspicion = laid(fitted)
    assert codes(suspicion) == ["looks_like_mark", code]
    assert weight(suspicion, code) == pytest.approx(expected)
    assert f"{fitted:.2f}" in suspicion.reasons[1].text
