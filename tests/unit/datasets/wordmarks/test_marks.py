"""Word marks: the same for the same seed, and what makes two marks of two names."""

from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from datasets.wordmarks import marks
from datasets.wordmarks.errors import NoFonts
from datasets.wordmarks.marks import word_marks
from datasets.wordmarks.typesetting import LONGEST, Lettering, lettering, typeset
from tests.unit.datasets.wordmarks.typefaces import two_fonts


def plain(folder: Path) -> Lettering:
    how = lettering(np.random.default_rng(0), two_fonts(folder)[0], "latin")
    same = {"case": "title", "spacing": 0.0, "weight": 0.0, "slant": 0.0, "stretch": 1.0, "lines": False}
    return replace(how, **same, ground="none", colours=((200, 0, 0), (0, 0, 255)))


def test_the_same_seed_gives_the_same_marks_and_so_many(tmp_path: Path) -> None:
    fonts = two_fonts(tmp_path)
    one, again, other = (word_marks(np.random.default_rng(seed), fonts, 30) for seed in (1, 1, 2))
    assert len({item.mark_id for item in one}) == 30
    assert [item.mark_id for item in one] == [item.mark_id for item in again]
    assert all((a.picture == b.picture).all() for a, b in zip(one, again, strict=True))
    assert [item.mark_id for item in one] != [item.mark_id for item in other]
    for item in one:
        assert item.picture.dtype == np.uint8
        assert item.picture.shape[2] == 4
        assert max(item.picture.shape[:2]) == LONGEST
        assert (item.picture[..., 3] > 128).mean() > 0.01
        assert item.holder == item.mark_id


def test_no_marks_are_no_marks(tmp_path: Path) -> None:
    assert word_marks(np.random.default_rng(1), [], 0) == []
    assert word_marks(np.random.default_rng(1), two_fonts(tmp_path), 0) == []


def test_without_letters_there_are_no_marks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoFonts, match="none of the 0 fonts"):
        word_marks(np.random.default_rng(1), [], 3)
    monkeypatch.setattr(marks, "LETTERS", "aж")
    with pytest.raises(NoFonts, match="none of the 2 fonts"):
        word_marks(np.random.default_rng(1), two_fonts(tmp_path), 3)


def test_a_mark_may_have_several_letterings_and_its_sibling_has_the_same(tmp_path: Path) -> None:
    counts: dict[str, int] = defaultdict(int)
    for item in word_marks(np.random.default_rng(3), two_fonts(tmp_path), 60):
        counts[item.mark_id] += 1
    assert set(counts.values()) == {1, 2, 3}
    names = [mark.split("-", 2)[2] for mark in counts]
    near = [(a, b) for a, b in zip(names, names[1:], strict=False) if abs(len(a) - len(b)) <= 1 and a[:1] == b[:1]]
    assert len(near) > 6
    assert all(counts_of == other for counts_of, other in _pairs(counts, near))


def _pairs(counts: dict[str, int], near: list[tuple[str, str]]) -> list[tuple[int, int]]:
    by_name = {mark.split("-", 2)[2]: count for mark, count in counts.items()}
    return [(by_name[a], by_name[b]) for a, b in near if sum(x != y for x, y in zip(a, b, strict=False)) == 1]


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        ({}, False),
        ({"case": "upper"}, True),
        ({"spacing": 0.3}, True),
        ({"weight": 0.05}, True),
        ({"slant": 0.3}, True),
        ({"stretch": 1.3}, True),
        ({"lines": True}, True),
        ({"ground": "rectangle"}, True),
        ({"ground": "rounded"}, True),
        ({"ground": "ellipse"}, True),
        ({"ground": "line"}, True),
    ],
)
def test_each_part_of_a_lettering_shows(tmp_path: Path, change: dict[str, object], differs: bool) -> None:
    how = plain(tmp_path)
    before = typeset("Norvel Ask", how)
    after = typeset("NORVEL ASK" if "case" in change else "Norvel Ask", replace(how, **change))  # type: ignore[arg-type]
    assert (before.shape != after.shape or bool((before != after).any())) is differs


def test_one_letter_changes_little_but_something(tmp_path: Path) -> None:
    one, other = (typeset(text, plain(tmp_path)) for text in ("Norvel", "Norvei"))
    assert one.shape != other.shape or (one != other).any()


def test_knocked_out_words_are_holes(tmp_path: Path) -> None:
    how = replace(plain(tmp_path), ground="rectangle")
    hole, white = (typeset("IIII", replace(how, knocked_out=knocked)) for knocked in (True, False))
    assert (white[..., 3] == 255).all()
    assert (white[..., :3].min(2) > 240).any()
    assert (hole[..., 3] < 10).any()
    assert (hole[0, 0] == (0, 0, 255, 255)).all()


def test_what_cannot_be_seen_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"cannot be seen in .*a\.ttf"):
        typeset(" ", plain(tmp_path))
