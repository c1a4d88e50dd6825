"""What a scan says of a parcel as a whole, against slabs of known area; and the planes that viewers are sent."""

import struct
from dataclasses import replace

import numpy as np
import pytest

from inference.xray.contents import STRONGEST, contents_of
from inference.xray.materials import MaterialCurves
from inference.xray.planes import DEEPEST, HEADER, NUMBER_STEP, STEP, planes_of
from inference.xray.scan import XrayScan

CURVES = MaterialCurves(
    numbers=(6.5, 13.0, 26.0),
    high=((0.1, 5.0), (0.1, 5.0), (0.1, 5.0)),
    low=((0.105, 5.25), (0.125, 6.25), (0.16, 8.0)),
)


def slab(
    factor: float, depth: float = 1.0, *, pitch: float | None = 2.0, curves: MaterialCurves | None = CURVES
) -> XrayScan:
    """A slab of 40 x 40 px, 64 cm2, on an empty belt of 100 x 100 px; `factor` is low over high attenuation."""
    high = np.zeros((100, 100), np.float32)
    high[30:70, 30:70] = depth
    return XrayScan(high=high, low=high * np.float32(factor), pitch=pitch, curves=curves)


def test_a_slab_of_metal_has_its_area() -> None:
    seen = contents_of(slab(1.6))
    assert seen is not None
    assert 60 < seen.metal_area < 90  # squares of three pixels count whole at its edges
    assert seen.metal_share == pytest.approx(1.0, abs=0.15)


def test_a_slab_of_plastic_has_no_metal_and_at_least_its_mass() -> None:
    seen = contents_of(slab(1.05))
    assert seen is not None
    assert seen.metal_area == 0
    assert 0.5 * 64 / STRONGEST["organic"] < seen.least_mass <= 64 / STRONGEST["organic"]


def test_what_is_opaque_counts_as_metal_and_no_deeper_than_can_be_told() -> None:
    deep, deeper = (contents_of(slab(1.6, depth)) for depth in (6.0, 10.0))
    assert deep is not None
    assert deeper is not None
    assert deep.metal_area > 50
    assert deep.least_mass == pytest.approx(deeper.least_mass, rel=0.05)


@pytest.mark.parametrize("without", [{"pitch": None}, {"curves": None}])
def test_nothing_is_said_where_something_is_unknown(without: dict[str, None]) -> None:
    assert contents_of(slab(1.6, **without)) is None
    assert contents_of(XrayScan(high=np.zeros((9, 9), np.float32), pitch=1.0, curves=CURVES)) is None
    assert contents_of(replace(slab(1.6), air_known=False)) is None


def test_planes_keep_sixteen_bits() -> None:
    high = np.linspace(0, 11, 60_000, dtype=np.float32).reshape(200, 300)
    data = planes_of(XrayScan(high=high))
    assert HEADER.unpack_from(data) == (b"TWXP", 1, 0, 300, 200)
    deep = np.frombuffer(data, "<u2", offset=HEADER.size).reshape(200, 300)
    assert np.abs(deep * STEP - high).max() <= STEP * 0.51
    assert len(np.unique(deep)) > 59_000


def test_planes_say_what_is_known_of_materials() -> None:
    data = planes_of(slab(1.6))
    assert struct.unpack_from("<H", data, 6) == (1,)
    number = np.frombuffer(data, np.uint8, offset=HEADER.size + 2 * 10_000).reshape(100, 100) * NUMBER_STEP
    assert number[50, 50] == pytest.approx(26, abs=0.2)
    assert number[5, 5] == 0


def test_what_is_deeper_than_deep_is_cut() -> None:
    data = planes_of(XrayScan(high=np.full((2, 2), 99, np.float32)))
    assert np.frombuffer(data, "<u2", offset=HEADER.size).tolist() == [round(DEEPEST / STEP)] * 4
