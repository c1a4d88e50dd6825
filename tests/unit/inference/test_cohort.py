"""The cohort: files that are none, then what the nearest members say."""

import io

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.cohort import NEAREST, Cohort, packed, read_cohort, unpacked
from inference.errors import BadBundle


def axes(n: int, d: int) -> NDArray[np.float32]:
    return np.eye(n, d, dtype=np.float32)


def stored(array: NDArray[np.generic], *, pickled: bool = False) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=pickled)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "EOF"),
        (b"\x93NUMPY", "EOF"),
        (b"PK\x05\x06" + bytes(18), "magic string"),  # an empty .npz
        (stored(axes(8, 8).astype(np.float16))[:-3], "expected 128 bytes got 125"),
        (stored(np.array([{"a": 1}], dtype=object), pickled=True), "Object arrays cannot be loaded"),
        (stored(axes(8, 8)), "float16 or int8, got .* float32"),
        (stored(axes(8, 9).astype(np.float16)), r"expected \(n, 8\) float16 or int8, got \(8, 9\)"),
        (stored(np.zeros((8, 8), np.int8)), "length 1, got nan"),
        (stored(np.ones(8, np.float16)), r"got \(8,\)"),
        (stored(axes(NEAREST - 1, 8).astype(np.float16)), f"n at least {NEAREST}"),
        (stored((axes(8, 8) * 2).astype(np.float16)), "length 1, got 2 to 2"),
        (stored(np.full((8, 8), np.nan, np.float16)), "length 1"),
    ],
)
def test_what_is_no_cohort_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(BadBundle, match=words) as caught:
        read_cohort(data, Cohort, dimension=8)
    assert "cohort.npy" in caught.value.detail


def test_likeness_is_the_mean_of_the_nearest_members() -> None:
    cohort = Cohort(np.repeat(axes(4, 4), [1, 2, 2, 3], axis=0))
    query = np.array([[0.8, 0.6, 0.0, 0.0], [0.0, 0.0, 0.0, 1.0]], np.float32)
    # the five nearest: 0.8, 0.6, 0.6, 0, 0 and 1, 1, 1, 0, 0
    assert cohort.likeness(query).tolist() == pytest.approx([2.0 / 5, 3.0 / 5])


def test_one_member_that_is_the_very_mark_hardly_counts() -> None:
    rng = np.random.default_rng(0)
    others = rng.normal(size=(200, 64)).astype(np.float32)
    others /= np.linalg.norm(others, axis=1, keepdims=True)
    mark = rng.normal(size=(1, 64)).astype(np.float32)
    mark /= np.linalg.norm(mark)
    without, within = (Cohort(v).likeness(mark)[0] for v in (others, np.concatenate([others, mark])))
    assert without < within < without + 1 / NEAREST


def test_bytes_are_vectors_within_half_a_degree() -> None:
    rng = np.random.default_rng(5)
    vectors = rng.normal(size=(50, 256)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    back = unpacked(packed(vectors))
    assert (np.sum(vectors * back, axis=1) > np.cos(np.radians(0.5))).all()
    read = read_cohort(stored(packed(vectors)), Cohort, dimension=256)
    assert read.likeness(vectors) == pytest.approx(Cohort(vectors).likeness(vectors), abs=5e-3)


def test_no_queries_have_no_likeness() -> None:
    assert Cohort(axes(8, 8)).likeness(np.zeros((0, 8), np.float32)).shape == (0,)


def test_a_cohort_read_is_the_cohort_written() -> None:
    assert read_cohort(stored(axes(8, 8).astype(np.float16)), Cohort, dimension=8).likeness(axes(1, 8)).tolist() == [
        pytest.approx(1 / NEAREST)
    ]
