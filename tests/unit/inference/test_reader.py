"""The reader on letters that the test wrote itself, on boxes of any shape; it never fetches a model."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import BadBundle
from inference.reader import HEIGHT, LEAST, MOST, Reader, line, load_reader, prepared, worth_reading
from inference.vocabulary import Boxes, Image, Reading
from inference.wording import fold


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load_reader(threads=1)


def boxes(*rows: tuple[float, float, float, float]) -> Boxes:
    return np.array(rows, np.float32).reshape(-1, 4)


def written(text: str) -> Image:
    image = np.full((200, 640, 3), (235, 230, 220), np.uint8)
    cv2.putText(image, text, (40, 120), cv2.FONT_HERSHEY_DUPLEX, 2.2, (20, 40, 150), 5, cv2.LINE_AA)
    return image


@pytest.mark.parametrize("text", ["Kestrel", "HARBOUR", "Lantern 42"])
def test_what_is_written_is_read(reader: Reader, text: str) -> None:
    (found,) = reader.read(written(text), boxes((20, 50, 620, 150)))
    assert found is not None
    assert fold(found.text) == fold(text)
    assert 0.5 < found.confidence <= 1


def test_nothing_is_read_where_nothing_is_written_and_no_boxes_have_no_readings(reader: Reader) -> None:
    blank = np.full((100, 300, 3), 200, np.uint8)
    assert reader.read(blank, boxes((0, 0, 300, 100))) == [None]
    assert reader.read(blank, boxes()) == []


@pytest.mark.parametrize(
    "box",
    [(-90, -90, -10, -40), (900, 300, 990, 330), (0, 0, 99999, 99), (639, 199, 640, 200), (-1e6, 20, 1e6, 60)],
    ids=["outside", "beyond", "endless", "corner", "huge"],
)
def test_any_box_can_be_cut(reader: Reader, box: tuple[float, float, float, float]) -> None:
    picture = line(written("Any"), np.array(box, np.float32))
    assert picture.shape[0] == HEIGHT
    assert HEIGHT // 4 <= picture.shape[1] <= 10 * HEIGHT
    assert len(reader.read(written("Any"), boxes(box))) == 1


def test_only_wide_boxes_of_some_height_are_read_and_only_the_first_few() -> None:
    wide, tall, low = (0.0, 0.0, 60.0, 20.0), (0.0, 0.0, 20.0, 60.0), (0.0, 0.0, 60.0, 7.0)
    assert worth_reading(boxes(tall, wide, low, wide)) == [1, 3]
    assert worth_reading(boxes(*[wide] * 9)) == list(range(MOST))
    assert worth_reading(boxes()) == []


def test_a_read_only_strided_picture_can_be_read(reader: Reader) -> None:
    image = np.repeat(np.repeat(written("Kestrel"), 2, 0), 2, 1)[::2, ::2]
    image.flags.writeable = False
    (found,) = reader.read(image, boxes((20, 50, 620, 150)))
    assert found is not None


def test_a_missing_model_is_an_error_and_never_fetched(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match=r"rec\.onnx cannot be read: No such file"):
        load_reader(tmp_path / "rec.onnx")


def test_another_model_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "rec.onnx").write_bytes(b"not the model")
    with pytest.raises(BadBundle, match=r"rec\.onnx has sha256 [0-9a-f]{64}, expected 6f327246"):
        load_reader(tmp_path / "rec.onnx")


class Steps:
    """A net that says the given classes, one a step, each with its chance."""

    def __init__(self, *steps: tuple[int, float]) -> None:
        self.chances = np.zeros((1, len(steps), 4), np.float32)
        for step, (label, chance) in enumerate(steps):
            self.chances[0, step, label] = chance

    def run(self, pictures: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        return [self.chances]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([(0, 0.9), (1, 0.8), (1, 0.9), (0, 1.0), (1, 0.6)], Reading(text="AA", confidence=0.7)),  # 0.8 and 0.6
        ([(1, 1.0), (2, 0.5), (3, 0.5), (0, 0.9)], Reading(text="AB", confidence=2 / 3)),
        ([(0, 1.0), (0, 1.0)], None),
        ([(3, 1.0), (0, 1.0)], None),  # a blank is no text
    ],
)
def test_letters_are_decoded_greedily(steps: list[tuple[int, float]], expected: Reading | None) -> None:
    (found,) = Reader(Steps(*steps), ["A", "B", " "], sha256="0" * 64).read(written("any"), boxes((0, 0, 90, 30)))
    if found is None or expected is None:
        assert found is expected
    else:
        assert (found.text, found.confidence) == (expected.text, pytest.approx(expected.confidence))


def test_a_net_with_other_letters_is_refused() -> None:
    with pytest.raises(BadBundle, match="4 classes, but 2 letters"):
        Reader(Steps((0, 1.0)), ["A", "B"], sha256="0" * 64)


def test_a_line_is_prepared_as_the_net_was_trained() -> None:
    picture = np.zeros((HEIGHT, 60, 3), np.uint8)
    picture[..., 0] = 255  # red
    ready = prepared(picture)
    assert ready.shape == (1, 3, HEIGHT, LEAST)
    np.testing.assert_allclose(ready[0, :, 5, 5], [-1, -1, 1])  # blue, green, red
    np.testing.assert_array_equal(ready[0, :, 5, 70], 0)
