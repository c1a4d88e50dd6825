"""What was declared against what is seen: only gross contradictions are told, and only where something is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.mismatch import CODE, Claims, mismatches
from inference.suspicion import PLACE, judge
from inference.vocabulary import Contents, Reason
from tests.unit.inference.findings import finding

EMPTY = Contents(metal_share=0.0, metal_area=0.0, least_mass=0.0)


def forms(reasons: tuple[Reason, ...]) -> list[str]:
    assert all(reason.code == CODE and reason.weight > 0 for reason in reasons)
    return [reason.form for reason in reasons]


@pytest.mark.parametrize(
    ("pieces", "places", "told"),
    [(1, 3, False), (1, 4, True), (2, 5, False), (2, 6, True), (10, 29, False), (None, 50, False), (0, 4, True)],
)
def test_many_more_things_alike_than_declared(pieces: float | None, places: int, *, told: bool) -> None:
    assert forms(mismatches(Claims(pieces=pieces), None, places)) == (["more_than_declared"] if told else [])


@pytest.mark.parametrize(
    ("share", "area", "free", "told"),
    [(0.3, 200, True, True), (0.3, 200, False, False), (0.03, 200, True, False), (0.3, 5, True, False)],
)
def test_metal_among_textiles(share: float, area: float, *, free: bool, told: bool) -> None:
    seen = Contents(metal_share=share, metal_area=area, least_mass=0.0)
    assert forms(mismatches(Claims(metal_free=free), seen, 0)) == (["metal_not_declared"] if told else [])


@pytest.mark.parametrize(
    ("grams", "least", "told"), [(500, 590, False), (500, 610, True), (None, 9e6, False), (0, 5, True)]
)
def test_a_parcel_that_weighs_more_than_declared(grams: float | None, least: float, *, told: bool) -> None:
    seen = Contents(metal_share=0.0, metal_area=0.0, least_mass=least)
    assert forms(mismatches(Claims(grams=grams), seen, 0)) == (["heavier_than_declared"] if told else [])


@given(st.builds(Claims, pieces=st.none(), metal_free=st.booleans(), grams=st.none()), st.integers(0, 99))
def test_what_is_not_known_is_not_doubted(claims: Claims, places: int) -> None:
    assert mismatches(claims, None, places) == ()
    assert mismatches(Claims(), EMPTY, places) == ()


def test_places_are_counted_strong_enough_or_not_and_once_each() -> None:
    strong, weak = finding(("A", 0.9)), [finding(("A", 0.1), at=200.0 * k) for k in range(1, 4)]
    twice, other = finding(("A", 0.2), at=10.0), finding(("B", 0.3), ("A", 0.2), at=900.0)
    (only,) = judge([strong, *weak, twice, other], 0.5).suspicions
    assert only.places == 4


def test_places_that_hardly_score_are_not_counted() -> None:
    """Of a handful of right holders one is the likest to every zip: that makes no goods of it."""
    hopeless = [finding(("A", PLACE - 0.01), at=200.0 * k) for k in range(1, 5)]
    (only,) = judge([finding(("A", 0.9)), *hopeless, finding(("A", PLACE), at=1200.0)], 0.5).suspicions
    assert only.places == 2
