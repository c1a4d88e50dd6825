"""Nobody teaches the models alone: consensus, shares, second voices, and officers who differ from the others."""

import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.labels.capping import Capped, cap
from service.labels.consensus import agree
from service.labels.flipping import chance, suspects
from service.labels.rules import Caps, load_label_rules
from service.labels.statements import Statement
from tests.benchmarks.retraining import poisoning
from tests.unit.service.label_matters import picture, statement

RULES = load_label_rules()
NOT: dict[str, Any] = {"category": "not_a_logo", "mark_id": None, "holder": None}
OWL: dict[str, Any] = {"mark_id": "owl", "holder": "Owl Ltd"}


def capped(*given_: Statement, **caps: Any) -> Capped:
    rules = RULES.model_copy(update={"caps": RULES.caps.model_copy(update=caps)})
    return cap(given_, rules)


def lost(found: Capped) -> dict[str, str]:
    return {one.source: one.reason for one in found.left}


def many(count: int, officer: str, start: int, **more: Any) -> list[Statement]:
    return [statement(start + n, officer, **more) for n in range(count)]


def share_of(found: Capped, officer: str) -> float:
    return sum(one.voices[0] == officer for one in found.statements) / len(found.statements)


def test_two_officers_at_one_place_agree() -> None:
    where = picture()
    one = statement(1, picture=where)
    other = statement(2, "maria", picture=where, box=(12.0, 12.0, 60.0, 60.0), beside=((where, (0, 0, 5, 5)),))
    found = agree([other, one], RULES.overlap)
    assert [(s.source, s.strength, s.voices) for s in found.statements] == [("decision:1", "strong", ("lin", "maria"))]
    assert found.statements[0].beside == other.beside
    assert [(left.source, left.reason) for left in found.left] == [("decision:2", "joined")]
    twice = agree([one, statement(2, picture=where)], RULES.overlap)
    assert [s.strength for s in twice.statements] == ["weak"]  # the same officer again


def test_two_officers_at_one_place_who_differ_say_nothing() -> None:
    where = picture()
    found = agree([statement(1, picture=where), statement(2, "maria", picture=where, **NOT)], RULES.overlap)
    assert found.statements == ()
    assert [left.reason for left in found.left] == ["conflict", "conflict"]
    apart = statement(2, "maria", picture=where, box=(100.0, 10.0, 160.0, 60.0), **NOT)
    assert len(agree([statement(1, picture=where), apart], RULES.overlap).statements) == 2


def test_the_stronger_word_stands() -> None:
    where = picture()
    strong = statement(9, picture=where, strength="strong", voices=("lin", "maria"))
    weak = [statement(n, f"o{n}", picture=where, **NOT) for n in range(3)]
    found = agree([*weak, strong], RULES.overlap)
    assert [s.source for s in found.statements] == ["decision:9"]
    assert {left.reason for left in found.left} == {"overruled"}
    gold = statement(8, "eve", picture=where, strength="gold", **OWL)
    assert agree([strong, gold], RULES.overlap).statements == (gold,)


@given(st.permutations(range(8)))
def test_consensus_does_not_depend_on_the_order(order: list[int]) -> None:
    where = picture()
    said = [statement(n, f"o{n % 3}", picture=where, **(NOT if n % 4 == 0 else {})) for n in range(6)]
    said += [statement(n, f"o{n}", picture=where, strength="strong", **OWL) for n in (6, 7)]
    assert agree([said[n] for n in order], RULES.overlap) == agree(said, RULES.overlap)


def test_a_sure_match_is_denied_by_two() -> None:
    alone = statement(1, score=0.5, **NOT)
    found = capped(alone, *[statement(n, f"o{n}", **NOT) for n in range(2, 6)])
    assert lost(found) == {"decision:1": "needs_second_voice"}
    both = statement(1, score=0.99, strength="strong", voices=("lin", "maria"), **NOT)
    assert capped(both).statements == (both,)


def test_a_mark_that_the_models_see_no_likeness_to_needs_two() -> None:
    others = [statement(n, f"o{n}", **OWL) for n in range(2, 6)]
    found = capped(statement(1, candidates=frozenset({"fox"}), **OWL), *others)
    assert lost(found) == {"decision:1": "needs_second_voice"}
    assert len(found.statements) == 4


