"""Another mark's artwork beside the place of the mark, or under it."""

import torch
from torch import Tensor

from datasets.renderer.batched import colour, geometry
from datasets.renderer.batched.bank import ArtworkBank
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.ground import laid
from datasets.renderer.batched.parameters import Values


def draw(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: 1 where there is another mark; from the middle by 0.45..0.75 sides, seldom anywhere."""
    angle, far = dice.uniform(0, 2 * torch.pi), dice.uniform(0.45, 0.75)
    beside = 0.5 + torch.stack([angle.cos(), angle.sin()], 1) * far[:, None]
    view = geometry.draw(dice)
    return {
        "strength": dice.strength(share, 1, 1),
        "mark": dice.integers(2**31),
        "size": dice.uniform(0.15, 0.5),
        "place": torch.where(dice.chance(0.2)[:, None], dice.uniform(0, 1, 2), beside),
        "palette": colour.palette(dice, 2),
        "opacity": dice.uniform(0.5, 1),
        "stretch": view["stretch"],
        "angle": view["angle"],
        "slant": view["slant"],
    }


def beside(picture: Tensor, values: Values, bank: ArtworkBank) -> Tensor:
    """Lay the other mark over pictures (n, 3, side, side)."""
    side = picture.shape[-1]
    reach = bank.reach[values["mark"] % len(bank)]
    frame = reach / reach.amax(1, keepdim=True)
    quad = geometry.quads(values, frame * (values["size"] * side)[:, None]) + values["place"][:, None] * side
    grid = geometry.canvas_grid(quad, reach, geometry.pixels(side, picture.device))
    return laid(picture, bank, values, grid, torch.ones_like(values["opacity"]))
