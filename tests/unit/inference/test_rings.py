"""Lettering along the rim of a disc, unrolled."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.recogniser import HEIGHT, load_recogniser
from inference.rings import WIDTH, is_lettered, is_round, upper_arc
from inference.vocabulary import Image
from inference.wording import fold


def disc(word: str, *, squeeze: float = 1.0) -> Image:
    """A disc of 300 px whose upper rim says `word`."""
    strip = np.zeros((60, 620), np.uint8)
    cv2.putText(strip, word, (60, 46), cv2.FONT_HERSHEY_DUPLEX, 1.6, 255, 4, cv2.LINE_AA)
    y, x = np.mgrid[0:300, 0:300].astype(np.float32) - 149.5
    turn, reach = np.pi - np.arctan2(-y, x), np.hypot(x, y)  # 0 at the left, pi at the right, over the top
    mapped = cv2.remap(strip, (turn / np.pi * 619).astype(np.float32), 59 - (reach - 90), cv2.INTER_LINEAR)
    image = np.full((300, 300, 3), 240, np.uint8)
    image[reach < 148] = (30, 90, 60)
    image[mapped > 100] = 250
    return np.asarray(cv2.resize(image, (300, round(300 * squeeze)), interpolation=cv2.INTER_AREA), np.uint8)


@pytest.mark.parametrize("squeeze", [1.0, 0.75])
def test_a_word_along_the_rim_is_read(squeeze: float) -> None:
    image = disc("LANTERN", squeeze=squeeze)
    line = upper_arc(image, np.array([0, 0, 300, 300 * squeeze], np.float32))
    assert line.shape == (HEIGHT, WIDTH, 3)
    read, _ = load_recogniser(threads=1).text(line)
    assert fold(read) == "lantern"


@pytest.mark.parametrize(
    ("box", "expected"),
    [((0, 0, 40, 40), True), ((0, 0, 70, 40), True), ((0, 0, 80, 40), False), ((0, 0, 27, 27), False)],
)
def test_only_boxes_about_as_wide_as_high_hold_discs(box: tuple[float, ...], expected: bool) -> None:
    assert is_round(np.array(box, np.float32)) is expected


@pytest.mark.parametrize("box", [(-500, -500, -400, -400), (0, 0, 1e5, 1e5), (5, 5, 5, 5)])
def test_any_box_can_be_unrolled(box: tuple[float, ...]) -> None:
    assert upper_arc(disc("ANY"), np.array(box, np.float32)).shape == (HEIGHT, WIDTH, 3)


def arc(share: float) -> NDArray[np.float32]:
    """A map (200, 200) of chances with lettering along a share of the upper rim of a disc of 160 px, from the left."""
    y, x = np.mgrid[0:200, 0:200].astype(np.float32) - 99.5
    turn, reach = np.pi - np.arctan2(-y, x), np.hypot(x, y)  # 0 at the left, pi at the right, over the top
    core = (reach > 62) & (reach < 68) & (turn >= 0) & (turn <= share * np.pi)
    return core.astype(np.float32)


@pytest.mark.parametrize(
    ("chances", "expected"),
    [
        (arc(0.6), True),
        (arc(0.2), True),
        (arc(0.02), False),
        (np.zeros((200, 200), np.float32), False),
        (np.ones((200, 200), np.float32), False),  # written on all over
    ],
    ids=["most", "some", "speck", "blank", "full"],
)
def test_a_rim_is_lettered_where_the_line_finder_sees_something_along_it(
    chances: NDArray[np.float32], expected: bool
) -> None:
    assert is_lettered(chances, np.array([20, 20, 180, 180], np.float32)) is expected


def test_a_rim_outside_the_picture_has_no_lettering() -> None:
    assert not is_lettered(arc(0.6), np.array([900, 900, 990, 990], np.float32))
