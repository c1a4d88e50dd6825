"""Packed parcels on the belt: walls, contents, and bodies that bear marks.

    parcel = pack(rng, scanner, artwork, [3, 17])
    raw = scan(rng, scanner, parcel.maps, parcel.shape)

Goods lie mostly square to their carton, either face up; the carton lies a little askew on the belt.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from datasets.xray.bodies import Body, Sketch, rim
from datasets.xray.contents import any_content
from datasets.xray.marks import marked_body
from datasets.xray.placing import Belt, Pose
from datasets.xray.scanners import Scanner
from inference.xray.relief import Relief

SQUARE = 0.8  # of goods lie square to their carton
SKEW = 7.0  # degrees, sigma
TRIES = 12  # places looked at for a mark that should not lie on another


@dataclass(frozen=True, kw_only=True)
class Carton:
    """A parcel's outer measures in mm, how it lies on the belt, and what it is of."""

    size: tuple[float, float, float]  # along its own x, y, and up
    angle: float  # degrees
    centre: tuple[float, float]  # px
    walled: bool  # a carton; else a bag of plastic or paper


def pack(
    rng: Generator,
    scanner: Scanner,
    reliefs: Sequence[Relief],
    rows: Sequence[int],
    *,
    shape: tuple[int, int] = (1000, 1500),
    longest: Sequence[float] | None = None,
    crowd: tuple[int, int] = (2, 9),
) -> Belt:
    """A parcel in a scan of (h, w) px that holds one body for each relief of `rows`, and others without marks.

    `longest` gives each mark's longest side in px; otherwise it is as large as goods have it.
    """
    belt = Belt(shape=shape)
    carton = any_carton(rng, scanner, shape)
    belt.lay(walls(rng, carton, scanner.pitch), Pose(centre=carton.centre, angle=carton.angle))
    for _ in range(int(rng.integers(*crowd))):
        body = any_content(rng, scanner.pitch)
        belt.lay(body, any_pose(rng, scanner, carton, body, shape))
    for index, row in enumerate(rows):
        size = None if longest is None else longest[index]
        body = marked_body(rng, row, reliefs[row], scanner.pitch, size)
        for _ in range(TRIES):
            pose = any_pose(rng, scanner, carton, body, shape)
            if is_free(belt, body, pose):
                break
        belt.lay(body, pose)
    return belt


def any_carton(rng: Generator, scanner: Scanner, shape: tuple[int, int]) -> Carton:
    """A parcel that the scan has room for."""
    room = np.array([shape[1], shape[0]]) * scanner.pitch
    size = np.minimum(room * rng.uniform(0.45, 0.92, 2), (700, 550))
    centre = np.array([shape[1], shape[0]]) / 2 + rng.normal(0, 0.03, 2) * (shape[1], shape[0])
    return Carton(
        size=(float(size[0]), float(size[1]), float(rng.uniform(40, 250))),
        angle=float(rng.normal(0, 6)),
        centre=(float(centre[0]), float(centre[1])),
        walled=rng.random() < 0.75,
    )


def walls(rng: Generator, carton: Carton, pitch: float) -> Body:
    """The carton's faces, side walls, flaps and tape; or the two sheets of a bag."""
    w, h, up = carton.size
    sketch = Sketch(width=w, height=h, pitch=pitch)
    face = sketch.box(0, 0, 0.98 * w, 0.98 * h, 2 if carton.walled else 10)
    if not carton.walled:
        material = "polyethylene" if rng.random() < 0.6 else "cellulose"
        sketch.add(material, face * np.float32(0.3) + rim(face, 8, pitch) * np.float32(0.5))
        return sketch.body(up)
    board = float(rng.uniform(0.25, 0.6))  # mm of solid cellulose in one sheet of corrugated board
    sketch.add("cellulose", face * np.float32(2 * board))
    lean = rim(face, up * rng.uniform(0.02, 0.12) + 3, pitch)  # side walls lean in the fan of rays
    sketch.add("cellulose", lean * np.float32(up * board / (up * 0.07 + 3)))
    sketch.add("cellulose", sketch.box(0, 0, 0.96 * w, h * rng.uniform(0.02, 0.4)) * np.float32(board))
    sketch.add("polyethylene", sketch.box(0, 0, 0.98 * w, 48) * np.float32(0.05))
    return sketch.body(up)


def any_pose(rng: Generator, scanner: Scanner, carton: Carton, body: Body, shape: tuple[int, int]) -> Pose:
    """How a body may lie in its carton."""
    w, h, up = carton.size
    free = np.maximum(np.array([w, h]) - 0.7 * np.array(body.shape[::-1]) * scanner.pitch, 10)
    x, y = rng.uniform(-0.5, 0.5, 2) * free / scanner.pitch
    c, s = np.cos(np.radians(carton.angle)), np.sin(np.radians(carton.angle))
    centre = (carton.centre[0] + c * x - s * y, carton.centre[1] + s * x + c * y)
    if rng.random() < SQUARE:
        angle = carton.angle + 90.0 * int(rng.integers(4)) + rng.normal(0, SKEW)
    else:
        angle = rng.uniform(0, 360)
    height = rng.uniform(0, up)
    return Pose(
        centre=centre,
        angle=float(angle),
        mirrored=rng.random() < 0.5,  # nobody knows which face is up
        tilt=float(min(abs(rng.normal(0, 12)), 55)),
        magnified=scanner.source / (scanner.source - min(height, 0.4 * scanner.source)),
    )


def is_free(belt: Belt, body: Body, pose: Pose) -> bool:
    """Whether a mark laid so would lie inside of the scan and off all other marks."""
    reach = 0.5 * float(np.hypot(*body.shape))
    x, y = pose.centre
    if not (reach / 2 < x < belt.shape[1] - reach / 2 and reach / 2 < y < belt.shape[0] - reach / 2):
        return False
    for other in belt.marks:
        x1, y1, x2, y2 = other.box
        if x1 - reach < x < x2 + reach and y1 - reach < y < y2 + reach:
            return False
    return True
