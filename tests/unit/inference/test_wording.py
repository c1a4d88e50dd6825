"""Words: what counts as the same letters, what counts in part, and what says nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.vocabulary import Reading
from inference.wording import comparable, fold, skeleton, wording


def worth(text: str, word: str, confidence: float = 1.0) -> float:
    return float(wording(Reading(text=text, confidence=confidence), [comparable(word)])[0])


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Nescaf\u00e9\u00ae", "nescafe"),
        ("Cafe\u0301", "cafe"),  # a letter and its accent apart
        ("\uff39\uff21\uff28\uff2f\uff2f\uff01", "yahoo"),  # full width
        ("STRASSE", "strasse"),
        ("Stra\u00dfe", "strasse"),
        ("Coca-Cola", "cocacola"),
        ("\u534e\u4e3a", "\u534e\u4e3a"),
        ("7-Eleven", "7eleven"),
        (" - \u2122 !", "tm"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "alike"),
    [
        ("YAH00!", "yahoo"),
        ("\u0423\u0410\u041d\u041e\u041e", "yahoo"),  # Cyrillic capitals
        ("\u0391\u0394\u0399\u0394\u0391\u03a3", "a\u03b4i\u03b4a\u03c3"),  # Greek, and no Latin delta or sigma
        ("AD1DAS", "adldas"),
        ("PUrnA", "puma"),
        ("\u534e\u4e3a", "\u534e\u4e3a"),
        ("", ""),
    ],
)
def test_letters_that_look_alike_are_one(text: str, alike: str) -> None:
    assert skeleton(text) == alike
    assert skeleton(alike) == alike


@pytest.mark.parametrize(
    ("text", "word", "expected"),
    [
        ("YAHOO!", "Yahoo", 1.0),
        ("YAH00!", "Yahoo", 1.0),
        ("\u0410didas", "Adidas", 1.0),
        ("ADIDOS", "Adidas", (10 / 12 - 0.5) / 0.5),  # five of six letters in common
        ("FRAGILE", "Adidas", 0.0),
        ("bmw", "BMW", 0.5),  # three letters: half of what five would be worth
        ("bm", "BMW", 0.0),  # too short to say anything
        ("xyz", "XY", 0.0),
        ("\u534e\u4e3a", "\u534e\u4e3a", 0.75),  # two Han characters are worth four letters
        ("\u534e\u4e3a\u6280\u672f", "\u534e\u4e3a\u6280\u672f", 1.0),
        ("\u534e\u4e3b", "\u534e\u4e3a", 0.0),  # one of two in common
        ("\u534e", "\u534e", 0.0),
    ],
)
def test_what_a_reading_is_worth(text: str, word: str, expected: float) -> None:
    assert worth(text, word) == pytest.approx(expected, abs=1e-6)


def test_an_unsure_reading_counts_less_and_a_guess_not_at_all() -> None:
    assert worth("YAHOO!", "Yahoo", 0.8) == pytest.approx(0.8)
    assert worth("YAHOO!", "Yahoo", 0.49) == 0


def test_no_words_have_no_worth() -> None:
    assert wording(Reading(text="Yahoo", confidence=1.0), []).shape == (0,)


@given(st.text(min_size=1).filter(str.strip), st.lists(st.text(), max_size=5), st.floats(0, 1))
def test_any_text_is_worth_between_nothing_and_one(text: str, words: list[str], confidence: float) -> None:
    found = wording(Reading(text=text, confidence=confidence), [comparable(word) for word in words])
    assert found.shape == (len(words),)
    assert ((found >= 0) & (found <= 1)).all()
