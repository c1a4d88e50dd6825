"""What is kept of detections: ugly findings first, then how exactly they come back."""

import json
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.archive import Fact, facts_of, packed, stacked
from inference.archive_search import similarities_of
from inference.vocabulary import Detection, Finding, Mark, Match

WIDTH = 4 * len(Fact)


def unit(rows: NDArray[np.floating]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def random_units(n: int, d: int = 256, seed: int = 1) -> NDArray[np.float32]:
    return unit(np.random.default_rng(seed).standard_normal((n, d)))


def match(name: str, similarity: float, score: float = 0.5) -> Match:
    mark = Mark(mark_id=name, title=name, holder=f"{name} plc")
    return Match(mark=mark, reference="r", similarity=similarity, score=score)


def finding(
    vector: NDArray[np.float32] | None, *matches: Match, cohort: float | None = None, seen: float = 0.75
) -> Finding:
    detection = Detection(box=(1.0, 2.0, 31.5, 42.25), score=seen)
    return Finding(detection=detection, matches=matches, cohort=cohort, vector=vector)


def kept(findings: Sequence[Finding], d: int):  # noqa: ANN201 - tests are not typed
    one = packed(findings)
    return stacked([(one.count, one.vectors, one.facts)], d).seen


def test_nothing_is_kept_of_nothing() -> None:
    one = packed([])
    assert (one.count, one.vectors, one.facts, one.marks) == (0, b"", b"", [])
    assert len(stacked([(0, b"", b"")], 256).seen) == 0
    assert len(stacked([], 256).seen) == 0


@pytest.mark.parametrize("vector", [None, np.full(8, np.nan, np.float32), np.full(8, np.inf, np.float32)])
def test_what_cannot_be_compared_is_left_out_and_its_neighbours_stay(vector: NDArray[np.float32] | None) -> None:
    good = random_units(1, 8)[0]
    one = packed([finding(vector, match("a", 0.1)), finding(good, match("b", 0.2)), finding(vector)])
    assert (one.count, one.marks) == (1, [["b"]])
    assert one.facts == packed([finding(good, match("b", 0.2))]).facts


def test_a_vector_of_nothing_is_like_nothing() -> None:
    seen = kept([finding(np.zeros(8, np.float32))], 8)
    assert seen.fact(Fact.LENGTH)[0] == 0
    assert np.isnan(similarities_of(seen, random_units(2, 8))).all()


def test_all_facts_come_back_and_what_is_unknown_is_nobody() -> None:
    vector = random_units(1)[0]
    best, third, second = match("best", 0.5, 0.8), match("third", 0.3), match("second", 0.75)
    findings = [finding(vector, best, third, second, cohort=0.25), finding(vector, best), finding(vector)]
    seen = kept(findings, 256)
    assert seen.facts[0, :-1].tolist() == [1.0, 2.0, 31.5, 42.25, 0.75, np.float32(0.8), 0.5, 0.75, 0.25]
    assert seen.facts[1, :-1].tolist()[:7] == [1.0, 2.0, 31.5, 42.25, 0.75, np.float32(0.8), 0.5]
    assert np.isnan(seen.facts[1, Fact.RIVAL : Fact.COHORT + 1]).all()
    assert seen.facts[2, Fact.SCORE] == 0
    assert np.isnan(seen.facts[2, Fact.SIMILARITY : Fact.COHORT + 1]).all()
    marks = packed(findings).marks
    assert json.loads(json.dumps(marks)) == [["best", "second"], ["best"], []]


def test_views_are_stacked_and_damaged_ones_are_counted_and_left_out() -> None:
    rows = [packed([finding(row) for row in random_units(n, 16, seed=n)]) for n in (2, 1, 3)]
    good = [(one.count, one.vectors, one.facts) for one in rows]
    broken = [
        (2, good[0][1][:-1], good[0][2]),
        (2, good[0][1], good[0][2][:-4]),
        (3, good[0][1], good[0][2]),
        (-1, b"", b""),
        (0, b"\0", b""),
        (10**12, b"", b""),
    ]
    stack = stacked([good[0], *broken, (0, b"", b""), good[1], good[2]], 16)
    assert stack.damaged == len(broken)
    assert stack.views.tolist() == [0, 0, 8, 9, 9, 9]
    assert stack.seen.vectors.tobytes() == b"".join(vectors for _, vectors, _ in good)
    assert stack.seen.facts.shape == (6, len(Fact))


def test_vectors_of_another_length_are_damaged() -> None:
    one = packed([finding(random_units(1, 16)[0])])
    assert stacked([(one.count, one.vectors, one.facts)], 17).damaged == 1


def test_facts_alone() -> None:
    one = packed([finding(row) for row in random_units(3, 8)])
    assert facts_of(one.facts).shape == (3, len(Fact))
    assert facts_of(one.facts[:-1]).shape == (0, len(Fact))
    assert facts_of(b"").shape == (0, len(Fact))


@given(
    st.lists(st.lists(st.floats(-1, 1, width=32), min_size=8, max_size=8), min_size=1, max_size=5), st.integers(0, 9999)
)
def test_a_cosine_moves_by_no_more_than_rounding_explains(rows: list[list[float]], seed: int) -> None:
    wide = np.array(rows, np.float64)
    wide[np.linalg.norm(wide, axis=1) < 1e-3] = 1.0
    vectors, filed = unit(wide), random_units(3, 8, seed)
    moved = np.abs(similarities_of(kept([finding(row) for row in vectors], 8), filed) - vectors @ filed.T).max(1)
    bound = 2 * np.sqrt(8) * np.abs(vectors).max(1) / 254 + 1e-5  # rounding the row, and the length it is divided by
    assert (moved <= bound).all()


def test_a_cosine_of_256_parts_moves_by_less_than_three_thousandths() -> None:
    vectors, filed = random_units(20_000), random_units(8, seed=2)
    filed = np.concatenate([filed, unit(vectors[:8] + 0.3 * random_units(8, seed=3))])  # unlike and like
    moved = np.abs(similarities_of(kept([finding(row) for row in vectors], 256), filed) - vectors @ filed.T)
    assert 0 < moved.max() < 0.003
    assert moved.mean() < 0.0005


def test_more_rows_than_are_made_floats_at_once() -> None:
    from inference.archive import Seen  # noqa: PLC0415
    from inference.archive_search import AT_ONCE  # noqa: PLC0415

    rng = np.random.default_rng(0)
    bytes_of = rng.integers(-127, 128, (2 * AT_ONCE + 3, 4), dtype=np.int8)
    facts = np.ones((len(bytes_of), len(Fact)), np.float32)
    filed = random_units(2, 4)
    expected = bytes_of.astype(np.float64) @ filed.T.astype(np.float64)
    assert np.allclose(similarities_of(Seen(vectors=bytes_of, facts=facts), filed), expected, atol=1e-4)
