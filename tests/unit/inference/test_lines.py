"""Lines of lettering: found where a test wrote them, slanted or not, and straightened."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inference.errors import BadBundle
from inference.lines import LineFinder, cut, from_the_left, load_line_finder, rectangles
from inference.recogniser import HEIGHT, SQUEEZE
from inference.vocabulary import Image


@pytest.fixture(scope="module")
def finder() -> LineFinder:
    return load_line_finder(threads=1)


def page(angle: float = 0.0) -> Image:
    image = np.full((400, 600, 3), 230, np.uint8)
    cv2.putText(image, "Kestrel Lantern", (118, 215), cv2.FONT_HERSHEY_DUPLEX, 1.6, (20, 40, 150), 4, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((300, 200), angle, 1)
    return np.asarray(cv2.warpAffine(image, turn, (600, 400), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("angle", [0.0, 20.0, -35.0])
def test_a_line_is_found_where_it_is_and_reads_from_the_left(finder: LineFinder, angle: float) -> None:
    quads = finder.find(page(angle)).quads
    assert quads.shape[1:] == (4, 2)
    corners = quads.reshape(-1, 2)
    middle = (corners.min(0) + corners.max(0)) / 2
    np.testing.assert_allclose(middle, [300, 200], atol=25)
    along = quads[0, 1] - quads[0, 0]
    assert np.rad2deg(np.arctan2(along[1], along[0])) == pytest.approx(-angle, abs=6)


def test_an_empty_page_has_no_lines(finder: LineFinder) -> None:
    assert finder.find(np.full((300, 500, 3), 128, np.uint8)).quads.shape == (0, 4, 2)


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (33, 31), (2000, 3000)])
def test_images_of_any_shape_are_taken(finder: LineFinder, shape: tuple[int, int]) -> None:
    quads = finder.find(np.full((*shape, 3), 90, np.uint8)).quads
    assert quads.dtype == np.float32
    assert np.isfinite(quads).all()


def test_cores_that_are_thin_or_unsure_are_noise_and_the_surest_comes_first() -> None:
    chances = np.zeros((100, 200), np.float32)
    chances[10:20, 10:90] = 0.7
    chances[50:60, 10:90] = 0.9
    chances[80:82, 10:90] = 0.9  # thin
    chances[10:20, 120:190] = 0.4  # unsure
    quads = rectangles(chances)
    assert len(quads) == 2
    np.testing.assert_allclose(quads.mean(1)[:, 1], [54.5, 14.5], atol=1)
    height = quads[0, 3, 1] - quads[0, 0, 1]
    assert 18 < height < 32  # 10 px of core and 1.6 * area / perimeter on either side


@pytest.mark.parametrize("shift", range(4))
def test_corners_begin_where_the_line_does(shift: int) -> None:
    straight = np.array([[0, 0], [90, 10], [88, 30], [-2, 20]], np.float32)
    np.testing.assert_array_equal(from_the_left(np.roll(straight, shift, 0)), straight)


def test_a_cut_line_stands_straight_and_an_upright_one_is_laid_down() -> None:
    image = np.zeros((200, 200, 3), np.uint8)
    image[20:40, 20:100] = 200
    flat = np.array([[20, 20], [100, 20], [100, 40], [20, 40]], np.float32)
    line = cut(image, flat)
    assert line.shape == (HEIGHT, round(4 * SQUEEZE * HEIGHT), 3)
    assert line[5:-5, 5:-5].min() > 190
    upright = np.array([[20, 20], [40, 20], [40, 180], [20, 180]], np.float32)
    assert cut(image, upright).shape == (HEIGHT, round(8 * SQUEEZE * HEIGHT), 3)


@pytest.mark.parametrize("quad", [np.zeros((4, 2)), np.full((4, 2), 1e5), [[0, 0], [5, 0], [5, 0], [0, 0]]])
def test_a_line_without_area_or_outside_is_cut_all_the_same(quad: NDArray[np.float32]) -> None:
    assert cut(page(), np.asarray(quad, np.float32)).shape[0] == HEIGHT


def test_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "det.onnx").write_bytes(b"not the model")
    with pytest.raises(BadBundle, match=r"det\.onnx has sha256 [0-9a-f]{64}, expected 090f04ab"):
        load_line_finder(tmp_path / "det.onnx")
