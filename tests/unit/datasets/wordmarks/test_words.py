"""Names and their siblings, in any script."""

import re

import numpy as np
import pytest

from datasets.wordmarks.scripts import SCRIPTS, written
from datasets.wordmarks.typesetting import CASES, cased
from datasets.wordmarks.words import name, sibling


def distance(a: str, b: str) -> int:
    """Edits with neighbours swapped counted as one (optimal string alignment), spelled out."""
    table = np.zeros((len(a) + 1, len(b) + 1), int)
    table[:, 0], table[0] = np.arange(len(a) + 1), np.arange(len(b) + 1)
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            steps = [table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (a[i - 1] != b[j - 1])]
            if i > 1 and j > 1 and a[i - 1] == b[j - 2] and a[i - 2] == b[j - 1]:
                steps.append(table[i - 2, j - 2] + 1)
            table[i, j] = min(steps)
    return int(table[-1, -1])


def test_names_are_letters_and_most_differ() -> None:
    rng = np.random.default_rng(1)
    found = [name(rng) for _ in range(400)]
    assert all(re.fullmatch(r"[A-Z][a-z]{2,}( [A-Z][a-z]{2,})?", word) for word in found)
    assert len(set(found)) > 370
    assert 0.05 < sum(" " in word for word in found) / 400 < 0.3


@pytest.mark.parametrize("other", ["Kestrique", "Bo", "Aa", "Aab", "Two Words", "Wy Xy"])
def test_a_sibling_is_one_letter_away_and_never_the_same(other: str) -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        near = sibling(rng, other)
        assert distance(near.lower(), other.lower()) == 1
        assert near == near.title()
        assert len(near.split(" ")) == len(other.split(" "))


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_letter_can_be_written_in_every_script(script: str) -> None:
    text = written("Quickly Jumps Over Lazy Dog Bvwx Fthn", script)
    assert text.count(" ") == 6
    if script != "latin":
        assert not re.search("[A-Za-z]", text)
    for case in CASES:
        assert cased(text, case).casefold().replace("ς", "σ") == text.casefold().replace("ς", "σ")


def test_kana_are_syllables() -> None:
    assert written("Kano Mi", "kana") == "カノ ミ"
    assert written("Anst", "kana") == "アンスツ"
