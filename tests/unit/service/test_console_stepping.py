"""The pure pieces behind the pages of models: what a step lacks, gates as rows, thresholds from a form, small plots."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.console.cutting import cut
from service.console.drifting import drawn, rows
from service.console.plots import PAD, SMALL_HEIGHT, SMALL_WIDTH, small
from service.console.setting import marks_text, thresholds_in
from service.console.setting import rows as station_rows
from service.console.stepping import gate_rows, lacking, since
from service.drift.schemas import DriftAlarmOut, PointOut, SeriesOut
from service.errors import InvalidRequest
from service.modelops.examples import DEPLOYMENT, RELEASE
from service.modelops.past import SoFar, StepTaken
from service.modelops.schemas import DeploymentOut, ReleaseOut

ENOUGH = SoFar(looks=50, looks_needed=50, judged=20, judged_needed=20)
NOTHING = SoFar(looks=0, looks_needed=50, judged=0, judged_needed=20)


def release(**changes: Any) -> ReleaseOut:
    return ReleaseOut.model_validate(RELEASE | changes)


def deployment(**changes: Any) -> DeploymentOut:
    return DeploymentOut.model_validate(DEPLOYMENT | {"canary": None, "canary_terms": None} | changes)


def keys(found: Any, step: str) -> list[str]:
    return [lack.key.removeprefix("lack.") for lack in found[step]]


def test_a_candidate_lacks_approvals_and_everything_after() -> None:
    found = lacking(release(), deployment(), NOTHING, "chen")
    assert {step: keys(found, step) for step in found} == {
        "approvals": [],
        "refusals": [],
        "shadow": [],
        "canary": ["approvals", "looks"],
        "champion": ["approvals", "not_canary", "judged"],
    }
    assert found["canary"][0].values == {"count": 1}
    assert found["canary"][1].values == {"seen": 0, "needed": 50}


def test_whoever_spoke_is_not_asked_again() -> None:
    found = lacking(release(), deployment(), NOTHING, "anna")
    assert keys(found, "approvals") == keys(found, "refusals") == ["spoken"]


def test_an_approved_canary_with_all_its_scans_lacks_nothing() -> None:
    own = release(state="approved", approvals_lacking=0)
    found = lacking(own, deployment(canary=own.id, shadow=own.id), ENOUGH, "chen")
    assert keys(found, "champion") == keys(found, "canary") == []
    assert keys(found, "shadow") == ["is_shadow"]
    assert keys(found, "approvals") == ["is_approved"]


@pytest.mark.parametrize("so_far", [ENOUGH, NOTHING])
def test_a_refused_release_goes_nowhere_and_the_champion_nowhere_else(so_far: SoFar) -> None:
    refused = lacking(release(state="refused"), deployment(), so_far, "chen")
    assert all(keys(refused, step) == ["is_refused"] for step in ("approvals", "shadow", "canary", "champion"))
    own = release(state="approved")
    champion = lacking(own, deployment(champion=own.id), so_far, "chen")
    assert all(keys(champion, step) == ["is_champion"] for step in ("shadow", "canary", "champion"))


def test_the_step_by_which_a_part_is_held_is_the_newest_one_of_its_release() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)

    def step(action: str, release_id: str, by: str) -> StepTaken:
        return StepTaken(action=action, release_id=release_id, by=by, reason="", at=at)

    now = deployment(champion="b", shadow="c")
    taken = [step("rolled_back", "b", "new"), step("promoted", "b", "old"), step("canary", "c", "x")]
    assert {part: one.by for part, one in since(now, taken).items()} == {"champion": "new"}
    assert since(now, []) == {}


@pytest.mark.parametrize("document", [None, {}, {"gates": None}, {"gates": "all"}, {"gates": ["x", 3, None]}])
def test_what_are_no_gates_is_no_row(document: Any) -> None:
    assert gate_rows(document) == []


def test_gates_that_were_not_passed_come_first_and_nothing_is_made_up() -> None:
    document = {
        "gates": [
            {"gate": "recall.loss", "measured": 0.01, "allowed": 0.02, "passed": True, "words": "fine"},
            {"name": "marks.owl", "measured": "much", "allowed": True, "passed": "yes"},
        ]
    }
    worse, better = gate_rows(document)
    assert (worse.name, worse.measured, worse.allowed, worse.passed, worse.words) == (
        "marks.owl",
        None,
        None,
        False,
        "",
    )
    assert (worse.kind, worse.rest) == ("gate_name.marks", "owl")
    assert (better.key, better.measured, better.passed) == ("gate_name.recall_loss", 0.01, True)


def test_thresholds_of_a_form() -> None:
    form = {
        "photo": " 0,5 ",
        "xray": "",
        "photo@dock@3": "0.95",
        "xray@dock@3": " ",
        "photo@": "0.4",
        "other@dock": "0.4",
        "marks": "owl 0.8\n\n  the fox = 1\n",
    }
    found = thresholds_in(form)
    assert found.model_dump() == {
        "everywhere": {"photo": 0.5, "xray": None},
        "stations": {"dock@3": {"photo": 0.95, "xray": None}},
        "marks": {"owl": 0.8, "the fox": 1.0},
    }
    assert thresholds_in({"marks": marks_text(found)}).marks == found.marks
    assert [name for name, _ in station_rows(found, ["dock-1"])] == ["dock-1", "dock@3"]


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"photo": "1.5"}, "photo"),
        ({"photo": "nan"}, "photo"),
        ({"photo": "-0.1"}, "photo"),
        ({"xray@dock": "a lot"}, "xray@dock"),
        ({"marks": "owl"}, "marks"),
        ({"marks": "0.5"}, "marks"),
        ({"marks": "owl high"}, "marks"),
        ({"marks": "owl 0.5\nowl 0.6"}, "marks"),
    ],
)
def test_thresholds_that_cannot_be_name_their_field(form: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        thresholds_in(form)
    assert refused.value.field == field


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=6))
def test_no_form_is_more_than_refused(form: dict[str, str]) -> None:
    try:
        found = thresholds_in(form)
    except InvalidRequest:
        return
    values = [found.everywhere.photo, found.everywhere.xray, *found.marks.values()]
    assert all(value is None or 0 <= value <= 1 for value in values)


EDGES = st.floats(-10, 700)


@given(EDGES, EDGES, EDGES, EDGES, st.integers(1, 600), st.integers(1, 600))
def test_a_cut_lies_in_its_picture(x1: float, y1: float, w: float, h: float, width: int, height: int) -> None:
    found = cut((x1, y1, x1 + abs(w), y1 + abs(h)), width, height)
    x, y, across, down = found.part
    assert x >= 0
    assert y >= 0
    assert 0 < across <= width
    assert 0 < down <= height
    assert x + across <= width + 0.2
    assert y + down <= height + 0.2


def test_a_cut_has_the_place_in_its_middle() -> None:
    found = cut((100.0, 100.0, 140.0, 120.0), 1000, 800)
    assert found.view_box == "76 66 88 88"


VALUES = st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))


@given(st.lists(VALUES, min_size=1, max_size=40), st.integers(0, 40))
def test_a_small_plot_stays_in_its_frame(points: list[tuple[float, float, float]], usual: int) -> None:
    found = small(points, usual=usual)
    for pair in f"{found.line} {found.band}".split():
        x, y = map(float, pair.split(","))
        assert 0 <= x <= SMALL_WIDTH + 0.1
        assert PAD - 0.1 <= y <= SMALL_HEIGHT - PAD + 0.1


def test_the_last_value_is_out_only_where_it_usually_is_not() -> None:
    usual = [(10.0, 8.0, 12.0)] * 5
    assert small([*usual, (20.0, 18.0, 22.0)], usual=5).out
    assert not small([*usual, (20.0, 18.0, 22.0)], usual=5, sure=False).out
    assert not small([*usual, (11.0, 9.0, 13.0)], usual=5).out
    assert not small([(10.0, 8.0, 12.0), (20.0, 18.0, 22.0)], usual=1).out, "of one day nothing is usual"


def series(metric: str, station: str | None, days: int, last: float = 10.0, count: int = 100) -> SeriesOut:
    first = date(2026, 3, 2)
    points = [
        PointOut(day=str(first + timedelta(days=n)), count=count, value=last if n == days - 1 else 10.0, low=8, high=12)
        for n in range(days)
    ]
    return SeriesOut(metric=metric, modality="photo", station=station, subject=None, points=points)


def alarm(metric: str, station: str | None, state: str) -> DriftAlarmOut:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    none: dict[str, Any] = dict.fromkeys(("acknowledged_by", "acknowledged_at", "note", "over_at", "office"))
    words = {"id": "d", "modality": "photo", "subject": "", "hint": "unknown", "text": "?", "value": 1.0, "limit": 0.5}
    about = {"metric": metric, "station": station, "state": state, "raised_at": at, "seen_at": at}
    return DriftAlarmOut.model_validate(none | words | about)


def test_a_metric_with_an_alarm_comes_first_and_is_open() -> None:
    given_series = [series("size", "a", 20), series("contrast", "a", 20), series("contrast", "b", 20)]
    found = rows(
        [*given_series, series("score", None, 0)], [alarm("contrast", "b", "open"), alarm("size", "a", "over")]
    )
    assert [(row.metric, row.open, [plot.alarmed for plot in row.plots]) for row in found] == [
        ("contrast", True, [False, True]),
        ("size", False, [False]),
    ]
    everywhere = rows(given_series, [alarm("contrast", None, "acknowledged")])
    assert [plot.alarmed for plot in everywhere[0].plots] == [True, True]


def test_the_last_week_says_nothing_of_what_is_usual() -> None:
    assert drawn(series("score", "a", 20, last=30.0)).out
    assert not drawn(series("score", "a", 20, last=30.0, count=3)).out
    assert drawn(series("score", "a", 8, last=30.0)).reference is None
