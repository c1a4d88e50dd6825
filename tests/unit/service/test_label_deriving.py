"""What a decision says of a picture, and mostly what it does not say; and what an own file of rules may get wrong."""

import math
from dataclasses import replace
from datetime import timedelta
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.alerts.schemas import Action
from service.errors import BadSettings
from service.labels.deriving import Derived, derive
from service.labels.exclusions import Exclusions
from service.labels.rules import SHIPPED, load_label_rules
from service.labels.statements import Matter, Spot, Word
from tests.unit.service.label_matters import BOX, NOW, START, matter, sighting, voice

RULES = load_label_rules()
GENUINE, INFRINGING = Word(answer="genuine", entered_by="maria"), Word(answer="infringing", entered_by="maria")
NAMED = {"named": "owl", "named_holder": "Owl Ltd"}


def derived(given: Matter, excluded: Exclusions | None = None) -> Derived:
    return derive(given, RULES, excluded or Exclusions(), NOW)


def reasons(given: Matter, excluded: Exclusions | None = None) -> list[str]:
    """Why nothing came of it; fails if something did."""
    found = derived(given, excluded)
    assert found.statement is None
    return [one.reason for one in found.left]


@pytest.mark.parametrize(
    ("action", "more", "says", "authenticity"),
    [
        ("suspend", {}, ("logo", "fox"), "unknown"),
        ("authorised_party", {}, ("logo", "fox"), "genuine"),
        ("not_recorded_goods", {}, ("logo", "fox"), "unknown"),
        ("other_mark", NAMED, ("logo", "owl"), "unknown"),
        ("other_mark", {}, ("logo", None), "unknown"),
        ("not_a_logo", {}, ("not_a_logo", None), "unknown"),
    ],
)
def test_an_outcome_says_what_is_there(
    action: str, more: dict[str, str], says: tuple[str, str | None], authenticity: str
) -> None:
    found = derived(matter(voice(action, **more)))
    one = found.statement
    assert one is not None
    assert (one.says, one.authenticity, one.strength) == (says, authenticity, "weak")
    assert (one.box, one.source, one.voices, found.left) == (BOX, f"decision:lin-{action}", ("lin",), ())
    assert one.holder == {"fox": "Fox Works", "owl": "Owl Ltd", None: None}[one.mark_id]


@pytest.mark.parametrize("action", ["release", "hold", "unsure"])
@pytest.mark.parametrize("reason", [None, "nothing_suspicious"])
def test_a_release_is_no_negative_and_a_doubt_is_nothing(action: str, reason: str | None) -> None:
    assert reasons(matter(voice(action))) == ["says_nothing"]


@pytest.mark.parametrize("action", get_args(Action))
def test_tests_and_what_does_not_stand_never_count(action: str) -> None:
    word = {"word": INFRINGING}
    assert reasons(matter(voice(action), injected=True, **word)) == ["test"]
    for state in ("proposed", "undone", "refused"):
        assert reasons(matter(voice(action, state=state), **word)) == [state]
    early = voice(action, effective_at=NOW + timedelta(seconds=1))
    assert reasons(matter(early, **word)) == ["not_yet_in_effect"]
    assert reasons(matter(voice(action, effective_at=None), **word)) == ["not_yet_in_effect"]


def test_an_alert_that_nobody_decided_says_nothing() -> None:
    assert derived(matter()) == Derived()
    assert derived(matter(word=INFRINGING)) == Derived()


def test_two_officers_make_it_strong() -> None:
    by_second = derived(matter(voice("suspend", second="maria"))).statement
    assert by_second is not None
    assert (by_second.strength, by_second.voices) == ("strong", ("lin", "maria"))
    again = derived(matter(voice("not_a_logo"), voice("not_a_logo", "maria"))).statement
    assert again is not None
    assert (again.strength, again.voices) == ("strong", ("lin", "maria"))
    same = derived(matter(voice("not_a_logo"), voice("not_a_logo", decision_id="2"))).statement
    assert same is not None
    assert same.strength == "weak"  # twice the same person
    batch = derived(matter(voice("suspend", second="maria", batch=True))).statement
    assert batch is not None
    assert batch.strength == "weak"  # nobody says that each of them was looked at


