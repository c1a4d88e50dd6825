"""Which cell answers for which box: boxes by hand on every level, and a slow version cell by cell."""

import numpy as np
import pytest
import torch

from training.nets.detection import RANGES, STRIDES, assign, cell_centres

SIDE = 320
CELLS = [(SIDE // stride) ** 2 for stride in STRIDES]  # 1600, 400, 100


def owners(*boxes: tuple[float, float, float, float], side: int = SIDE) -> list[np.ndarray]:
    """The owner of each cell as one (rows, columns) map a level."""
    found = assign(torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4), side).numpy()
    sizes = [(side // stride) ** 2 for stride in STRIDES]
    assert len(found) == sum(sizes)
    parts = np.split(found, np.cumsum(sizes)[:-1])
    return [part.reshape(side // stride, side // stride) for part, stride in zip(parts, STRIDES, strict=True)]


def slow(boxes: np.ndarray, side: int) -> list[int]:
    found = []
    for stride, (low, high) in zip(STRIDES, RANGES, strict=True):
        for row in range(side // stride):
            for column in range(side // stride):
                x, y = (column + 0.5) * stride, (row + 0.5) * stride
                best, best_size = -1, float("inf")
                for index, (x1, y1, x2, y2) in enumerate(boxes):
                    size = max(x2 - x1, y2 - y1)
                    reaches = [min(max(extent / 3, 0.71 * stride), 1.5 * stride) for extent in (x2 - x1, y2 - y1)]
                    near = abs(x - (x1 + x2) / 2) < reaches[0] and abs(y - (y1 + y2) / 2) < reaches[1]
                    if near and low <= size < high and size < best_size:
                        best, best_size = index, size
                found.append(best)
    return found


def test_without_boxes_no_cell_answers() -> None:
    assert all((level == -1).all() for level in owners())


def test_a_small_box_belongs_to_the_finest_level() -> None:
    fine, middle, coarse = owners((90, 40, 110, 60))  # centre 100, 50; a third is 6.7, but 1.5 strides are 12
    rows, columns = np.nonzero(fine == 0)
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == {(r, c) for r in (5, 6) for c in (12,)}
    assert (middle == -1).all()
    assert (coarse == -1).all()


def test_a_middling_box_belongs_to_the_middle_level() -> None:
    fine, middle, coarse = owners((60, 60, 160, 120))  # size 100, centre 110, 90; reach 24 and 20
    assert (fine == -1).all()
    assert (coarse == -1).all()
    rows, columns = np.nonzero(middle == 0)
    assert set(columns.tolist()) == {5, 6, 7}  # centres 88, 104, 120; 136 is 26 away
    assert set(rows.tolist()) == {4, 5, 6}


def test_a_large_box_belongs_to_the_coarsest_level() -> None:
    fine, middle, coarse = owners((0, 0, 320, 320))
    assert (fine == -1).all()
    assert (middle == -1).all()
    rows, columns = np.nonzero(coarse == 0)
    assert set(rows.tolist()) == set(columns.tolist()) == {4, 5}  # 144 and 176 are 16 from 160; 112 is 48, not below


@pytest.mark.parametrize(("size", "level"), [(55.9, 0), (56.0, 1), (127.9, 1), (128.0, 2), (1.0, 0), (3.0, 0)])
def test_the_longest_side_chooses_the_level(size: float, level: int) -> None:
    short = min(size, 10.0)
    for box in ((100, 100, 100 + size, 100 + short), (100, 100, 100 + short, 100 + size)):
        maps = owners(box)
        assert [bool((found == 0).any()) for found in maps] == [index == level for index in range(3)]


def test_where_two_boxes_meet_the_smaller_answers() -> None:
    for boxes, small in (
        (((100, 100, 150, 150), (110, 110, 140, 140)), 1),
        (((110, 110, 140, 140), (100, 100, 150, 150)), 0),
    ):
        fine = owners(*boxes)[0]
        rows, columns = np.nonzero(fine == small)
        assert len(rows) >= 4
        assert fine[15, 15] == small  # centre 124, 124


def test_every_box_inside_has_a_cell_and_cells_agree_with_the_slow_version() -> None:
    rng = np.random.default_rng(0)
    for count in (1, 2, 6):
        for _ in range(4):
            corners = rng.uniform(0, 110, (count, 2))
            boxes = np.concatenate([corners, np.minimum(corners + np.exp(rng.uniform(0.5, 5, (count, 2))), 128)], 1)
            boxes = boxes.astype(np.float32)
            found = assign(torch.from_numpy(boxes), 128).tolist()
            assert found == slow(boxes, 128)
            if count == 1:
                assert 0 in found


def test_cell_centres_run_along_the_rows() -> None:
    centres = cell_centres(2, 3, 8)
    assert centres.tolist() == [[4, 4], [12, 4], [20, 4], [4, 12], [12, 12], [20, 12]]


@pytest.mark.parametrize("stride", STRIDES)
def test_cell_centres_cover_the_square_evenly(stride: int) -> None:
    centres = cell_centres(SIDE // stride, SIDE // stride, stride)
    assert centres.shape == ((SIDE // stride) ** 2, 2)
    assert centres.mean(0).tolist() == [SIDE / 2, SIDE / 2]
    assert centres.min() == stride / 2
    assert centres.max() == SIDE - stride / 2
