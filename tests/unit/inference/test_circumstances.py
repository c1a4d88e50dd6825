"""What clears, what lowers, what is only shown."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.circumstances import Authorised, Declared, Filed, Party, goods_relation, lower, weigh
from inference.parties import company_key, likeness

DAY = date(2026, 3, 2)
OWN = frozenset({("eori", "NL1")})
LAMPS, SHOES, UNKNOWN = frozenset({11}), frozenset({25}), frozenset[int]()


def user(**changes: object) -> Authorised:
    given_: dict[str, object] = {"party": Party(name="Harbour Lamps Ltd.", identifiers=OWN), "role": "exporter"}
    return Authorised(**(given_ | changes))  # type: ignore[arg-type]


def filed(*users: Authorised, classes: frozenset[int] = LAMPS) -> Filed:
    holder = Party(name="Kestrel", identifiers=frozenset({("uscc", "91350100M000100Y43")}))
    return Filed(number="T1", holder=holder, classes=classes, users=users)


def sent(**party: object) -> Declared:
    return Declared(consignor=Party(**party))  # type: ignore[arg-type]


def codes(result: object) -> set[str]:
    return {reason.code for reason in result.reasons}  # type: ignore[attr-defined]


def test_an_exact_identifier_clears_with_its_reason() -> None:
    result = weigh(0.9, 0.3, filed(user()), sent(identifiers=OWN), DAY)
    assert (result.outcome, result.party) == ("authorised_party", "authorised")
    (reason,) = result.reasons
    assert (reason.code, reason.weight) == ("authorised_party", -1.0)
    assert "EORI NL1" in reason.text


def test_the_right_holder_itself_is_cleared() -> None:
    result = weigh(0.9, 0.3, filed(), sent(identifiers=frozenset({("uscc", "91350100M000100Y43")})), DAY)
    assert (result.outcome, codes(result)) == ("authorised_party", {"party_is_holder"})


@pytest.mark.parametrize("name", ["Harbour Lamps Ltd.", "HARBOUR LAMPS LIMITED", "Lamps Harbour"])
def test_a_name_is_shown_and_never_clears(name: str) -> None:
    result = weigh(0.9, 0.3, filed(user()), sent(name=name), DAY)
    assert (result.outcome, result.party) == ("suspected", "unknown")
    (reason,) = result.reasons
    assert (reason.code, reason.weight) == ("party_name_resembles", 0.0)


@pytest.mark.parametrize("identifier", [("vat", "NL1"), ("eori", "NL2"), ("eori", "nl1")])
def test_another_identifier_does_not_clear(identifier: tuple[str, str]) -> None:
    result = weigh(0.9, 0.3, filed(user()), sent(name="Harbour Lamps", identifiers=frozenset({identifier})), DAY)
    assert (result.outcome, result.party) == ("suspected", "not_listed")
    assert codes(result) == {"party_not_listed", "party_name_resembles"}


@pytest.mark.parametrize(
    ("period", "outcome"),
    [
        ({"until": DAY}, "authorised_party"),
        ({"since": DAY}, "authorised_party"),
        ({"until": date(2026, 3, 1)}, "suspected"),
        ({"since": date(2026, 3, 3)}, "suspected"),
    ],
)
def test_an_authorisation_counts_on_its_days_only(period: dict[str, date], outcome: str) -> None:
    result = weigh(0.9, 0.3, filed(user(**period)), sent(identifiers=OWN), DAY)
    assert result.outcome == outcome
    assert (outcome == "suspected") == ("authorisation_not_in_force" in codes(result))


@pytest.mark.parametrize(
    ("goods", "outcome"),
    [
        ((), "authorised_party"),
        ((UNKNOWN,), "authorised_party"),
        ((LAMPS,), "authorised_party"),
        ((LAMPS, SHOES), "suspected"),
    ],
)
def test_an_authorisation_for_some_goods_covers_no_others(goods: tuple[frozenset[int], ...], outcome: str) -> None:
    declared = Declared(consignor=Party(identifiers=OWN), goods=goods)
    result = weigh(0.9, 0.3, filed(user(classes=LAMPS), classes=LAMPS | SHOES), declared, DAY)
    assert result.outcome == outcome
    assert (outcome == "suspected") == ("authorised_for_other_goods" in codes(result))


def test_an_authorised_consignee_clears_nothing() -> None:
    declared = Declared(consignor=Party(name="A. Sender"), consignee=Party(identifiers=OWN))
    result = weigh(0.9, 0.3, filed(user()), declared, DAY)
    assert (result.outcome, codes(result)) == ("suspected", {"consignee_authorised"})


@pytest.mark.parametrize(
    ("declared", "relation"),
    [
        ((), "unknown"),
        ((UNKNOWN,), "unknown"),
        ((LAMPS,), "same"),
        ((SHOES,), "different"),
        ((SHOES, LAMPS), "same"),
        ((SHOES, UNKNOWN), "unknown"),
        ((LAMPS | SHOES,), "same"),
    ],
)
def test_goods_are_other_ones_only_if_none_can_be_recorded_ones(
    declared: tuple[frozenset[int], ...], relation: str
) -> None:
    assert goods_relation(LAMPS, declared) == relation
    assert goods_relation(frozenset(), declared) == "unknown"  # symbols are recorded for no goods


def test_goods_outside_the_classes_lower_the_score_and_may_bring_it_below_the_threshold() -> None:
    declared = Declared(goods=(SHOES,))
    strong, weak = (weigh(score, 0.3, filed(), declared, DAY) for score in (0.9, 0.4))
    assert (strong.outcome, weak.outcome) == ("suspected", "other_goods")
    assert 0.75 < strong.score < 0.78
    assert codes(weak) == {"goods_outside_classes"}


def test_nothing_declared_changes_nothing() -> None:
    result = weigh(0.3, 0.3, filed(user()), Declared(), DAY)
    assert (result.outcome, result.score, result.reasons) == ("suspected", 0.3, ())


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_score_is_never_raised_and_keeps_its_order(one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert 0 <= lower(low, 1.0) <= lower(high, 1.0) <= high
    result = weigh(high, 0.5, filed(user()), Declared(goods=(SHOES,)), DAY)
    assert result.score <= high


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Harbour Lamps Ltd.", "ＨＡＲＢＯＵＲ lamps, LIMITED"),
        ("深圳市康师傅食品有限公司", "深圳市康师傅食品"),
        ("Società Lampade S.p.A.", "LAMPADE SOCIETA"),
    ],
)
def test_legal_forms_case_width_and_order_do_not_tell_companies_apart(one: str, other: str) -> None:
    assert likeness(one, other) == 1.0
    assert company_key(one) == company_key(other)


def test_other_companies_are_other_companies() -> None:
    assert likeness("Harbour Lamps Ltd.", "Falcon Boots Ltd.") < 0.5
