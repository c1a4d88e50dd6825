"""The tables the physics rests on: how strongly elements attenuate, and what tubes emit; each file says its source."""

import csv
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
ATTENUATION, SPECTRA = FOLDER / "attenuation.csv", FOLDER / "spectra.csv"
ENERGIES = np.arange(10, 201, dtype=np.float64)  # keV; below, nothing comes through a belt and a carton

Column = NDArray[np.float64]  # (191,) a number for each of ENERGIES


@cache
def attenuation() -> dict[str, Column]:
    """Element -> mass attenuation coefficient (191,) in cm2/g."""
    return _columns(ATTENUATION)


@cache
def spectra() -> dict[str, Column]:
    """Tube voltage in kV -> share of its photons (191,) at each energy, unfiltered."""
    return _columns(SPECTRA)


def _columns(path: Path) -> dict[str, Column]:
    with path.open(encoding="utf-8") as file:
        names, *rows = csv.reader(line for line in file if not line.startswith("#"))
    values = np.array(rows, np.float64)  # (191, 1 + columns)
    if not np.array_equal(values[:, 0], ENERGIES):
        raise ValueError(f"{path.name} must have a row for each keV from {ENERGIES[0]:g} to {ENERGIES[-1]:g}")
    return {name: values[:, index] for index, name in enumerate(names) if index}
