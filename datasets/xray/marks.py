"""Goods that bear a mark X-rays can show: cast, cut, stamped, moulded, or laid on as foil.

Thicknesses are those of real goods: buckles and emblems 0.8-4 mm of zinc die casting, brass or steel; plates of
0.4-2 mm with 0.1-0.6 mm of stamping; soles with 0.8-3 mm of tread; glass and plastic with 0.5-2 mm of moulding; foils
of some hundredths of a millimetre, which hardly any scanner shows. Printed marks have no thickness and are not here.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator

from datasets.xray import reliefs
from datasets.xray.bodies import Body, Marked, Sketch, domed, rim
from datasets.xray.materials import MATERIALS
from datasets.xray.scanning import Map
from inference.xray.relief import Relief

CAST = ("zamak", "zamak", "brass", "stainless", "steel", "aluminium", "silver")
PLATES = ("brass", "stainless", "steel", "aluminium", "aluminium", "zamak")
GROUNDS = ("leather", "polyester", "cellulose", "abs", "nylon", "pvc")


def log_uniform(rng: Generator, low: float, high: float) -> float:
    """A number between two others, small ones as often as large ones."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _choice(rng: Generator, names: tuple[str, ...]) -> str:
    return names[int(rng.integers(len(names)))]


def _marked(row: int, form: str, material: str, heights: Map, change: Map) -> tuple[Marked, ...]:
    """`change` (h, w) is what the mark adds in mm."""
    density = np.float32(MATERIALS[material].density / 10)
    own = Marked(row=row, form=form, material=material, footprint=reliefs.footprint(heights), relief=change * density)
    return (own,)


def _sheet(heights: Map, pitch: float, spare: float) -> tuple[Sketch, Map]:
    """A sketch with `spare` of the relief's longest side free around it, and the relief (h, w) in its middle."""
    h, w = heights.shape
    border = round(spare * max(h, w))
    sketch = Sketch(width=(w + 2 * border) * pitch, height=(h + 2 * border) * pitch, pitch=pitch)
    own = np.zeros(sketch.shape, np.float32)
    y, x = (own.shape[0] - h) // 2, (own.shape[1] - w) // 2
    own[y : y + h, x : x + w] = heights
    return sketch, own


def _softened(rng: Generator, heights: Map) -> Map:
    """Edges as casting and stamping leave them."""
    sigma = float(rng.uniform(0.0, 0.9))
    return cv2.GaussianBlur(heights, (0, 0), sigma) if sigma > 0.25 else heights


