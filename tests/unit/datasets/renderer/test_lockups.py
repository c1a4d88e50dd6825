"""Lockups: both parts are there, apart, and nothing else; words stay alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from datasets.renderer.lockups import dyed, is_wide, joined, locked_up


def sheet(h: int, w: int, *ink: int) -> NDArray[np.uint8]:
    made = np.zeros((h, w, 4), np.uint8)
    made[:] = (*ink, 255)
    return made


SYMBOL, WORD = sheet(60, 50, 200, 0, 0), sheet(20, 100, 0, 0, 200)


def parts(lockup: NDArray[np.uint8]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where the symbol's red and the word's blue are: rows and columns (2, n) each."""
    red, blue = (np.stack(np.nonzero((lockup[..., c] > 150) & (lockup[..., 3] > 150))) for c in (0, 2))
    return red, blue


def test_the_name_is_below_or_beside_the_symbol_whole_and_apart() -> None:
    below = beside = 0
    for seed in range(60):
        lockup = joined(np.random.default_rng(seed), SYMBOL, WORD)
        red, blue = parts(lockup)
        assert red.shape[1] == 60 * 50  # the symbol keeps its size
        assert blue.shape[1] > 100
        assert (lockup[..., 3] > 0).sum() == red.shape[1] + blue.shape[1]
        below += int(blue[0].min() > red[0].max())
        beside += int(blue[1].min() > red[1].max())
    assert below > 20
    assert beside > 10
    assert below + beside == 60


def test_a_word_gets_no_name_and_without_words_there_is_none() -> None:
    rng = np.random.default_rng(1)
    assert is_wide(WORD)
    assert not is_wide(SYMBOL)
    assert locked_up(rng, WORD, [WORD, SYMBOL]) is WORD
    assert locked_up(rng, SYMBOL, [SYMBOL]) is SYMBOL
    faint = SYMBOL // 9
    assert locked_up(rng, faint, [WORD]) is faint
    assert locked_up(rng, SYMBOL, [SYMBOL, WORD, WORD]).shape != SYMBOL.shape


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (192, 192)])
def test_symbols_and_words_of_any_shape_are_joined(shape: tuple[int, int]) -> None:
    for seed in range(30):
        rng = np.random.default_rng(seed)
        lockup = joined(rng, sheet(*shape, 1, 2, 3), sheet(1, 192, 9, 9, 9))
        assert lockup.dtype == np.uint8
        assert lockup.shape[0] >= shape[0]
        assert lockup.shape[1] >= shape[1]


def test_the_dye_keeps_the_words_shape() -> None:
    word = WORD.copy()
    word[:, ::2, 3] = 0
    inks = set()
    for seed in range(40):
        made = dyed(np.random.default_rng(seed), word, SYMBOL)
        np.testing.assert_array_equal(made[..., 3], word[..., 3])
        inks.add(tuple(made[0, 1, :3].tolist()))
    assert {(0, 0, 200), (200, 0, 0)} <= inks
    assert len(inks) > 5
