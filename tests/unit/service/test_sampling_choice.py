"""Which places are asked about, and how many: each sampler, its chance and its limits; budgets and doubles."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import BadSettings
from service.sampling.budget import Used, affordable, room
from service.sampling.choosing import before
from service.sampling.rules import SHIPPED, SamplingRules, load_sampling_rules
from service.sampling.samplers import LAST, NAMES, SAMPLERS, Pick, SeenPlace, SeenScan, lot, picks, whole_view
from service.sampling.schemas import SamplerName
from tests.unit.service.label_matters import START

RULES = load_sampling_rules()
NO_LOT = RULES.samplers.model_copy(update={"random": RULES.samplers.random.model_copy(update={"rate": 0.0})})
ALL_KNOWN = dict.fromkeys(("fox", "owl"), 1000)


def place(view: int = 0, box: tuple[float, float, float, float] = (10, 10, 60, 60), **more: Any) -> SeenPlace:
    fields: dict[str, Any] = {
        "modality": "photo",
        "detection_score": 0.5,
        "score": 0.9,
        "likeness": 0.8,
        "mark_id": "fox",
        "holder": "Fox Works",
        "candidates": ("fox", "owl"),
    }
    return SeenPlace(view=view, box=box, **(fields | more))


def scan(*places: SeenPlace, **more: Any) -> SeenScan:
    fields: dict[str, Any] = {
        "scan_id": "scan_1",
        "office": "main",
        "parcel": "P1",
        "consignor": "a sender",
        "sizes": (("photo", 200, 100),),
        "thresholds": {"photo": 0.5, "xray": 0.7},
    }
    return SeenScan(places=places, **(fields | more))


def found(given_: SeenScan, labels: dict[str, int] | None = None) -> dict[str, tuple[float, ...]]:
    """Sampler -> the box it chose, of the best sampler of each place."""
    return {one.sampler: one.place.box for one in picks(given_, NO_LOT, ALL_KNOWN if labels is None else labels)}


def test_what_is_clear_is_not_asked() -> None:
    assert found(scan(place())) == {}
    assert found(scan()) == {}
    assert found(scan(place(score=0.2, likeness=0.4, detection_score=0.3))) == {}


@pytest.mark.parametrize(
    ("sampler", "given_", "labels"),
    [
        ("near_threshold", scan(place(score=0.52)), ALL_KNOWN),
        ("near_threshold", scan(place(score=0.42)), ALL_KNOWN),
        ("near_threshold", scan(place(score=0.72, modality="xray"), sizes=(("xray", 200, 100),)), ALL_KNOWN),
        ("detector_matcher_disagreement", scan(place(score=0.1, detection_score=0.95, likeness=0.3)), ALL_KNOWN),
        ("views_disagree", scan(place(), sizes=(("photo", 200, 100), ("xray", 200, 100))), ALL_KNOWN),
        (
            "views_disagree",
            scan(place(), place(1, score=0.1), sizes=(("photo", 200, 100), ("photo", 200, 100))),
            ALL_KNOWN,
        ),
        ("novelty", scan(place(score=0.3, detection_score=0.9, likeness=0.0)), ALL_KNOWN),
        ("rare_mark", scan(place()), {"fox": 2}),
        ("rare_mark", scan(place()), {}),
        ("champion_challenger", scan(place(), differs=frozenset({"Fox Works"})), ALL_KNOWN),
        ("champion_challenger", scan(place(), differs=frozenset({"Owl Ltd"})), ALL_KNOWN),
        ("declared_brand_no_hit", scan(place(), declared=frozenset({"owl"})), ALL_KNOWN),
        ("declared_brand_no_hit", scan(place(score=0.2), declared=frozenset({"fox"})), ALL_KNOWN),
    ],
)
def test_each_sampler_asks_about_its_places(sampler: str, given_: SeenScan, labels: dict[str, int]) -> None:
    assert found(given_, labels) == {sampler: (10, 10, 60, 60)}


@pytest.mark.parametrize(
    "given_",
    [
        scan(place(score=0.61)),  # a margin away
        scan(place(score=0.52, modality="xray"), sizes=(("xray", 200, 100),)),  # that threshold is a photo's
        scan(place(score=0.5, mark_id=None, holder=None)),
        scan(place(), place(1, score=0.3), sizes=(("photo", 200, 100), ("photo", 200, 100))),  # a little like it
        scan(place(score=0.3, detection_score=0.9, likeness=None)),  # nothing is filed: all is new
        scan(place(), declared=frozenset({"fox"})),
    ],
)
def test_no_sampler_asks_beyond_its_limits(given_: SeenScan) -> None:
    assert found(given_) == {}


def test_where_nothing_was_seen_all_of_a_view_is_asked_about() -> None:
    for why in ({"declared": frozenset({"fox"})}, {"differs": frozenset({"Fox Works"})}):
        assert list(found(scan(**why)).values()) == [(0.0, 0.0, 200.0, 100.0)]
        assert found(scan(sizes=(), **why)) == {}  # a scan without a view has no place
    assert whole_view(scan(), 0).mark_id is None


def test_chance_is_the_same_each_time_and_as_often_as_was_set() -> None:
    often = RULES.samplers.model_copy(update={"random": RULES.samplers.random.model_copy(update={"rate": 0.1})})
    drawn = [bool(picks(scan(scan_id=f"scan_{n}"), often, ALL_KNOWN)) for n in range(4000)]
    assert drawn == [bool(picks(scan(scan_id=f"scan_{n}"), often, ALL_KNOWN)) for n in range(4000)]
    assert 300 < sum(drawn) < 500
    always = RULES.samplers.model_copy(update={"random": RULES.samplers.random.model_copy(update={"rate": 1.0})})
    places = [place(box=(n, 0, n + 10, 10)) for n in range(4)]
    chosen = Counter(picks(scan(*places, scan_id=f"s{n}"), always, ALL_KNOWN)[0].place.box for n in range(400))
    assert len(chosen) == 4
    assert lot("a", "b") != lot("b", "a")


def test_one_place_has_its_best_reason_and_the_urgent_come_first() -> None:
    one = scan(place(score=0.5), place(box=(100, 10, 150, 60), score=0.58), differs=frozenset({"Fox Works"}))
    got = picks(one, NO_LOT, {"fox": 19, "owl": 0})
    assert [(pick.sampler, pick.priority) for pick in got] == [("near_threshold", 100), ("champion_challenger", 0)][
        ::-1
    ]
    assert got[1].place.score == 0.5


def test_a_sampler_without_weight_is_off() -> None:
    rules = NO_LOT.model_copy(update={"rare_mark": NO_LOT.rare_mark.model_copy(update={"weight": 0.0})})
    assert picks(scan(place()), rules, {}) == []
    assert set(SAMPLERS) == set(NAMES)


FLOATS = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.builds(
            place,
            view=st.integers(0, 1),
            box=st.tuples(*[st.floats(0, 50)] * 2, *[st.floats(60, 100)] * 2),
            score=FLOATS,
            detection_score=FLOATS,
            likeness=st.none() | st.floats(-1, 1),
            mark_id=st.none() | st.sampled_from(["fox", "owl"]),
        ),
        max_size=6,
    )
)
def test_whatever_was_seen_each_place_is_asked_once_and_in_order(places: list[SeenPlace]) -> None:
    got = picks(scan(*places, sizes=(("photo", 200, 100), ("xray", 100, 100))), RULES.samplers, {})
    assert all(0 <= one.priority < LAST for one in got)
    assert [one.priority for one in got] == sorted(one.priority for one in got)
    assert len({(one.place.view, one.place.box) for one in got}) == len(got)


def pick(number: int, sampler: SamplerName = "rare_mark", priority: int = 100, **more: Any) -> Pick:
    own = {"scan_id": f"scan_{number:04}", "parcel": f"P{number}", "consignor": f"c{number}"}
    return Pick(scan=scan(**(own | more)), place=place(), sampler=sampler, priority=priority)


def budget(**changes: int) -> SamplingRules:
    return RULES.model_copy(update={"budget": RULES.budget.model_copy(update=changes)})


def test_no_more_is_asked_than_a_minute_an_hour_and_a_day_allow() -> None:
    many = [pick(n) for n in range(300)]
    assert len(affordable(many, Used(), budget(a_minute=5))) == 5
    assert len(affordable(many, Used(minute=3), budget(a_minute=5))) == 2
    assert len(affordable(many, Used(hour=58), budget(a_minute=5))) == 2
    assert len(affordable(many, Used(day=199), budget(a_minute=5))) == 1
    assert affordable(many, Used(minute=9), budget(a_minute=5)) == []
    assert room(Used(day=10**6), RULES) == 0
    assert affordable(many, Used(), budget(a_day=0)) == []


def test_no_sampler_and_no_office_has_more_than_its_share() -> None:
    wide = budget(a_minute=1000, an_hour=1000, a_day=100)
    got = affordable([pick(n) for n in range(90)] + [pick(100 + n, "random") for n in range(90)], Used(), wide)
    assert Counter(one.sampler for one in got) == {"rare_mark": 30, "random": 20}
    spent = Used(samplers=Counter({"rare_mark": 29}))
    assert len(affordable([pick(n) for n in range(9)], spent, wide)) == 1
    offices = budget(a_minute=1000, an_hour=1000, a_day=1000, an_office_a_day=7)
    both = [pick(n, office=("main", "harbour")[n % 2]) for n in range(60)]
    assert Counter(one.scan.office for one in affordable(both, Used(), offices)) == {"main": 7, "harbour": 7}


def test_a_parcel_is_asked_about_once_and_a_consignor_so_often_a_day() -> None:
    wide = budget(a_minute=100, places_of_a_scan=3)
    again = [pick(1), pick(2, parcel="P1")]
    assert len(affordable(again, Used(), wide)) == 1
    assert affordable(again, Used(parcels=frozenset({("main", "P1")})), wide) == []
    assert len(affordable(again, Used(parcels=frozenset({("harbour", "P1")})), wide)) == 1  # another office's
    same = [pick(n, consignor="a sender") for n in range(9)]
    assert len(affordable(same, Used(), wide)) == 3
    assert affordable(same, Used(consignors=Counter({("main", "a sender"): 3})), wide) == []
    assert len(affordable([pick(n, consignor="") for n in range(9)], Used(), wide)) == 9  # strangers are no group


def test_places_that_are_nearly_the_same_are_asked_about_once() -> None:
    one = pick(1)
    near = replace(one, place=place(box=(12, 12, 62, 62)), priority=50)
    far = replace(one, place=place(box=(100, 10, 150, 60)))
    other = replace(one, place=place(1))
    got = affordable([one, near, far, other], Used(), budget(places_of_a_scan=3))
    assert [item.place for item in got] == [near.place, far.place, other.place]
    assert len(affordable([one, near, far, other], Used(), budget(places_of_a_scan=1))) == 1


@given(st.permutations([pick(n, priority=n % 3) for n in range(12)]))
def test_the_order_in_which_places_come_changes_nothing(order: list[Pick]) -> None:
    rules = budget(a_minute=5)
    assert [one.scan.scan_id for one in affordable(order, Used(), rules)] == [f"scan_{n:04}" for n in (0, 3, 6, 9, 1)]


def test_scans_are_looked_up_by_the_moment_in_their_names() -> None:
    assert before(START) < f"scan_{int(START.timestamp() * 1000):012x}{'0' * 20}"
    assert before(START) > f"scan_{int(START.timestamp() * 1000) - 1:012x}{'f' * 20}"


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("[samplers.novelty]", "[samplers.nowelty]", "samplers.novelty"),
        ("weight = 0.5", "weight = 1.5", "less than or equal to 1"),
        ("rate = 0.01", "rate = -0.01", "greater than or equal to 0"),
        ("a_minute = 6", "a_minute = 6.5", "valid integer"),
        ("margin = 0.1", "margin = 0", "greater than 0"),
        ("share = 0.2", "share = 0.2\ncolour = 1", "Extra inputs"),
        ("[budget]", "[budget", "Expected"),
    ],
)
def test_own_rules_of_sampling_that_cannot_be_used_are_refused(
    tmp_path: Path, was: str, becomes: str, message: str
) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "sampling.toml"
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(BadSettings, match=message) as caught:
        load_sampling_rules(path)
    assert caught.value.field == "TIDEWAITER_SAMPLING_RULES"
