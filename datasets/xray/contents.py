"""What parcels hold besides: things without a mark, as X-rays see them."""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from datasets.xray.bodies import Body, Sketch, domed, rim
from datasets.xray.marks import log_uniform, tread
from datasets.xray.scanning import Map


def noise(rng: Generator, shape: tuple[int, int], coarsest: int = 4, octaves: int = 4) -> Map:
    """A smooth random field (h, w) of about zero mean and deviation one half."""
    field = np.zeros(shape, np.float32)
    for octave in range(octaves):
        cells = coarsest * 2**octave
        grid = rng.normal(0, 0.5**octave, (cells, cells)).astype(np.float32)
        field += cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return field * np.float32(0.45)


def blob(rng: Generator, rx: float, ry: float, rough: float = 0.15) -> NDArray[np.float64]:
    """The outline (48, 2) of something round and uneven."""
    turn = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = 1 + sum(rng.normal(0, rough / k) * np.cos(k * turn + rng.uniform(0, 6.3)) for k in (1, 2, 3, 4))
    return np.stack([rx * reach * np.cos(turn), ry * reach * np.sin(turn)], 1)


def textile(rng: Generator, pitch: float) -> Body:
    """Folded clothes: a few layers each of some folds, perhaps with buttons or a zip."""
    w, h = rng.uniform(80, 300), rng.uniform(80, 250)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    cloth = ("cellulose", "polyester", "wool", "nylon")[int(rng.integers(4))]
    for _ in range(int(rng.integers(2, 8))):
        wide, high = rng.uniform(0.5, 1, 2) * (w, h)
        x, y = rng.uniform(-0.5, 0.5, 2) * (w - wide, h - high)
        fold = sketch.box(x, y, wide, high, rng.uniform(0, 20)) * np.float32(rng.uniform(0.3, 2.5))
        sketch.add(cloth, fold * np.clip(1 + 0.5 * noise(rng, sketch.shape, 6), 0.3, 2))
    if rng.random() < 0.3:
        x = rng.uniform(-0.3, 0.3) * w
        for y in np.arange(-0.4 * h, 0.4 * h, rng.uniform(18, 40)):
            metal = rng.random() < 0.3
            sketch.add("brass" if metal else "nylon", sketch.ellipse(x, y, 5, 5) * np.float32(0.5 if metal else 2.5))
    if rng.random() < 0.3:
        zipped(rng, sketch, [(-0.4 * w, 0), (rng.uniform(-0.2, 0.2) * w, 0.2 * h), (0.4 * w, 0)])
    return sketch.body(rng.uniform(10, 60))


def zipped(rng: Generator, sketch: Sketch, points: list[tuple[float, float]]) -> None:
    """A zip along a line: two rows of teeth, and a pull."""
    metal = rng.random() < 0.5
    material, thickness = ("brass", 1.5) if metal else ("nylon", 2.5)
    ends = np.array(points)
    steps = np.concatenate(
        [np.linspace(a, b, max(2, int(np.hypot(*(b - a)) / 2.5)))[:-1] for a, b in zip(ends, ends[1:], strict=False)]
    )
    mask = np.zeros(sketch.shape, np.float32)
    for x, y in steps:
        column, row = int((x + sketch.width / 2) / sketch.pitch), int((y + sketch.height / 2) / sketch.pitch)
        mask[max(0, row - 3) : row + 3, max(0, column) : column + max(1, round(1.2 / sketch.pitch))] = 1
    sketch.add(material, mask * np.float32(thickness))
    x, y = points[0]
    sketch.add("zamak", sketch.box(x, y, 12, 8, 3) * np.float32(2.5))


