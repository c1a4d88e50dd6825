"""How false alarms grow with the registry, by hand."""

from pathlib import Path

import numpy as np
import pytest

from inference.artwork.table import ArtworkRow
from training.recognition.growth import alarms, growth, random_registries, threshold_for

NOTHING = float("-inf")


def rows(marks: int, pictures: int = 2) -> list[ArtworkRow]:
    return [
        ArtworkRow(line=2 + i, mark_id=f"m{i % marks}", title="t", holder=f"h{i % marks}", file=Path("x.svg"))
        for i in range(marks * pictures)
    ]


def test_growth_is_the_ratio_of_the_shares_that_alarm() -> None:
    scores = alarms([[0.9, 0.9, 0.2], [0.8, 0.1, 0.1], [0.1, 0.0, 0.0], [NOTHING, NOTHING, NOTHING]])
    assert scores.counts(0.8) == (2, 1)
    figure = growth(scores, 0.8)  # 2 of 4 pictures, against 1 of 8 (picture, draw): 0.5 / 0.125
    assert figure.value == pytest.approx(4.0)
    assert figure.n == 4


def test_growth_of_one_if_the_registry_does_not_matter() -> None:
    figure = growth(alarms([[0.9, 0.9], [0.1, 0.1]]), 0.5)
    assert figure.value == pytest.approx(1.0)
    assert figure.low == pytest.approx(1.0)
    assert figure.high == pytest.approx(1.0)


def test_there_is_no_growth_from_nothing() -> None:
    assert growth(alarms([[0.9, 0.1], [0.8, 0.1]]), 0.5).value is None


def test_the_threshold_lets_its_share_alarm() -> None:
    scores = np.arange(1, 61) / 60
    threshold = threshold_for(scores, 5)
    assert threshold == scores[-3]  # 5 % of 60 are 3
    assert threshold_for(scores[:19], 5) is None  # less than one picture
    assert threshold_for(np.full(60, NOTHING), 5) is None  # nothing was found anywhere


def test_random_registries_are_whole_marks_drawn_once_each() -> None:
    drawn = random_registries(rows(30), marks=10, draws=6)
    assert len(drawn) == 6
    for own in drawn:
        names = [row.mark_id for row in own]
        assert len(set(names)) == 10
        assert len(names) == 20  # both pictures of each
    assert len({tuple(row.mark_id for row in own) for own in drawn}) > 1


def test_the_same_registry_gives_the_same_draws() -> None:
    again = random_registries(rows(30), marks=10, draws=6)
    assert random_registries(rows(30)[::-1], marks=10, draws=6) == [own[::-1] for own in again]


def test_a_registry_that_is_not_larger_cannot_be_drawn_from() -> None:
    assert random_registries(rows(10), marks=10, draws=5) == []
    assert random_registries([], marks=1, draws=5) == []
