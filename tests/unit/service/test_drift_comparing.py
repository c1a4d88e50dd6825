"""What is told of changes: once, at the right place, with a likely cause; and what a view leaves behind."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any, get_args

import numpy as np
import pytest

from inference.appearance import Appearance
from inference.vocabulary import Detection, Finding, Mark, Match, Verdict
from service.alerts.rules import load_rules
from service.console.plots import bars
from service.drift.comparing import Change, changes, to_tell
from service.drift.deciding import decision_changes
from service.drift.hints import BY_IMPROVEMENT, WORDS, hint_of, hint_of_decisions
from service.drift.keeping import NOBODYS, SURE, StatisticsKeeper, best_score, is_nobodys, likeness
from service.drift.measures import Comparison
from service.drift.repository import Day, Decided, Place
from service.drift.schemas import Metric, SeriesOut
from service.drift.series import decision_points, view_points
from service.drift.tallies import COLUMNS, FIGURES, METRICS, RATES, added, columns_of, counted, tally_of
from service.scans.eyes import Viewed
from service.tables import ScanRow

A, B, C = (Place(office="main", station=name) for name in "ABC")
RULES = load_rules()
UNTIL = "2026-03-30"
FOX = Mark(mark_id="fox", title="Fox", holder="Fox Works")


def rows(rng: np.random.Generator, count: int = 400, **shifts: Any) -> list[list[Any]]:
    """Views as they are stored; a shift replaces a column by a value, or adds a number to it."""
    columns: dict[str, Any] = {
        "brightness": rng.normal(140, 20, count),
        "contrast": rng.normal(40, 8, count),
        "sharpness": rng.normal(2.5, 0.3, count),
        "saturation": rng.beta(2, 6, count),
        "megapixels": np.full(count, 12.0),
        "colour_map": np.full(count, "colour"),
        "findings": rng.poisson(3, count),
        "best_score": rng.beta(1, 20, count),
        "likeness": rng.normal(0.4, 0.1, count),
        "unmatched": rng.random(count) < 0.05,
        "alerts": (rng.random(count) < 0.02).astype(int),
        "release_id": np.full(count, "r1"),
    }
    for name, shift in shifts.items():
        columns[name] = columns[name] + shift if isinstance(shift, float) else np.full(count, shift)
    return [list(row) for row in zip(*(columns[name].tolist() for name in COLUMNS), strict=True)]


def tally(rng: np.random.Generator, **shifts: Any) -> Any:
    return counted(columns_of(rows(rng, **shifts)))


def history(rng: np.random.Generator, *places: Place, days: int = 28, **shifts: Any) -> list[Day]:
    last = date.fromisoformat(UNTIL)
    return [
        Day(day=(last - timedelta(days=back)).isoformat(), place=place, tally=tally(rng, **shifts))
        for back in range(days, 0, -1)
        for place in places
    ]


def told(found: list[Change]) -> set[tuple[str, str | None, str]]:
    return {(one.metric, None if one.place is None else one.place.station, one.hint) for one in found if one.to_tell}


def compared(over: bool) -> Comparison:
    return Comparison(value=1.0, limit=0.5, over=over, up=True, count=500, before=5000)


def test_quiet_stations_raise_nothing() -> None:
    rng = np.random.default_rng(1)
    found = changes(history(rng, A, B), {A: tally(rng), B: tally(rng)}, "photo", until=UNTIL)
    assert told(found) == set()
    assert len(found) == 3 * (len(FIGURES) + len(RATES))  # all are compared: two stations, and the whole


@pytest.mark.parametrize(
    ("shifts", "expected"),
    [
        ({"brightness": -30.0}, {("brightness", "A", "lamp_or_exposure_at_station")}),
        ({"sharpness": -0.6}, {("sharpness", "A", "lens_dirty_or_out_of_focus")}),
        ({"megapixels": 2.0}, {("size", "A", "station_software_changed")}),
        ({"colour_map": "grey"}, {("colour_map", "A", "scanner_display_mode_changed")}),
        ({"unmatched": True}, {("unmatched", "A", "unrecorded_brand_or_new_goods")}),
        ({"findings": 0}, {("nothing_found", "A", "detector_blind")}),
        ({"likeness": 0.25}, {("novelty", "A", "registry_grew")}),
        (
            {"brightness": -30.0, "contrast": -15.0},
            {("brightness", "A", "lamp_or_exposure_at_station"), ("contrast", "A", "lamp_or_exposure_at_station")},
        ),
        (
            {"megapixels": 2.0, "sharpness": -0.6},
            {("size", "A", "station_software_changed"), ("sharpness", "A", "station_software_changed")},
        ),
    ],
)
def test_a_change_at_one_station_is_told_there_alone(shifts: dict[str, Any], expected: set[Any]) -> None:
    rng = np.random.default_rng(2)
    now = {A: tally(rng, **shifts), B: tally(rng), C: tally(rng)}
    assert told(changes(history(rng, A, B, C), now, "photo", until=UNTIL)) == expected


def test_what_all_stations_share_is_told_once() -> None:
    rng = np.random.default_rng(3)
    now = {place: tally(rng, brightness=-30.0) for place in (A, B, C)}
    found = changes(history(rng, A, B, C), now, "photo", until=UNTIL)
    assert told(found) == {("brightness", None, "goods_or_packaging_changed")}


def test_other_models_are_the_likely_cause_of_other_scores() -> None:
    rng = np.random.default_rng(4)
    now = {place: tally(rng, best_score=0.3, release_id="r2") for place in (A, B, C)}
    found = changes(history(rng, A, B, C), now, "photo", until=UNTIL)
    assert told(found) == {("score", None, "model_change")}


def test_days_since_a_release_are_what_its_scores_are_compared_with() -> None:
    rng = np.random.default_rng(5)
    old, new = history(rng, A, days=28), history(rng, A, days=10, best_score=0.3, release_id="r2")
    days = [one for one in old if one.day < new[0].day] + new
    now = {A: tally(rng, best_score=0.3, release_id="r2")}
    assert told(changes(days, now, "photo", until=UNTIL)) == set()


def test_an_alarm_s_reference_stays_as_it_was() -> None:
    """Twenty dim days are not normal because there were twenty of them."""
    rng = np.random.default_rng(6)
    last = date.fromisoformat(UNTIL)
    before = history(rng, A, days=56)
    days = [
        replace(one, tally=tally(rng, brightness=-30.0)) if one.day >= (last - timedelta(days=20)).isoformat() else one
        for one in before
    ]
    now = {A: tally(rng, brightness=-30.0)}
    plain = changes(days, now, "photo", until=UNTIL)
    assert told(plain) == set()
    live = next(one.live for one in plain if one.metric == "brightness" and one.place == A)
    since = (last - timedelta(days=20)).isoformat()
    assert ("brightness", "A") in {
        (one[0], one[1]) for one in told(changes(days, now, "photo", until=UNTIL, frozen={live: since}))
    }


def test_a_lamp_that_ages_slowly_is_not_compared_with_itself() -> None:
    rng = np.random.default_rng(11)
    last, days = date.fromisoformat(UNTIL), []
    for one in history(rng, A, days=18):
        back = (last - date.fromisoformat(one.day)).days
        aged = -5.0 * max(0, 7 - back)
        days.append(replace(one, tally=tally(rng, brightness=aged)))
    found = changes(days, {A: tally(rng, brightness=-35.0)}, "photo", until=UNTIL)
    assert told(found) == {("brightness", "A", "lamp_or_exposure_at_station")}
    brightness = next(one for one in found if one.metric == "brightness" and one.place == A)
    assert brightness.comparison.before == 11 * 400
    few = changes(days[-16:], {A: tally(rng)}, "photo", until=UNTIL)  # what there is, where there is no more
    assert {one.comparison.before for one in few if one.metric == "contrast"} == {16 * 400}


def test_where_changes_are_told() -> None:
    yes, no = compared(True), compared(False)
    assert to_tell({}) == frozenset()
    assert to_tell({None: yes, A: yes, B: no, C: no}) == {A}  # which moved the whole
    assert to_tell({None: yes, A: yes, B: yes, C: no}) == {None}
    assert to_tell({None: no, A: yes, B: yes, C: no}) == {A, B}  # each another way
    assert to_tell({None: yes, A: no, B: no}) == {None}  # too little at each
    assert to_tell({None: yes}) == {None}  # too few views at any
    assert to_tell({None: yes, A: yes}) == {A}  # the only station
    assert to_tell({None: no, A: no}) == frozenset()


def test_each_hint_has_words() -> None:
    codes = {
        hint_of(metric, modality=modality, up=up, everywhere=everywhere, new_models=new, beside=beside)
        for metric in (*FIGURES, *RATES)
        for modality in ("photo", "xray")
        for up in (True, False)
        for everywhere in (True, False)
        for new in (True, False)
        for beside in ((), ("brightness",), ("size",), ("colour_map",))
    }
    codes |= {hint_of_decisions(metric, "none") for metric in ("false_alarms", "tests_wrong", "late")}
    codes |= set(BY_IMPROVEMENT.values())
    assert codes <= set(WORDS)
    assert set(WORDS) - codes == {"campaign_or_new_goods"}  # found by marks


def test_an_xray_scanner_has_no_lamp() -> None:
    hint = hint_of("brightness", modality="xray", up=False, everywhere=False, new_models=False)
    assert hint == "xray_source_or_gain_at_station"


def test_the_metrics_are_those_of_the_interface() -> None:
    assert get_args(Metric) == METRICS


def test_tallies_are_kept_and_added_without_loss() -> None:
    rng = np.random.default_rng(7)
    one, other = tally(rng), tally(rng, release_id="r2")
    whole = added([one, other])
    assert whole.views == 800
    assert whole.releases == {"r1": 400, "r2": 400}
    again = tally_of(whole.views, whole.document())
    assert again.document() == whole.document()
    assert again.mean("brightness") == pytest.approx(140, abs=3)
    assert added([]).views == 0
    assert counted(columns_of([])).views == 0


def test_what_was_counted_otherwise_counts_as_not_measured() -> None:
    document = tally(np.random.default_rng(8)).document()
    del document["histograms"]["novelty"], document["sums"]["novelty"], document["hits"]["unmatched"]
    document["histograms"]["brightness"] = [1, 2, 3]
    again = tally_of(400, document)
    assert again.mean("novelty") is None
    assert again.mean("brightness") is None
    assert again.hits["unmatched"] == 0


def test_views_without_a_finding_have_no_novelty_and_numbers_that_are_none_no_count() -> None:
    rng = np.random.default_rng(9)
    seen = tally(rng, findings=0, brightness=float("nan"))
    assert seen.mean("novelty") is None
    assert seen.mean("brightness") is None
    assert seen.hits["nothing_found"] == 400
    assert seen.sums["brightness"] == 0


def decided(day: int, action: str, reason: str | None, count: int, **other: Any) -> Decided:
    moment = datetime(2026, 3, 1, tzinfo=UTC) + timedelta(days=day)
    facts: dict[str, Any] = {"station": "A", "test": False, "right": None, "late": False} | other
    return Decided(day=moment.date().isoformat(), action=action, reason=reason, count=count, **facts)


def month(**last: int) -> list[Decided]:
    """Four quiet weeks, then a week with other counts a day."""
    usual = {"suspend": 20, "release": 20, "not_a_logo": 5, "authorised_party": 5}
    reasons = {"suspend": "features_differ", "release": "nothing_suspicious", "not_a_logo": "texture"}
    return [
        decided(day, action, reasons.get(action, "licence_shown"), last.get(action, count) if day >= 28 else count)
        for day in range(35)
        for action, count in usual.items()
    ]


WINDOW = "2026-03-29"


def reported(rows: list[Decided]) -> set[tuple[str, str | None, str, str]]:
    found = decision_changes(rows, WINDOW, RULES, {"A": "main"})
    return {(one.metric, one.place and one.place.station, one.subject, one.hint) for one in found if one.to_tell}


def test_quiet_decisions_raise_nothing() -> None:
    assert reported(month()) == set()
    assert reported([]) == set()


def test_more_false_alarms_for_one_reason_name_it_and_what_to_improve() -> None:
    assert reported(month(authorised_party=25)) == {
        ("false_alarm_reason", None, "authorised_party/licence_shown", "licences_missing"),
    }


def test_fewer_false_alarms_are_good_news() -> None:
    found = decision_changes(month(release=1, not_a_logo=0, authorised_party=0), WINDOW, RULES, {"A": "main"})
    assert not any(one.to_tell or one.over for one in found)


def test_an_unknown_outcome_of_older_rules_is_no_error() -> None:
    rows = [*month(), decided(30, "gone_since", None, 400)]
    assert reported(rows) == set()


def test_tests_and_late_decisions() -> None:
    tests = [decided(day, "release", None, 20, test=True, right=True) for day in range(35)]
    wrong = [decided(day, "release", None, 20, test=True, right=False) for day in range(28, 35)]
    late = [decided(day, "unsure", None, 60, late=True) for day in range(28, 35)]
    assert reported([*month(), *tests, *wrong]) == {("tests_wrong", None, "", "officers_and_tests")}
    assert reported([*month(), *late]) == {("late", None, "", "decisions_late")}


def finding(score: float, *matches: tuple[float, float]) -> Finding:
    """A detection with matches of (similarity, score)."""
    seen = tuple(Match(mark=FOX, reference="0" * 64, similarity=one, score=own) for one, own in matches)
    return Finding(detection=Detection(box=(0, 0, 9, 9), score=score), matches=seen)


def test_a_logo_that_is_nobodys() -> None:
    assert is_nobodys(finding(SURE, (0.3, NOBODYS / 2)))
    assert is_nobodys(finding(1.0))  # nothing is recorded at all
    assert not is_nobodys(finding(SURE, (0.3, NOBODYS)))
    assert not is_nobodys(finding(SURE - 0.01, (0.3, 0.0)))


def test_likeness_is_that_of_the_surest_detection() -> None:
    faint, sure = finding(0.2, (0.9, 0.9)), finding(0.8, (0.3, 0.5), (0.4, 0.2))
    assert likeness([faint, sure]) == 0.4
    assert likeness([finding(0.9)]) == 0
    assert likeness([]) == 0
    assert best_score(Verdict(decision="pass", suspicions=(), findings=(faint, sure))) == 0.9
    assert best_score(Verdict(decision="pass", suspicions=())) == 0


def test_each_view_leaves_one_row_with_finite_figures() -> None:
    kept: list[Any] = []
    session: Any = SimpleNamespace(add=kept.append)
    odd = Appearance(
        brightness=float("nan"), contrast=1, sharpness=float("inf"), saturation=0, megapixels=1, colour_map="grey"
    )
    views = [
        Viewed(sight=odd, verdict=Verdict(decision="pass", suspicions=(), findings=(finding(0.9, (0.5, 0.6)),))),
        Viewed(sight=odd, verdict=Verdict(decision="pass", suspicions=(), modality="xray")),
    ]
    raised = [SimpleNamespace(view=0, outcome="suspected"), SimpleNamespace(view=1, outcome="authorised_party")]
    verdict: Any = SimpleNamespace(suspicions=raised, snapshot=SimpleNamespace(release=None))
    at = datetime(2026, 3, 2, tzinfo=UTC)
    scan = ScanRow(id="scan_1", office="main", station="dock-3")
    StatisticsKeeper(clock=lambda: at).saw(session, scan, views, verdict)
    first, second = kept
    assert (first.view, first.alerts, first.findings, first.best_score, first.likeness) == (0, 1, 1, 0.6, 0.5)
    assert (second.view, second.alerts, second.modality, second.findings) == (1, 0, "xray", 0)
    assert (first.brightness, first.sharpness, first.release_id, first.at) == (0, 0, "", at)


def test_series_are_drawn_as_they_are() -> None:
    rng = np.random.default_rng(10)
    days = {"2026-03-01": tally(rng), "2026-03-02": tally(rng, megapixels=3.0, findings=0)}
    bright = view_points("brightness", days)
    assert [point.day for point in bright] == list(days)
    assert bright[0].low < bright[0].value < bright[0].high
    assert bright[0].low == pytest.approx(140 - 1.28 * 20, abs=5)
    assert [round(point.value, 3) for point in view_points("size", days)] == [12, 15]
    assert [point.day for point in view_points("novelty", days)] == ["2026-03-01"]
    (_, nothing) = view_points("nothing_found", days)
    assert (nothing.value, nothing.high) == (1.0, pytest.approx(1.0))
    series = SeriesOut(metric="brightness", modality="photo", station="A", subject=None, points=bright)
    assert [bar.label for bar in bars(series.bars)] == ["03-01", "03-02"]


def test_series_of_decisions() -> None:
    some = [*month()[:4], decided(0, "release", None, 10, test=True, right=False), decided(0, "unsure", None, 50)]
    (false,) = decision_points("false_alarms", some, RULES, None)
    assert (false.count, false.value) == (50, 0.6)
    (one,) = decision_points("false_alarm_reason", some, RULES, "not_a_logo/texture")
    assert (one.count, one.value) == (50, 0.1)
    (tests,) = decision_points("tests_wrong", some, RULES, None)
    assert (tests.count, tests.value) == (10, 1.0)
    (late,) = decision_points("late", some, RULES, None)
    assert (late.count, late.value) == (100, 0.0)
    assert decision_points("late", [], RULES, None) == []