def shoe(rng: Generator, pitch: float) -> Body:
    """A shoe from above: sole with its tread, upper, eyelets, often a steel shank."""
    length, width = rng.uniform(180, 300), rng.uniform(80, 110)
    sketch = Sketch(width=length, height=width, pitch=pitch)
    turn = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    waist = 1 - 0.22 * np.exp(-((np.cos(turn) + 0.1) ** 2) / 0.12)
    outline = np.stack([length * 0.48 * np.cos(turn), width * 0.46 * np.sin(turn) * waist], 1)
    mask = sketch.polygon(outline)
    base, depth = rng.uniform(4, 12), rng.uniform(1, 4)
    sketch.add("rubber" if rng.random() < 0.7 else "eva", mask * (base + tread(rng, sketch) * np.float32(depth)))
    upper = rim(mask, rng.uniform(5, 15), pitch) * np.float32(rng.uniform(10, 40)) + mask * np.float32(3)
    sketch.add("leather" if rng.random() < 0.5 else "polyester", upper * np.float32(0.5))
    if rng.random() < 0.5:
        for i in range(int(rng.integers(4, 8))):
            for side in (-1, 1):
                sketch.add("brass", rim(sketch.ellipse(i * 14 - 10, side * 13, 4, 4), 1.5, pitch) * np.float32(0.8))
    if rng.random() < 0.4:
        sketch.add("steel", sketch.box(-length * 0.18, 0, length * 0.3, 12, 4) * np.float32(1.2))
    return sketch.body(rng.uniform(60, 110))


def bag(rng: Generator, pitch: float) -> Body:
    """A handbag or purse lying flat: two faces of leather, seams, a zip, rings and a chain."""
    w, h = rng.uniform(90, 320), rng.uniform(70, 240)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    face = sketch.box(0, 0, w * 0.95, h * 0.95, rng.uniform(2, 40))
    material = ("leather", "pvc", "nylon", "polyester")[int(rng.integers(4))]
    sketch.add(material, face * np.float32(rng.uniform(2, 5)) + rim(face, 6, pitch) * np.float32(rng.uniform(2, 8)))
    zipped(rng, sketch, [(-0.4 * w, -0.35 * h), (0.4 * w, -0.35 * h)])
    for x in (-0.4, 0.4):
        ring = sketch.ellipse(x * w, -0.2 * h, 10, 8)
        sketch.add("zamak", rim(ring, 3, pitch) * np.float32(3))
    if rng.random() < 0.5:
        chain(rng, sketch, "zamak", blob(rng, 0.35 * w, 0.3 * h))
    return sketch.body(rng.uniform(20, 120))


def chain(rng: Generator, sketch: Sketch, metal: str, points: NDArray[np.float64]) -> None:
    """Links along a line of points (n, 2)."""
    size = log_uniform(rng, 1.5, 6)
    for x, y in points[:: max(1, int(size / 2))]:
        link = sketch.ellipse(x, y, size, size * 0.6, rng.uniform(0, 180))
        sketch.add(metal, rim(link, size * 0.35, sketch.pitch) * np.float32(size * 0.4))


def watch(rng: Generator, pitch: float) -> Body:
    """A watch: case, movement of many wheels, bracelet of links."""
    length = rng.uniform(120, 220)
    sketch = Sketch(width=length, height=50, pitch=pitch)
    radius = rng.uniform(13, 21)
    case = sketch.ellipse(0, 0, radius, radius)
    sketch.add("stainless", case * np.float32(1.2) + rim(case, 3.5, pitch) * np.float32(6))
    for _ in range(int(rng.integers(6, 14))):
        x, y = rng.uniform(-0.6, 0.6, 2) * radius
        size = rng.uniform(0.1, 0.4) * radius
        wheel = sketch.ellipse(x, y, size, size)
        sketch.add("brass", (wheel if rng.random() < 0.5 else rim(wheel, 1, pitch)) * np.float32(rng.uniform(0.2, 0.8)))
    sketch.add("stainless", sketch.box(radius + 3, 0, 5, 6, 1) * np.float32(4))
    linked = rng.random() < 0.6
    for x in np.arange(radius + 4, length / 2, 7 if linked else 1e9):
        for side in (-1, 1):
            sketch.add("stainless", sketch.box(side * x, 0, 6, rng.uniform(16, 19), 1) * np.float32(2.5))
    if not linked:
        sketch.add("leather", sketch.box(0, 0, length, 19, 4) * np.float32(3))
    return sketch.body(12)


