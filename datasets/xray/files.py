"""Rendered scans as files: a TIFF of two pages with its sidecar, as a scanner's software would export it."""

from typing import Any

import numpy as np

from datasets.xray.materials import MATERIALS, effective_number
from datasets.xray.scanners import Scanner
from datasets.xray.scanning import RawScan, transmitted
from inference.xray.packing import pack

WEDGES = ("polyethylene", "water", "glass", "aluminium", "steel", "copper")  # what the scanner is calibrated with
AREAL = np.geomspace(0.05, 60, 40)  # g/cm2 of each wedge
MOST = 5.5  # attenuation up to which wedges are measured


def sidecar_of(scanner: Scanner, raw: RawScan, view: str = "top") -> dict[str, Any]:
    """What the scanner says beside its counts, its calibration by step wedges among it."""
    return {
        "tidewaiter_xray": 1,
        "view": view,
        "scanner": scanner.name,
        "air": raw.air,
        "dark": raw.dark,
        "bits": 16,
        "pitch_mm": scanner.pitch,
        "polarity": "transmission",
        "calibration": {"name": f"{scanner.name} wedges", "materials": wedges(scanner)},
    }


def wedges(scanner: Scanner) -> list[dict[str, Any]]:
    """The high and low attenuation of each wedge on the empty belt, materials by rising atomic number."""
    response = scanner.response()
    belt = np.full((1, 1), scanner.belt / 10 * MATERIALS["pvc"].density, np.float32)
    clear = transmitted(response, {"pvc": belt}, (1, 1)).signal[:, 0, 0]
    rows = []
    for name in sorted(WEDGES, key=lambda own: effective_number(MATERIALS[own])):
        maps = {name: AREAL.astype(np.float32)[None], "pvc": np.repeat(belt, len(AREAL), 1)}
        high, low = -np.log(transmitted(response, maps, (1, len(AREAL))).signal[:, 0] / clear[:, None])
        kept = (high < MOST) & (low < 2 * MOST)
        rows.append(
            {
                "z": round(effective_number(MATERIALS[name]), 2),
                "high": [round(float(v), 4) for v in high[kept]],
                "low": [round(float(v), 4) for v in low[kept]],
            }
        )
    return rows


def as_tiff(raw: RawScan, sidecar: dict[str, Any]) -> bytes:
    """Both channels and the sidecar in one TIFF."""
    return pack(raw.high, raw.low, sidecar)
