"""Examples of hits and misses, and the sheets they stand on."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
import pytest

from inference.artwork.table import ArtworkRow
from inference.gallery import Hit
from inference.vocabulary import Boxes, Image, Mark
from training.recognition.contact_sheet import GAP, LINE, LINES, SIDE, Cell, as_jpeg, sheet
from training.recognition.examples import Example, best_artwork, cell, collected, examples, generated_grounds, write
from training.recognition.samples import Samples

WIDE = SIDE + 2 * GAP
HIGH = SIDE + LINES * LINE + 2 * GAP
GREY = np.full((64, 64, 3), 120, np.uint8)


def drawn(row: int) -> np.ndarray:
    picture = np.zeros((90, 90, 4), np.uint8)
    cv2.circle(picture, (45, 45), 40, (40 * row, 200 - 40 * row, 30, 255), -1)
    cv2.rectangle(picture, (10, 40), (80, 50), (250, 250, 250, 255), -1)
    return picture


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    """Two marks with two artworks each."""
    rows = []
    for row in range(4):
        file = tmp_path / f"{row}.svg"
        file.write_bytes(bytes([row]))
        name = "ab"[row // 2]
        rows.append(ArtworkRow(line=row + 2, mark_id=name, title=f"Mark {name}", holder=name, file=file))
    return Samples(rows=rows, artwork=[drawn(row) for row in range(4)], photographs=[])


def hit(samples: Samples, row: int) -> Hit:
    own = samples.rows[row]
    mark = Mark(mark_id=own.mark_id, title=own.title, holder=own.holder)
    return Hit(mark=mark, reference=sha256(own.file.read_bytes()).hexdigest(), similarity=0.5, wording=0.25)


class AlwaysTheSame:
    """An inspector that finds one and the same mark everywhere, or nothing."""

    def __init__(self, *hits: Hit) -> None:
        self._hits = hits

    def recognise(self, image: Image, boxes: Boxes, k: int) -> list[list[Hit]]:
        assert boxes.tolist() == [[0, 0, *image.shape[1::-1]]]
        return [list(self._hits[:k])]


def example(right: bool) -> Example:
    return Example(picture=GREY, row=0, best=None, right=right)


def told(*outcomes: bool) -> Iterator[Example]:
    return iter([example(right) for right in outcomes])


def test_collecting_ends_with_enough_of_both() -> None:
    steps: list[int] = []
    kept = collected(told(True, True, True, False, False, True), 2, 100, steps.append)
    assert [one.right for one in kept] == [True, True, True, False, False]
    assert steps == [1, 2, 2, 3, 4]


def test_collecting_ends_if_nothing_is_ever_missed() -> None:
    assert len(collected(told(*[True] * 10), 2, 7)) == 7


def test_right_is_the_right_holder_not_the_same_picture(samples: Samples) -> None:
    found = examples(np.random.default_rng(1), samples, AlwaysTheSame(hit(samples, 0)))  # type: ignore[arg-type]
    seen = [next(found) for _ in range(20)]
    assert {one.row for one in seen} == {0, 1, 2, 3}
    assert all(one.right == (one.row < 2) for one in seen)
    assert all(one.picture.shape == (224, 224, 3) for one in seen)


def test_the_same_seed_gives_the_same_renderings(samples: Samples) -> None:
    def pictures() -> list[Image]:
        found = examples(np.random.default_rng(5), samples, AlwaysTheSame())  # type: ignore[arg-type]
        return [next(found).picture for _ in range(3)]

    assert all((a == b).all() for a, b in zip(pictures(), pictures(), strict=True))


def test_grounds_are_generated_and_differ() -> None:
    grounds = generated_grounds(np.random.default_rng(1), 6, 40)
    assert [ground.shape for ground in grounds] == [(40, 40, 3)] * 6
    assert len({ground.tobytes() for ground in grounds}) == 6


def test_cells_show_the_very_artwork_that_was_found(samples: Samples) -> None:
    assert best_artwork(hit(samples, 3), samples) is samples.artwork[3]
    right = cell(Example(picture=GREY, row=2, best=hit(samples, 3), right=True), samples)
    assert right.words == ("right", "Mark b\nlike 0.50, read 0.25")
    wrong = cell(Example(picture=GREY, row=0, best=hit(samples, 3), right=False), samples)
    assert wrong.words == ("wrong", "Mark b\nlike 0.50, read 0.25", "Mark a\nis right")
    lost = cell(example(right=False), samples)
    assert lost.words[1] == "nothing found"
    assert len(lost.pictures) == 3


def test_a_sheet_without_examples_is_not_written(samples: Samples, tmp_path: Path) -> None:
    write([Example(picture=GREY, row=0, best=hit(samples, 0), right=True)] * 5, samples, tmp_path / "out", 3)
    (file,) = (tmp_path / "out").iterdir()
    assert file.name == "recognition-hits.jpg"
    assert cv2.imread(str(file)).shape == (HIGH, 4 * 2 * SIDE + 4 * 2 * GAP, 3)  # 3 of the 5, and a blank place


def blank(pictures: int, right: bool = True) -> Cell:
    return Cell(pictures=(np.zeros((SIDE, SIDE, 3), np.uint8),) * pictures, words=("x",) * pictures, right=right)


def test_a_sheet_has_whole_rows() -> None:
    assert sheet([blank(1)], columns=3).shape == (HIGH, 3 * WIDE, 3)
    assert sheet([blank(1)] * 4, columns=3).shape == (2 * HIGH, 3 * WIDE, 3)


def test_frames_tell_right_from_wrong() -> None:
    right, wrong = (sheet([blank(1, right)], columns=1)[GAP - 3, WIDE // 2] for right in (True, False))
    assert right.argmax() == 1  # green
    assert wrong.argmax() == 0  # red


def test_unlike_cells_and_no_cells_are_refused() -> None:
    for cells in ([], [blank(1), blank(2)]):
        with pytest.raises(ValueError, match="same number of pictures"):
            sheet(cells)
    with pytest.raises(ValueError, match="pictures must be"):
        Cell(pictures=(GREY,), words=("x",), right=True)
    with pytest.raises(ValueError, match="expected words"):
        Cell(pictures=(), words=(), right=True)


def test_files_keep_their_limit() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (300, 300, 3), np.uint8)
    best = len(as_jpeg(noise, 10**9))
    assert len(as_jpeg(noise, best - 1)) < best
    with pytest.raises(ValueError, match="at most 100 are allowed"):
        as_jpeg(noise, 100)