def phone(rng: Generator, pitch: float) -> Body:
    """A telephone: frame, glass, battery, board with its chips, cameras."""
    w, h = rng.uniform(130, 170), rng.uniform(62, 80)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    face = sketch.box(0, 0, w * 0.98, h * 0.98, 9)
    sketch.add("glass", face * np.float32(1.2))
    sketch.add("aluminium", face * np.float32(0.6) + rim(face, 2.5, pitch) * np.float32(5))
    sketch.add("battery", sketch.box(0.12 * w, 0, 0.5 * w, 0.7 * h, 2) * np.float32(4))
    sketch.add("board", sketch.box(-0.32 * w, 0, 0.22 * w, 0.85 * h, 2) * np.float32(1))
    chips(rng, sketch, (-0.32 * w, 0), (0.2 * w, 0.8 * h), 18)
    for y in (-0.3, -0.1):
        sketch.add("steel", rim(sketch.ellipse(-0.42 * w, y * h, 6, 6), 1.5, pitch) * np.float32(2))
    return sketch.body(8)


def chips(rng: Generator, sketch: Sketch, at: tuple[float, float], size: tuple[float, float], count: int) -> None:
    """Parts and solder scattered over a board."""
    for _ in range(count):
        x, y = at + rng.uniform(-0.5, 0.5, 2) * size
        w, h = rng.uniform(1, 9, 2)
        material = ("solder", "copper", "ceramic", "steel")[int(rng.integers(4))]
        sketch.add(material, sketch.box(x, y, w, h) * np.float32(rng.uniform(0.1, 0.8)))


def gadget(rng: Generator, pitch: float) -> Body:
    """A charger, toy or appliance: a plastic case with screws, a board, a coil."""
    w, h = rng.uniform(40, 160), rng.uniform(35, 110)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    case = (
        sketch.polygon(blob(rng, 0.46 * w, 0.46 * h, 0.06))
        if rng.random() < 0.3
        else sketch.box(0, 0, 0.95 * w, 0.95 * h, 8)
    )
    sketch.add("abs", case * np.float32(4) + rim(case, 2.5, pitch) * np.float32(rng.uniform(8, 30)))
    if rng.random() < 0.7:
        sketch.add("board", sketch.box(0, 0, 0.6 * w, 0.6 * h) * np.float32(1.6))
        chips(rng, sketch, (0, 0), (0.6 * w, 0.6 * h), int(rng.integers(8, 30)))
    if rng.random() < 0.4:
        x, y = rng.uniform(-0.2, 0.2, 2) * (w, h)
        coil = sketch.ellipse(x, y, 9, 9)
        sketch.add("copper", rim(coil, 4, pitch) * np.float32(4))
        sketch.add("steel", coil * np.float32(5))
    for x in (-0.4, 0.4):
        for y in (-0.4, 0.4):
            sketch.add("steel", sketch.ellipse(x * w, y * h, 1.6, 1.6) * np.float32(8))
    return sketch.body(rng.uniform(15, 60))


def bottles(rng: Generator, pitch: float) -> Body:
    """A bottle lying: walls, liquid, cap."""
    length, radius = rng.uniform(60, 260), rng.uniform(12, 40)
    sketch = Sketch(width=length, height=2 * radius + 4, pitch=pitch)
    glass = rng.random() < 0.5
    wall = rng.uniform(2, 4) if glass else 1.0
    sketch.add(
        "glass" if glass else "polyester", sketch.tube(-0.08 * length, 0, 0.8 * length, radius, min(wall, radius * 0.5))
    )
    sketch.add("water", sketch.tube(-0.08 * length, 0, 0.78 * length, radius - wall))
    neck = radius * rng.uniform(0.3, 0.6)
    sketch.add(
        "glass" if glass else "polyester", sketch.tube(0.38 * length, 0, 0.12 * length, neck, min(2, neck * 0.5))
    )
    sketch.add(
        "aluminium" if rng.random() < 0.5 else "polyethylene",
        sketch.tube(0.46 * length, 0, 0.08 * length, neck + 1, 0.8),
    )
    return sketch.body(2 * radius)


def tins(rng: Generator, pitch: float) -> Body:
    """Tins, batteries or cans in a row, standing or lying."""
    count, radius = int(rng.integers(1, 6)), rng.uniform(7, 35)
    sketch = Sketch(width=count * (2 * radius + 2) + 2, height=2 * radius + 4, pitch=pitch)
    battery = radius < 10
    for i in range(count):
        x = (i - (count - 1) / 2) * (2 * radius + 2)
        disc = sketch.ellipse(x, 0, radius, radius)
        sketch.add("steel", disc * np.float32(0.5) + rim(disc, 1.2, pitch) * np.float32(8 if battery else 18))
        sketch.add("battery" if battery else "food", disc * np.float32(rng.uniform(15, 60)))
    return sketch.body(60)


