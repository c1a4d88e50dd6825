"""Scenes: repeatable, and their boxes are where the marks are."""

import numpy as np
import pytest
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import crops, crowds, scenes
from datasets.renderer.scenes import draw_crowd, draw_mark, overlaps, render_scene, visible_box, window
from tests.unit.datasets.renderer.drawings import disc, flag, photographs, ugly_artwork

SIDE = 96


def box(*corners: float) -> NDArray[np.float32]:
    return np.array(corners, np.float32)


def test_hundreds_of_scenes_of_the_ugliest_artwork_are_sound() -> None:
    artwork, backgrounds = ugly_artwork(), photographs()
    counts = []
    for seed in range(250):
        scene = render_scene(np.random.default_rng(seed), artwork, backgrounds, SIDE)
        assert scene.picture.shape == (SIDE, SIDE, 3)
        assert scene.picture.dtype == np.uint8
        assert scene.boxes.dtype == np.float32
        assert scene.boxes.shape == (len(scene.rows), 4)
        assert np.isfinite(scene.boxes).all()
        assert (scene.boxes >= 0).all()
        assert (scene.boxes <= SIDE).all()
        assert (scene.boxes[:, 2:] > scene.boxes[:, :2]).all()
        assert all(0 <= row < len(artwork) for row in scene.rows)
        assert not {0, 3} & set(scene.rows.tolist())  # the invisible and the faint one are never promised
        counts.append(len(scene.boxes))
    assert 0 in counts
    assert max(counts) > 2


def test_the_same_seed_gives_the_same_scene_and_another_seed_another() -> None:
    def scene(seed: int) -> scenes.Scene:
        return render_scene(np.random.default_rng(seed), [disc(), flag()], photographs(), SIDE)

    for seed in range(20):
        first, again = scene(seed), scene(seed)
        np.testing.assert_array_equal(first.picture, again.picture)
        np.testing.assert_array_equal(first.boxes, again.boxes)
        np.testing.assert_array_equal(first.rows, again.rows)
        assert (first.picture != scene(seed + 1).picture).any()


def black_ink(rng: Generator, ground: NDArray[np.float32], layer: NDArray[np.float32]) -> NDArray[np.float32]:
    """Only ink, and black: without shadow, relief and texture."""
    return ground * (1 - layer[..., 3:])


@pytest.mark.parametrize("artwork", [disc(), flag()])
def test_the_box_is_that_of_the_changed_pixels(artwork: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crops, "plate", lambda *arguments: None)
    monkeypatch.setattr(crops, "printed_on", black_ink)
    found = tight = 0
    for seed in range(150):
        rng = np.random.default_rng(seed)
        ground = np.full((SIDE, SIDE, 3), 255, np.float32)
        frame = draw_mark(rng, ground, artwork, float(rng.uniform(12, 90)), [])
        if frame is None:
            continue
        strongest = 1 - ground[..., 0].min() / 255  # a thin outline, much reduced, is faint all over
        ys, xs = np.nonzero(ground[..., 0] < 255 * (1 - 0.25 * max(strongest, 0.1)))
        np.testing.assert_array_equal(frame, [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1])
        ys, xs = np.nonzero(ground[..., 0] < 255)  # also the soft edge
        tight += bool((np.abs(frame - [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) <= 3).all())
        found += 1
    assert found > 120
    assert tight > 0.9 * found  # a thin outline, much reduced, may be too faint along one side


def test_a_mark_on_a_full_scene_is_left_out_and_nothing_is_drawn() -> None:
    for seed in range(20):
        ground = np.full((SIDE, SIDE, 3), 100, np.float32)
        taken = [box(0, 0, SIDE, SIDE)]
        assert draw_mark(np.random.default_rng(seed), ground, flag(), 40, taken) is None
        assert (ground == 100).all()


def test_marks_of_a_scene_do_not_share_their_places() -> None:
    for seed in range(120):
        boxes = list(render_scene(np.random.default_rng(seed), [flag(), disc()], photographs(), SIDE).boxes)
        for index, one in enumerate(boxes):
            for other in boxes[:index]:
                shared = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
                smaller = min((one[2:] - one[:2]).prod(), (other[2:] - other[:2]).prod())
                assert float(shared.clip(0).prod()) <= 0.35 * float(smaller)  # bending moves them a little


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (box(10, 10, 20, 20), True),
        (box(0, 0, 100, 100), True),
        (box(19, 10, 30, 20), False),  # a sliver of 1 px
        (box(17, 17, 30, 30), True),
        (box(20, 10, 30, 20), False),
        (box(50, 10, 60, 20), False),
    ],
)
def test_overlaps(other: NDArray[np.float32], expected: bool) -> None:
    assert overlaps(box(10, 10, 20, 20), [box(80, 80, 90, 90), other]) is expected
    assert not overlaps(box(10, 10, 20, 20), [])


