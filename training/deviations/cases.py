"""Known deviations of artwork: stretched, a part erased, a part added, its hue turned."""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer.inks import Artwork
from inference.artwork.ground import hull

SHARE = (0.15, 0.4)  # of the ink: what is erased or added
TRIES = 40


def without_part(rng: Generator, artwork: Artwork) -> Artwork:
    """The artwork with 15 to 40 % of its ink erased at one side."""
    alpha = artwork[..., 3]
    ink = float((alpha > 127).sum())
    h, w = alpha.shape
    y, x = np.mgrid[:h, :w]
    for _ in range(TRIES):
        angle = rng.uniform(0, 2 * np.pi)
        along = (x / w - 0.5) * np.cos(angle) + (y / h - 0.5) * np.sin(angle)
        inside = along[alpha > 127]
        gone = along > np.quantile(inside, 1 - rng.uniform(*SHARE))
        share = float((gone & (alpha > 127)).sum()) / ink
        if SHARE[0] <= share <= SHARE[1]:
            break
    changed = artwork.copy()
    changed[..., 3][gone] = 0
    return changed


def with_part(rng: Generator, artwork: Artwork) -> Artwork:
    """The artwork with a disc, bar or triangle of its own ink added where it has ground; 12 to 40 % of its ink."""
    alpha = artwork[..., 3]
    h, w = alpha.shape
    ink = float((alpha > 127).sum())
    best, most = artwork, 0.0
    frame = hull(alpha, 0)  # what lies beyond is another thing, beside the mark
    for _ in range(TRIES):
        reach = max(4.0, float(np.sqrt(ink * rng.uniform(*SHARE) / np.pi)))
        middle = (int(rng.uniform(0.1, 0.9) * w), int(rng.uniform(0.1, 0.9) * h))
        mask: NDArray[np.uint8] = np.zeros((h, w), np.uint8)
        if rng.random() < 0.5:
            cv2.circle(mask, middle, round(reach), 255, -1, cv2.LINE_AA)
        else:
            axes = (round(1.6 * reach), max(2, round(reach / 1.6)))
            cv2.ellipse(mask, middle, axes, float(rng.uniform(0, 180)), 0, 360, 255, -1, cv2.LINE_AA)
        mask[frame == 0] = 0
        share = float(((mask > 127) & (alpha < 16)).sum()) / ink
        if most < share <= SHARE[1]:
            seen = artwork[alpha > 200][:, :3]
            changed = artwork.copy()
            changed[..., :3][alpha < 16] = seen[int(rng.integers(len(seen)))]
            changed[..., 3] = np.maximum(alpha, mask)
            best, most = changed, share
        if most >= 0.12:
            break
    return best


def added_share(artwork: Artwork, changed: Artwork) -> float:
    """Ink of `changed` that `artwork` lacks, as a share of the ink of `artwork`."""
    ink = artwork[..., 3] > 127
    return float(((changed[..., 3] > 127) & ~ink).sum()) / max(float(ink.sum()), 1.0)


def turned(artwork: Artwork, degrees: float) -> Artwork:
    """The artwork with its hues turned by `degrees` of the colour circle (HSV)."""
    hsv = cv2.cvtColor(artwork[..., :3], cv2.COLOR_RGB2HSV)
    hsv[..., 0] = ((hsv[..., 0].astype(int) + round(degrees / 2)) % 180).astype(np.uint8)
    return np.dstack([cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), artwork[..., 3]])