def emblem(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """The mark itself in metal, free or on a piece of leather or cloth: charms, car badges, letters of a shop sign."""
    sketch, own = _sheet(heights, pitch, 0.12)
    metal, thickness = _choice(rng, CAST), log_uniform(rng, 0.8, 4.0)
    if rng.random() < 0.5:
        sketch.add(
            _choice(rng, GROUNDS), sketch.box(0, 0, sketch.width * 0.97, sketch.height * 0.97, 3) * rng.uniform(0.5, 3)
        )
    solid = _softened(rng, own)
    if rng.random() < 0.4:
        solid = solid * (0.6 + 0.4 * domed(own, rng.uniform(0.5, 2.5), pitch))
    change = solid * np.float32(thickness)
    sketch.add(metal, change)
    if rng.random() < 0.3:  # riveted through
        for _ in range(int(rng.integers(1, 4))):
            x, y = rng.uniform(-0.3, 0.3, 2) * (sketch.width, sketch.height)
            sketch.add("steel", sketch.ellipse(x, y, 1.2, 1.2) * np.float32(rng.uniform(1, 3)))
    return sketch.body(thickness, _marked(row, "emblem", metal, own, change))


def buckle(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """The mark in metal inside the frame of a buckle, with a prong and the belt's leather."""
    sketch, own = _sheet(heights, pitch, 0.3)
    metal, thickness = _choice(rng, CAST), log_uniform(rng, 1.5, 4.0)
    corner = rng.uniform(0, 0.5) * min(sketch.width, sketch.height)
    frame = rim(sketch.box(0, 0, sketch.width * 0.94, sketch.height * 0.94, corner), rng.uniform(2, 5), pitch)
    change = _softened(rng, own) * np.float32(thickness)
    sketch.add(metal, np.maximum(frame * np.float32(thickness), change))
    strap = sketch.box(0, 0, sketch.width, sketch.height * rng.uniform(0.4, 0.8))
    sketch.add("leather", strap * np.float32(rng.uniform(2, 4)))
    return sketch.body(thickness + 3, _marked(row, "buckle", metal, own, change))


def plate(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """A metal plate with the mark cut through, stamped up or engraved: bags, zip pulls, luggage tags, cases."""
    sketch, own = _sheet(heights, pitch, float(rng.uniform(0.12, 0.4)))
    metal, base = _choice(rng, PLATES), log_uniform(rng, 0.4, 2.0)
    form = _choice(rng, ("cut", "stamped", "stamped", "engraved"))
    depth = {"cut": base, "stamped": rng.uniform(0.12, 0.6), "engraved": min(base * 0.6, rng.uniform(0.1, 0.4))}[form]
    w, h = sketch.width * 0.96, sketch.height * 0.96
    mask = sketch.ellipse(0, 0, w / 2, h / 2) if rng.random() < 0.3 else sketch.box(0, 0, w, h, rng.uniform(0, 0.3) * h)
    sign = 1.0 if form == "stamped" else -1.0
    change = _softened(rng, own) * np.float32(sign * depth)
    sketch.add(metal, np.maximum(mask * np.float32(base) + change, 0) * mask)
    if rng.random() < 0.5:
        sketch.add(_choice(rng, GROUNDS), sketch.box(0, 0, sketch.width, sketch.height) * np.float32(rng.uniform(1, 3)))
    if rng.random() < 0.4:
        for side in (-1, 1):
            sketch.add(metal, sketch.ellipse(side * w * 0.44, 0, 1.5, 1.5) * np.float32(rng.choice([-base, 2.0])))
        sketch.layers[metal] = np.maximum(sketch.layers[metal], 0)
    return sketch.body(base + 2, _marked(row, form, metal, own, change * mask))


def dial(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """A medal, coin, watch back or lid: a disc with a rim and the mark struck into it."""
    sketch, own = _sheet(heights, pitch, 0.28)
    metal, base = _choice(rng, PLATES), log_uniform(rng, 0.6, 2.5)
    radius = min(sketch.width, sketch.height) * 0.48 if rng.random() < 0.7 else None
    reach = (radius, radius) if radius else (sketch.width * 0.48, sketch.height * 0.48)
    disc = sketch.ellipse(0, 0, *reach)
    change = _softened(rng, own) * np.float32(rng.uniform(0.15, 0.6) * (1 if rng.random() < 0.6 else -1))
    edge = rim(disc, rng.uniform(1, 3), pitch) * np.float32(rng.uniform(0.3, 2))
    sketch.add(metal, np.maximum(disc * np.float32(base) + edge + change * disc, 0))
    return sketch.body(base + 1, _marked(row, "struck", metal, own, change * disc))


def sole(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """A piece of a moulded sole, mat, tyre or case: rubber or plastic with the mark raised or sunk, and a tread."""
    sketch, own = _sheet(heights, pitch, float(rng.uniform(0.15, 0.5)))
    material = _choice(rng, ("rubber", "rubber", "pvc", "abs"))
    base, depth = rng.uniform(2.5, 6), rng.uniform(0.8, 3.0)
    mask = (
        sketch.ellipse(0, 0, sketch.width / 2, sketch.height / 2)
        if rng.random() < 0.4
        else np.ones(sketch.shape, np.float32)
    )
    field = cv2.dilate(reliefs.footprint(own), np.ones((5, 5), np.uint8))
    pattern = tread(rng, sketch) * (1 - field) if rng.random() < 0.6 else np.float32(0)
    change = _softened(rng, own) * np.float32(depth * (1 if rng.random() < 0.6 else -1))
    sketch.add(material, np.maximum((base + pattern * np.float32(depth) + change) * mask, 0))
    return sketch.body(base + depth, _marked(row, "moulded", material, own, change * mask))


def tread(rng: Generator, sketch: Sketch) -> Map:
    """A sole's pattern (h, w) 0..1: bars, waves or knobs."""
    h, w = sketch.shape
    y, x = np.mgrid[:h, :w].astype(np.float32) * np.float32(sketch.pitch)
    period, angle = rng.uniform(4, 12), rng.uniform(0, np.pi)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    kind = rng.integers(3)
    if kind == 0:
        wave = np.sin(2 * np.pi * along / period)
    elif kind == 1:
        wave = np.sin(2 * np.pi * (along + period * 0.4 * np.sin(2 * np.pi * across / (2 * period))) / period)
    else:
        wave = np.sin(2 * np.pi * along / period) + np.sin(2 * np.pi * across / period) - 0.5
    return np.clip(wave * 3 + 0.5, 0, 1).astype(np.float32)


def bottle(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """A bottle of glass or plastic, mostly full, with the mark moulded on its side."""
    sketch, own = _sheet(heights, pitch, float(rng.uniform(0.2, 0.5)))
    material = _choice(rng, ("glass", "glass", "glass", "polyester"))
    radius, wall = sketch.height / 2, rng.uniform(2, 4) if material == "glass" else rng.uniform(0.5, 1.5)
    sketch.add(material, sketch.tube(0, 0, sketch.width, radius, min(wall, radius * 0.8)))
    if rng.random() < 0.7:
        sketch.add("water", sketch.tube(0, 0, sketch.width, max(radius - wall, 0.5)))
    change = _softened(rng, own) * np.float32(rng.uniform(0.5, 2.0))
    sketch.add(material, change)
    return sketch.body(2 * radius, _marked(row, "bottle", material, own, change))


def foil(rng: Generator, row: int, heights: Map, pitch: float) -> Body:
    """The mark as metal foil on card, leather or plastic: at the edge of what a scanner shows, or beyond."""
    sketch, own = _sheet(heights, pitch, 0.2)
    metal, thickness = (
        ("aluminium", rng.uniform(0.03, 0.15))
        if rng.random() < 0.6
        else (_choice(rng, ("brass", "copper", "solder")), rng.uniform(0.01, 0.04))
    )
    sketch.add(_choice(rng, GROUNDS), np.full(sketch.shape, rng.uniform(0.3, 2), np.float32))
    change = own * np.float32(thickness)
    sketch.add(metal, change)
    return sketch.body(1.0, _marked(row, "foil", metal, own, change))


Maker = Callable[[Generator, int, Map, float], Body]
# maker, how often, longest side of its marks in mm
MAKERS: tuple[tuple[Maker, float, tuple[float, float]], ...] = (
    (emblem, 0.28, (14, 80)),
    (buckle, 0.1, (22, 60)),
    (plate, 0.28, (14, 80)),
    (dial, 0.1, (18, 60)),
    (sole, 0.14, (20, 90)),
    (bottle, 0.07, (25, 80)),
    (foil, 0.03, (20, 80)),
)
FORMS = ("emblem", "buckle", "cut", "stamped", "engraved", "struck", "moulded", "bottle", "foil")
FAINT = ("foil",)  # forms that are no metal or relief an officer could see


def marked_body(rng: Generator, row: int, flat: Relief, pitch: float, longest: float | None = None) -> Body:
    """Some body that bears the mark, its longest side `longest` px, or as large as goods have it."""
    shares = np.array([share for _, share, _ in MAKERS])
    maker, _, (least, most) = MAKERS[int(rng.choice(len(MAKERS), p=shares / shares.sum()))]
    px = log_uniform(rng, least, most) / pitch if longest is None else longest
    return maker(rng, row, reliefs.cut(rng, flat, max(8, round(px))), pitch)
