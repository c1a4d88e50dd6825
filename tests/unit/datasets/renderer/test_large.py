"""A large photograph: repeatable, its marks side by side and inside it."""

import cv2
import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import crops
from datasets.renderer.crops import printed_on
from datasets.renderer.large import as_jpeg, large_photograph
from tests.unit.datasets.renderer.drawings import disc, faint, flag, invisible, photographs, ugly_artwork


def test_marks_stand_side_by_side_inside_the_picture() -> None:
    for seed in range(20):
        scene = large_photograph(
            np.random.default_rng(seed), [disc(), flag()], photographs(), width=320, height=180, marks=3
        )
        assert scene.picture.shape == (180, 320, 3)
        assert scene.picture.dtype == np.uint8
        assert scene.boxes.shape == (3, 4)
        assert (scene.boxes[:, 2:] > scene.boxes[:, :2]).all()
        assert (scene.boxes[:, :2] >= 0).all()
        assert (scene.boxes[:, 2:] <= (320, 180)).all()
        middles = (scene.boxes[:, 0] + scene.boxes[:, 2]) / 2
        assert (np.floor(middles / (320 / 3)) == (0, 1, 2)).all()  # one in each column


def test_the_ugliest_artwork_makes_a_picture() -> None:
    for seed in range(10):
        scene = large_photograph(
            np.random.default_rng(seed), ugly_artwork(), photographs(), width=120, height=60, marks=2
        )
        assert scene.picture.shape == (60, 120, 3)
        assert np.isfinite(scene.boxes).all()
        assert not {0, 3} & set(scene.rows.tolist())  # the invisible and the faint one do not show


def test_the_same_seed_gives_the_same_file() -> None:
    def file(seed: int) -> bytes:
        rng = np.random.default_rng(seed)
        return as_jpeg(large_photograph(rng, [disc(), flag()], photographs(), width=200, height=200, marks=2).picture)

    assert file(3) == file(3)
    assert file(3) != file(4)
    assert cv2.imdecode(np.frombuffer(file(3), np.uint8), cv2.IMREAD_COLOR).shape == (200, 200, 3)


@pytest.mark.parametrize(("width", "height", "marks"), [(100, 101, 1), (100, 0, 1), (100, 100, 0)])
def test_senseless_sizes_are_refused(width: int, height: int, marks: int) -> None:
    with pytest.raises(ValueError, match="no higher than wide"):
        large_photograph(np.random.default_rng(1), [disc()], photographs(), width=width, height=height, marks=marks)


def test_artwork_that_never_shows_is_refused() -> None:
    with pytest.raises(ValueError, match="none of 40 prints"):
        large_photograph(
            np.random.default_rng(1), [invisible(), faint()], photographs(), width=200, height=100, marks=1
        )


def test_each_print_may_give_the_whole_picture_a_texture(monkeypatch: pytest.MonkeyPatch) -> None:
    shapes = []

    def noted(rng: Generator, ground: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.float32]:
        shapes.append(ground.shape)
        return printed_on(rng, ground, layer)

    monkeypatch.setattr(crops, "compose", noted)
    large_photograph(np.random.default_rng(1), [disc()], photographs(), width=320, height=180, marks=3)
    assert len(shapes) >= 3  # the benchmark's picture was made so, and has to stay what it is
    assert set(shapes) == {(320, 320, 3)}
