"""Parts: kept in bytes, and given back nearly as they were."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.parts import SCALE, as_bytes, from_bytes


@given(st.lists(st.floats(-1, 1, width=32), min_size=1))
def test_parts_come_back_within_half_a_step(numbers: list[float]) -> None:
    parts = np.array(numbers, np.float32)
    np.testing.assert_allclose(from_bytes(as_bytes(parts)), parts, atol=0.5 / SCALE + 1e-6)


def test_what_lies_beyond_is_cut_and_not_wrapped() -> None:
    assert as_bytes(np.array([1.5, -1.5], np.float32)).tolist() == [127, -127]
