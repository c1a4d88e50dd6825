"""What covers the mark, and what the camera makes of it: exposure and colour, defocus, motion."""

import torch
import torch.nn.functional as F
from torch import Tensor

from datasets.renderer.batched import colour
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import ramp
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.smoothing import blurred

TAPS = 7  # px: the longest path of motion at a side of 112


def draw_tone(dice: Dice, share: float) -> dict[str, Tensor]:
    """Gain and lift of each channel, around mid grey; `grey` takes the colour away."""
    contrast = dice.normal(0, 0.22).exp()
    return {
        "strength": dice.strength(share, 1, 1),
        "gain": contrast[:, None] * dice.normal(1, 0.07, 3),
        "lift": dice.normal(0, 0.07),
        "grey": dice.chance(0.06),
    }


def toned(picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w), clipped to 0..1 as a sensor does."""
    grey = values["grey"].nonzero()[:, 0]
    if len(grey):
        picture = picture.clone()
        picture[grey] = picture[grey].mean(1, keepdim=True).expand(-1, 3, -1, -1)
    lift = 0.5 - 0.5 * values["gain"] + values["lift"][:, None]
    return torch.addcmul(lift[:, :, None, None], picture, values["gain"][:, :, None, None]).clamp_(0, 1)


def draw_cover(dice: Dice, share: float) -> dict[str, Tensor]:
    """A band of one colour across an edge or a corner: tape, a finger, a flap. In sides from the middle."""
    return {
        "strength": dice.strength(share, 0.9, 1),
        "angle": dice.uniform(0, 2 * torch.pi),
        "start": dice.uniform(0.22, 0.45),
        "width": dice.uniform(0.1, 1),
        "colour": colour.palette(dice, 1)[:, 0],
    }


def covered(picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w) with the band over them."""
    side = picture.shape[-1]
    far = ramp(values["angle"], side) - values["start"][:, None, None, None]
    inside = torch.minimum(far, values["width"][:, None, None, None] - far)
    mask = (inside * side + 0.5).clamp_(0, 1) * values["strength"][:, None, None, None]
    return torch.lerp(picture, values["colour"][:, :, None, None], mask)


def draw_defocus(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: the deviation of the blur in sides."""
    return {"strength": dice.strength(share, 0.003, 0.014)}


def defocused(picture: Tensor, values: Values) -> Tensor:
    return blurred(picture, values["strength"] * picture.shape[-1])


def draw_motion(dice: Dice, share: float) -> dict[str, Tensor]:
    """strength: the length of the path in sides."""
    return {"strength": dice.strength(share, 0.015, 0.05), "angle": dice.uniform(0, torch.pi)}


def moved(picture: Tensor, values: Values) -> Tensor:
    """Smeared along a straight line: (n, 3, h, w)."""
    n, c, h, w = picture.shape
    reach = max(1, round(TAPS * w / 112 / 2))
    step = torch.arange(-reach, reach + 1, device=picture.device, dtype=torch.float32)
    x, y = step, step[:, None]
    cos, sin = values["angle"].cos()[:, None, None], values["angle"].sin()[:, None, None]
    half = (values["strength"] * w / 2).clamp(min=0.3)[:, None, None]
    along, off = x * cos + y * sin, y * cos - x * sin
    kernel = (1 - off.abs()).clamp(min=0) * (half + 0.5 - along.abs()).clamp(0, 1)  # (n, k, k)
    kernel = kernel / kernel.sum((1, 2), keepdim=True)
    padded = F.pad(picture, (reach, reach, reach, reach), mode="replicate").reshape(1, n * c, h + 2 * reach, -1)
    return F.conv2d(padded, kernel.repeat_interleave(c, 0)[:, None], groups=n * c).reshape(n, c, h, w)
