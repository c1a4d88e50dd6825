"""Dead detectors, gaps of air, blank borders and dark things at the edge: each is taken for what it is."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.xray.errors import DeadDetectors
from inference.xray.reading import read_scan
from inference.xray.scan import XrayScan
from tests.unit.inference.xray.scans import Counts, png, sidecar, tiff

AIR = 60_000


def slab(*, air: int = AIR, noise: float = 0.003, low: bool = False) -> Counts:
    """A slab with a thicker one on it in the middle of a belt, 200 x 300 px."""
    level = np.zeros((200, 300), np.float32)
    level[50:150, 60:240], level[80:120, 100:160] = 0.6, 1.5
    share = np.exp(-level * (1.25 if low else 1.0)) + np.random.default_rng(1).normal(0, noise, level.shape)
    return np.clip(air * share, 0, 65_535).astype(np.uint16)


def side_by_side(gap: int, *, full_height: bool = False) -> NDArray[np.uint8]:
    """A screenshot of two things on white, so far apart."""
    grey = np.full((200, 300), 255, np.uint8)
    rows = slice(None) if full_height else slice(50, 150)
    grey[rows, 40:120], grey[rows, 120 + gap : 250] = 90, 140
    noise = np.random.default_rng(0).integers(0, 4, grey.shape).astype(np.uint8)
    return np.where(grey < 255, grey + noise, grey)


def read(counts: NDArray[np.generic], said: str | None = None) -> XrayScan:
    return read_scan([png(counts)], said)[0]


def told(scan: XrayScan, code: str) -> list[str]:
    return [remark.text for remark in scan.remarks if remark.code == code]


@pytest.mark.parametrize("gap", [1, 2, 3, 5, 10, 30, 60])
def test_white_air_between_things_is_air(gap: int) -> None:
    scan = read(side_by_side(gap))
    assert not told(scan, "dead_detectors")
    assert float(np.abs(scan.high[:, 120 : 120 + gap]).max()) < 0.01
    grey = side_by_side(gap)
    turned = read(np.ascontiguousarray(grey.T))
    assert float(np.abs(turned.high[120 : 120 + gap]).max()) < 0.01


@pytest.mark.parametrize("gap", [10, 30])
def test_clipped_air_of_sixteen_bits_is_air_too(gap: int) -> None:
    counts = side_by_side(gap).astype(np.uint16) * 257
    assert float(np.abs(read(counts).high[:, 120 : 120 + gap]).max()) < 0.01


def test_a_white_gap_in_goods_that_fill_the_frame_is_air_and_a_white_line_is_a_stuck_detector() -> None:
    gap = side_by_side(20, full_height=True)[:, 40:250]
    assert float(np.abs(read(gap, sidecar(air=255, bits=None)).high[:, 80:100]).max()) < 0.01
    line = side_by_side(1, full_height=True)
    scan = read(line)
    assert "120" in told(scan, "dead_detectors")[0]
    assert float(scan.high[100, 120]) > 0.4


def test_a_detector_that_is_stuck_above_air_is_filled_in() -> None:
    counts = slab()
    counts[:, 150] = 65_535
    scan = read(counts)
    assert "150" in told(scan, "dead_detectors")[0]
    assert float(np.median(scan.high[85:115, 150])) == pytest.approx(1.5, abs=0.05)


@pytest.mark.parametrize("most", [1, 4, 41])
def test_noisy_dead_columns_are_filled_in_and_said(most: int) -> None:
    counts = slab()
    counts[:, 150:153] = np.random.default_rng(0).integers(0, most, (200, 3))
    scan = read(counts)
    assert "150, 151, 152" in told(scan, "dead_detectors")[0]
    assert float(scan.high.max()) < 1.7


def test_a_dead_column_with_one_count_is_dead() -> None:
    counts = slab()
    counts[:, 150] = 0
    counts[0, 150] = 60_000
    assert told(read(counts), "dead_detectors")


def test_dead_rows_are_found_where_there_is_an_offset() -> None:
    counts = slab() + np.uint16(800)
    counts[100] = np.random.default_rng(0).integers(790, 810, 300)
    scan = read(counts, sidecar(air=60_800, dark=800))
    assert "rows were filled in: 100" in told(scan, "dead_detectors")[0]


def test_many_noisy_dead_columns_are_too_many() -> None:
    counts = slab()
    counts[:, 70:110] = np.random.default_rng(0).integers(0, 3, (200, 40))
    with pytest.raises(DeadDetectors, match="40 of 300 columns"):
        read(counts)


@pytest.mark.parametrize("most", [1, 30])
def test_a_block_of_dead_columns_at_the_edge_is_said(most: int) -> None:
    counts = slab()
    counts[:, :60] = np.random.default_rng(0).integers(0, most, (200, 60))
    scan = read(counts)
    assert told(scan, "blank") == ["Blank borders or corners, 21.3% of the scan, were taken for air."]
    assert float(np.abs(scan.high[:, :60]).max()) == 0


def test_a_block_of_dead_columns_at_the_edge_of_one_energy_is_no_border() -> None:
    high, low = slab(), slab(low=True)
    low[:, :60] = 0
    with pytest.raises(DeadDetectors, match="60 of 300 columns"):
        read_scan([tiff(high, low)])
    low = slab(low=True)
    low[:, :2] = 0
    (scan,) = read_scan([tiff(high, low)])
    assert scan.low is not None
    assert float(np.abs(scan.low[:, :2]).max()) < 0.05


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("place", [np.s_[90:130, :100], np.s_[:40, 200:], np.s_[:120, 100:140]])
def test_a_dark_thing_at_the_edge_stays_opaque(bits: int, place: tuple[slice, slice]) -> None:
    counts = slab()
    counts[place] = 0
    scan = read(counts if bits == 16 else (counts >> 8).astype(np.uint8))
    assert float(scan.high[place].min()) > 5
    assert not told(scan, "blank")


def test_a_round_dark_thing_in_the_corner_stays_opaque() -> None:
    counts = slab()
    y, x = np.mgrid[:200, :300]
    counts[y**2 + x**2 < 45**2] = 0
    assert float(read(counts).high[10, 10]) > 5


def test_corners_that_turning_made_are_blank_and_said() -> None:
    counts = (slab() >> 8).astype(np.uint8)
    y, x = np.mgrid[:200, :300]
    counts[y + x / 4 < 20] = 0
    counts[(199 - y) + (299 - x) / 4 < 20] = 0
    scan = read(counts)
    assert told(scan, "blank")
    assert float(np.abs(scan.high[:15, :15]).max()) == 0
    assert float(np.abs(scan.high[-15:, -15:]).max()) == 0
    framed = np.zeros((240, 340), np.uint8)
    framed[20:-20, 20:-20] = counts
    inside = read(framed, sidecar(air=234, bits=None))
    assert float(np.abs(inside.high[:33, :33]).max()) == 0
    assert float(np.median(inside.high[105:135, 125:175])) == pytest.approx(1.5, abs=0.05)


def test_a_scan_of_nothing_but_darkness_is_blank() -> None:
    dark = np.random.default_rng(0).integers(0, 3, (40, 60)).astype(np.uint8)
    assert float(np.abs(read(dark).high).max()) == 0
