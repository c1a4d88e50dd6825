"""What nets and people see of a scan: planes that stand relief out, materials by the scanner's curves, modes."""

import json

import numpy as np
import pytest

from inference.beside import Beside
from inference.xray.display import MODES, shown, toned
from inference.xray.materials import CLASSES, MaterialCurves, classes, effective_number
from inference.xray.picture import MOST, net_picture
from inference.xray.reading import read_scan
from inference.xray.scan import XrayScan
from tests.unit.inference.xray.scans import CURVES, pair, sidecar, tiff

CURVED = MaterialCurves(
    numbers=tuple(row["z"] for row in CURVES["materials"]),
    high=tuple(tuple(row["high"]) for row in CURVES["materials"]),
    low=tuple(tuple(row["low"]) for row in CURVES["materials"]),
)


def test_a_picture_has_three_planes_of_bytes() -> None:
    picture = net_picture(np.zeros((40, 50), np.float32))
    assert picture.shape == (40, 50, 3)
    assert picture.dtype == np.uint8
    assert (picture[20, 25] == (255, 128, 128)).all()
    beyond = net_picture(np.full((40, 50), MOST + 5, np.float32))
    assert beyond[20, 25, 0] == 0


def test_faint_relief_in_thick_metal_is_seen_in_the_second_plane_alone() -> None:
    thick = np.full((90, 90), 2.0, np.float32)
    thick[40:50, 40:50] += 0.12
    picture = net_picture(thick).astype(int)
    assert abs(picture[45, 45, 0] - picture[20, 20, 0]) < 6
    assert picture[45, 45, 1] < picture[20, 20, 1] - 40


@pytest.mark.parametrize("energies", [1, 2])
def test_two_cores_see_what_one_sees(energies: int) -> None:
    rng = np.random.default_rng(2)
    high, low = (rng.gamma(2.0, 0.5, (80, 90)).astype(np.float32) for _ in range(2))
    other = low if energies == 2 else None
    np.testing.assert_array_equal(net_picture(high, other, Beside(2)), net_picture(high, other))


def test_noise_in_air_is_not_blown_up() -> None:
    air = np.random.default_rng(0).normal(0, 0.004, (120, 120)).astype(np.float32)
    assert net_picture(air)[..., 1].std() < 20


def test_materials_are_read_off_the_curves() -> None:
    high = np.full((30, 60), 1.0, np.float32)
    low = np.repeat(np.array([1.1, 1.4, 2.0], np.float32), 20)[None].repeat(30, 0)
    number = effective_number(high, low, CURVED)
    assert [round(float(number[15, x]), 1) for x in (8, 30, 52)] == [5.4, 13.0, 26.0]
    found = classes(high, number)
    assert [CLASSES[found[15, x]] for x in (8, 30, 52)] == ["organic", "mixed", "metal"]
    nothing = np.zeros((30, 30), np.float32)
    assert not effective_number(nothing, nothing, CURVED).any()
    assert (classes(nothing, nothing) == CLASSES.index("air")).all()
    lead = np.full((30, 30), 9.0, np.float32)
    assert (classes(lead, effective_number(lead, lead, CURVED)) == CLASSES.index("opaque")).all()


@pytest.mark.parametrize("depth", [0.5, 1.2, 1.5, 2.0, 3.0, 4.0, 4.9])
def test_plastic_thicker_than_the_thickest_wedge_stays_organic(depth: float) -> None:
    """By the calibration of docs/xray.md, whose plastic wedge ends at 1.2, and its steel at 2.9."""
    documented = MaterialCurves(numbers=(5.4, 26.0), high=((0.1, 1.2), (0.4, 2.9)), low=((0.11, 1.4), (0.9, 4.5)))
    high = np.full((30, 30), depth, np.float32)
    for ratio, kinds in ((1.1, {"organic"}), (1.15, {"organic"}), (1.75, {"mixed", "metal"})):
        found = classes(high, effective_number(high, high * np.float32(ratio), documented))
        assert CLASSES[found[15, 15]] in kinds, (ratio, depth)
    table = documented.table()
    assert (np.diff(table, axis=0) >= 0).all()
    last = 1.4 + (1.4 - 0.11) / (1.2 - 0.1) * (4.0 - 1.2)  # as steep as between the plastic's last two steps
    step = int(4.0 / 5.0 * table.shape[1])
    assert float(table[0, step]) == pytest.approx(last / 4.0, rel=0.01)


@pytest.mark.parametrize(
    ("numbers", "high", "says"),
    [
        ((6.0,), ((1.0, 2.0),), "two or more"),
        ((6.0, 5.0), ((1.0, 2.0), (1.0, 2.0)), "must rise"),
        ((5.0, 6.0), ((1.0, 2.0), (2.0, 1.0)), "rise"),
        ((5.0, 6.0), ((1.0, 2.0), (1.0,)), "as many"),
    ],
)
def test_curves_that_are_none_are_refused(
    numbers: tuple[float, ...], high: tuple[tuple[float, ...], ...], says: str
) -> None:
    with pytest.raises(ValueError, match=says):
        MaterialCurves(numbers=numbers, high=high, low=tuple((1.0, 2.0) for _ in numbers))


def scan() -> XrayScan:
    return read_scan([tiff(*pair(), description=sidecar(calibration=CURVES))])[0]


def test_all_modes_show_the_scan_and_differ() -> None:
    seen = {mode: shown(scan(), mode) for mode in MODES}
    assert all(picture.shape == (120, 160, 3) for picture in seen.values())
    assert len({picture.tobytes() for picture in seen.values()}) == len(MODES)
    metal, plastic, air = (35, 40), (85, 110), (5, 5)
    assert seen["colour"][metal][2] > seen["colour"][metal][0]  # blue
    assert seen["colour"][plastic][0] > seen["colour"][plastic][2]  # orange
    assert seen["inverse"][air][0] < 20 < 230 < seen["grey"][air][0]
    assert seen["organic"][metal].min() > 200  # stripped
    assert seen["metal"][plastic].min() > 200


def test_without_materials_colours_are_greys() -> None:
    high, _ = pair()
    (one,) = read_scan([tiff(high)], json.dumps({"tidewaiter_xray": 1, "polarity": "transmission"}))
    picture = shown(one, "colour")
    assert (picture[..., 0] == picture[..., 2]).all()


def test_a_window_is_from_white_to_black() -> None:
    tone = toned(np.array([[0.0, 1.0, 2.0, 3.0]], np.float32), (1.0, 2.0))
    assert tone[0].tolist() == [1.0, 1.0, 0.0, 0.0]
