"""The recogniser on letters that the test wrote itself; it never fetches a model."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import BadBundle
from inference.recogniser import HEIGHT, LEAST, Recogniser, line_width, load_recogniser, prepared, resized
from inference.vocabulary import Image
from inference.wording import fold


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return load_recogniser(threads=1)


def written(text: str) -> Image:
    image = np.full((90, 620, 3), (235, 230, 220), np.uint8)
    cv2.putText(image, text, (20, 70), cv2.FONT_HERSHEY_DUPLEX, 2.2, (20, 40, 150), 5, cv2.LINE_AA)
    return image


@pytest.mark.parametrize("text", ["Kestrel", "HARBOUR", "Lantern 42"])
def test_what_is_written_is_read(recogniser: Recogniser, text: str) -> None:
    read, sure = recogniser.text(resized(written(text)))
    assert fold(read) == fold(text)
    assert 0.5 < sure <= 1


def test_nothing_is_read_where_nothing_is_written(recogniser: Recogniser) -> None:
    assert recogniser.text(np.full((HEIGHT, 120, 3), 200, np.uint8)) == ("", 0.0)


def test_a_missing_model_is_an_error_and_never_fetched(tmp_path: Path) -> None:
    with pytest.raises(BadBundle, match=r"rec\.onnx cannot be read: No such file"):
        load_recogniser(tmp_path / "rec.onnx")


def test_another_model_is_refused_before_it_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "rec.onnx").write_bytes(b"not the model")
    with pytest.raises(BadBundle, match=r"rec\.onnx has sha256 [0-9a-f]{64}, expected 6f327246"):
        load_recogniser(tmp_path / "rec.onnx")


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
        ([(0, 0.9), (1, 0.8), (1, 0.9), (0, 1.0), (1, 0.6)], ("AA", 0.7)),  # 0.8 and 0.6
        ([(1, 1.0), (2, 0.5), (3, 0.5), (0, 0.9)], ("AB", 2 / 3)),
        ([(0, 1.0), (0, 1.0)], ("", 0.0)),
        ([(3, 1.0), (0, 1.0)], ("", 0.0)),  # a blank is no text
    ],
)
def test_letters_are_decoded_greedily(steps: list[tuple[int, float]], expected: tuple[str, float]) -> None:
    read, sure = Recogniser(Steps(*steps), ["A", "B", " "], sha256="0" * 64).text(resized(written("any")))
    assert (read, sure) == (expected[0], pytest.approx(expected[1]))


def test_a_net_with_other_letters_is_refused() -> None:
    with pytest.raises(BadBundle, match="4 classes, but 2 letters"):
        Recogniser(Steps((0, 1.0)), ["A", "B"], sha256="0" * 64)


def test_a_line_is_prepared_as_the_net_was_trained() -> None:
    picture = np.zeros((HEIGHT, 60, 3), np.uint8)
    picture[..., 0] = 255  # red
    ready = prepared(picture)
    assert ready.shape == (1, 3, HEIGHT, LEAST)
    np.testing.assert_allclose(ready[0, :, 5, 5], [-1, -1, 1])  # blue, green, red
    np.testing.assert_array_equal(ready[0, :, 5, 70], 0)


@pytest.mark.parametrize(("w", "h", "width"), [(480, 48, 408), (9999, 1, 408), (1, 500, HEIGHT // 4), (100, 0, 408)])
def test_lines_are_of_bounded_width(w: float, h: float, width: int) -> None:
    assert line_width(w, h) == width
