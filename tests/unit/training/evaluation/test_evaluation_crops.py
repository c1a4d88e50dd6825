"""Crops: the annotated right holder among the best, and the split by size at its edges."""

import pytest

from training.evaluation.crops import SIZES, sized, top
from training.evaluation.records import RankedCrop


def crop(*ranking: str, size: float = 50.0) -> RankedCrop:
    return RankedCrop(holder="tesmarin", size=size, ranking=ranking)


def test_no_crops_are_unknown() -> None:
    assert top([], 1).value is None


def test_an_empty_gallery_finds_nothing() -> None:
    assert top([crop()], 10).value == 0.0


def test_the_eleventh_is_too_late() -> None:
    others = [f"other{i}" for i in range(10)]
    assert top([crop(*others, "tesmarin")], 10).value == 0.0
    assert top([crop(*others[:9], "tesmarin")], 10).value == 1.0


def test_by_hand() -> None:
    # first, second, never, first: top-1 2/4, top-10 3/4
    crops = [crop("tesmarin"), crop("norvelle", "tesmarin"), crop("norvelle"), crop("tesmarin", "norvelle")]
    assert (top(crops, 1).value, top(crops, 10).value, top(crops, 1).n) == (0.5, 0.75, 4)


@pytest.mark.parametrize(
    ("size", "name"),
    [(0, "lt32"), (31.999, "lt32"), (32, "32_64"), (63.999, "32_64"), (64, "64_128"), (128, "ge128"), (9e9, "ge128")],
)
def test_each_size_is_in_one_class_lower_end_included(size: float, name: str) -> None:
    assert [each for each in SIZES if sized([crop(size=size)], each)] == [name]