def test_few_officers_who_deny_a_mark_do_not_count_alone() -> None:
    two = [statement(1, "lin", **NOT), statement(2, "maria", **NOT), statement(3, "lin", **NOT)]
    assert set(lost(capped(*two)).values()) == {"too_few_officers"}
    strong = statement(5, "lin", strength="strong", voices=("lin", "eve"), **NOT)
    found = capped(*two, strong)  # eve is the third
    assert len(found.statements) == 4
    assert capped(*two[:1], strong).statements == (strong,)
    unsuspected = statement(7, suspected=None, **NOT)  # it denies nothing
    assert capped(unsuspected).statements == (unsuspected,)


def test_no_officer_gives_more_than_a_share_of_a_mark() -> None:
    honest = [one for n in range(9) for one in many(6, f"o{n}", 100 * n)]
    flood = many(400, "lin", 5000)
    found = capped(*honest, *flood)
    assert share_of(found, "lin") <= 0.2
    assert share_of(found, "lin") > 0.15  # what is allowed is used
    assert set(lost(found).values()) == {"officer_share_of_mark"}
    assert all(one in found.statements for one in honest)
    early = many(400, "lin", 0)  # whoever is first has no more
    late = [one for n in range(9) for one in many(6, f"o{n}", 10_000 + 100 * n)]
    assert share_of(capped(*early, *late), "lin") <= 0.2


def test_where_there_are_few_officers_an_even_share_is_left() -> None:
    for officers in (1, 2, 3):
        given_ = [one for n in range(officers) for one in many(40, f"o{n}", 100 * n)]
        assert len(capped(*given_).statements) == 40 * officers
    uneven = capped(*many(10, "maria", 0), *many(190, "lin", 1000))
    assert share_of(uneven, "lin") == 0.75


def test_few_labels_are_not_shared_out_and_strong_ones_are_not_taken() -> None:
    few = capped(*many(15, "lin", 0), *[statement(100 + n, f"o{n}") for n in range(4)])
    assert few.left == ()
    strong = many(60, "lin", 0, strength="strong", voices=("lin", "maria"))
    found = capped(*strong, *[one for n in range(9) for one in many(4, f"o{n}", 1000 + 10 * n)])
    assert all(one in found.statements for one in strong)


def test_no_office_floods_the_labels() -> None:
    here = [one for n in range(12) for one in many(50, f"o{n}", 1000 * n, office="main")]
    there = [one for n in range(3) for one in many(8, f"p{n}", 50_000 + 100 * n, office="harbour")]
    third = [one for n in range(3) for one in many(8, f"q{n}", 60_000 + 100 * n, office="border")]
    found = capped(*here, *there, *third)
    offices = Counter(one.office for one in found.statements)
    assert offices["main"] <= len(found.statements) / 2
    assert (offices["harbour"], offices["border"]) == (24, 24)
    assert set(lost(found).values()) == {"office_share_of_mark"}


def test_no_officer_gives_more_than_a_share_of_all() -> None:
    honest = [one for n in range(9) for one in many(4, f"o{n}", 10 * n)]
    spread = [statement(1000 + n, "lin", mark_id=f"m{n % 40}", suspected=f"m{n % 40}") for n in range(300)]
    found = capped(*honest, *spread)
    assert share_of(found, "lin") <= 0.25
    assert set(lost(found).values()) == {"officer_share_of_all"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5), st.sampled_from(["fox", "owl", "elk"]), st.booleans(), st.sampled_from(["a", "b"])
        ),
        max_size=120,
    ),
    st.randoms(use_true_random=False),
)
def test_shares_hold_whatever_comes_and_in_any_order(said: list[tuple[int, str, bool, str]], order: Any) -> None:
    given_ = [
        statement(n, f"o{officer}", suspected=mark, office=office, **(NOT if denied else {"mark_id": mark}))
        for n, (officer, mark, denied, office) in enumerate(said)
    ]
    found = cap(given_, RULES)
    shuffled = list(given_)
    order.shuffle(shuffled)
    assert cap(shuffled, RULES).statements == found.statements
    sources = [one.source for one in found.statements] + [one.source for one in found.left]
    assert sorted(sources) == sorted(one.source for one in given_)  # each is kept or told of, once
    _check_flips(found, RULES.caps)


