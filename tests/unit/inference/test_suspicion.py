"""Suspicion: the formula derived again by hand, then who is suspected, how strongly, and for which reasons."""

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.errors import BadBundle
from inference.gallery import Hit
from inference.suspicion import Calibration, judge, match
from inference.vocabulary import Detection, Finding, Mark, Match, Reading, Suspicion

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


def mark(holder: str, title: str = "Wave") -> Mark:
    return Mark(mark_id=f"{holder}-{title}", title=title, holder=holder)


def hit(holder: str, similarity: float, wording: float = 0.0, verified: float = 0.0) -> Hit:
    reference = f"ref-{holder}"
    return Hit(mark=mark(holder), reference=reference, similarity=similarity, wording=wording, verified=verified)


def finding(*scores: tuple[str, float], at: float = 0.0, size: float = 100.0, seen: float = 0.9) -> Finding:
    """A square detection whose matches have the given scores, similarities equal to them."""
    detection = Detection(box=(at, 0.0, at + size, size), score=seen)
    matches = [Match(mark=mark(h), reference="r", similarity=s, score=s) for h, s in scores]
    return Finding(detection=detection, matches=tuple(matches))


def seen(size: float = 64.0, score: float = 0.0) -> Detection:
    return Detection(box=(0.0, 0.0, size, size), score=score)


def codes(suspicion: Suspicion) -> list[str]:
    return [reason.code for reason in suspicion.reasons]


def weight(suspicion: Suspicion, code: str) -> float:
    (reason,) = [reason for reason in suspicion.reasons if reason.code == code]
    return reason.weight


# --- calibration ---


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


# --- match ---


def test_no_hits_give_no_matches() -> None:
    assert match([], seen=seen(), calibration=CALIBRATION) == ()


def test_a_lone_right_holder_has_no_margin() -> None:
    (only,) = match([hit("A", 0.8)], seen=seen(), calibration=CALIBRATION)
    assert only.score == pytest.approx(1 / (1 + math.exp(-(-6 + 9 * 0.8))))
    assert (only.reference, only.similarity) == ("ref-A", 0.8)


def test_the_margin_is_the_lead_over_the_best_other_and_negative_for_runners_up() -> None:
    matches = match([hit("A", 0.8), hit("B", 0.6), hit("C", 0.5)], seen=seen(128.0), calibration=CALIBRATION)
    logits = [-6 + 9 * 0.8 + 5 * 0.2 + 0.5, -6 + 9 * 0.6 - 5 * 0.2 + 0.5, -6 + 9 * 0.5 - 5 * 0.3 + 0.5]
    assert [m.score for m in matches] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits])


@pytest.mark.parametrize(
    ("cohort", "margins"),
    [
        (0.5, (0.2, -0.2)),  # the next right holder is nearer than the cohort: as without it
        (0.7, (0.1, -0.2)),  # the cohort is nearer
        (0.9, (-0.1, -0.3)),  # other marks in general are more like it than the best
    ],
)
def test_the_cohort_is_a_rival_like_a_right_holder(cohort: float, margins: tuple[float, float]) -> None:
    matches = match([hit("A", 0.8), hit("B", 0.6)], seen=seen(), calibration=CALIBRATION, cohort=cohort)
    logits = [-6 + 9 * s + 5 * m for s, m in zip((0.8, 0.6), margins, strict=True)]
    assert [m.score for m in matches] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits])


def test_a_lone_right_holder_must_beat_the_cohort() -> None:
    (only,) = match([hit("A", 0.8)], seen=seen(), calibration=CALIBRATION, cohort=0.6)
    assert only.score == pytest.approx(1 / (1 + math.exp(-(-6 + 9 * 0.8 + 5 * 0.2))))


def test_hits_in_any_order_come_out_best_first() -> None:
    matches = match([hit("C", 0.1), hit("A", 0.8), hit("B", 0.6)], seen=seen(), calibration=CALIBRATION)
    assert [m.mark.holder for m in matches] == ["A", "B", "C"]


def test_a_word_read_outranks_likeness_and_counts_in_the_score_alone() -> None:
    matches = match([hit("A", 0.6), hit("B", 0.4, wording=0.9)], seen=seen(), calibration=CALIBRATION, cohort=0.3)
    assert [(m.mark.holder, m.wording) for m in matches] == [("B", 0.9), ("A", 0.0)]
    logits = [
        -6 + 9 * 0.4 - 5 * 0.2 * 0.1 + 3 * math.sqrt(0.9),
        -6 + 9 * 0.6 + 5 * 0.2,
    ]  # the lead is that of the pictures, unread
    assert [m.score for m in matches] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits])


def test_what_is_found_again_place_by_place_outranks_likeness_and_counts_in_the_score() -> None:
    matches = match([hit("A", 0.6), hit("B", 0.5, verified=0.2)], seen=seen(), calibration=CALIBRATION)
    assert [(m.mark.holder, m.verified) for m in matches] == [("B", 0.2), ("A", 0.0)]
    logits = [-6 + 9 * 0.5 - 5 * 0.1 + 4 * 0.2, -6 + 9 * 0.6 + 5 * 0.1]
    assert [m.score for m in matches] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits])


def test_a_word_read_weakly_does_not_outrank_a_likeness() -> None:
    matches = match([hit("A", 0.6), hit("B", 0.4, wording=0.2)], seen=seen(), calibration=CALIBRATION)
    assert [m.mark.holder for m in matches] == ["A", "B"]


