"""Word or figurative: what the reader says of the filed artwork decides, whatever else is written there."""

from collections.abc import Callable

import numpy as np
import pytest

from inference.reader import QUICK, THOROUGH, Limits
from inference.vocabulary import Boxes, Image, Reading
from training.recognition.kinds import LONGEST, SIDE, kind_of

INK = np.full((20, 80, 4), 255, np.uint8)  # white on nothing: shown dark on light


class Saying:
    """A reader that says what a function makes of the picture, and remembers what it was shown."""

    sha256: dict[str, str] = {}

    def __init__(self, says: Callable[[Image], list[str]]) -> None:
        self._says = says
        self.shown: list[tuple[Image, Boxes, Limits]] = []

    def read(self, image: Image, boxes: Boxes, limits: Limits = QUICK) -> list[tuple[Reading, ...]]:
        self.shown.append((image, boxes, limits))
        return [tuple(Reading(text=text, confidence=0.9) for text in self._says(image))]


@pytest.mark.parametrize(
    ("title", "said", "kind"),
    [
        ("Nescafé®", ["NESCAFE"], "word"),
        ("Rock & Roll", ["since 1871", "rock  roll"], "word"),
        ("Acme", ["ACME Ltd"], "figurative"),  # more than the title is not the title
        ("Acme", ["Acne"], "figurative"),
        ("Acme", [], "figurative"),
        ("***", ["***"], "figurative"),  # nothing of it can be read
    ],
)
def test_the_title_must_be_read_letter_by_letter(title: str, said: list[str], kind: str) -> None:
    assert kind_of([(title, INK)], Saying(lambda _: said)) == kind


def test_one_readable_picture_of_several_is_enough() -> None:
    pictures = [("Acme", INK), ("Acme Bird", INK)]
    assert kind_of(pictures, Saying(lambda _: ["acme-bird"])) == "word"


def test_without_artwork_nothing_is_read() -> None:
    assert kind_of([], Saying(lambda _: ["acme"])) == "figurative"


def test_white_artwork_is_shown_dark_on_light_at_256_px() -> None:
    reader = Saying(lambda _: [])
    kind_of([("Acme", INK)], reader)
    ((image, boxes, limits),) = reader.shown  # once: light ground alone
    x1, y1, x2, y2 = boxes[0]
    assert (x2 - x1, y2 - y1) == (LONGEST, LONGEST / 4)
    assert limits == THOROUGH
    assert image[round((y1 + y2) / 2), SIDE // 2].max() < 40
    assert image[2, 2].min() == 255


def test_a_sliver_of_artwork_can_be_shown() -> None:
    sliver = np.full((1, 256, 4), 255, np.uint8)
    assert kind_of([("Acme", sliver)], Saying(lambda _: [])) == "figurative"
