"""The second look: who gets one, and what becomes of a finding that had it."""

from dataclasses import replace

import pytest

from inference.calibration import SecondLook
from inference.second_look import MOST, OPEN, can_be_laid, in_doubt, settled
from inference.vocabulary import Finding, Mark
from tests.unit.inference.findings import finding

LOW, HIGH = OPEN


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([], []),
        ([finding()], []),  # nothing to lay on
        ([finding(("A", LOW - 0.001)), finding(("B", HIGH + 0.001))], []),  # beyond hope, beyond doubt
        ([finding(("A", LOW)), finding(("B", HIGH))], [1, 0]),
        ([finding(("A", 0.1)), finding(("B", 0.3)), finding(("C", 0.2))], [1, 2]),  # the likeliest first, two at most
        ([finding(("A", 0.2)), finding(("A", 0.2))], [0, 1]),  # equals in their order
        ([finding(("A", 0.5)), finding(("B", 0.4)), finding(("A", 0.9))], [1]),  # A is suspected anyway
        ([finding(("A", 0.5), ("B", 0.45)), finding(("B", 0.9))], [0]),  # only best matches speak
    ],
)
def test_the_likeliest_in_doubt_get_a_second_look(findings: list[Finding], expected: list[int]) -> None:
    assert in_doubt(findings) == expected
    assert len(expected) <= MOST


@pytest.mark.parametrize("agreement", [0.0, 0.35, 0.9, 1.0])
def test_a_settled_finding_has_a_new_score_and_says_how_well_the_artwork_fits(agreement: float) -> None:
    second, found = SecondLook(intercept=0.0, first=1.0, fitted=5.0), finding(("A", 0.4), ("B", 0.2))
    after = settled(found, agreement, second)
    assert after.matches[0].score == pytest.approx(second.score(0.4, agreement))
    assert after.matches[0].fitted == agreement
    assert (after.matches[0].mark, after.matches[1:]) == (found.matches[0].mark, found.matches[1:])
    assert (after.detection, after.readings, after.cohort) == (found.detection, found.readings, found.cohort)


def test_only_filed_artwork_is_laid_on_what_is_open() -> None:
    found = finding(("A", 0.4))
    assert can_be_laid(found)
    assert not can_be_laid(finding(("A", HIGH + 0.1)))
    words = replace(found.matches[0], mark=Mark(mark_id="m", title="Wave", holder="A", lettered=True))
    assert not can_be_laid(replace(found, matches=(words,)))


def test_where_there_is_nothing_to_compare_the_first_look_stands() -> None:
    found = finding(("A", 0.4))
    assert settled(found, None, SecondLook(intercept=-3.0, first=1.0, fitted=5.0)) == found
