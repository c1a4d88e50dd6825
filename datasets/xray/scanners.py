"""Scanners: tube, filters, detectors, geometry and noise, from which follow a scanner's two spectral responses.

A conveyor scanner has one line of sandwich detectors across the belt: a thin scintillator that sees the low energies,
a copper filter, and a thick scintillator for what is left (Rebuffel and Dinten, Insight 49 (2007) 589). The figures are
those of usual machines, not of any maker's; `HELD_OUT` is for evaluation alone.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.xray.materials import MATERIALS, attenuation_of, by_formula, mass_attenuation
from datasets.xray.tables import ENERGIES, Column, spectra

GOS, CSI = by_formula("Gd2O2S", 7.3, "metal"), by_formula("CsI", 4.5, "metal")


@dataclass(frozen=True, kw_only=True)
class Scanner:
    """A machine; lengths in mm, unless they say otherwise."""

    name: str
    voltage: str = "160"  # kV, one of the tables'
    filters: tuple[tuple[str, float], ...] = (("aluminium", 3.0),)  # between tube and parcel
    front: float = 0.045  # g/cm2 of GOS
    between: float = 0.6  # of copper
    rear: float = 4.0  # of CsI
    pitch: float = 0.6  # across and along the belt, per pixel
    quanta: float = 60_000.0  # photons that the front detects per pixel where there is nothing; the rear sees more
    blur: tuple[float, float] = (0.55, 0.5)  # sigma in px, across the belt (light spreads) and along (belt moves)
    scatter: float = 0.02  # of the primary signal, per unit of attenuation
    scatter_reach: float = 25.0  # sigma
    readout: float = 1e-4  # sigma of the electronics, as a share of the signal of air
    stripes: float = 8e-4  # sigma of what calibration leaves of the detectors' differences
    belt: float = 1.2  # of PVC
    source: float = 800.0  # from the belt to the focal spot; below it
    full_scale: float = 0.9  # of 65,535: where air is

    def response(self) -> "Response":
        """Its two channels at each energy."""
        tube = spectra()[self.voltage].copy()
        for name, thickness in self.filters:
            tube *= np.exp(-mass_attenuation(name) * MATERIALS[name].density * thickness / 10)
        seen_in_front = 1 - np.exp(-attenuation_of(GOS) * self.front)
        passed = 1 - seen_in_front
        passed *= np.exp(-mass_attenuation("copper") * MATERIALS["copper"].density * self.between / 10)
        seen_behind = passed * (1 - np.exp(-attenuation_of(CSI) * CSI.density * self.rear / 10))
        photons = np.stack([tube * seen_behind, tube * seen_in_front])  # (2, 191): high, low
        members = np.eye(len(ENERGIES))
        return Response(energies=ENERGIES, photons=photons * (self.quanta / photons[1].sum()), members=members)


@dataclass(frozen=True, kw_only=True)
class Response:
    """What a scanner's two channels detect of air, by bins of photon energy. The signal follows the energy detected."""

    energies: Column  # (k,) keV
    photons: NDArray[np.float64]  # (2, k) per pixel: high, low
    members: NDArray[np.float64]  # (k, 191) share of each tabulated energy in a bin; rows add up to 1

    def coefficients(self, material: str) -> Column:
        """Mass attenuation (k,) of a material of the catalogue in each bin, cm2/g."""
        return self.members @ mass_attenuation(material)

    def binned(self, count: int) -> "Response":
        """At most `count` bins with the same share of the signal: quicker, and nearly as true."""
        signal = self.photons * self.energies  # (2, k)
        weight = (signal / signal.sum(1, keepdims=True)).sum(0)
        place = np.minimum((np.cumsum(weight) - weight / 2) / weight.sum() * count, count - 1).astype(np.int64)
        own = np.asarray(place == np.unique(place)[:, None], np.float64)  # (bins, k)
        members = own * weight
        members /= members.sum(1, keepdims=True)
        return Response(energies=members @ self.energies, photons=self.photons @ own.T, members=members @ self.members)


def monoenergetic(energy: float, quanta: float) -> Response:
    """Photons of one tabulated energy in keV, `quanta` of them in both channels: what has an analytic answer."""
    own = np.asarray(np.equal(ENERGIES, energy), np.float64)
    if own.sum() != 1:
        raise ValueError(f"energy must be a whole number of keV from {ENERGIES[0]:g} to {ENERGIES[-1]:g}, got {energy}")
    return Response(energies=np.array([energy]), photons=np.full((2, 1), quanta), members=own[None])


TRAINED = (
    Scanner(name="belt-160"),
    Scanner(
        name="parcel-140", voltage="140", filters=(("aluminium", 2.5), ("copper", 0.1)), front=0.06, between=0.5,
        rear=3.0, pitch=0.8, quanta=90_000, blur=(0.6, 0.55), scatter=0.03, stripes=1.2e-3, source=700,
    ),
    Scanner(
        name="fine-120", voltage="120", filters=(("aluminium", 2.0),), front=0.035, between=0.3, rear=2.0, pitch=0.4,
        quanta=30_000, blur=(0.7, 0.6), scatter=0.015, stripes=6e-4, source=600,
    ),
)  # fmt: skip

HELD_OUT = Scanner(
    name="station-180", voltage="180", filters=(("aluminium", 4.0), ("copper", 0.3)), front=0.08, between=0.9,
    rear=5.0, pitch=0.7, quanta=45_000, blur=(0.8, 0.45), scatter=0.04, scatter_reach=40, readout=2e-4, stripes=1.5e-3,
    belt=2.0, source=1000, full_scale=0.8,
)  # fmt: skip

SCANNERS = {scanner.name: scanner for scanner in (*TRAINED, HELD_OUT)}


def varied(rng: Generator, scanner: Scanner) -> Scanner:
    """A machine of the same kind: no two are quite alike."""

    def factor(spread: float) -> float:
        return float(np.exp(rng.normal(0, spread)))

    return replace(
        scanner,
        front=scanner.front * factor(0.15),
        between=scanner.between * factor(0.15),
        rear=scanner.rear * factor(0.1),
        quanta=scanner.quanta * factor(0.5),
        blur=(scanner.blur[0] * factor(0.2), scanner.blur[1] * factor(0.2)),
        scatter=scanner.scatter * factor(0.4),
        readout=scanner.readout * factor(0.5),
        stripes=scanner.stripes * factor(0.5),
        source=scanner.source * factor(0.1),
    )