def test_visible_box_covers_exactly_the_printed_pixels() -> None:
    alpha = np.zeros((40, 50), np.float32)
    alpha[5:10, 20:31] = 1
    alpha[30, 45] = 0.24  # too faint to count beside full ink
    before = np.full((40, 50, 3), 100, np.float32)
    after = before.copy()
    after[alpha > 0] = 160
    np.testing.assert_array_equal(visible_box(alpha, before, after), [20, 5, 31, 10])


@pytest.mark.parametrize(("step", "visible"), [(0, False), (13, False), (15, True)])
def test_print_that_does_not_show_has_no_box(step: float, visible: bool) -> None:
    alpha = np.ones((10, 10), np.float32)
    before = np.full((10, 10, 3), 100, np.float32)
    assert (visible_box(alpha, before, before + step) is not None) is visible
    white = np.full((10, 10, 3), 300, np.float32)
    assert visible_box(alpha, white, white + 200) is None  # both are white on a photograph


def test_eleven_pixels_are_too_few() -> None:
    alpha = np.zeros((20, 20), np.float32)
    before = np.zeros((20, 20, 3), np.float32)
    alpha[0, :11] = 1
    assert visible_box(alpha, before, before + 200) is None
    alpha[0, :12] = 1
    np.testing.assert_array_equal(visible_box(alpha, before, before + 200), [0, 0, 12, 1])


def test_sizes_are_those_of_the_scene() -> None:
    for seed in range(300):
        sizes = scenes.mark_sizes(np.random.default_rng(seed), 320)
        assert len(sizes) <= 10
        assert all(0.039 * 320 <= size <= 0.98 * 320 for size in sizes)


def test_a_crowd_shows_its_marks_apart_from_each_other_on_goods_or_not() -> None:
    bare = many = 0
    for seed in range(120):
        ground = np.full((SIDE, SIDE, 3), 90, np.float32)
        boxes, rows = draw_crowd(np.random.default_rng(seed), ground, [disc(), flag()], 0.3)
        assert len(boxes) == len(rows) <= crowds.MOST
        assert set(rows) <= {0, 1}
        bare += not boxes and bool((ground != 90).any())  # goods without a mark
        many += len(boxes) > 10
        for index, one in enumerate(boxes):
            assert not overlaps(one, boxes[:index])
    assert bare > 3
    assert many > 20


def test_most_crowds_show_one_mark_again_and_again() -> None:
    one_mark = several = 0
    for seed in range(200):
        ground = np.full((SIDE, SIDE, 3), 90, np.float32)
        _, rows = draw_crowd(np.random.default_rng(seed), ground, [disc(), flag(), disc(), flag(), disc()], 0.3)
        several += len(rows) > 4
        one_mark += len(rows) > 4 and len(set(rows)) == 1
    assert 0.4 * several < one_mark < 0.8 * several


def test_printing_touches_nothing_outside_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    windows: list[list[int]] = []

    def noted(frame: NDArray[np.float32], side: int) -> list[int]:
        windows.append(window(frame, side))
        return windows[-1]

    monkeypatch.setattr(scenes, "window", noted)
    monkeypatch.setattr(crops, "plate", lambda *arguments: None)
    for seed in range(60):
        ground = np.full((SIDE, SIDE, 3), 100, np.float32)
        box = draw_mark(np.random.default_rng(seed), ground, flag(), 30, [])
        x1, y1, x2, y2 = windows[-1]
        if box is not None:
            assert x1 <= box[0] < box[2] <= x2
            assert y1 <= box[1] < box[3] <= y2
        ground[y1:y2, x1:x2] = 100
        assert (ground == 100).all()


def test_the_window_of_a_mark_that_reaches_beyond_the_picture_is_inside() -> None:
    assert window(box(-40, 50, 20, 130), 96) == [0, 38, 32, 96]
    assert window(box(100, -30, 130, -20), 96) == [88, 0, 96, 1]


def test_the_mix_says_how_often_there_are_crowds_and_names(monkeypatch: pytest.MonkeyPatch) -> None:
    crowded, named = [0], [0]

    def crowd(*given: object) -> tuple[list[NDArray[np.float32]], list[int]]:
        crowded[0] += 1
        return [], []

    def name(rng: Generator, symbol: NDArray[np.uint8], artwork: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        named[0] += 1
        return symbol

    monkeypatch.setattr(scenes, "draw_crowd", crowd)
    monkeypatch.setattr(scenes, "locked_up", name)
    for share in (0.0, 1.0):
        counts = crowded[0], named[0]
        for seed in range(20):
            for mix in (scenes.Mix(crowded=share, named=0), scenes.Mix(crowded=0, named=share)):
                render_scene(np.random.default_rng(seed), [disc()], photographs(), SIDE, mix)
        assert (crowded[0] - counts[0], named[0] - counts[1] > 10) == (20 * share, share == 1.0)
