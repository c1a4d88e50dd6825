"""Materials are told apart on step wedges, through a scanner with all its faults, by its own calibration."""

import numpy as np
import pytest

from datasets.xray.files import as_tiff, sidecar_of
from datasets.xray.materials import MATERIALS, effective_number
from datasets.xray.scanners import SCANNERS
from datasets.xray.scanning import scan
from inference.xray.materials import CLASSES, classes
from inference.xray.materials import effective_number as read_off
from inference.xray.reading import read_scan

STEPS = (1.0, 2.0, 4.0)  # g/cm2
SIDE = 40  # px of a step
KINDS = {"polyethylene": "organic", "water": "organic", "aluminium": "mixed", "glass": "mixed", "steel": "metal"}


@pytest.mark.parametrize("scanner", SCANNERS.values(), ids=SCANNERS)
def test_step_wedges_read_as_their_materials(scanner: object) -> None:
    shape = (SIDE * len(KINDS) + 80, SIDE * len(STEPS) + 80)
    maps = {name: np.zeros(shape, np.float32) for name in KINDS}
    for row, name in enumerate(KINDS):
        for column, areal in enumerate(STEPS):
            maps[name][_step(row, column)] = areal
    raw = scan(np.random.default_rng(1), scanner, maps, shape)  # type: ignore[arg-type]
    (seen,) = read_scan([as_tiff(raw, sidecar_of(scanner, raw))])  # type: ignore[arg-type]
    assert seen.low is not None
    assert seen.curves is not None
    number = read_off(seen.high, seen.low, seen.curves)
    found = classes(seen.high, number)
    for row, (name, kind) in enumerate(KINDS.items()):
        for column in range(len(STEPS)):
            middle = _step(row, column, 10)
            within = 4.0 if kind == "metal" else 1.0  # scatter is not corrected
            assert float(np.median(number[middle])) == pytest.approx(effective_number(MATERIALS[name]), abs=within)
            assert (found[middle] == CLASSES.index(kind)).mean() > 0.9, (name, STEPS[column])  # type: ignore[arg-type]


def _step(row: int, column: int, spare: int = 0) -> tuple[slice, slice]:
    y, x = 40 + row * SIDE, 40 + column * SIDE
    return slice(y + spare, y + SIDE - spare), slice(x + spare, x + SIDE - spare)
