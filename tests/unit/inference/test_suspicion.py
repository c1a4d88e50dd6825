"""Suspicion: how hits are scored and ranked, then who is suspected, and how strongly."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.calibration import Calibration
from inference.gallery import Hit
from inference.suspicion import judge, match
from inference.vocabulary import Detection, Finding, Match
from tests.unit.inference.findings import codes, finding, mark, seen

CALIBRATION = Calibration(
    intercept=-6.0, similarity=9.0, margin=5.0, wording=3.0, verified=4.0, detection=2.0, size=0.5
)


def hit(holder: str, similarity: float, wording: float = 0.0, verified: float = 0.0, rarity: float = 1.0) -> Hit:
    return Hit(
        mark=mark(holder),
        reference=f"ref-{holder}",
        similarity=similarity,
        wording=wording,
        verified=verified,
        rarity=rarity,
    )


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


def test_a_rare_mark_that_is_nearly_as_like_comes_before_one_like_any_ring() -> None:
    hits = [hit("ring", 0.8, rarity=0.1), hit("rare", 0.7, rarity=0.9)]
    assert [m.mark.holder for m in match(hits, seen=seen(), calibration=CALIBRATION)] == ["ring", "rare"]
    rating = replace(CALIBRATION, rarity=6.0)
    matches = match(hits, seen=seen(), calibration=rating)
    assert [m.mark.holder for m in matches] == ["rare", "ring"]
    logits = [-6 + 9 * 0.7 - 5 * 0.1 + 6 * 0.9, -6 + 9 * 0.8 + 5 * 0.1 + 6 * 0.1]  # the likest keeps the lead
    assert [m.score for m in matches] == pytest.approx([1 / (1 + math.exp(-x)) for x in logits])


@given(
    st.lists(
        st.builds(hit, st.sampled_from("ABCDEFGH"), st.floats(-1, 1), rarity=st.floats(0, 2)),
        unique_by=lambda one: one.mark.holder,
    )
)
def test_where_rarity_counts_scores_never_rise_with_rank(hits: list[Hit]) -> None:
    matches = match(hits, seen=seen(), calibration=replace(CALIBRATION, rarity=6.0), cohort=0.2)
    scores = [one.score for one in matches]
    assert scores == sorted(scores, reverse=True)
    assert {one.mark.holder for one in matches} == {one.mark.holder for one in hits}


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
