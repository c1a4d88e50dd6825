"""What a mark is printed on: plain colours, photographs, clouds, stripes, other marks' artwork, all over."""

import torch
from torch import Tensor

from datasets.renderer.batched import colour
from datasets.renderer.batched.bank import ArtworkBank, Banks
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import clouds, ramp
from datasets.renderer.batched.geometry import pixels
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.rows import chosen
from datasets.renderer.batched.sampling import sampled

PLAIN, PHOTOGRAPH, CLOUDS, STRIPES, MARKS = range(5)


def draw(dice: Dice, busy: float) -> dict[str, Tensor]:
    """strength 0: plain, in a colour that the print stands out from, with or without a gradient; else one of all."""
    return {
        "strength": dice.strength(busy, 1, 1),
        "kind": dice.kinds((0.1, 0.3, 0.2, 0.15, 0.25)),
        "palette": colour.palette(dice, 2),
        "gradient": dice.strength(0.5, -0.24, 0.24),
        "angle": dice.uniform(0, 2 * torch.pi, 2),
        "corner": dice.integers(4096, 2),
        "coarse": dice.uniform(-1, 1, 1, 5, 5),
        "count": dice.uniform(3, 25, 2),
        "checked": dice.chance(0.3),
        "patch": dice.integers(2**31),
        "window": dice.uniform(0, 1, 3),
        "mirrored": dice.chance(0.5),
        "order": dice.uniform(0, 1, 3).argsort(1),
        "gain": dice.uniform(0.5, 1.3),
        "lift": dice.uniform(-0.16, 0.2),
        "mark": dice.integers(2**31),
        "zoom": dice.log_uniform(0.12, 1.0),
        "turn": dice.normal(0, 0.5),
        "opacity": dice.uniform(0.5, 1),
    }


def ground(values: Values, plain: Tensor, banks: Banks, side: int) -> Tensor:
    """Grounds (n, 3, side, side); plain (n, 3) is the colour where nothing else was drawn."""
    busy = values["strength"] > 0
    base = torch.where((busy & (values["kind"] != MARKS))[:, None], values["palette"][:, 0], plain)
    slope = values["gradient"][:, None, None, None] * ramp(values["angle"][:, 0], side)
    picture = (base[:, :, None, None] + slope).clamp_(0, 1)
    kinds = torch.where(busy, values["kind"], PLAIN)
    for kind, paint in ((PHOTOGRAPH, photograph), (CLOUDS, cloudy), (STRIPES, striped), (MARKS, marks)):
        rows = (kinds == kind).nonzero()[:, 0]
        if len(rows):
            picture.index_copy_(0, rows, paint(picture.index_select(0, rows), chosen(values, rows), banks))
    return picture


def photograph(picture: Tensor, values: Values, banks: Banks) -> Tensor:
    """A window of a patch, mirrored, its channels in another order, brighter or darker."""
    patches = banks.photographs[values["patch"] % len(banks.photographs)].to(picture.dtype) / 255
    scale = 0.55 + 0.45 * values["window"][:, 0, None]  # half size of the window
    middle = (values["window"][:, 1:] * 2 - 1) * (1 - scale)
    flip = torch.where(values["mirrored"], -1.0, 1.0)
    side = picture.shape[-1]
    line = pixels(side, picture.device) / side * 2 - 1
    scales = torch.stack([scale[:, 0] * flip, scale[:, 0]], 1)
    shot = sampled(patches, line * scales[:, None, None] + middle[:, None, None], beyond="reflection")
    shot = shot.gather(1, values["order"][:, :, None, None].expand_as(shot))
    return (shot * values["gain"][:, None, None, None] + values["lift"][:, None, None, None]).clamp_(0, 1)


def cloudy(picture: Tensor, values: Values, banks: Banks) -> Tensor:
    """Two colours blended by cloud noise: stone, leather, sky, rooms out of focus."""
    field = clouds(values["coarse"], banks.textures[4:], values["corner"], picture.shape[-1])
    a, b = values["palette"][:, :, :, None, None].unbind(1)
    return torch.lerp(b, a, (field * 0.5 + 0.5).clamp_(0, 1))


def striped(picture: Tensor, values: Values, _banks: Banks) -> Tensor:
    """Stripes or checks of two colours at any angle."""
    side = picture.shape[-1]
    first, second = (
        (ramp(values["angle"][:, i], side) * values["count"][:, i, None, None, None]).remainder(1) < 0.5 for i in (0, 1)
    )
    phase = first ^ (second & values["checked"][:, None, None, None])
    a, b = values["palette"][:, :, :, None, None].unbind(1)
    return torch.where(phase, a, b)


def marks(picture: Tensor, values: Values, banks: Banks) -> Tensor:
    """Another mark all over: one, cut by the edges, or a pattern of it; in its own colours or in one."""
    side = picture.shape[-1]
    cos, sin = values["turn"].cos(), values["turn"].sin()
    turn = torch.stack([cos, -sin, sin, cos], 1).reshape(-1, 1, 2, 2)
    points = pixels(side, picture.device) / side * 2 - 1 + values["window"][:, None, None, 1:]
    points = (points.flatten(1, 2)[:, :, None] @ turn).reshape(len(picture), side, side, 2)
    tiles = torch.remainder(points / values["zoom"][:, None, None, None] + 1, 2) - 1
    return laid(picture, banks.artwork, values, tiles, values["opacity"])


def laid(picture: Tensor, bank: ArtworkBank, values: Values, grid: Tensor, opacity: Tensor) -> Tensor:
    """Another mark (`mark`) read at grid points (n, h, w, 2) of its square, over the picture."""
    art = bank.colours(values["mark"] % len(bank))  # (n, 4, s, s)
    alpha = art[:, 3:]
    one = (bank.single[values["mark"] % len(bank)] | (values["opacity"] > 0.8))[:, None, None, None]
    paint = torch.where(one, values["palette"][:, 1, :, None, None], art[:, :3])
    layer = sampled(torch.cat([paint * alpha, alpha], 1), grid)
    strength = opacity[:, None, None, None]
    return picture * (1 - layer[:, 3:] * strength) + layer[:, :3] * strength