def rods(rng: Generator, pitch: float) -> Body:
    """Rolls of sweets, biscuits, candles, rolled cloth: round bars side by side."""
    count, radius, length = int(rng.integers(2, 9)), rng.uniform(8, 22), rng.uniform(80, 220)
    sketch = Sketch(width=length, height=2 * count * radius + 4, pitch=pitch)
    material = ("food", "food", "cellulose", "polyethylene")[int(rng.integers(4))]
    for i in range(count):
        y = (i - (count - 1) / 2) * 2 * radius
        shift, own = rng.normal(0, 0.05) * length, length * rng.uniform(0.7, 0.9)
        sketch.add(material, sketch.tube(shift, y, own, radius * rng.uniform(0.85, 1.0)))
    sketch.layers[material] *= np.clip(1 + 0.12 * noise(rng, sketch.shape, 12), 0.5, 1.5)
    return sketch.body(2 * radius)


def book(rng: Generator, pitch: float) -> Body:
    """Books, paper or card: an even slab."""
    w, h = rng.uniform(60, 260), rng.uniform(60, 200)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    thick = log_uniform(rng, 2, 30)
    sketch.add("cellulose", sketch.box(0, 0, 0.97 * w, 0.97 * h) * np.float32(thick * 0.6))
    return sketch.body(thick)


def cable(rng: Generator, pitch: float) -> Body:
    """A coiled cable with its plugs."""
    size = rng.uniform(50, 130)
    sketch = Sketch(width=size, height=size, pitch=pitch)
    for _ in range(int(rng.integers(2, 6))):
        loop = blob(rng, size * rng.uniform(0.3, 0.44), size * rng.uniform(0.25, 0.44), 0.08)
        sketch.add("copper", sketch.line(np.concatenate([loop, loop[:1]]), 1.2) * np.float32(0.9))
        sketch.add("pvc", sketch.line(np.concatenate([loop, loop[:1]]), 4) * np.float32(3))
    sketch.add("steel", sketch.box(0.3 * size, 0.3 * size, 12, 6, 1) * np.float32(1.5))
    return sketch.body(15)


def hardware(rng: Generator, pitch: float) -> Body:
    """Screws, nuts, washers, keys, coins, clips, tools: metal of common forms."""
    w, h = rng.uniform(30, 130), rng.uniform(30, 100)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    for _ in range(int(rng.integers(1, 9))):
        x, y = rng.uniform(-0.4, 0.4, 2) * (w, h)
        metal = ("steel", "brass", "aluminium", "zamak")[int(rng.integers(4))]
        size, thickness = log_uniform(rng, 3, 16), np.float32(rng.uniform(0.8, 4))
        kind = rng.integers(7)
        disc = sketch.ellipse(x, y, size, size)
        if kind == 0:
            mask = disc
        elif kind == 1:
            mask = np.clip(disc - sketch.ellipse(x, y, size * 0.55, size * 0.55), 0, 1)
        elif kind == 2:
            sides = int(rng.integers(3, 9))
            turn = np.arange(sides) * 2 * np.pi / sides + rng.uniform(0, 6)
            mask = np.clip(
                sketch.polygon(np.stack([np.cos(turn), np.sin(turn)], 1) * size + (x, y))
                - sketch.ellipse(x, y, size * 0.5, size * 0.5),
                0,
                1,
            )
        elif kind == 3:
            angle = rng.uniform(0, 6.3)
            end = (x + 3 * size * np.cos(angle), y + 3 * size * np.sin(angle))
            mask = np.maximum(sketch.line([(x, y), end], size * 0.4), sketch.ellipse(x, y, size * 0.5, size * 0.5))
        elif kind == 4:
            mask = sketch.box(x, y, size * rng.uniform(1, 4), size * rng.uniform(0.5, 2), rng.uniform(0, size * 0.5))
        elif kind == 5:
            mask = sketch.polygon(blob(rng, size, size * rng.uniform(0.4, 1), 0.2) + (x, y))
        else:
            mask = sketch.line(
                rng.uniform(-1, 1, (int(rng.integers(3, 7)), 2)) * 2 * size + (x, y), rng.uniform(0.8, 2.5)
            )
        sketch.add(metal, mask * thickness)
    return sketch.body(6)


