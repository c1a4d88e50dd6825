"""Explaining: reasons in words, none for what does not deviate, never a changed score, never a missing answer."""

import cv2
import numpy as np
import pytest

from inference import comparison
from inference.alignment import Alignment, Region
from inference.artwork.ground import Rgba
from inference.comparison import draw_compared
from inference.deviation import Deviation, Part
from inference.drawing import draw
from inference.explaining import MOST, explain, explained, reasons
from inference.suspicion import judge
from inference.vocabulary import Detection, Finding, Image, Mark, Match, Verdict
from tests.unit.inference.shapes import arrow, box_of, cross, photograph, warp_of

STRAIGHT = ((100.0, 120.0), (300.0, 120.0), (300.0, 280.0), (100.0, 280.0))
WARP = warp_of(arrow(), *STRAIGHT)
BOX = box_of(arrow(), WARP)


def verdict(*boxes: tuple[float, float, float, float], reference: str = "arrow") -> Verdict:
    """A suspicion of a right holder of its own at each of the boxes."""
    findings = []
    for number, box in enumerate(boxes):
        mark = Mark(mark_id=f"m{number}", title="Arrow", holder=f"holder {number}")
        match = Match(mark=mark, reference=reference, similarity=0.9, score=0.9 - number / 100)
        findings.append(Finding(detection=Detection(box=box, score=0.9), matches=(match,)))
    return judge(findings, 0.5)


def filed(reference: str) -> Rgba | None:
    return {"arrow": arrow(), "cross": cross()}.get(reference)


def said(image: Image, given: Verdict, artwork: Rgba) -> list[tuple[str, float]]:
    return [(reason.code, reason.weight) for reason in explain(image, given.suspicions[0], artwork)]


def test_what_is_as_filed_gives_no_reason() -> None:
    assert said(photograph(arrow(), WARP), verdict(BOX), arrow()) == []


def test_a_mark_of_words_alone_is_not_compared_with_a_drawing_of_ours() -> None:
    mark = Mark(mark_id="m", title="Arrow", holder="holder", lettered=True)
    match = Match(mark=mark, reference="arrow", similarity=0.4, score=0.9)
    given = judge([Finding(detection=Detection(box=BOX, score=0.9), matches=(match,))], 0.5)
    (suspicion,) = explained(photograph(arrow(), WARP), given, filed).suspicions
    assert [reason.code for reason in suspicion.reasons if "filed artwork" in reason.text] == ["cannot_tell"]
    assert "similarity to plain letters" in " ".join(reason.text for reason in suspicion.reasons)


def test_a_missing_part_is_told_in_words_and_weighs_against() -> None:
    printed = arrow()
    printed[115:, :100, 3] = 0
    (reason,) = explain(photograph(printed, WARP), verdict(BOX).suspicions[0], arrow())
    assert reason.code == "deviates_from_artwork"
    assert "part of the filed artwork is not seen" in reason.text
    assert "at the lower left" in reason.text
    assert -1 <= reason.weight < 0


def test_a_small_place_or_another_mark_cannot_be_told() -> None:
    image = photograph(arrow(), WARP)
    assert said(image, verdict((100.0, 100.0, 160.0, 160.0)), arrow()) == [("cannot_tell", 0.0)]
    assert said(image, verdict(BOX), cross()) == [("cannot_tell", 0.0)]


def test_a_photograph_for_reference_cannot_be_compared() -> None:
    image = photograph(arrow(), WARP)
    noise = np.random.default_rng(5).integers(0, 256, (200, 200, 3)).astype(np.uint8)
    whole = np.dstack([noise, np.full((200, 200), 255, np.uint8)])
    assert said(image, verdict(BOX), whole) == [("cannot_tell", 0.0)]


@pytest.mark.parametrize(
    ("deviation", "words"),
    [
        (Deviation(aspect=1.5), "1.50 times wider"),
        (Deviation(aspect=1 / 1.5), "1.50 times higher"),
        (Deviation(added=Part(share=0.3, where="at the top")), "30%"),
        (Deviation(hue=120.0), "120 degrees"),
        (Deviation(spelling="ADIDOS"), "“ADIDOS”, not “adidas”"),
    ],
)
def test_each_deviation_has_its_words(deviation: Deviation, words: str) -> None:
    (reason,) = reasons(deviation, title="adidas")
    assert words in reason.text
    assert reason.code == "deviates_from_artwork"
    assert -1 <= reason.weight < 0


