"""Our physics beside gVirtualXray, a simulator of others: `python -m tests.benchmarks.xray.phantoms`.

gVirtualXray (Vidal and Villard 2016; validated against Monte Carlo, Pointon et al. 2023) follows rays through meshes by
OpenGL and takes attenuation from xraylib; ours adds up maps of thickness and takes it from Elam's tables. It is no part
of the environment: `uv pip install gvxr`, and it needs EGL (Debian: libegl1 libgl1-mesa-dri libglew2.2 and libxcb's).
"""

import sys

import numpy as np
from numpy.typing import NDArray

from datasets.xray.materials import MATERIALS
from datasets.xray.scanners import TRAINED, Response
from datasets.xray.scanning import transmitted
from datasets.xray.tables import ENERGIES

PIXELS, PITCH = 256, 0.5  # detector's side in px, and a pixel's in mm
ATOMS = {"polyethylene": "CH2", "water": "H2O", "aluminium": "Al", "copper": "Cu"}
Image = NDArray[np.float64]

# material, form, middle x and y in mm, size across, depth along the ray in mm
PHANTOM = (
    ("polyethylene", "box", -30.0, -30.0, 40.0, 40.0),
    ("water", "rod", 25.0, -30.0, 30.0, 30.0),
    ("aluminium", "box", -30.0, 25.0, 24.0, 12.0),
    ("copper", "box", 22.0, 22.0, 16.0, 1.0),
    ("aluminium", "rod", -10.0, 0.0, 16.0, 16.0),
    ("copper", "rod", 40.0, 40.0, 4.0, 4.0),
)


def ours(response: Response) -> Image:
    """The phantom's image (PIXELS, PIXELS) as a share of air, by maps of thickness."""
    axis = (np.arange(PIXELS * 4) + 0.5) * PITCH / 4 - PIXELS * PITCH / 2  # four samples a pixel each way
    x, y = np.meshgrid(axis, axis)
    maps: dict[str, NDArray[np.float32]] = {}
    for material, form, mx, my, size, depth in PHANTOM:
        inside = (np.abs(x - mx) < size / 2) & (np.abs(y - my) < size / 2)
        chord = 2 * np.sqrt(np.maximum((size / 2) ** 2 - (x - mx) ** 2, 0)) if form == "rod" else depth
        own = np.where(inside, chord, 0.0) / 10 * MATERIALS[material].density
        maps[material] = maps.get(material, 0) + own.astype(np.float32)
    fine = transmitted(response, maps, x.shape).signal[0]
    # a detector's pixel takes all that falls on it
    return fine.reshape(PIXELS, 4, PIXELS, 4).mean((1, 3)).astype(np.float64)


def theirs(response: Response) -> Image:
    """The same by gVirtualXray."""
    from gvxrPython3 import gvxr  # noqa: PLC0415 - not in the environment

    gvxr.createNewContext("EGL", 4, 5)
    gvxr.setSourcePosition(0.0, 0.0, 500.0, "mm")
    gvxr.useParallelBeam()
    gvxr.setDetectorPosition(0.0, 0.0, -100.0, "mm")
    gvxr.setDetectorUpVector(0, -1, 0)
    gvxr.setDetectorNumberOfPixels(PIXELS, PIXELS)
    gvxr.setDetectorPixelSize(PITCH, PITCH, "mm")
    gvxr.resetBeamSpectrum()
    for energy, photons in zip(ENERGIES, response.photons[0], strict=True):
        if photons > 0:
            gvxr.addEnergyBinToSpectrum(float(energy), "keV", float(photons))
    for index, (material, form, x, y, size, depth) in enumerate(PHANTOM):
        name = f"{material}-{index}"
        if form == "rod":
            gvxr.makeCylinder(name, 360, size, size / 2, "mm")  # along y
        else:
            gvxr.makeCuboid(name, size, size, depth, "mm")
        gvxr.translateNode(name, x, y, 0.0, "mm")
        gvxr.setCompound(name, ATOMS[material])
        gvxr.setDensity(name, MATERIALS[material].density, "g/cm3")
        gvxr.addPolygonMeshAsInnerSurface(name)
    image = np.array(gvxr.computeXRayImage(), np.float64)
    return image / image.max()


def zncc(a: Image, b: Image) -> float:
    """Zero-mean normalised cross-correlation."""
    return float(((a - a.mean()) * (b - b.mean())).mean() / (a.std() * b.std()))


def mape(a: Image, b: Image) -> float:
    """Mean absolute difference in per cent of `b`, where there is anything but air."""
    covered = b < 0.995
    return float((np.abs(a - b) / b)[covered].mean() * 100)


def compare() -> tuple[float, float]:
    """ZNCC and MAPE of both images. Raises ImportError where gVirtualXray is not installed."""
    response = TRAINED[0].response()
    other = theirs(response)[::-1, ::-1]  # its detector is looked at from behind
    own = ours(response)
    return zncc(own, other), mape(own, other)


if __name__ == "__main__":
    sys.stdout.write("zncc {:.6f} mape {:.3f} %\n".format(*compare()))
