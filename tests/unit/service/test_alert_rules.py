"""Rules of review: tiers, outcomes, keys, groups; and what an administration may get wrong in its own."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from service.alerts.grouping import group_of
from service.alerts.rules import SHIPPED, load_rules
from service.alerts.tiers import risk_of, urgency
from service.errors import BadSettings
from service.scans.declarations import Declaration
from service.scans.schemas import SUSPICION_EXAMPLE, SuspicionOut

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def sighting(score: float, rivals: Sequence[float] = ()) -> SuspicionOut:
    candidate: dict[str, Any] = SUSPICION_EXAMPLE["candidates"][0]
    candidates = [candidate | {"score": value} for value in (score, *rivals)]
    return SuspicionOut.model_validate({**SUSPICION_EXAMPLE, "score": score, "candidates": candidates})


def test_the_surer_the_more_urgent() -> None:
    rules = load_rules()
    tiers = [urgency(rules, [sighting(score)], NOW) for score in (0.95, 0.7, 0.69, 0.36, 0.34, 0.01)]
    assert [one.tier for one in tiers] == [0, 0, 1, 1, 2, 2]  # a sole candidate has a clear margin
    assert [one.due_at - NOW for one in tiers[::2]] == [
        timedelta(minutes=10),
        timedelta(minutes=60),
        timedelta(minutes=1440),
    ]
    later = urgency(rules, [sighting(0.95)], NOW + timedelta(seconds=59))
    assert later.due_at == tiers[0].due_at
    assert [one.priority for one in tiers] == sorted(one.priority for one in tiers)


def test_a_near_rival_makes_it_less_sure_and_a_second_place_surer() -> None:
    alone, rivalled = risk_of([sighting(0.6)]), risk_of([sighting(0.6, [0.5])])
    twice = risk_of([sighting(0.6, [0.5]), sighting(0.6)])
    assert rivalled == pytest.approx(0.6)
    assert alone == twice == pytest.approx(0.65)
    assert risk_of([sighting(1.0), sighting(1.0)]) == 1.0


def consigned(**consignor: Any) -> Declaration:
    return Declaration.model_validate({"consignor": consignor})


def test_a_group_is_one_sender_one_mark_one_day() -> None:
    number = {"identifiers": [{"type": "eori", "value": "NL 98765.4321"}]}
    plain = {"identifiers": [{"type": "eori", "value": "NL987654321"}], "name": "Other spelling"}
    key = group_of(consigned(**number), "m", NOW)
    assert key is not None
    assert key == group_of(consigned(**plain), "m", NOW + timedelta(hours=14))
    assert key != group_of(consigned(**number), "n", NOW)
    assert key != group_of(consigned(**number), "m", NOW + timedelta(hours=15))
    names = [group_of(consigned(name=name), "m", NOW) for name in ("Sender Ltd.", "SENDER LIMITED", "Sender Two")]
    assert names[0] == names[1] != names[2]
    for nobody in (None, Declaration(), consigned(), consigned(identifiers=[])):
        assert group_of(nobody, "m", NOW) is None


def test_what_should_be_improved_follows_the_reason_and_else_the_outcome() -> None:
    rules = load_rules()
    assert rules.improved_by("not_a_logo", "texture") == "training_label"
    assert rules.improved_by("release", "cleared_before") == "duplicate_rule"
    assert rules.improved_by("release", None) == "threshold"
    assert rules.improved_by("hold", "poor_print") == "none"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('key = "r"', 'key = "h"', "own key"),
        ('key = "r"', 'key = "u"', "own key"),
        ('key = "r"', 'key = "R"', "key"),
        ("[outcomes.unsure]", "[outcomes.burn]", "burn"),
        ("risk = 0.75", "risk = 0.1", "falling risk"),
        ("risk = 0.0\n", "risk = 0.1\n", "begins at 0"),
        ("undo_seconds = 10", "undo_seconds = -1", "undo_seconds"),
        ("undo_seconds = 10", "undo_seconds = 10\nextra = 1", "extra"),
        ("undo_seconds = 10", "undo_seconds = [", "line"),
    ],
)
def test_rules_that_cannot_be_do_not_load(tmp_path: Path, old: str, new: str, told: str) -> None:
    text = SHIPPED.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "own.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadSettings, match=told):
        load_rules(tmp_path / "own.toml")
    with pytest.raises(BadSettings, match="missing"):
        load_rules(tmp_path / "missing.toml")
