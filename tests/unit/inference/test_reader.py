"""The reader: what is written in a box, beside it and around it, each within its limit."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from inference.lines import Lines
from inference.reader import CLOSER, QUICK, THOROUGH, Limits, Reader, joined, load_reader, wanted, within, worth_reading
from inference.vocabulary import Boxes, Image, Reading
from inference.wording import fold


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(threads=1)


def boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)


def written(*lines: tuple[str, int, int]) -> Image:
    image = np.full((400, 640, 3), (235, 230, 220), np.uint8)
    for text, x, y in lines:
        cv2.putText(image, text, (x, y), cv2.FONT_HERSHEY_DUPLEX, 1.8, (20, 40, 150), 4, cv2.LINE_AA)
    return image


def said(readings: Sequence[Reading], place: str) -> set[str]:
    return {fold(reading.text) for reading in readings if reading.place == place}


def test_what_is_in_a_box_and_what_is_below_it_are_told_apart(reader: Reader) -> None:
    image = written(("Kestrel", 60, 120), ("Lantern", 60, 205))
    first, second, far = reader.read(image, boxes((50, 70, 320, 140), (50, 155, 320, 220), (500, 330, 630, 390)))
    assert "kestrel" in said(first, "in")
    assert "lantern" in said(first, "beside")
    assert "lantern" in said(second, "in")
    assert said(far, "in") == said(far, "beside") == set()


def test_a_name_on_two_lines_is_read_as_one_too(reader: Reader) -> None:
    image = written(("Kestrel", 60, 120), ("Lantern", 60, 200))
    (readings,) = reader.read(image, boxes((40, 60, 330, 220)))
    assert {"kestrel", "lantern", "kestrellantern"} <= said(readings, "in")


def test_nothing_is_read_where_nothing_is_written_and_no_boxes_have_no_readings(reader: Reader) -> None:
    blank = np.full((100, 300, 3), 200, np.uint8)
    assert reader.read(blank, boxes((0, 0, 300, 100))) == [()]
    assert reader.read(blank, boxes()) == []


@pytest.mark.parametrize(
    "box",
    [(-90, -90, -10, -40), (900, 300, 990, 330), (0, 0, 99999, 99), (639, 199, 640, 200), (-1e6, 20, 1e6, 60)],
    ids=["outside", "beyond", "endless", "corner", "huge"],
)
def test_any_box_can_be_read(reader: Reader, box: tuple[float, float, float, float]) -> None:
    assert len(reader.read(written(("Any", 60, 120)), boxes(box))) == 1


def test_no_more_is_read_than_the_limits_say(reader: Reader) -> None:
    image = written(("Kestrel", 60, 120), ("Lantern", 60, 230))
    everywhere = boxes((50, 70, 320, 140), (50, 180, 320, 245))
    none = reader.read(image, everywhere, Limits(lines=0, boxes=0, rims=0))
    assert none == [(), ()]
    first, second = reader.read(image, everywhere, Limits(lines=1, boxes=0, rims=0))
    assert said(first, "in") == {"kestrel"}
    assert said(second, "in") == set()


class Counting:
    """A recogniser that counts."""

    def __init__(self, reader: Reader) -> None:
        self._recogniser, self.calls = reader._recogniser, 0

    def text(self, line: Image) -> tuple[str, float]:
        self.calls += 1
        return self._recogniser.text(line)


def test_a_closer_look_reads_nothing_twice(reader: Reader) -> None:
    image = written(("Kestrel", 60, 120), ("Lantern", 60, 230))
    upper, lower = (50, 70, 320, 140), (50, 180, 320, 245)
    wide, found = (350, 300, 600, 340), reader.find(image)  # nothing is written in the wide one: it is read as a whole
    counting = Counting(reader)
    again = Reader(reader._finder, counting)  # type: ignore[arg-type]
    again.read(image, boxes(upper, wide), Limits(lines=1, boxes=1, rims=0), found)
    assert counting.calls == 2
    readings = again.read(image, boxes(lower, upper, wide), CLOSER, found)
    assert counting.calls == 3  # the lower line is new
    assert readings == reader.read(image, boxes(lower, upper, wide), CLOSER)


def test_lines_of_the_best_boxes_are_wanted_first_and_lines_of_none_are_not() -> None:
    near = np.array([[False, False, True, False, True], [True, False, True, False, False]])
    assert wanted(near, near).tolist() == [2, 4, 0]
    assert wanted(np.zeros((0, 3), bool), np.zeros((0, 3), bool)).tolist() == []


def test_lines_beside_a_box_come_after_those_in_one() -> None:
    near = np.array([[True, True, False], [False, True, True]])
    inside = np.array([[False, True, False], [False, False, True]])
    assert wanted(inside, near).tolist() == [1, 2, 0]


class Rims:
    """Says the same of every line that is cut out."""

    sha256 = "a" * 64

    def text(self, line: Image) -> tuple[str, float]:
        return "LANTERN", 0.9


@pytest.mark.parametrize(
    ("lettered", "limits", "read"),
    [(True, QUICK, {"lantern"}), (False, QUICK, set()), (False, THOROUGH, {"lantern"})],
    ids=["lettered", "blank", "blank, but there is time"],
)
def test_a_rim_is_read_where_the_line_finder_sees_lettering_or_where_there_is_time(
    reader: Reader, lettered: bool, limits: Limits, read: set[str]
) -> None:
    chances = np.zeros((100, 100), np.float32)  # of an image of 400 px: a quarter
    if lettered:
        cv2.ellipse(chances, (75, 75), (16, 16), 0, 200, 340, 1.0, 2)
    found = Lines(quads=np.zeros((0, 4, 2), np.float32), chances=chances)
    saying = Reader(reader._finder, Rims())  # type: ignore[arg-type]
    (readings,) = saying.read(np.zeros((400, 400, 3), np.uint8), boxes((220, 220, 380, 380)), limits, found)
    assert said(readings, "around") == read


def test_lines_that_are_known_already_are_not_looked_for_again(reader: Reader) -> None:
    image = written(("Kestrel", 60, 120))
    box = boxes((50, 70, 320, 140))
    none = Lines(quads=np.zeros((0, 4, 2), np.float32), chances=np.zeros((320, 512), np.float32))
    assert reader.read(image, box, Limits(lines=9, boxes=0, rims=0), none) == [()]
    assert reader.read(image, box, QUICK, reader.find(image)) == reader.read(image, box)


def test_a_line_belongs_to_a_box_by_its_middle() -> None:
    quads = np.array([[[10, 10], [30, 10], [30, 20], [10, 20]], [[90, 10], [130, 10], [130, 20], [90, 20]]], np.float32)
    box = boxes((0, 0, 100, 40))
    assert within(quads, box, 0, 0).tolist() == [[True, False]]
    assert within(quads, box, 0.1, 0.1).tolist() == [[True, True]]  # 110 is just within


def test_too_many_lines_are_no_name() -> None:
    quads = np.zeros((5, 4, 2), np.float32) + np.arange(5, dtype=np.float32)[:, None, None]
    words = [Reading(text=word, confidence=0.9) for word in ("a", "b", "c", "d", "e")]
    assert joined(quads, words) == []
    assert joined(quads[:1], words[:1]) == []
    assert [one.text for one in joined(quads[:2], words[:2])] == ["ab"]


def test_only_wide_boxes_of_some_height_without_a_line_are_read_as_a_whole() -> None:
    wide, tall, low = (0.0, 0.0, 60.0, 20.0), (0.0, 0.0, 20.0, 60.0), (0.0, 0.0, 60.0, 7.0)
    has_line = np.array([False, False, False, True])
    assert worth_reading(boxes(tall, wide, low, wide), has_line).tolist() == [1]


def test_a_read_only_strided_picture_can_be_read(reader: Reader) -> None:
    image = np.repeat(np.repeat(written(("Kestrel", 60, 120)), 2, 0), 2, 1)[::2, ::2]
    image.flags.writeable = False
    (readings,) = reader.read(image, boxes((50, 70, 320, 140)), QUICK)
    assert "kestrel" in said(readings, "in")
