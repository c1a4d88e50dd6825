"""A mark among kept detections: facts that make no sense, then scores equal to those of an inspection."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.archive import Fact, Seen, packed, stacked
from inference.archive_search import (
    Asking,
    Calibrated,
    candidates,
    margins_of,
    rates_of,
    scores_of,
    similarities_of,
)
from inference.calibration import REFERENCE_SIZE, Calibration
from inference.cohort import Cohort
from inference.gallery import Gallery, Hit
from inference.inspector import Inspector
from inference.ordinary import Ordinary
from inference.suspicion import match
from inference.vocabulary import Detection, Finding, Mark

D = 16
FITTED = Calibration(
    intercept=-6.0, similarity=5.5, margin=9.0, wording=4.0, verified=2.0, detection=3.5, size=0.6, rarity=0.8
)


def random_units(n: int, seed: int) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).standard_normal((n, D))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


class Net:
    """An embedder of which only the length is asked."""

    dimension, parts, sha256 = D, 0, "e" * 64


class Nothing:
    """A detector that is not asked."""

    sha256 = "d" * 64


def inspector(**parts: Any) -> Inspector:
    return Inspector(detector=Nothing(), embedder=Net(), gallery=Gallery(D), calibration=FITTED, threshold=0.5, **parts)


def mark(name: str, holder: str | None = None) -> Mark:
    return Mark(mark_id=name, title=name, holder=holder or f"{name} plc")


def hit(name: str, similarity: float) -> Hit:
    return Hit(mark=mark(name), reference="r", similarity=similarity)


def seen_of(findings: list[Finding]) -> Seen:
    one = packed(findings)
    return stacked([(one.count, one.vectors, one.facts)], D).seen


def own(*pairs: tuple[bool, bool]) -> NDArray[np.bool_]:
    return np.array(pairs, np.bool_)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 3e38])
@pytest.mark.parametrize("which", list(Fact))
def test_facts_that_make_no_sense_neither_raise_nor_hide_the_others(which: Fact, value: float) -> None:
    vectors = random_units(3, 1)
    seen = seen_of([finding(row) for row in vectors])
    facts = seen.facts.copy()
    facts[1, which] = value
    seen = replace(seen, facts=facts)
    cosines = similarities_of(seen, vectors)
    found = candidates(seen, cosines, vectors, Calibrated(calibration=FITTED), 0.01)
    scores = scores_of(found, own(*[(False, False)] * len(found.places)), vectors, Calibrated(calibration=FITTED))
    assert {0, 2} <= set(found.places.tolist())
    good = dict(zip(found.places.tolist(), scores.tolist(), strict=True))
    assert good[0] > 0.01
    assert good[2] > 0.01


def finding(vector: NDArray[np.float32], *hits: Hit, cohort: float | None = None, **changes: Any) -> Finding:
    detection = Detection(**{"box": (0.0, 0.0, 50.0, 20.0), "score": 0.8, **changes})
    return Finding(
        detection=detection,
        matches=match(hits, seen=detection, calibration=FITTED, cohort=cohort),
        cohort=cohort,
        vector=vector,
    )


@given(
    st.lists(st.floats(-0.5, 0.9), max_size=4),
    st.none() | st.floats(-0.5, 0.9),
    st.floats(0, 1),
    st.tuples(st.floats(0, 900), st.floats(0, 900)),
    st.integers(0, 9999),
)
def test_a_mark_recorded_later_scores_as_it_would_have(
    others: list[float], cohort: float | None, seen: float, size: tuple[float, float], seed: int
) -> None:
    """The archive gives the score that `match` gives if the mark is in the gallery from the start."""
    vector, filed = random_units(1, seed)[0], random_units(3, seed + 1)
    hits = [hit(f"m{n}", similarity) for n, similarity in enumerate(others)]
    past = finding(vector, *hits, cohort=cohort, box=(0.0, 0.0, *size), score=seen)
    archived = seen_of([past])
    ordinary = Ordinary(random_units(8, 5))
    rates = Calibrated(calibration=FITTED, ordinary=ordinary)
    cosines = similarities_of(archived, filed)
    likest = int(cosines[0].argmax())
    rarity = float(ordinary.rarity(filed[likest : likest + 1])[0])
    new = replace(hit("new", float(cosines[0, likest])), rarity=rarity)
    (expected,) = [
        one.score
        for one in match([*hits, new], seen=past.detection, calibration=FITTED, cohort=cohort)
        if one.mark.mark_id == "new"
    ]
    found = candidates(archived, cosines, filed, rates, 0.0)
    assert found.places.tolist() == [0]
    assert scores_of(found, own((False, False)), filed, rates).tolist() == pytest.approx([expected], abs=1e-4)


def test_the_mark_s_own_right_holder_is_no_rival() -> None:
    vector = random_units(1, 3)[0]
    seen = seen_of([finding(vector, hit("sibling", 0.8), hit("other", 0.3), cohort=0.1)])
    near = np.array([0.9], np.float32)
    given = {(False, False): 0.1, (True, False): 0.6, (False, True): 0.1, (True, True): 0.8}
    for which, margin in given.items():
        assert margins_of(seen, near, own(which)).tolist() == pytest.approx([margin], abs=1e-6)
    alone = seen_of([finding(vector, hit("sibling", 0.8))])
    assert margins_of(alone, near, own((True, False))).tolist() == [0.0]  # nobody to lead over
    assert margins_of(seen_of([finding(vector)]), near, own((False, False))).tolist() == [0.0]


def test_candidates_are_all_whose_score_may_do_whoever_their_rivals_are() -> None:
    vectors = random_units(400, 7)
    rng = np.random.default_rng(8)
    findings = [
        finding(row, *(hit(f"m{n}", s) for n, s in enumerate(rng.uniform(-0.2, 0.9, rng.integers(0, 4)).tolist())))
        for row in vectors
    ]
    seen, filed, rates = seen_of(findings), random_units(2, 9), Calibrated(calibration=FITTED)
    cosines = similarities_of(seen, filed)
    found = candidates(seen, cosines, filed, rates, 0.3)
    whole = candidates(seen, cosines, filed, rates, 0.0)
    reached = set()
    for which in ((False, False), (True, False), (False, True)):
        scores = scores_of(whole, own(*[which] * len(whole.places)), filed, rates)
        reached |= set(whole.places[scores >= 0.3].tolist())
    assert 0 < len(found.places) < len(whole.places) == 400
    assert reached <= set(found.places.tolist())


def test_rating_equals_the_inspector_s() -> None:
    """On crops of the usual size, found surely: what `Inspector.rate` takes for granted."""
    cohort, ordinary = Cohort(random_units(30, 1)), Ordinary(random_units(30, 2))
    judge = inspector(cohort=cohort, ordinary=ordinary)
    vectors, filed = random_units(50, 3), random_units(4, 4)
    rivals = np.random.default_rng(5).uniform(-0.3, 0.6, 50).astype(np.float32)
    crowd = cohort.likeness(vectors).tolist()
    box = (0.0, 0.0, REFERENCE_SIZE, REFERENCE_SIZE)
    past = [
        finding(row, hit("rival", float(rival)), cohort=like, box=box, score=1.0)
        for row, rival, like in zip(vectors, rivals, crowd, strict=True)
    ]
    seen = seen_of(past)
    cosines = similarities_of(seen, filed)
    rates = rates_of(judge)
    assert isinstance(rates, Calibrated)
    found = candidates(seen, cosines, filed, rates, 0.0)
    scores = scores_of(found, own(*[(False, False)] * 50), filed, rates)
    exact = vectors @ filed.T
    expected = judge.rate(vectors, exact.max(1), rivals, filed[exact.argmax(1)])
    assert len(scores) == 50
    assert np.abs(scores - expected).max() < 0.02  # a cosine that moved by up to 0.006, for d is only 16 here
    same = judge.rate(vectors, found.similarities, rivals, filed[found.likest])
    assert np.abs(scores - same).max() < 1e-5


def test_an_inspector_without_a_calibration_is_asked() -> None:
    class Plain:
        def rate(self, vectors: Any, similarities: Any, rivals: Any, filed: Any) -> list[float]:
            assert vectors.shape == filed.shape == (len(similarities), D)
            return [float(near) - float(rival) for near, rival in zip(similarities, rivals, strict=True)]

    rates = rates_of(Plain())
    assert isinstance(rates, Asking)
    vectors = random_units(5, 1)
    seen = seen_of([finding(row, hit("rival", 0.25), cohort=0.2) for row in vectors])
    found = candidates(seen, similarities_of(seen, vectors[:1]), vectors[:1], rates, 0.5)
    assert found.places.tolist() == [0]
    assert scores_of(found, own((False, False)), vectors[:1], rates).tolist() == pytest.approx([0.75], abs=0.01)


def test_nothing_is_found_among_nothing() -> None:
    seen = seen_of([])
    empty = replace(seen, vectors=np.zeros((0, D), np.int8))
    filed = random_units(2, 1)
    found = candidates(empty, similarities_of(empty, filed), filed, Calibrated(calibration=FITTED), 0.0)
    assert found.places.tolist() == []
