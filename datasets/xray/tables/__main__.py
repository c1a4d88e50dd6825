"""Write the tables anew: `python -m datasets.xray.tables` (needs the group `dev`: xraydb and spekpy).

They are committed, so that rendering needs neither library, and a change of them is seen.
"""

from pathlib import Path

import numpy as np
import spekpy
import xraydb

from datasets.xray.tables import ATTENUATION, ENERGIES, SPECTRA

ELEMENTS = (
    *("H", "Li", "C", "N", "O", "F", "Na", "Mg", "Al", "Si", "P", "S", "Cl", "K", "Ca", "Ti", "Cr", "Mn", "Fe", "Co"),
    *("Ni", "Cu", "Zn", "Br", "Mo", "Ag", "Sn", "I", "Cs", "Ba", "Gd", "W", "Au", "Pb"),
)
TUBES = (100, 120, 140, 150, 160, 180, 200)  # kV
ANODE_ANGLE = 20  # degrees

ATTENUATION_SAYS = """\
# Total mass attenuation coefficients, cm2/g: photoelectric, coherent and incoherent, at the photon energy in keV.
# Elam, Ravel and Sieber, Radiation Physics and Chemistry 63 (2002) 121-128, by way of xraydb (public domain).
"""
SPECTRA_SAYS = f"""\
# Photons per keV, of which all energies of a tube add up to 1, by energy in keV: tungsten anode at
# {ANODE_ANGLE} degrees, no filter; columns are tube voltages in kV. SpekPy 2
# (Poludniowski et al., Medical Physics 48 (2021) 3630; MIT).
"""


def write_attenuation(path: Path) -> None:
    """One row for each energy, one column for each element."""
    columns = [xraydb.mu_elam(element, ENERGIES * 1000.0) for element in ELEMENTS]
    _write(path, ATTENUATION_SAYS, ("keV", *ELEMENTS), np.column_stack([ENERGIES, *columns]))


def write_spectra(path: Path) -> None:
    """One row for each energy, one column for each tube voltage."""
    columns = []
    for voltage in TUBES:
        energies, photons = spekpy.Spek(kvp=voltage, th=ANODE_ANGLE, dk=1.0).get_spectrum(edges=False)
        own = np.interp(ENERGIES, energies, photons, left=0.0, right=0.0)
        columns.append(own / own.sum())
    _write(path, SPECTRA_SAYS, ("keV", *map(str, TUBES)), np.column_stack([ENERGIES, *columns]))


def _write(path: Path, says: str, names: tuple[str, ...], rows: np.ndarray) -> None:
    lines = [",".join([f"{row[0]:g}", *(f"{value:.5g}" for value in row[1:])]) for row in rows]
    path.write_text(says + "\n".join([",".join(names), *lines]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_attenuation(ATTENUATION)
    write_spectra(SPECTRA)
