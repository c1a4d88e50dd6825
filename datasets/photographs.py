"""Photographs without marks, for backgrounds and as clean pictures."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray


def load_photographs(folder: Path) -> list[NDArray[np.uint8]]:
    """All JPEG and PNG pictures of a folder, by name, as (h, w, 3) RGB. Raises FileNotFoundError if there are none."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in {".jpg", ".jpeg", ".png"})
    pictures = [cv2.imread(str(path), cv2.IMREAD_COLOR) for path in paths]
    found = [cv2.cvtColor(picture, cv2.COLOR_BGR2RGB) for picture in pictures if picture is not None]
    if not found:
        raise FileNotFoundError(f"no photographs in {folder}")
    return [np.asarray(picture, np.uint8) for picture in found]
