"""The verifier with a net that compares parts by hand: ranks anew, leaves alone what it cannot compare."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.gallery import Gallery, Hit
from inference.parts import as_bytes
from inference.verifier import TRUST, Verifier
from inference.vocabulary import Mark, Vectors
from inference.wording import WEIGHT

PARTS = 3


class Product:
    """Adds half of the product, once trusted, of the two pictures' parts; counts its runs."""

    runs = 0

    def run(self, pairs: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        self.runs += 1
        return [0.5 / TRUST * (pairs[:, :PARTS] * pairs[:, PARTS : 2 * PARTS]).sum(1)]


def hit(holder: str, similarity: float, parts: Sequence[float] | None) -> Hit:
    mark = Mark(mark_id=holder, title=holder, holder=holder)
    kept = None if parts is None else as_bytes(np.array(parts, np.float32))
    return Hit(mark=mark, reference=holder, similarity=similarity, parts=kept)


def query(*parts: float) -> Vectors:
    return np.array([[1.0, 0.0, *parts]], np.float32)


def test_the_artwork_whose_parts_are_found_again_comes_first() -> None:
    (ranked,) = Verifier(Product(), parts=PARTS).verify(
        query(1, 0, 0), [[hit("A", 0.6, (0, 1, 0)), hit("B", 0.5, (1, 0, 0))]]
    )
    assert [(h.mark.holder, round(h.verified, 3)) for h in ranked] == [("B", 0.5), ("A", 0.0)]
    assert ranked[0].likeness == pytest.approx(1.0)
    assert ranked[0].similarity == 0.5  # what the vectors said stays


def test_a_word_that_was_read_leaves_the_comparison_only_what_it_leaves_open() -> None:
    read = replace(hit("A", 0.2, (0, 1, 0)), wording=0.8)
    (ranked,) = Verifier(Product(), parts=PARTS).verify(query(1, 0, 0), [[replace(read, parts=None), read]])
    assert ranked[0].likeness == pytest.approx(0.2 + WEIGHT * 0.8)
    both = Verifier(Product(), parts=PARTS).verify(query(0, 1, 0), [[read]])
    assert both[0][0].likeness == pytest.approx(0.2 + WEIGHT * 0.8 + 0.2 * 0.5)


def test_hits_without_parts_stay_as_they_are() -> None:
    (ranked,) = Verifier(Product(), parts=PARTS).verify(
        query(1, 0, 0), [[hit("A", 0.6, None), hit("B", 0.2, (1, 0, 0)), hit("C", 0.1, None)]]
    )
    assert [(h.mark.holder, round(h.verified, 3)) for h in ranked] == [("B", 0.5), ("A", 0.0), ("C", 0.0)]


def test_all_pairs_of_a_photograph_are_one_run_and_none_is_none() -> None:
    net = Product()
    verifier = Verifier(net, parts=PARTS)
    net.runs = 0
    queries = np.repeat(query(1, 0, 0), 3, 0)
    found = verifier.verify(queries, [[hit("A", 0.6, (1, 0, 0))], [], [hit("B", 0.6, (0, 0, 1))] * 2])
    assert ([len(own) for own in found], net.runs) == ([1, 0, 2], 1)
    assert verifier.verify(queries, [[], [], []]) == [[], [], []]
    assert net.runs == 1


def test_the_gallery_gives_each_hit_the_parts_of_its_artwork() -> None:
    gallery = Gallery(2, PARTS)
    rows = np.array([[1, 0, 0.5, -0.5, 1], [0, 1, 0.25, 0, 0]], np.float32)
    gallery.add(Mark(mark_id="a", title="a", holder="A"), rows, ["first", "second"])
    ((best,),) = gallery.search(query(9, 9, 9), 1)
    assert best.reference == "first"
    assert best.parts is not None
    np.testing.assert_array_equal(best.parts, as_bytes(rows[0, 2:]))


def test_the_gallery_keeps_parts_when_it_grows_and_when_it_forgets() -> None:
    gallery = Gallery(2, PARTS)
    for index in range(600):
        turn = 2 * np.pi * index / 600
        row = np.array([[np.cos(turn), np.sin(turn), index / 600, 0, 0]], np.float32)
        gallery.add(Mark(mark_id=str(index), title="t", holder=str(index)), row, ["r"])
    for index in range(0, 400):
        gallery.remove(str(index))
    turn = np.float32(2 * np.pi * 500 / 600)
    ((best,),) = gallery.search(np.array([[np.cos(turn), np.sin(turn), 0, 0, 0]], np.float32), 1)
    assert best.mark.mark_id == "500"
    assert best.parts is not None
    assert best.parts[0] == round(500 / 600 * 127)


def test_rows_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must be \(n, 5\) float32, got \(1, 2\)"):
        Gallery(2, PARTS).add(Mark(mark_id="a", title="a", holder="A"), np.array([[1, 0]], np.float32), ["r"])
    with pytest.raises(ValueError, match="parts at least 0"):
        Gallery(2, -1)
