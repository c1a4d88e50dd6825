"""Jurisdictions: which rules are in effect, what they make of dates, and what cannot be a profile."""

from datetime import date
from pathlib import Path

import pytest

from service.law.errors import BadLaw, UnknownLaw
from service.law.hs_nice import nice_classes_of
from service.law.library import SHIPPED, Law
from service.law.terms import end_of_validity, months_later, renewal_opens, review_due

LAW = Law.load()
CN = LAW.profile("cn-2024")


def test_every_rule_of_every_profile_says_where_it_stands() -> None:
    assert set(LAW.profiles) == {"cn-2024", "eu-608", "uk", "us-133", "generic-trips"}
    for profile in LAW.profiles.values():
        assert profile.recordation.validity.citation
        assert profile.recordation.refusal_reasons


@pytest.mark.parametrize(
    ("first", "right", "last"),
    [
        ("2026-03-02", None, "2036-03-01"),
        ("2024-02-29", None, "2034-02-27"),  # 2034 has no 29 February: the term is ten years from the 28th
        ("2026-03-02", "2030-01-01", "2030-01-01"),
        ("2026-03-02", "2040-01-01", "2036-03-01"),
    ],
)
def test_a_recordation_ends_after_ten_years_or_with_the_right(first: str, right: str | None, last: str) -> None:
    ends = end_of_validity(CN, date.fromisoformat(first), None if right is None else date.fromisoformat(right))
    assert ends == date.fromisoformat(last)


def test_a_renewal_opens_six_months_before() -> None:
    assert renewal_opens(CN, date(2036, 3, 1)) == date(2035, 9, 1)
    assert renewal_opens(CN, date(2036, 8, 31)) == date(2036, 2, 29)


def test_months_end_where_they_end() -> None:
    assert months_later(date(2026, 1, 31), 1) == date(2026, 2, 28)
    assert months_later(date(2026, 1, 31), -11) == date(2025, 2, 28)
    assert months_later(date.max, 1) == date.max


def test_customs_decide_in_thirty_working_days_where_the_law_says_so() -> None:
    due = review_due(CN, LAW.calendar("cn"), date(2026, 9, 17))
    assert due is not None
    assert due.due == date(2026, 11, 4)
    assert review_due(LAW.profile("us-133"), LAW.calendar("weekdays"), date(2026, 9, 17)) is None


def test_the_latest_rules_in_effect_count(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    text = (SHIPPED / "profiles" / "cn-2024.toml").read_text(encoding="utf-8")
    newer = text.replace('id = "cn-2024"', 'id = "cn-2027"').replace(
        "valid_from = 2004-03-01", "valid_from = 2027-01-01"
    )
    (tmp_path / "profiles" / "cn-2027.toml").write_text(newer, encoding="utf-8")
    law = Law.load(tmp_path)
    assert law.profile_at("CN", date(2026, 12, 31)).id == "cn-2024"
    assert law.profile_at("CN", date(2027, 1, 1)).id == "cn-2027"
    with pytest.raises(UnknownLaw):
        law.profile_at("CN", date(1999, 1, 1))


def test_what_is_unknown_is_said_with_what_is_known() -> None:
    with pytest.raises(UnknownLaw) as unknown:
        LAW.profile_at("ZZ", date(2026, 1, 1))
    assert unknown.value.limit == "CN, EU, GB, US, XX"
    for ask in (LAW.profile, LAW.calendar):
        with pytest.raises(UnknownLaw):
            ask("zz")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('timezone = "Asia/Shanghai"', 'timezone = "Asia/Nowhere"'),
        ('calendar = "cn"', 'calendar = "moon"'),
        ("years = 10", "years = 0"),
        ("last = 34", "last = 99"),
        ('title = "People', 'colour = "red"\ntitle = "People'),
        ('jurisdiction = "CN"', 'jurisdiction = "China"'),
    ],
)
def test_a_profile_that_cannot_be_is_refused(tmp_path: Path, old: str, new: str) -> None:
    (tmp_path / "profiles").mkdir()
    text = (SHIPPED / "profiles" / "cn-2024.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "profiles" / "cn-2024.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BadLaw):
        Law.load(tmp_path)


def test_an_override_folder_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(BadLaw, match="no folder"):
        Law.load(tmp_path / "none")


@pytest.mark.parametrize(
    ("code", "classes"),
    [("6404", {25}), ("64.04.11", {25}), ("8507 60", {9}), ("9405", {11}), ("420221", {9, 18}), ("22", {32, 33})],
)
def test_hs_codes_fall_under_nice_classes(code: str, classes: set[int]) -> None:
    assert nice_classes_of(code) == classes


@pytest.mark.parametrize("code", ["", "7", "77", "00", "sixty", "６４０４", "99"])
def test_what_is_no_hs_code_falls_under_none(code: str) -> None:
    assert nice_classes_of(code) == frozenset()
