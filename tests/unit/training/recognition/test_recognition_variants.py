"""Inspectors with one part changed, and parts that look once."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from inference.calibration import Calibration
from inference.gallery import Gallery
from inference.inspector import Inspector
from inference.lines import Lines
from inference.reader import QUICK, Limits
from inference.vocabulary import Boxes, Image, Mark, Reading, Vectors
from tests.fakes import FakeDetector, FakeEmbedder
from training.recognition.variants import Inside, Remembering, copied, has, reading_inside, remembering

GREY = np.full((40, 60, 3), 90, np.uint8)
BOXES = np.array([[0, 0, 60, 40]], np.float32)


class Detector(FakeDetector):
    sha256 = "d" * 64


class Embedder(FakeEmbedder):
    def embed(self, image: Image, boxes: Boxes, thorough: int = 8) -> Vectors:
        return super().embed(image, boxes)


@dataclass
class Reader:
    """Says the same of each box, in three places, and counts how often it is asked."""

    asked: int = 0
    sha256: dict[str, str] = field(default_factory=lambda: {"reader": "e" * 64})

    def find(self, image: Image) -> Lines:
        return Lines(quads=np.zeros((0, 4, 2), np.float32), chances=np.zeros((4, 4), np.float32))

    def read(
        self, image: Image, boxes: Boxes, limits: Limits = QUICK, found: Lines | None = None
    ) -> list[tuple[Reading, ...]]:
        self.asked += 1
        places = ("in", "beside", "around")
        return [tuple(Reading(text=place, confidence=0.9, place=place) for place in places) for _ in boxes]


def inspector(reader: Reader | None) -> Inspector:
    embedder = Embedder()
    gallery = Gallery(embedder.dimension)
    for title in ("beside", "around"):
        vectors = embedder.embed_image(GREY)[None]
        gallery.add(Mark(mark_id=title, title=title, holder=title), vectors, ["r"])
    return Inspector(
        detector=Detector(),  # type: ignore[arg-type]
        embedder=embedder,  # type: ignore[arg-type]
        gallery=gallery,
        calibration=Calibration(intercept=-5.0, similarity=9.0),
        threshold=0.5,
        reader=reader,
    )


def test_a_copy_lacks_one_part_and_shares_the_rest() -> None:
    whole = inspector(Reader())
    unread = copied(whole, reader=None)
    assert unread.reader is None
    assert whole.reader is not None
    assert unread.gallery is whole.gallery
    assert has(whole, "reader")
    assert not has(unread, "reader")


def test_a_part_that_no_inspector_has_is_named() -> None:
    with pytest.raises(AttributeError, match="crystal_ball"):
        copied(inspector(None), crystal_ball=None)
    assert not has(inspector(None), "crystal_ball")


def test_inside_leaves_out_what_stands_beside() -> None:
    (readings,) = Inside(Reader()).read(GREY, BOXES)
    assert [reading.place for reading in readings] == ["in", "around"]


def test_what_stands_beside_decides_nothing_inside() -> None:
    whole = inspector(Reader())
    assert whole.recognise(GREY, BOXES, 1)[0][0].mark.title == "beside"  # equally read: the first
    assert reading_inside(whole).recognise(GREY, BOXES, 1)[0][0].mark.title == "around"


def test_without_a_reader_nothing_is_read_inside() -> None:
    assert reading_inside(inspector(None)).reader is None


def test_variants_share_what_is_seen() -> None:
    reader = Reader()
    shared = copied(inspector(reader), **remembering(inspector(reader)))
    for one in (shared, reading_inside(shared)):
        one.recognise(GREY, BOXES, 1)
        one.inspect(GREY)
    assert reader.asked == 2  # once with all the time, once with little


def test_other_pixels_and_other_boxes_are_not_remembered() -> None:
    reader = Reader()
    part = Remembering(reader)
    part.read(GREY, BOXES)
    part.read(GREY.copy(), BOXES.copy())
    assert reader.asked == 1
    part.read(GREY + np.uint8(1), BOXES)
    part.read(GREY, BOXES + np.float32(1))
    part.read(GREY.reshape(60, 40, 3), BOXES)  # the same bytes in another shape
    part.read(GREY, BOXES, Limits(lines=1, boxes=1, rims=1))
    assert reader.asked == 5
    part.forget()
    part.read(GREY, BOXES)
    assert reader.asked == 6