def _check_flips(found: Capped, caps: Caps) -> None:
    for one in found.statements:
        assert not (one.denies and one.strength == "weak" and one.score >= caps.second_from_score)


@pytest.mark.parametrize(("said", "of", "others_said", "others_of"), [(9, 10, 5, 30), (0, 8, 7, 12), (3, 6, 10, 20)])
def test_the_chance_is_that_of_all_tables(said: int, of: int, others_said: int, others_of: int) -> None:
    total, hits = of + others_of, said + others_said
    ways = {k: math.comb(hits, k) * math.comb(total - hits, of - k) for k in range(max(0, of + hits - total), of + 1)}
    whole = math.comb(total, of)
    up = sum(count for k, count in ways.items() if k >= said) / whole
    down = sum(count for k, count in ways.items() if k <= said) / whole
    assert chance(said, of, others_said, others_of) == pytest.approx(min(1.0, 2 * min(up, down)), rel=1e-9)


def test_an_officer_who_turns_one_mark_is_found_and_left_out_for_it_alone() -> None:
    honest = [
        statement(1000 * officer + n, f"o{officer}", **(NOT if n % 3 == 0 else {}))
        for officer in range(5)
        for n in range(20)
    ]
    turned = many(15, "lin", 20_000, **NOT)
    other = many(5, "lin", 30_000, suspected="owl", mark_id="owl")
    found = capped(*honest, *turned, *other, second_from_score=1.0)
    assert [(one.officer, one.mark_id, one.question) for one in found.suspects] == [("lin", "fox", "denies")]
    assert (found.suspects[0].said, found.suspects[0].of) == (15, 15)
    assert found.suspects[0].chance < 0.01
    reasons = lost(found)
    assert {reasons[one.source] for one in turned} == {"differs_from_others"}
    assert all(one in found.statements for one in other)


def test_what_another_officer_said_as_well_is_still_that_ones() -> None:
    honest = [statement(1000 * k + n, f"o{k}", **(NOT if n % 3 == 0 else {})) for k in range(5) for n in range(20)]
    turned = many(15, "lin", 20_000, **NOT)
    shared = statement(99_999, strength="strong", voices=("o1", "lin"), **NOT)
    found = capped(*honest, *turned, shared)
    kept = next(one for one in found.statements if one.source == shared.source)
    assert (kept.voices, kept.strength) == (("o1",), "weak")


def test_people_differ_a_little_and_two_are_no_consensus() -> None:
    rates = (2, 3, 4)  # one in so many is denied: 50, 33 and 25 of a hundred
    honest = [
        statement(1000 * k + n, f"o{k}", **(NOT if n % rate == 0 else {}))
        for k, rate in enumerate(rates)
        for n in range(60)
    ]
    assert suspects(honest, RULES.flipping) == ()
    two = many(30, "lin", 0, **NOT) + many(30, "maria", 1000)
    assert suspects(two, RULES.flipping) == ()
    assert {one.voices[0] for one in cap(two, RULES).statements} == {"maria"}  # denials need three officers


def test_never_more_than_the_smaller_half_is_left_out() -> None:
    sides = [many(30, f"n{k}", 1000 * k, **NOT) for k in range(2)] + [
        many(30, f"y{k}", 9000 + 1000 * k) for k in range(3)
    ]
    found = suspects([one for side in sides for one in side], RULES.flipping)
    assert {one.officer for one in found} <= {"n0", "n1"}


def test_one_officer_who_turns_a_marks_verdicts_is_stopped() -> None:
    assert poisoning.measure(seeds=1) == {"poisoning_passed": 18, "tries": 18}


def test_the_measure_of_poisoning_can_fail() -> None:
    loose = RULES.model_copy(
        update={
            "caps": RULES.caps.model_copy(
                update=dict.fromkeys(
                    ("officer_of_mark", "officer_of_flips", "officer_of_all", "second_from_score"), 1.0
                )
            ),
            "flipping": RULES.flipping.model_copy(update={"fewest": 10**6}),
        }
    )
    done = [poisoning.season(attack, 0.2, 0, loose) for attack in ("denies", "claims")]
    assert not any(one.passed for one in done)
