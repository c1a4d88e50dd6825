"""Fitting: artwork that can have been printed there wins over one that cannot; what is decided is left alone."""

import numpy as np
import pytest

from inference.artwork.ground import Rgba
from inference.fitting import CANDIDATES, CHANCE, MOST, Fitter, fitted, worth
from inference.gallery import Hit
from inference.vocabulary import Mark
from tests.unit.inference.shapes import arrow, box_of, cross, photograph, warp_of

WARP = warp_of(arrow(), (110.0, 130.0), (290.0, 110.0), (270.0, 270.0), (120.0, 250.0))


def hit(holder: str, similarity: float, wording: float = 0.0) -> Hit:
    mark = Mark(mark_id=holder, title=holder, holder=holder)
    return Hit(mark=mark, reference=holder, similarity=similarity, wording=wording)


class Asked:
    """Says how each artwork fits, and notes which were asked for."""

    def __init__(self, **agreements: float) -> None:
        self.agreements, self.references = agreements, list[str]()

    def __call__(self, reference: str) -> float:
        self.references.append(reference)
        return self.agreements.get(reference, -1.0)


def filed(reference: str) -> Rgba | None:
    return {"arrow": arrow(), "cross": cross()}.get(reference)


def test_the_artwork_that_is_printed_there_fits_and_another_does_not() -> None:
    fitter, image, box = Fitter(artworks=filed), photograph(arrow(), WARP), box_of(arrow(), WARP)
    assert (fitter.support(image, box, "arrow") or 0) > 0.8
    assert (fitter.support(image, box, "cross") or 0) < 0.6
    assert fitter.support(image, box, "lost") is None


@pytest.mark.parametrize("box", [(5.0, 5.0, 9.0, 60.0), (900.0, 900.0, 999.0, 999.0), (50.0, 50.0, 10.0, 10.0)])
def test_a_place_with_nothing_to_compare_fits_nowhere(box: tuple[float, float, float, float]) -> None:
    assert Fitter(artworks=filed).support(photograph(arrow(), WARP), box, "arrow") is None


def test_a_photograph_for_artwork_fits_nowhere() -> None:
    noise = np.random.default_rng(5).integers(0, 256, (80, 80, 3)).astype(np.uint8)
    whole = np.dstack([noise, np.full((80, 80), 255, np.uint8)])
    fitter = Fitter(artworks=lambda reference: whole)
    assert fitter.support(photograph(arrow(), WARP), box_of(arrow(), WARP), "noise") is None


def test_a_mark_of_words_alone_is_not_fitted() -> None:
    words = Hit(mark=Mark(mark_id="w", title="w", holder="w", lettered=True), reference="w", similarity=0.6)
    asked = Asked(fits=0.9)
    assert fitted([words, hit("fits", 0.55)], asked)[0].mark.holder == "fits"
    assert asked.references == ["fits"]


def test_what_fits_overtakes_what_only_looks_alike() -> None:
    ranked = fitted([hit("alike", 0.60), hit("fits", 0.55), hit("third", 0.5)], Asked(alike=0.3, fits=0.9))
    assert [one.mark.holder for one in ranked] == ["fits", "alike", "third"]
    assert ranked[0].likeness == pytest.approx(0.55 + worth(0.9))
    assert ranked[0].similarity == 0.55


def test_what_cannot_win_is_not_laid_down() -> None:
    asked = Asked(a=0.5, b=0.5)
    fitted([hit("a", 0.60), hit("b", 0.60 - MOST + 0.01), hit("c", 0.60 - MOST - 0.01)], asked)
    assert asked.references == ["a", "b"]
    asked = Asked()
    alone = [hit("a", 0.60), hit("b", 0.60 - MOST - 0.01)]
    assert fitted(alone, asked) == alone
    assert fitted([], asked) == []
    assert not asked.references


def test_no_more_than_the_best_candidates_are_laid_down() -> None:
    asked = Asked()
    many = [hit(str(number), 0.6 - number / 1000) for number in range(12)]
    assert [one.mark.holder for one in fitted(many, asked)] == [str(number) for number in range(12)]
    assert len(asked.references) == CANDIDATES


def test_a_word_that_was_read_outweighs_every_fit() -> None:
    read, asked = hit("read", 0.1, wording=1.0), Asked(other=1.0)
    assert fitted([read, hit("other", 0.79 - MOST)], asked)[0] is read
    (best, _) = fitted([hit("read", 0.11, wording=1.0), hit("other", 0.8)], Asked(read=1.0, other=0.4))
    assert best.mark.holder == "read"
    assert best.likeness == pytest.approx(0.81)  # the word says it all: a fit adds nothing


def test_agreement_by_chance_is_worth_nothing() -> None:
    assert [worth(a) for a in (None, 0.0, CHANCE)] == [0.0, 0.0, 0.0]
    assert worth(1.0) == pytest.approx(MOST)