def blank_plate(rng: Generator, pitch: float) -> Body:
    """Plates, frames, discs and buckles that bear nothing: what a mark could be on, without one."""
    w, h = rng.uniform(15, 110), rng.uniform(12, 80)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    metal = ("brass", "stainless", "aluminium", "zamak")[int(rng.integers(4))]
    mask = (
        sketch.ellipse(0, 0, w * 0.47, h * 0.47)
        if rng.random() < 0.4
        else sketch.box(0, 0, w * 0.95, h * 0.95, rng.uniform(0, 12))
    )
    thickness = np.float32(log_uniform(rng, 0.4, 3))
    if rng.random() < 0.5:
        mask = rim(mask, rng.uniform(1.5, 6), pitch)
    elif rng.random() < 0.5:
        mask = mask * (0.7 + 0.3 * domed(mask, rng.uniform(2, 10), pitch))
    sketch.add(metal, mask * thickness)
    if rng.random() < 0.4:
        for x in (-0.35, 0.35):
            sketch.add(metal, -sketch.ellipse(x * w, 0, 2, 2) * thickness * (mask > 0.5))
        sketch.layers[metal] = np.maximum(sketch.layers[metal], 0)
    return sketch.body(3)


def lump(rng: Generator, pitch: float) -> Body:
    """Food, soap, clay, filling: something soft without a form."""
    w, h = rng.uniform(40, 200), rng.uniform(40, 160)
    sketch = Sketch(width=w, height=h, pitch=pitch)
    mask = sketch.polygon(blob(rng, 0.42 * w, 0.42 * h))
    material = ("food", "water", "eva", "polyethylene", "ceramic")[int(rng.integers(5))]
    height = log_uniform(rng, 5, 50)
    form = domed(mask, min(w, h) * 0.3, pitch) * np.clip(1 + 0.25 * noise(rng, sketch.shape), 0.3, 2)
    sketch.add(material, form * np.float32(height))
    return sketch.body(height)


def inner_boxes(rng: Generator, pitch: float) -> Body:
    """Cartons in the carton: a grid of walls, each box with some filling."""
    columns, rows = int(rng.integers(1, 5)), int(rng.integers(1, 4))
    w, h, deep = rng.uniform(35, 110), rng.uniform(35, 90), rng.uniform(20, 90)
    sketch = Sketch(width=columns * w, height=rows * h, pitch=pitch)
    filling = ("food", "polyethylene", "cellulose", "water")[int(rng.integers(4))]
    for i in range(columns):
        for j in range(rows):
            x, y = (i - (columns - 1) / 2) * w, (j - (rows - 1) / 2) * h
            wall = sketch.box(x, y, w * 0.98, h * 0.98)
            sketch.add("cellulose", wall * np.float32(0.5) + rim(wall, 1, pitch) * np.float32(deep * 0.3))
            sketch.add(
                filling,
                sketch.box(x, y, w * 0.8, h * 0.8, rng.uniform(0, 15)) * np.float32(deep * rng.uniform(0.1, 0.5)),
            )
    return sketch.body(deep)


Maker = Callable[[Generator, float], Body]
ALL: tuple[tuple[Maker, float], ...] = (
    (textile, 3.0), (shoe, 1.0), (bag, 1.2), (watch, 0.7), (phone, 0.8), (gadget, 1.2), (bottles, 1.2), (tins, 0.6),
    (rods, 0.8), (book, 1.2), (cable, 1.0), (hardware, 2.0), (blank_plate, 2.0), (lump, 1.0), (inner_boxes, 1.0),
)  # fmt: skip


def any_content(rng: Generator, pitch: float) -> Body:
    """Something that parcels hold."""
    shares = np.array([share for _, share in ALL])
    maker, _ = ALL[int(rng.choice(len(ALL), p=shares / shares.sum()))]
    return maker(rng, pitch)
