"""The plots of `docs/xray.md`, computed anew: `python -m tests.plots_xray`.

Physics: what the detectors see of the tube, what comes through against exp(-mu x), noise against Poisson, and how
materials come apart in two energies. All of the scanner that nothing is trained on.
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no window

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes

from datasets.xray.materials import mass_attenuation
from datasets.xray.scanners import HELD_OUT, Response, monoenergetic
from datasets.xray.scanning import arrived, transmitted

OUT = Path(__file__).parent.parent / "docs" / "images" / "xray-physics.webp"
MATERIALS = ("polyethylene", "water", "aluminium", "steel")
ENERGY = 60.0  # keV, of the monoenergetic slabs
PIXELS = 100_000
PHOTONS = (20, 50, 100, 300, 1_000, 3_000, 10_000, 30_000)


def main() -> int:
    """Draw, and say where."""
    plt.rcParams.update({"font.size": 9, "axes.grid": True})
    plt.rcParams.update({"grid.alpha": 0.3, "axes.spines.top": False, "axes.spines.right": False})
    figure, axes = plt.subplots(2, 2, figsize=(9.6, 6.4), layout="constrained")
    response = HELD_OUT.response()
    _spectra(axes[0, 0], response)
    _slabs(axes[0, 1], response)
    _noise(axes[1, 0])
    _materials(axes[1, 1], response)
    figure.savefig(OUT, pil_kwargs={"quality": 80, "optimize": True})
    sys.stdout.write(f"{OUT}\n")
    return 0


def _spectra(axes: Axes, response: Response) -> None:
    """What both channels detect, with nothing in the way and behind 3 mm of steel."""
    behind = np.exp(-mass_attenuation("steel") * 7.87 * 0.3)
    for channel, (name, colour) in enumerate((("high", "C0"), ("low", "C1"))):
        photons = response.photons[channel] / response.photons.sum()
        axes.plot(response.energies, photons, colour, label=f"{name}, air")
        axes.plot(response.energies, photons * behind, colour + ":", label=f"{name}, 3 mm of steel")
    axes.set(title="What the detectors see of the tube", xlabel="photon energy, keV", ylabel="share of photons")
    axes.set_xlim(10, 185)
    axes.legend(frameon=False)


def _slabs(axes: Axes, response: Response) -> None:
    """Attenuation of slabs: of one energy it is a line, of a spectrum it bends (beam hardening)."""
    depth = np.linspace(0, 6, 61, dtype=np.float32)  # attenuation at ENERGY
    for material, colour in (("water", "C0"), ("steel", "C3")):
        mu = float(mass_attenuation(material)[int(ENERGY) - int(response.energies[0])])
        areal = (depth / mu)[None]
        one = transmitted(monoenergetic(ENERGY, 1e5), {material: areal}, areal.shape).signal[0, 0]
        all_of_them = transmitted(response, {material: areal}, areal.shape).signal[0, 0]
        axes.plot(depth[::4], -np.log(one)[::4], colour + "o", ms=3, label=f"{material}, {ENERGY:.0f} keV")
        axes.plot(depth, -np.log(all_of_them), colour + "--", label=f"{material}, whole spectrum")
    axes.plot(depth, depth, "k", lw=0.8, label="exp(-µx)")
    axes.set(title="Slabs", xlabel=f"µx at {ENERGY:.0f} keV", ylabel="attenuation, high energy")
    axes.legend(frameon=False)


def _noise(axes: Axes) -> None:
    """The variance of what arrives by its mean, in photons of one energy."""
    rng = np.random.default_rng(1)
    ratios = []
    for photons in PHOTONS:
        signal = np.full((PIXELS, 1), 1.0, np.float32)
        drawn = arrived(rng, signal, signal / np.float32(photons))
        ratios.append(float(drawn.var()) * photons)
    spread = 1.96 * np.sqrt(2 / PIXELS)
    axes.axhspan(1 - spread, 1 + spread, color="k", alpha=0.1, label="95 % of so many pixels")
    axes.semilogx(PHOTONS, ratios, "C2o-", label="computed / Poisson")
    axes.set(title="Variance of the noise", xlabel="photons per pixel", ylabel="variance / Poisson's")
    axes.set_ylim(0.95, 1.05)
    axes.legend(frameon=False)


def _materials(axes: Axes, response: Response) -> None:
    """The attenuation of the low energy by that of the high one: the heavier a material's atoms, the steeper."""
    for material in MATERIALS:
        areal = np.linspace(0, 30, 200, dtype=np.float32)[None]
        high, low = (
            -np.log(np.maximum(own[0], 1e-9)) for own in transmitted(response, {material: areal}, areal.shape).signal
        )
        there = (high < 3) & (high > 0.02)
        axes.plot(high[there], (low / np.maximum(high, 1e-6))[there], label=material)
    axes.set(title="Materials by two energies", xlabel="attenuation, high energy", ylabel="low / high")
    axes.legend(frameon=False)


if __name__ == "__main__":
    sys.exit(main())
