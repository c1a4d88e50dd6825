"""How the pictures in docs/ are kept: as WebP, half the size of a JPEG that looks the same."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

QUALITY = 78


def kept(page: Page, path: Path) -> None:
    """Keep what is on the screen."""
    written(cv2.imdecode(np.frombuffer(page.screenshot(type="png"), np.uint8), cv2.IMREAD_COLOR), path)


def written(picture: NDArray[np.uint8], path: Path) -> None:
    """Write a picture (h, w, 3) BGR."""
    _, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    path.write_bytes(data.tobytes())
