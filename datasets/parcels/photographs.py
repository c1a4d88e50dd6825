"""The ten sample photographs: seven with recorded marks, three without.

Which marks are shown is fixed, because they have to look right on what they are printed on; the seed moves everything
else: places, turns, creases, texts, noise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.random import Generator

from datasets.fictitious.marks import fictitious_marks
from datasets.parcels import goods, labels, materials, softs, solids
from datasets.parcels.goods import Mark, put
from datasets.parcels.sheets import Sheet, Tint
from datasets.parcels.stage import WIDTH, Seen, Stage, View
from datasets.renderer import inks
from datasets.renderer.surfaces import Picture
from inference.artwork.rasterise import rasterise
from inference.artwork.table import read_table
from inference.errors import UnknownMark

BELT_VIEW = View(eye=(6.0, -84.0, 92.0), target=(0.0, 1.0, 7.0))
TABLE_VIEW = View(eye=(-3.0, -66.0, 92.0), target=(0.0, 0.0, 2.0))
STEEP_VIEW = View(eye=(0.0, -44.0, 122.0), target=(0.0, -1.0, 8.0), field=37.0)
UNRECORDED = ("bexandor", 2024)  # a fictitious mark, and the seed that draws it
BLACK: Tint = (32.0, 30.0, 30.0)
WHITE: Tint = (238.0, 238.0, 234.0)


@dataclass(frozen=True, kw_only=True)
class Photograph:
    """A photograph (h, w, 3) uint8 RGB and the recorded marks on it."""

    picture: Picture
    seen: tuple[Seen, ...]

    @property
    def holders(self) -> list[str]:
        """The right holders on it, each once, sorted."""
        return sorted({mark.holder for mark in self.seen})


class Registry:
    """The sample registry's artwork, by mark."""

    def __init__(self, table: Path) -> None:
        rows, _ = read_table(table)
        self._rows = {(row.mark_id, row.colour): row for row in rows}
        self.holders = frozenset(row.holder for row in rows)

    def mark(self, mark_id: str, tint: Tint | None = None) -> Mark:
        """The mark in its own colours, or in one ink of colour `tint`; raise UnknownMark if it is not recorded."""
        row = self._rows.get((mark_id, tint is None))
        if row is None:
            raise UnknownMark(f"{mark_id!r} is not in the registry table", field="registry")
        artwork = rasterise(row.file.read_bytes(), name=row.file.name)
        ink = inks.own_colours(artwork) if tint is None else inks.one_colour(artwork, np.array(tint, np.float32))
        return Mark(ink=ink, holder=row.holder)


def unrecorded_mark(known: frozenset[str], tint: Tint) -> Mark:
    """A fictitious mark in one ink; raise UnknownMark if its holder is among the `known` ones or it is not drawn."""
    mark_id, seed = UNRECORDED
    for candidate in fictitious_marks(32, seed):
        if candidate.mark_id == mark_id and candidate.holder not in known:
            artwork = rasterise(candidate.one_colour.encode(), name=candidate.mark_id)
            return Mark(ink=inks.one_colour(artwork, np.array(tint, np.float32)), holder=None)
    raise UnknownMark(f"{mark_id!r} is recorded, or seed {seed} does not draw it", field="registry")


def _jitter(stage: Stage, spread: float) -> float:
    return float(stage.rng.uniform(-spread, spread))


def _floor(stage: Stage, sheet: Sheet) -> None:
    w, h = sheet.size
    stage.lay(sheet, np.array([(-w / 2, h / 2, 0), (w / 2, h / 2, 0), (w / 2, -h / 2, 0), (-w / 2, -h / 2, 0)]))


def _belt(stage: Stage) -> None:
    """The conveyor from left to right, a steel rail behind it."""
    _floor(stage, materials.belt(stage.rng, 190, 150, stage.density * 0.7))
    for y in (41.0, -49.0):
        rail = solids.Cuboid(at=(0, y), size=(190, 5, 5))
        for name in ("front", "top", "back"):
            width, height = solids.sheet_size(rail.size, name)
            rail.sheets[name] = materials.table(stage.rng, width, height, stage.density * 0.7, (150.0, 154.0, 158.0))
        solids.stand(stage, rail)


def _table(stage: Stage, tint: Tint = (186.0, 189.0, 190.0)) -> None:
    _floor(stage, materials.table(stage.rng, 170, 150, stage.density * 0.7, tint))


def _bench(stage: Stage) -> None:
    _floor(stage, materials.wood(stage.rng, 170, 150, stage.density * 0.7))


def carton_on_belt(stage: Stage, registry: Registry) -> None:
    """A taped carton, a fox on its front and a word on its side."""
    _belt(stage)
    box = solids.carton(stage, (-3 + _jitter(stage, 2), -2), (37, 29, 21), -34 + _jitter(stage, 3), materials.KRAFT)
    put(box.sheets["front"], registry.mark("brindolfe", BLACK), 15.5, at=(0.34, 0.47), turn=_jitter(stage, 2))
    put(box.sheets["right"], registry.mark("gruvensol", BLACK), 23, at=(0.5, 0.55))
    solids.seal(stage, box)
    box.sheets["top"].attach(
        labels.address_label(stage.rng, stage.density, 9), (28.5, 14), turn=-88 + _jitter(stage, 4)
    )
    labels.write(box.sheets["front"], "SIZE 42   QTY 12", 22.5, 19.0, 0.8, BLACK)
    solids.stand(stage, box)


