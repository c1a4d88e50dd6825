"""The greatest relative error of monoenergetic slabs against exp(-mu x), over all materials and energies."""

import numpy as np

from datasets.xray.materials import MATERIALS, mass_attenuation
from datasets.xray.scanners import monoenergetic
from datasets.xray.scanning import transmitted
from datasets.xray.tables import ENERGIES

DEPTHS = (0.1, 0.5, 1.0, 2.0, 4.0)  # attenuations


def slab_error() -> tuple[float, int]:
    """The error, and of how many slabs it is the greatest."""
    errors = []
    for name in MATERIALS:
        for energy in ENERGIES:
            response, mu = monoenergetic(float(energy), 1e5), mass_attenuation(name)[int(energy - ENERGIES[0])]
            for depth in DEPTHS:
                areal = np.full((1, 1), depth / mu, np.float32)
                seen = float(transmitted(response, {name: areal}, (1, 1)).signal[0, 0, 0])
                errors.append(abs(seen / np.exp(-depth) - 1))
    return float(max(errors)), len(errors)