def test_two_officers_who_differ_say_nothing() -> None:
    for one, other in (("not_a_logo", "suspend"), ("authorised_party", "not_a_logo"), ("suspend", "other_mark")):
        assert reasons(matter(voice(one), voice(other, "maria"))) == ["conflict", "conflict"]
    known, unknown = voice("other_mark", **NAMED), voice("other_mark", "maria")
    assert reasons(matter(known, unknown)) == ["conflict", "conflict"]


def test_who_says_nothing_disagrees_with_nobody() -> None:
    found = derived(matter(voice("not_a_logo"), voice("release", "maria")))
    assert found.statement is not None
    assert (found.statement.strength, found.statement.category) == ("weak", "not_a_logo")
    assert [(one.source, one.reason) for one in found.left] == [("decision:maria-release", "says_nothing")]


def test_of_goods_that_one_clears_and_one_suspects_only_the_mark_is_known() -> None:
    one = derived(matter(voice("authorised_party"), voice("suspend", "maria"))).statement
    assert one is not None
    assert (one.strength, one.mark_id, one.authenticity) == ("strong", "fox", "unknown")


@pytest.mark.parametrize("word", [GENUINE, INFRINGING])
@pytest.mark.parametrize("action", ["suspend", "authorised_party", "not_recorded_goods"])
def test_the_right_holders_word_makes_gold(action: str, word: Word) -> None:
    one = derived(matter(voice(action), word=word)).statement
    assert one is not None
    assert (one.strength, one.authenticity, one.mark_id) == ("gold", word.answer, "fox")
    assert one.voices == ("lin", "maria")


def test_who_decided_cannot_make_gold_of_it_alone() -> None:
    alone = derived(matter(voice("suspend", "maria"), word=INFRINGING)).statement
    assert alone is not None
    assert (alone.strength, alone.authenticity) == ("weak", "unknown")
    seconded = derived(matter(voice("suspend", "maria", second="lin"), word=INFRINGING)).statement
    assert seconded is not None
    assert seconded.strength == "gold"


@pytest.mark.parametrize("action", ["release", "hold", "unsure"])
def test_the_right_holders_word_alone_is_one_officers(action: str) -> None:
    found = derived(matter(voice(action), word=GENUINE))
    assert found.left == ()
    one = found.statement
    assert one is not None
    assert (one.strength, one.authenticity, one.voices) == ("weak", "genuine", ("maria",))


def test_the_right_holder_knows_its_mark() -> None:
    for denies in (voice("not_a_logo"), voice("other_mark", **NAMED)):
        assert reasons(matter(denies, word=INFRINGING)) == ["conflict"]


def test_the_drawn_box_counts_wherever_it_is() -> None:
    drawn = voice("suspend", correction=Spot(view=1, box=(20, 20, 250, 90)))
    one = derived(matter(drawn)).statement
    assert one is not None
    assert (one.picture.view, one.box) == (1, (20, 20, 200, 90))  # the part on the picture
    assert [(place.view, box) for place, box in one.beside] == [(0, BOX)]  # it was not confirmed


@pytest.mark.parametrize(
    ("view", "box"),
    [
        (2, BOX),
        (-1, BOX),
        (0, (150, 10, 400, 60)),  # most of it is outside
        (0, (500, 500, 600, 600)),
        (0, (60, 60, 10, 10)),
        (0, (10, 10, 10, 60)),
        (0, (10, 10, 11, 60)),
        (0, (math.nan, 10, 60, 60)),
        (0, (10, 10, math.inf, 60)),
        (0, (-1e300, -1e300, 1e300, 1e300)),
    ],
)
def test_a_box_outside_the_picture_is_no_label(view: int, box: tuple[float, float, float, float]) -> None:
    drawn = voice("suspend", correction=Spot(view=view, box=box))
    assert reasons(matter(drawn)) == ["outside"]
    assert reasons(matter(voice("suspend"), sightings=(sighting(view, box),))) == ["outside"]


def test_a_logo_drawn_on_what_is_none_is_a_contradiction() -> None:
    drawn = voice("not_a_logo", correction=Spot(view=0, box=BOX))
    assert reasons(matter(drawn)) == ["contradiction"]