def opened_carton(stage: Stage, registry: Registry) -> None:
    """An open carton: a shirt, a shoe box and a telephone box on packing paper."""
    _table(stage, (120.0, 124.0, 128.0))
    box = solids.carton(stage, (0, 0), (62, 44, 20), _jitter(stage, 3), materials.KRAFT)
    paper = Sheet.plain(62, 44, stage.density, (196.0, 174.0, 142.0))
    rows, columns = paper.alpha.shape
    matt, _ = materials.relief_light(materials.crumple(stage.rng, rows, columns, 5, 0.8), 1.6, 8)
    paper.shade(matt)
    filling = solids.open_carton(stage, box, paper, 7.5)
    shirt = softs.shirt(stage, (44.0, 50.0, 62.0), 25, 32)
    put(shirt, registry.mark("huskadine"), 12.5, at=(0.5, 0.52))
    softs.lay_flat(stage, softs.creased(stage, shirt, softs.CLOTH), (-16.0, 0.5), 3 + _jitter(stage, 3), 8.5)
    marks = registry.mark("velkrona", WHITE), None
    goods.shoe_box(
        stage, (14.5, 9), -2 + _jitter(stage, 2), ((196.0, 52.0, 40.0),) * 2, marks, base=6.0, within=filling
    )
    goods.phone_box(stage, (8.0, -11.5), 80 + _jitter(stage, 4), registry.mark("estovane"), 8.0, filling)
    solids.front_and_flaps(stage, box, 11)


def mailing_bag(stage: Stage, registry: Registry) -> None:
    """A dark plastic bag with a white flower, creased and shining."""
    _belt(stage)
    bag = softs.mailer(stage, 46, 35, (66.0, 70.0, 84.0))
    put(bag, registry.mark("vantrillo", WHITE), 17, at=(0.3, 0.57), turn=_jitter(stage, 10) - 12)
    bag.attach(labels.address_label(stage.rng, stage.density, 12.5), (33.5, 20.5), turn=90 + _jitter(stage, 3))
    softs.lay_flat(stage, softs.creased(stage, bag, softs.FILM), (0, 0), 7 + _jitter(stage, 4), 0.0, 3.0)


def perfume_table(stage: Stage, registry: Registry) -> None:
    """Nine equal perfume cartons in rows, one lying askew, and two tins with another mark."""
    _table(stage)
    mark = registry.mark("ravintoor", (214.0, 178.0, 106.0))
    for row in range(3):
        for column in range(3):
            at = (-22 + 12.8 * column + 1.5 * row + _jitter(stage, 1.0), 15 - 14.5 * row + _jitter(stage, 1.0))
            goods.perfume_carton(stage, at, _jitter(stage, 14), (36.0, 34.0, 58.0), mark)
    for i, at in enumerate(((20.0, 11.0), (22.0, -11.0))):
        lid = materials.painted(stage.rng, 14.4, 14.4, stage.density, (222.0, 226.0, 214.0))
        put(lid, registry.mark("anvolrie"), 9.2, turn=-15 + 50 * i + _jitter(stage, 8))
        solids.tin(stage, at, 7.2, 4.0, lid, (122.0, 84.0, 52.0))


def cap_and_shirt(stage: Stage, registry: Registry) -> None:
    """A shirt with a whale and a cap with a hedgehog on a wooden bench."""
    _bench(stage)
    shirt = softs.shirt(stage, (226.0, 224.0, 216.0), 30, 37)
    put(shirt, registry.mark("druvalo"), 16, at=(0.5, 0.46), turn=_jitter(stage, 2))
    softs.lay_flat(stage, softs.creased(stage, shirt, softs.CLOTH), (-15.5, 0.0), 8 + _jitter(stage, 4), 0.0)
    cap_mark = registry.mark("hobbarque", (240.0, 226.0, 190.0))
    goods.lay_cap(stage, (17.0, -8.0), (38.0, 92.0, 84.0), (30.0, 74.0, 70.0), cap_mark, 4 + _jitter(stage, 4))


def shoes_on_belt(stage: Stage, registry: Registry) -> None:
    """Two shoe boxes, one upside down to the camera."""
    _belt(stage)
    white_red = ((44.0, 46.0, 50.0), (226.0, 224.0, 220.0))
    marks = registry.mark("ocklesby"), registry.mark("birchimo")
    pale = ((228.0, 226.0, 220.0), (206.0, 203.0, 196.0))
    goods.shoe_box(
        stage, (-18.5, 7), 32 + _jitter(stage, 3), white_red, (registry.mark("birchimo"), None), mark_turn=180
    )
    goods.shoe_box(stage, (14.5, -8), -9 + _jitter(stage, 3), pale, marks)


