"""Marks of one shape are told apart from marks of different shapes."""

import numpy as np

from datasets.fictitious.marks import fictitious_marks
from datasets.fictitious.unlike import ALIKE, shape_of, unlike
from inference.artwork.rasterise import rasterise


def test_no_two_of_those_kept_have_one_shape() -> None:
    marks = fictitious_marks(60, 90_210)
    kept = unlike(marks)
    assert 30 < len(kept) < len(marks), "so many of one seed have twins, and not most"
    shapes = np.concatenate([shape_of(rasterise(m.one_colour.encode(), name=m.mark_id)) for m in kept])
    assert (shapes @ shapes.T - 2 * np.eye(len(kept))).max() < ALIKE


def test_a_mark_in_other_colours_or_of_another_size_is_one_of_the_others() -> None:
    marks = fictitious_marks(6, 3)
    picture = rasterise(marks[2].one_colour.encode(), name="twin")
    smaller = np.ascontiguousarray(picture[::2, ::2])
    smaller[..., :3] = 255 - smaller[..., :3]
    assert marks[2] in unlike(marks)
    assert marks[2] not in unlike(marks, [smaller])


def test_a_picture_of_nothing_is_like_none() -> None:
    assert len(unlike(fictitious_marks(3, 3), [np.zeros((9, 9, 4), np.uint8)])) == 3