def test_an_alert_without_a_sighting_has_no_place() -> None:
    assert reasons(matter(voice("suspend"), sightings=())) == ["outside"]


def test_of_weaker_sightings_nothing_is_known() -> None:
    seen = (sighting(), sighting(0, (12, 12, 60, 60), 0.7), sighting(1, score=0.6), sighting(0, (900, 0, 950, 50)))
    one = derived(matter(voice("not_a_logo"), sightings=seen)).statement
    assert one is not None
    assert [(place.view, box) for place, box in one.beside] == [(1, BOX)]  # one is the same place, one is nowhere


@pytest.mark.parametrize(
    ("kind", "subject"), [("officer", "lin"), ("office", "main"), ("station", "dock-3"), ("decision", "lin-suspend")]
)
def test_what_is_excluded_does_not_count(kind: str, subject: str) -> None:
    excluded = Exclusions(reasons={(kind, subject): "flooded"})
    assert reasons(matter(voice("suspend")), excluded) == [f"excluded_{kind}"]
    other = {"officer": "eve", "office": "harbour", "station": "dock-4", "decision": "x"}[kind]
    assert derived(matter(voice("suspend")), Exclusions(reasons={(kind, other): "flooded"})).statement is not None


def test_an_excluded_officer_is_no_second_voice_either() -> None:
    excluded = Exclusions(reasons={("officer", "maria"): "flooded"})
    for given_ in (
        matter(voice("suspend", second="maria")),
        matter(voice("suspend"), voice("suspend", "maria")),
        matter(voice("suspend"), word=INFRINGING),
    ):
        one = derived(given_, excluded).statement
        assert one is not None
        assert (one.strength, one.voices, one.authenticity) == ("weak", ("lin",), "unknown")
    assert reasons(matter(voice("release"), word=INFRINGING), excluded) == ["says_nothing"]


@given(st.permutations([voice(*pair) for pair in product(("suspend", "not_recorded_goods"), ("lin", "maria", "eve"))]))
def test_the_order_in_which_decisions_come_changes_nothing(voices: list[object]) -> None:
    straight = [voice(*pair) for pair in product(("suspend", "not_recorded_goods"), ("lin", "maria", "eve"))]
    timed = [replace(one, decided_at=START + timedelta(seconds=n)) for n, one in enumerate(straight)]
    shuffled = [timed[straight.index(one)] for one in voices]  # type: ignore[arg-type]
    assert derived(matter(*shuffled)) == derived(matter(*timed))


def changed(tmp_path: Path, was: str, becomes: str) -> Path:
    text = SHIPPED.read_text(encoding="utf-8")
    assert was in text
    path = tmp_path / "labels.toml"
    path.write_text(text.replace(was, becomes, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("was", "becomes", "message"),
    [
        ("[outcomes.release]", '[outcomes.release]\ncategory = "not_a_logo"', "a release says nothing"),
        ("[outcomes.hold]", "", "outcomes without rules: hold"),
        ('mark = "suspected"', "", "`mark` goes with the category logo"),
        ('category = "not_a_logo"', 'category = "not_a_logo"\nauthenticity = "genuine"', "only a logo is genuine"),
        ("officer_of_mark = 0.2", "officer_of_mark = 1.2", "less than or equal to 1"),
        ("officer_of_mark = 0.2", "officer_of_mrak = 0.2", "Extra inputs are not permitted"),
        ("even_factor = 1.5", "even_factor = 0.5", "greater than or equal to 1"),
        ("alpha = 0.01", "alpha = nan", "less than 1"),
        ("[outcomes.unsure]", "[outcomes.perhaps]", "Input should be 'release'"),
        ("[caps]", "[caps", "Expected"),
    ],
)
def test_own_rules_that_cannot_be_used_are_refused(tmp_path: Path, was: str, becomes: str, message: str) -> None:
    with pytest.raises(BadSettings, match=message) as caught:
        load_label_rules(changed(tmp_path, was, becomes))
    assert caught.value.field == "TIDEWAITER_LABEL_RULES"


def test_own_rules_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSettings, match=r"absent\.toml"):
        load_label_rules(tmp_path / "absent.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings, match=r"bytes\.toml"):
        load_label_rules(tmp_path / "bytes.toml")