def under_tape(stage: Stage, registry: Registry) -> None:
    """A white carton whose badge is partly under clear brown tape, and a crest on its front."""
    _belt(stage)
    box = solids.carton(stage, (1, 0), (44, 34, 17), -17 + _jitter(stage, 4), (216.0, 212.0, 204.0))
    put(box.sheets["top"], registry.mark("kestrique"), 15.5, at=(0.27, 0.42), turn=-10 + _jitter(stage, 5))
    put(box.sheets["front"], registry.mark("nimbarque"), 12.5, at=(0.5, 0.5))
    solids.seal(stage, box, (186.0, 142.0, 86.0), 5.2, 0.58)
    box.sheets["top"].attach(labels.address_label(stage.rng, stage.density, 9.5), (32.5, 16), turn=_jitter(stage, 4))
    solids.stand(stage, box)


def plain_carton(stage: Stage, registry: Registry) -> None:
    """A plain carton with an address and a customs sticker."""
    _belt(stage)
    box = solids.carton(stage, (0, 1), (42, 30, 19), 14 + _jitter(stage, 5), (176.0, 138.0, 98.0))
    solids.seal(stage, box)
    box.sheets["top"].attach(labels.address_label(stage.rng, stage.density, 10), (13, 13.5), turn=3 + _jitter(stage, 4))
    box.sheets["front"].attach(labels.goods_label(stage.rng, stage.density, 11), (30, 9), turn=_jitter(stage, 3))
    labels.write(box.sheets["front"], "MADE FOR EXPORT", 3, 14.5, 1.1, BLACK)
    solids.stand(stage, box)


def plain_bags(stage: Stage, registry: Registry) -> None:
    """A pale bag and a small carton with text and barcodes only."""
    _table(stage, (148.0, 152.0, 154.0))
    bag = softs.mailer(stage, 36, 27, (206.0, 208.0, 206.0))
    bag.attach(labels.address_label(stage.rng, stage.density, 11.5), (21, 14.5), turn=90 + _jitter(stage, 3))
    softs.lay_flat(stage, softs.creased(stage, bag, softs.PAPER_BAG), (-12.5, 3), -9 + _jitter(stage, 4), 0.0, 3.0)
    box = solids.carton(stage, (17, -5), (24, 18, 13), 21 + _jitter(stage, 4), materials.KRAFT)
    solids.seal(stage, box)
    box.sheets["front"].attach(
        labels.warning_label(stage.density, "FRAGILE", (196.0, 40.0, 36.0), 15), (11, 6.5), turn=-2
    )
    box.sheets["right"].attach(labels.goods_label(stage.rng, stage.density, 8), (9, 7))
    solids.stand(stage, box)


def unrecorded(stage: Stage, registry: Registry) -> None:
    """A carton and a tin with a mark that nobody recorded."""
    _bench(stage)
    box = solids.carton(stage, (-9, -2), (31, 23, 17), -20 + _jitter(stage, 4), materials.KRAFT)
    put(box.sheets["front"], unrecorded_mark(registry.holders, BLACK), 21, at=(0.5, 0.46))
    solids.seal(stage, box)
    box.sheets["top"].attach(labels.address_label(stage.rng, stage.density, 8), (10, 12.5), turn=90 + _jitter(stage, 4))
    solids.stand(stage, box)
    lid = materials.painted(stage.rng, 15, 15, stage.density, (176.0, 60.0, 48.0))
    put(lid, unrecorded_mark(registry.holders, WHITE), 11, turn=24)
    solids.tin(stage, (19, -12), 7.5, 4.5, lid, (150.0, 48.0, 40.0))


Scene = Callable[[Stage, Registry], None]
SCENES: Mapping[str, tuple[View, Scene]] = {
    "carton-on-belt.jpg": (BELT_VIEW, carton_on_belt),
    "opened-carton.jpg": (STEEP_VIEW, opened_carton),
    "mailing-bag.jpg": (BELT_VIEW, mailing_bag),
    "perfume-table.jpg": (TABLE_VIEW, perfume_table),
    "cap-and-shirt.jpg": (TABLE_VIEW, cap_and_shirt),
    "shoes-on-belt.jpg": (BELT_VIEW, shoes_on_belt),
    "under-tape.jpg": (BELT_VIEW, under_tape),
    "plain-carton.jpg": (BELT_VIEW, plain_carton),
    "plain-bags.jpg": (TABLE_VIEW, plain_bags),
    "unrecorded.jpg": (TABLE_VIEW, unrecorded),
}


def photograph(name: str, registry: Registry, rng: Generator, width: int = WIDTH) -> Photograph:
    """Render one of SCENES, `width` pixels wide and three quarters as high."""
    view, scene = SCENES[name]
    stage = Stage(rng, view, width)
    scene(stage, registry)
    return Photograph(picture=stage.develop(), seen=tuple(stage.seen()))
