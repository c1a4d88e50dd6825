"""A large photograph with a few marks side by side, made of what scenes are made of: for measuring how long one takes.

Training scenes are small squares with marks anywhere; here size, shape and number of marks are given.
"""

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.renderer import camera, scenes
from datasets.renderer.inks import Artwork
from datasets.renderer.scenes import Scene
from datasets.renderer.surfaces import Ground, Picture

FILL = 0.7  # longest side of a mark / width of its column
TRIES = 40  # prints of one column: some do not show on their ground


def large_photograph(
    rng: Generator, artwork: list[Artwork], photographs: list[Picture], *, width: int, height: int, marks: int
) -> Scene:
    """A picture (height, width, 3), height <= width, with `marks` marks, each in a column of its own.

    Raises ValueError if the picture is upright, or if no print of a column shows on its ground.
    """
    if not 1 <= height <= width or marks < 1:
        raise ValueError(f"expected a picture no higher than wide and marks, got {width} x {height} with {marks}")
    ground = scenes.draw_ground(rng, photographs, width)  # (width, width, 3)
    top = (width - height) // 2
    column = width / marks
    centres = column * (np.arange(marks) + 0.5)
    heights = top + height * rng.uniform(0.35, 0.65, marks)
    boxes, rows = [], []
    for centre in np.stack([centres, heights], 1):
        box, row = _printed(rng, ground, artwork, min(column, height / 2) * FILL, centre)
        boxes.append(box - np.array([0, top, 0, top], np.float32))
        rows.append(row)
    shot = camera.tone(rng, camera.light(rng, ground[top : top + height]))
    picture = camera.sensor(rng, np.clip(shot, 0, 255).astype(np.uint8))
    return Scene(picture=picture, boxes=np.stack(boxes), rows=np.array(rows, np.int64))


def _printed(
    rng: Generator, ground: Ground, artwork: list[Artwork], longest: float, centre: NDArray[np.float64]
) -> tuple[NDArray[np.float32], int]:
    """Print one of `artwork` around `centre`, in place; return its box and which it is."""
    for _ in range(TRIES):
        row = int(rng.integers(len(artwork)))
        box = scenes.draw_mark(rng, ground, artwork[row], longest, [], centre[None], textured=True)
        if box is not None:
            return box, row
    raise ValueError(f"none of {TRIES} prints at {centre.round().tolist()} shows on its ground")


def as_jpeg(picture: Picture, quality: int = 90) -> bytes:
    """The picture (h, w, 3) RGB as a JPEG file."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return data.tobytes()
