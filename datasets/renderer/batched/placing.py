"""Put a print, its badge and its neighbours where they lie in the crop."""

from functools import partial

import torch
from torch import Tensor

from datasets.renderer.batched import badge, clutter, colour, geometry, ground, inks
from datasets.renderer.batched.bank import ArtworkBatch, Banks
from datasets.renderer.batched.parameters import Parameters, Values
from datasets.renderer.batched.rows import chosen, where_on
from datasets.renderer.batched.sampling import sampled

LEAST, TONE_ON_TONE = 0.22, 0.1  # of luma, between a print and its ground


def placed(
    parameters: Parameters, artwork: ArtworkBatch, prints: Tensor, banks: Banks, side: int
) -> tuple[Tensor, Tensor]:
    """What lies under the print (n, 3, side, side), and the print itself (n, 4, side, side), premultiplied."""
    stages = parameters.stages
    values, view = stages["badge"], stages["view"]
    words = banks.artwork.wide[values["word"] % len(banks.artwork.wide)]
    plan = badge.layout(values, artwork.reach, banks.artwork.reach[words])
    plate = contrasting(prints, values)
    under = torch.where(plan.plate[:, :1] > 0, stages["ground"]["palette"][:, 1], plate)  # a plate is seen on it
    scene = ground.ground(stages["ground"], under, banks, side)
    scene = where_on(stages["clutter"], scene, partial(clutter.beside, bank=banks.artwork))
    quad = geometry.fitted(geometry.quads(view, plan.frame), view, side)
    canvas = geometry.canvas_grid(quad, plan.frame, bent_pixels(parameters, side))
    pixel = 2 * plan.frame.amax(1) / (view["fill"] * side)  # its size on the canvas
    scene = plated(scene, canvas, plan, values, plate, pixel)
    layer = sampled(prints, badge.box_grid(canvas, plan.mark, artwork.reach))
    letters = colour.standing_out(values["palette"][:, 3:], plate, torch.full_like(pixel, LEAST))
    return scene, lettered(layer, canvas, plan, values, banks, words, letters)


def contrasting(prints: Tensor, values: Values) -> Tensor:
    """A ground colour (n, 3) that the prints stand out from: well, or in some cases just so."""
    least = torch.where(values["tone_on_tone"], TONE_ON_TONE, LEAST)
    return colour.standing_out(values["palette"][:, :3], inks.mean_colour(prints), least)


def bent_pixels(parameters: Parameters, side: int) -> Tensor:
    """Positions (n, side, side, 2) on the flat print's view that the pixels show, in px."""
    stages = parameters.stages
    points = geometry.pixels(side, parameters.device).repeat(len(parameters), 1, 1, 1)
    points = where_on(stages["crumple"], points, geometry.crumpled)
    return where_on(stages["cylinder"], points, geometry.rolled)


def plated(scene: Tensor, canvas: Tensor, plan: badge.Layout, values: Values, plate: Tensor, pixel: Tensor) -> Tensor:
    """The plates of badges and labels, and their rims, laid over scenes (n, 3, h, w), in place."""
    rows = (plan.plate[:, 0] > 0).nonzero()[:, 0]
    if len(rows):
        own, form = chosen(values, rows), badge.form_of(values)[rows]
        mask, rim = badge.plate_mask(canvas.index_select(0, rows), plan.plate[rows], form, own, pixel[rows])
        under = torch.lerp(scene.index_select(0, rows), plate[rows][:, :, None, None], mask)
        scene.index_copy_(0, rows, torch.lerp(under, own["palette"][:, 5, :, None, None], rim))
    return scene


def lettered(
    layer: Tensor, canvas: Tensor, plan: badge.Layout, values: Values, banks: Banks, words: Tensor, letters: Tensor
) -> Tensor:
    """Words beside the mark and rings of words around it, added to prints (n, 4, h, w), in place."""
    for box, grid_of in ((plan.word[:, 2], _beside), (plan.ring[:, 1], _around)):
        rows = (box > 0).nonzero()[:, 0]
        if len(rows):
            reach = banks.artwork.reach[words[rows]]
            mask = banks.artwork.planes[words[rows], 3:4].to(layer.dtype) / 255
            mask = sampled(mask, grid_of(canvas.index_select(0, rows), plan, rows, chosen(values, rows), reach))
            word = inks.through(letters[rows][:, :, None, None], mask)
            layer.index_copy_(0, rows, layer.index_select(0, rows) + word * (1 - layer[rows, 3:]))
    return layer


def _beside(canvas: Tensor, plan: badge.Layout, rows: Tensor, _values: Values, reach: Tensor) -> Tensor:
    return badge.box_grid(canvas, plan.word[rows], reach)


def _around(canvas: Tensor, plan: badge.Layout, rows: Tensor, values: Values, reach: Tensor) -> Tensor:
    return badge.ring_grid(canvas, plan.ring[rows], values, reach)