# --- judge ---


@pytest.mark.parametrize("threshold", [-0.1, 1.1, math.nan])
def test_a_threshold_outside_its_range_is_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match=r"threshold must be in 0\.\.1"):
        judge([], threshold)


@pytest.mark.parametrize("findings", [[], [finding()], [finding(("A", 0.49))]])
def test_without_a_strong_match_the_parcel_passes(findings: list[Finding]) -> None:
    verdict = judge(findings, 0.5)
    assert verdict.decision == "pass"
    assert verdict.suspicions == ()
    assert verdict.findings == tuple(findings)
    assert verdict.threshold == 0.5


def test_a_score_at_the_threshold_is_a_suspicion() -> None:
    verdict = judge([finding(("A", 0.5))], 0.5)
    assert verdict.decision == "divert"
    assert verdict.suspicions[0].score == 0.5


def test_only_the_best_match_of_a_finding_accuses() -> None:
    verdict = judge([finding(("A", 0.9), ("B", 0.8))], 0.5)
    (suspicion,) = verdict.suspicions
    assert suspicion.mark.holder == "A"
    assert [m.mark.holder for m in suspicion.matches] == ["A", "B"]  # the officer sees the other all the same


def test_each_right_holder_has_one_suspicion_from_its_best_finding_strongest_first() -> None:
    findings = [finding(("A", 0.6)), finding(("B", 0.8), at=200), finding(("A", 0.9), at=400), finding(("C", 0.1))]
    verdict = judge(findings, 0.5)
    assert [(s.mark.holder, s.score) for s in verdict.suspicions] == [("A", 0.9), ("B", 0.8)]
    assert verdict.suspicions[0].detection.box[0] == 400.0
    assert verdict.findings == tuple(findings)  # in the order given


def test_two_marks_of_one_right_holder_are_one_suspicion() -> None:
    one = finding(("A", 0.9))
    other_mark = Match(mark=mark("A", "Star"), reference="r", similarity=0.8, score=0.8)
    other = Finding(detection=Detection(box=(300, 0, 400, 100), score=0.9), matches=(other_mark,))
    (suspicion,) = judge([one, other], 0.5).suspicions
    assert suspicion.mark.title == "Wave"
    assert "seen_several_times" in codes(suspicion)


def test_further_findings_do_not_raise_the_score() -> None:
    alone = judge([finding(("A", 0.7))], 0.5).suspicions[0]
    often = judge([finding(("A", 0.7), at=i * 200) for i in range(9)], 0.5).suspicions[0]
    assert often.score == alone.score == 0.7


@given(st.permutations([finding(("A", 0.6)), finding(("B", 0.8), at=200), finding(("A", 0.9), at=400), finding()]))
def test_the_order_of_findings_changes_no_suspicion(findings: list[Finding]) -> None:
    in_order = judge([finding(("A", 0.6)), finding(("B", 0.8), at=200), finding(("A", 0.9), at=400)], 0.5)
    assert judge(findings, 0.5).suspicions == in_order.suspicions


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0, 1)), max_size=12), st.floats(0, 1))
def test_a_right_holder_is_suspected_exactly_if_its_best_score_reaches_the_threshold(
    scores: list[tuple[str, float]], threshold: float
) -> None:
    found = [finding((holder, score), at=200.0 * place) for place, (holder, score) in enumerate(scores)]
    verdict = judge(found, threshold)
    best = {holder: max(s for h, s in scores if h == holder) for holder, _ in scores}
    assert {s.mark.holder: s.score for s in verdict.suspicions} == {h: s for h, s in best.items() if s >= threshold}
    assert [s.score for s in verdict.suspicions] == sorted((s.score for s in verdict.suspicions), reverse=True)


# --- reasons ---


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
    against = {"close_runner_up", "small_mark", "weak_detection"}
    for reason in suspicion.reasons:
        assert -1.0 <= reason.weight <= 1.0
        assert (reason.weight < 0) == (reason.code in against)
    assert len(set(codes(suspicion))) == len(suspicion.reasons)


# --- what was read ---


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
    (reason,) = [r for r in reading_of("Adidas", "Adidas", 0.9).reasons if r.code == "close_runner_up"]
    assert "the next right holder, B (by -0.10)" in reason.text
    assert reason.text.startswith("less like this")


def test_one_mark_has_one_place_and_a_wide_box_around_it_takes_no_others() -> None:
    named, around, inside = finding(("A", 0.9)), finding(("A", 0.8), size=900.0), finding(("B", 0.7), at=500.0)
    verdict = judge([around, inside, named], 0.5)
    assert [s.mark.holder for s in verdict.suspicions] == ["A", "B"]


def test_one_place_bears_one_mark_and_the_stronger_has_it() -> None:
    strong, around = finding(("A", 0.9), at=100.0), finding(("B", 0.7), at=60.0, size=400.0)
    beside = finding(("C", 0.6), at=600.0)
    verdict = judge([around, beside, strong], 0.5)
    assert [s.mark.holder for s in verdict.suspicions] == ["A", "C"]
    assert verdict.findings == (around, beside, strong)  # nothing is forgotten
    assert [s.mark.holder for s in judge([around, beside], 0.5).suspicions] == ["B", "C"]