def test_within_the_limits_nothing_is_said_and_nothing_known_says_nothing() -> None:
    none = Part(share=0.01, where="at the top")
    assert reasons(Deviation(aspect=1.1, missing=none, added=none, hue=10.0), title="t") == ()
    assert reasons(Deviation(), title="t") == ()
    assert Deviation().unknown
    assert not Deviation(hue=1.0).unknown


def test_no_score_is_changed_and_reasons_are_only_added() -> None:
    given = verdict(BOX, (0.0, 0.0, 90.0, 90.0))
    told = explained(photograph(arrow(), WARP), given, filed)
    assert [item.score for item in told.suspicions] == [item.score for item in given.suspicions]
    assert told.decision == given.decision
    for before, after in zip(given.suspicions, told.suspicions, strict=True):
        assert after.reasons[: len(before.reasons)] == before.reasons
    assert told.suspicions[1].reasons[-1].code == "cannot_tell"


def test_without_pixels_nothing_is_said() -> None:
    given = verdict(BOX, reference="unknown")
    assert explained(photograph(arrow(), WARP), given, filed) == given


def test_only_the_strongest_are_explained() -> None:
    asked: list[str] = []

    def count(reference: str) -> None:
        asked.append(reference)

    boxes = [(100.0 * n, 0.0, 100.0 * n + 80, 80.0) for n in range(MOST + 2)]
    explained(np.full((200, 900, 3), 90, np.uint8), verdict(*boxes), count)
    assert len(asked) == MOST


def test_the_artwork_is_drawn_beside_with_its_matched_places() -> None:
    image, given = photograph(arrow(), WARP), verdict(BOX)
    drawn = draw_compared(image, given, filed)
    assert drawn.shape[0] == image.shape[0]
    assert drawn.shape[1] > image.shape[1]
    left, right = drawn[:, : image.shape[1]], drawn[:, image.shape[1] :]
    assert (np.abs(right.astype(int) - (200, 30, 40)).max(2) < 8).sum() > 200  # the artwork's red
    regions = (0, 158, 115)
    assert (np.abs(right.astype(int) - regions).max(2) == 0).any()
    assert (np.abs(left.astype(int) - regions).max(2) < 30).any()
    np.testing.assert_array_equal(draw_compared(image, given, None), draw(image, given))
    np.testing.assert_array_equal(draw_compared(image, verdict(), filed), draw(image, verdict()))


@pytest.mark.parametrize(("height", "width"), [(1, 1), (5, 400), (400, 5), (300, 300)])
def test_a_comparison_is_drawn_on_a_picture_of_any_size(height: int, width: int) -> None:
    image = cv2.resize(photograph(arrow(), WARP), (width, height))
    given = verdict((0.0, 0.0, float(width), float(height)), (0.0, 0.0, 9999.0, 9999.0))
    drawn = draw_compared(np.asarray(image, np.uint8), given, filed)
    assert drawn.shape[0] == height
    assert drawn.shape[1] >= width


def test_places_that_reach_beyond_the_artwork_are_framed_within_it(monkeypatch: pytest.MonkeyPatch) -> None:
    beyond = Region(artwork=(-60.0, -60.0, 900.0, 900.0), image=((1.0, 1.0), (9.0, 1.0), (9.0, 9.0), (1.0, 9.0)))
    found = Alignment(homography=np.eye(3), support=1.0, regions=(beyond,))
    monkeypatch.setattr(comparison, "align", lambda *given: found)
    image = photograph(arrow(), WARP)
    column = draw_compared(image, verdict(BOX), filed)[:, image.shape[1] :]
    ys, xs = np.nonzero((column == comparison.COLOURS[0]).all(2))
    ratio = arrow().shape[1] / arrow().shape[0]
    assert len(xs)
    assert xs.min() > 0
    assert xs.max() < column.shape[1] - 1
    assert (xs.max() - xs.min() + 1) / (ys.max() - ys.min() + 1) == pytest.approx(ratio, rel=0.05)
