"""What a photograph may suffer without becoming another: the robustness that is measured, one change at a time."""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from inference.vocabulary import Image
from training.retraining.jitter import as_jpeg, turned


def blurred(crop: Image) -> Image:
    """Out of focus."""
    return np.asarray(cv2.GaussianBlur(crop, (0, 0), crop.shape[0] / 70), np.uint8)


def recompressed(crop: Image) -> Image:
    """Through JPEG at quality 20."""
    return as_jpeg(crop, 20)


def rotated(crop: Image) -> Image:
    """Turned by 12 degrees."""
    return turned(crop, 12.0)


def occluded(crop: Image) -> Image:
    """A band of tape over a quarter of it."""
    side = crop.shape[0]
    changed = crop.copy()
    corners = [(0, 0.62), (1, 0.42), (1, 0.67), (0, 0.87)]
    cv2.fillPoly(changed, [np.array([(x * side, y * side) for x, y in corners], np.int32)], (176, 148, 104))
    return changed


def toned(crop: Image) -> Image:
    """Under yellow, dim light."""
    return np.asarray(np.clip(crop.astype(np.float32) * [0.85, 0.72, 0.5] + 6, 0, 255), np.uint8)


CHANGES: Mapping[str, Callable[[Image], Image]] = {
    "blur": blurred,
    "jpeg": recompressed,
    "rotation": rotated,
    "occlusion": occluded,
    "tone": toned,
}
