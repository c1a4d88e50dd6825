"""Every string in every language: the same keys, the same values to fill in, nothing asked for that is not there."""

import re
import string
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import service.alerts.errors
import service.identity.errors
from inference.saying import FORMS, said
from service.alerts.rules import load_rules
from service.alerts.schemas import TIERS
from service.console import catalogue as catalogues
from service.console.because import told
from service.console.catalogue import LANGUAGES, catalogue, preferred
from service.console.formatting import Formatting
from service.errors import ServiceError
from service.identity.roles import Role
from service.scans.schemas import ReasonOut

TEMPLATES = Path(catalogues.__file__).parent / "templates"
OF_ENGLISH = ("because.", "where.", "since.", "until.")  # in English these are in the reasons themselves
OTHERS = [language for language in LANGUAGES if language != "en"]


def texts(value: Any) -> list[str]:
    return list(value.values()) if isinstance(value, Mapping) else [str(value)]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_strings_with_the_same_values(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    keys = {key for key in other.names() if not key.startswith(OF_ENGLISH)}
    assert keys == english.names()
    for key in keys:
        one, two = texts(english._strings[key]), texts(other._strings[key])
        assert fields(one[-1]) == fields(two[-1]), key
        assert all(text.strip() for text in (*one, *two)), key


@pytest.mark.parametrize("language", OTHERS)
def test_every_reason_can_be_said(language: str) -> None:
    t = catalogue(language)
    assert {key.removeprefix("because.") for key in t.names() if key.startswith("because.")} == set(FORMS)
    for form, english in FORMS.items():
        assert fields(texts(t._strings[f"because.{form}"])[0]) == fields(english), form


def test_a_reason_is_said_in_the_pages_language() -> None:
    reason = ReasonOut.of(
        said("part_missing", -0.1, code="deviates_from_artwork", share="9%", where="at the lower right")
    )
    assert told(catalogue("en"), reason).startswith("part of the filed artwork is not seen: about 9% of it")
    assert told(catalogue("zh-Hans"), reason) == "备案图样有一部分未见：约 9%，在右下"
    old = ReasonOut(code="small_mark", text="only 18 pixels large", weight=-0.5)
    assert told(catalogue("zh-Hans"), old) == "only 18 pixels large"
    braces = ReasonOut.of(said("looks_like_mark", 1, title="{holder}", holder="{0}", similarity="0.5"))
    assert "{holder}" in told(catalogue("zh-Hans"), braces)


def test_templates_ask_for_nothing_that_is_not_there() -> None:
    t = catalogue("en")
    asked = re.compile(r"""\bt\(\s*["']([a-z_.A-Z-]+)["']\s*[,)]""")
    started = re.compile(r"""\bt\(\s*["']([a-z_.]+\.[a-z_]*)["']\s*~""")
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        for key in asked.findall(text):
            assert key in t, (path.name, key)
        for prefix in started.findall(text):
            assert any(key.startswith(prefix) for key in t.names()), (path.name, prefix)


def test_templates_have_no_words_of_their_own() -> None:
    """What is left of a template without its tags and expressions are signs, no words."""
    for path in TEMPLATES.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        bare = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", text, flags=re.DOTALL)
        bare = re.sub(r"<(script|style|kbd|code).*?</\1>|<[^>]*>", "", bare, flags=re.DOTALL)
        assert re.findall(r"[A-Za-z]{2,}", re.sub(r"&\w+;", "", bare)) in ([], ["HS"]), path.name


def test_whatever_can_be_decided_has_its_words() -> None:
    rules, t = load_rules(), catalogue("en")
    for action, rule in rules.outcomes.items():
        assert f"outcome.{action}" in t
        assert all(f"reason_code.{code}" in t for code in rule.reasons), action
    assert all(f"tier.{tier}" in t for tier in TIERS)
    assert all(f"role.{role}" in t for role in Role)


def test_whatever_can_go_wrong_has_its_words() -> None:
    t = catalogue("en")
    for module in (service.alerts.errors, service.identity.errors):
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, ServiceError) and kind.__module__ == module.__name__:
                code = re.sub(r"(?<!^)(?=[A-Z])", "-", kind.__name__.lstrip("_")).lower()
                if not kind.__name__.startswith("_"):
                    assert f"problem.{code}" in t, code


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-Hans"),
        ("fr, zh-Hans;q=0.5", "zh-Hans"),
        ("en-GB", "en"),
        ("zh-TW, en", "en"),
        ("", "en"),
        (";;;,,,", "en"),
    ],
)
def test_the_browser_says_which_language(header: str, language: str) -> None:
    assert preferred(header) == language


def test_dates_and_times_are_written_as_people_write_them() -> None:
    at = datetime(2026, 3, 2, 1, 5, tzinfo=UTC)
    english = Formatting(catalogue("en"), ZoneInfo("Asia/Shanghai"))
    chinese = Formatting(catalogue("zh-Hans"), ZoneInfo("Asia/Shanghai"))
    assert english.moment(at).startswith("Mar 2, 2026, 9:05")
    assert chinese.moment(at) == "2026年3月2日 09:05:00"
    assert chinese.day(date(2026, 3, 2)) == "2026年3月2日"
    assert (english.score(0.5), english.number(12345)) == ("0.50", "12,345")
    assert english.left(timedelta(seconds=61)) == "1 minute left"
    assert english.left(timedelta(seconds=10)) == "1 minute left"
    assert english.left(timedelta(minutes=-59)) == "59 minutes late"
    assert english.left(timedelta(hours=47)) == "47 hours left"
    assert chinese.left(timedelta(days=-3)) == "逾期 3 天"
