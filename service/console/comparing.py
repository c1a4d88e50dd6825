"""Where the filed artwork is seen again on a photograph: matched places in both, and the artwork as it lies there."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.alignment import Alignment, align
from inference.artwork.ground import Rgba
from inference.decoding import Limits, decode
from inference.explaining import SMALLEST
from service.alerts.schemas import AlertOut
from service.errors import UnknownView
from service.parts import Parts

LARGEST_LAID = 4_000_000  # pixels of the warped artwork: a box as large as the photograph is no use laid over


@dataclass(frozen=True, kw_only=True)
class Compared:
    """The strongest sighting's artwork (h, w, 4) against its photograph."""

    view: int
    artwork: Rgba
    alignment: Alignment


def compared(parts: Parts, alert: AlertOut, office: str | None) -> Compared | None:
    """Compare the strongest sighting with its nearest artwork; None where that says nothing."""
    best = alert.sightings[0]
    x1, y1, x2, y2 = best.box
    if not best.candidates or parts.inspector.artworks is None or ((x2 - x1) * (y2 - y1)) ** 0.5 < SMALLEST:
        return None
    artwork = parts.inspector.artworks(best.candidates[0].reference)
    if artwork is None:
        return None
    if parts.scans.get(alert.scan_id, within=office).views[best.view].modality == "xray":
        return None  # a relief has no edges where the artwork has colours
    _, data = parts.scans.view(alert.scan_id, best.view, within=office)
    settings = parts.settings
    limits = Limits(
        max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
    )
    alignment = align(decode(data, limits=limits), (x1, y1, x2, y2), artwork)
    return None if alignment is None else Compared(view=best.view, artwork=artwork, alignment=alignment)


def told(alert_id: str, found: Compared) -> dict[str, Any]:
    """What the page draws: matched places in pixels of both pictures, and where the laid artwork goes."""
    height, width = found.artwork.shape[:2]
    return {
        "view": found.view,
        "artwork": [width, height],
        "regions": [
            {"artwork": [round(edge, 1) for edge in region.artwork], "image": np.round(region.image, 1).tolist()}
            for region in found.alignment.regions
        ],
        "laid": {"url": f"/console/alerts/{alert_id}/laid", "box": list(_bounds(found))},
    }


def laid(found: Compared) -> bytes:
    """The artwork as it lies on the photograph, a PNG of the box that `told` names. Raises UnknownView."""
    x1, y1, x2, y2 = _bounds(found)
    if (x2 - x1) * (y2 - y1) > LARGEST_LAID:
        raise UnknownView(f"{x2 - x1} x {y2 - y1} pixels", field="alert_id", limit=f"{LARGEST_LAID} pixels")
    moved = np.array([[1, 0, -x1], [0, 1, -y1], [0, 0, 1]], np.float64) @ found.alignment.homography
    picture: NDArray[Any] = cv2.cvtColor(found.artwork, cv2.COLOR_RGBA2BGRA)
    warped = cv2.warpPerspective(picture, moved, (x2 - x1, y2 - y1), flags=cv2.INTER_AREA)  # (h, w, 4)
    return bytes(cv2.imencode(".png", warped)[1].tobytes())


def _bounds(found: Compared) -> tuple[int, int, int, int]:
    """Whole pixels around the warped artwork."""
    height, width = found.artwork.shape[:2]
    corners = np.array([[[0, 0], [width, 0], [width, height], [0, height]]], np.float32)
    there = cv2.perspectiveTransform(corners, found.alignment.homography)[0]  # (4, 2)
    (x1, y1), (x2, y2) = np.floor(there.min(axis=0)), np.ceil(there.max(axis=0))
    return int(x1), int(y1), int(max(x2, x1 + 1)), int(max(y2, y1 + 1))
