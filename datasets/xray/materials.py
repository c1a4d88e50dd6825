"""What goods are made of: composition and density, from which follows how X-rays pass.

A mixture attenuates as its elements do, each by its share of the mass (NIST, XCOM documentation).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from datasets.xray.tables import Column, attenuation

Kind = Literal["organic", "mixed", "metal"]

# g/mol, of the elements in the table (IUPAC 2021, rounded)
WEIGHTS = {
    "H": 1.008, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "F": 18.998, "Na": 22.990, "Mg": 24.305,
    "Al": 26.982, "Si": 28.085, "P": 30.974, "S": 32.06, "Cl": 35.45, "K": 39.098, "Ca": 40.078, "Ti": 47.867,
    "Cr": 51.996, "Mn": 54.938, "Fe": 55.845, "Co": 58.933, "Ni": 58.693, "Cu": 63.546, "Zn": 65.38, "Br": 79.904,
    "Mo": 95.95, "Ag": 107.87, "Sn": 118.71, "I": 126.90, "Cs": 132.91, "Ba": 137.33, "Gd": 157.25, "W": 183.84,
    "Au": 196.97, "Pb": 207.2,
}  # fmt: skip
NUMBERS = {
    "H": 1, "Li": 3, "C": 6, "N": 7, "O": 8, "F": 9, "Na": 11, "Mg": 12, "Al": 13, "Si": 14, "P": 15, "S": 16,
    "Cl": 17, "K": 19, "Ca": 20, "Ti": 22, "Cr": 24, "Mn": 25, "Fe": 26, "Co": 27, "Ni": 28, "Cu": 29, "Zn": 30,
    "Br": 35, "Mo": 42, "Ag": 47, "Sn": 50, "I": 53, "Cs": 55, "Ba": 56, "Gd": 64, "W": 74, "Au": 79, "Pb": 82,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Material:
    """A material: shares of its mass by element, and its density in g/cm3."""

    shares: Mapping[str, float]
    density: float
    kind: Kind


def by_formula(formula: str, density: float, kind: Kind) -> Material:
    """A compound such as C6H10O5; raises ValueError for what is no formula of known elements."""
    parts = re.findall(r"([A-Z][a-z]?)([0-9.]*)", formula)
    if "".join(element + count for element, count in parts) != formula or not parts:
        raise ValueError(f"{formula!r} is no formula such as C6H10O5")
    unknown = [element for element, _ in parts if element not in WEIGHTS]
    if unknown:
        raise ValueError(f"{formula!r}: no attenuation is tabulated for {', '.join(unknown)}")
    masses: dict[str, float] = {}
    for element, count in parts:
        masses[element] = masses.get(element, 0.0) + WEIGHTS[element] * float(count or 1)
    return by_mass(density, kind, **masses)


def by_mass(density: float, kind: Kind, **masses: float) -> Material:
    """A mixture of elements by mass, in any unit."""
    whole = sum(masses.values())
    return Material(shares={element: mass / whole for element, mass in masses.items()}, density=density, kind=kind)


def mixed(density: float, kind: Kind, *parts: tuple[float, Material]) -> Material:
    """A mixture of materials, each with its share of the mass."""
    masses: dict[str, float] = {}
    for share, part in parts:
        for element, own in part.shares.items():
            masses[element] = masses.get(element, 0.0) + share * own
    return by_mass(density, kind, **masses)


def _catalogue() -> dict[str, Material]:
    cellulose = by_formula("C6H10O5", 1.5, "organic")
    isoprene, chalk = by_formula("C5H8", 0.92, "organic"), by_formula("CaCO3", 2.7, "mixed")
    silica, epoxy = by_formula("SiO2", 2.2, "mixed"), by_formula("C21H25ClO5", 1.2, "organic")
    water, sugar = by_formula("H2O", 1.0, "organic"), by_formula("C12H22O11", 1.59, "organic")
    copper, graphite = by_formula("Cu", 8.96, "metal"), by_formula("C", 2.2, "organic")
    return {
        "cellulose": cellulose,
        "polyethylene": by_formula("CH2", 0.93, "organic"),
        "polyester": by_formula("C10H8O4", 1.38, "organic"),
        "nylon": by_formula("C6H11NO", 1.14, "organic"),
        "wool": by_mass(1.31, "organic", C=50, O=24, N=16, H=7, S=3),
        "leather": by_mass(0.9, "organic", C=48, O=27, N=16, H=7, S=1.2, Cr=0.8),
        "abs": by_formula("C15H17N", 1.05, "organic"),
        "pvc": by_formula("C2H3Cl", 1.38, "mixed"),
        "eva": by_formula("C10H18O2", 0.2, "organic"),
        "rubber": mixed(
            1.15, "organic", (0.72, isoprene), (0.2, silica), (0.05, chalk), (0.03, by_formula("ZnO", 5.6, "metal"))
        ),
        "water": water,
        "food": mixed(1.1, "organic", (0.4, sugar), (0.35, by_formula("CH2", 0.9, "organic")), (0.25, water)),
        "glass": by_mass(2.5, "mixed", O=46, Si=34, Na=10, Ca=8, Mg=2),
        "ceramic": by_mass(2.4, "mixed", O=50, Si=30, Al=20),
        "board": mixed(1.85, "mixed", (0.5, silica), (0.35, epoxy), (0.15, copper)),
        "battery": mixed(
            2.4, "mixed", (0.42, by_formula("LiCoO2", 5.0, "metal")), (0.2, graphite), (0.13, copper),
            (0.15, by_formula("Al", 2.7, "metal")), (0.1, water),
        ),
        "aluminium": by_formula("Al", 2.70, "metal"),
        "steel": by_mass(7.85, "metal", Fe=98.5, Mn=1, C=0.5),
        "stainless": by_mass(7.9, "metal", Fe=72, Cr=18, Ni=10),
        "zamak": by_mass(6.6, "metal", Zn=95, Al=4, Cu=1),
        "brass": by_mass(8.5, "metal", Cu=63, Zn=37),
        "copper": copper,
        "silver": by_mass(10.4, "metal", Ag=92.5, Cu=7.5),
        "solder": by_mass(7.4, "metal", Sn=97, Ag=3),
        "lead": by_formula("Pb", 11.35, "metal"),
    }  # fmt: skip


MATERIALS = _catalogue()


@cache
def mass_attenuation(name: str) -> Column:
    """Coefficient (191,) in cm2/g of a material in the catalogue at each energy; KeyError if it is not there."""
    return attenuation_of(MATERIALS[name])


def attenuation_of(material: Material) -> Column:
    """Coefficient (191,) in cm2/g at each energy."""
    table = attenuation()
    return np.sum([share * table[element] for element, share in material.shares.items()], axis=0)


def effective_number(material: Material) -> float:
    """Effective atomic number by the power law (sum a_i Z_i^2.94)^(1/2.94), a_i: share of the electrons.

    Mayneord (1937); the exponent is Spiers' (1946), for photoelectric absorption.
    """
    electrons = {e: share * NUMBERS[e] / WEIGHTS[e] for e, share in material.shares.items()}
    whole = sum(electrons.values())
    return float(sum(own / whole * NUMBERS[element] ** 2.94 for element, own in electrons.items()) ** (1 / 2.94))
