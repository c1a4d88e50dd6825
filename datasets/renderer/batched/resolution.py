"""Sensor and file: fewer pixels, noise and JPEG at that size, and back to the crop's.

Samples are grouped by size: one of 20 px needs no canvas of 112.
"""

from functools import partial

import torch
from torch import Tensor

from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import windows
from datasets.renderer.batched.jpeg import compressed
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.rows import chosen, where_on
from datasets.renderer.batched.smoothing import enlarging, separable, shrinking

ROOMS = (32, 64)  # px: canvases for the smaller samples


def draw_size(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: 1 - the share of the side that is left, which is 14 to 112 of 112 px."""
    small = torch.where(dice.chance(share), dice.log_uniform(14 / 112, 1), 1.0)
    return {"strength": 1 - small, "cubic": dice.chance(0.3)}


def draw_noise(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: the deviation in steps of 255."""
    return {"strength": dice.strength(share, 1, 11), "corner": dice.integers(4096, 2)}


def draw_jpeg(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: 100 - quality, 5 to 75."""
    return {"strength": dice.strength(share, 5, 75)}


def shot(picture: Tensor, size: Values, noise: Values, jpeg: Values, textures: Tensor) -> Tensor:
    """Pictures (n, 3, side, side) 0..1 as they come out of a file."""
    side = picture.shape[-1]
    small = ((1 - size["strength"]) * side).round().clamp(min=2)
    result = picture
    lowest = 0
    for room in (*(room for room in ROOMS if room < side), side):
        rows = ((small > lowest) & (small <= room)).nonzero()[:, 0]
        lowest = room
        if len(rows):
            a, b, c = (chosen(values, rows) for values in (size, noise, jpeg))
            result.index_copy_(0, rows, _at_size(picture.index_select(0, rows), small[rows], room, a, b, c, textures))
    return result


def _at_size(
    picture: Tensor, small: Tensor, room: int, size: Values, noise: Values, jpeg: Values, textures: Tensor
) -> Tensor:
    side = picture.shape[-1]
    fewer = bool((small < side).any())
    if fewer:
        matrix = shrinking(small, side, room)
        picture = separable(picture, matrix, matrix).contiguous()
    picture = where_on(noise, picture, partial(noisy, textures))
    picture = where_on(jpeg, picture, squeezed)
    if fewer:
        matrix = enlarging(small, room, side, size["cubic"])
        picture = separable(picture, matrix, matrix)
    return picture


def noisy(textures: Tensor, picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w) with white noise, cut out of the textures (3 or more, t, t)."""
    noise = windows(textures[:3], values["corner"], picture.shape[-1])
    return torch.addcmul(picture, noise, values["strength"][:, None, None, None] / 255).clamp_(0, 1)


def squeezed(picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w) through JPEG."""
    return compressed(picture, 100 - values["strength"])
