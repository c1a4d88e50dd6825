"""Marks that stand out from their ground or are pressed into it: embossing, moulding, foil; one light from one side."""

import torch
from torch import Tensor

from datasets.renderer.batched import colour
from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import smooth
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.smoothing import blurred


def draw_emboss(dice: Dice, share: float) -> dict[str, Tensor]:
    """Relief under the ink: raised print, embroidery, enamel. The sign of `strength`: out of the ground or into it."""
    return {"strength": dice.strength(share, 0.5, 1.6) * _sign(dice)} | _light(dice)


def draw_moulded(dice: Dice, share: float) -> dict[str, Tensor]:
    """Relief and no ink: moulded plastic, pressed leather, blind embossing."""
    return {"strength": dice.strength(share, 0.8, 2.2) * _sign(dice)} | _light(dice)


def draw_foil(dice: Dice, share: float) -> dict[str, Tensor]:
    """Ink that mirrors a room of light and dark bands: gold, silver and coloured foil, chrome."""
    metals = torch.tensor([[0.85, 0.85, 0.88], [0.9, 0.74, 0.36], [0.82, 0.55, 0.4]])
    metal = torch.where(dice.chance(0.6)[:, None], metals[dice.integers(3)], colour.palette(dice, 1)[:, 0])
    more = {"metal": metal, "coarse": dice.uniform(-1, 1, 1, 3, 3), "bands": dice.uniform(0.5, 3)}
    return {"strength": dice.strength(share, 0.6, 1.0)} | more | _light(dice)


def _light(dice: Dice) -> dict[str, Tensor]:
    return {
        "angle": dice.uniform(0, 2 * torch.pi),
        "soft": dice.uniform(0.8, 1.8),
        "face": dice.uniform(-0.25, 0.25),
        "gloss": dice.strength(0.5, 0.1, 0.7),
    }


def _sign(dice: Dice) -> Tensor:
    return torch.where(dice.chance(0.6), 1.0, -1.0)


def height_of(layer: Tensor) -> Tensor:
    """Height map (n, 1, h, w) 0..1 of prints (n, 4, h, w): alpha, with the inner drawing by luma if there is one."""
    alpha, light = layer[:, 3:], colour.luma(layer[:, :3])
    seen = alpha > 0.9
    low = light.masked_fill(~seen, 2.0).amin((2, 3), keepdim=True)
    high = light.masked_fill(~seen, -1.0).amax((2, 3), keepdim=True)
    several = high - low > 0.2
    inner = 0.3 + 0.7 * ((light - low) / (high - low).clamp(min=1e-3)).clamp(0, 1)
    return torch.where(several, alpha * inner, alpha)


def slope_of(height: Tensor, values: Values) -> Tensor:
    """How steeply (n, 1, h, w) the softened height falls towards the light; about -1..1 at a hard edge."""
    soft = blurred(height, values["soft"])
    x, y = torch.zeros_like(soft), torch.zeros_like(soft)
    x[..., 1:-1] = soft[..., 2:] - soft[..., :-2]
    y[..., 1:-1, :] = soft[..., 2:, :] - soft[..., :-2, :]
    cos, sin = values["angle"].cos()[:, None, None, None], values["angle"].sin()[:, None, None, None]
    return 2 * (x * cos + y * sin)


def lightable(ground: Tensor, _values: Values) -> Tensor:
    """Grounds (n, 3, h, w) a little nearer to grey: neither light nor shade shows on black or on white."""
    return 0.12 + 0.76 * ground


def lit(picture: Tensor, height: Tensor, values: Values) -> Tensor:
    """Light pictures (n, 3, h, w) as if they had this height (n, 1, h, w)."""
    strength = values["strength"][:, None, None, None]
    slope = slope_of(height, values) * strength
    shade = 1 + 0.6 * slope + values["face"][:, None, None, None] * height * strength.abs().clamp(max=1)
    gloss = values["gloss"][:, None, None, None] * (slope.clamp(min=0) ** 3).clamp(max=1)
    return (picture * shade + 0.08 * slope + gloss).clamp_(0, 1)


def foiled(layer: Tensor, values: Values) -> Tensor:
    """Prints (n, 4, h, w) in metal, as far as `strength` says."""
    height = height_of(layer)
    room = smooth(values["coarse"], layer.shape[-1]) * values["bands"][:, None, None, None]
    shine = (room * 2.5 + 2 * slope_of(height, values)).sin()
    metal = values["metal"][:, :, None, None] * (0.75 + 0.45 * shine) + 0.2 * shine.clamp(min=0) ** 4
    metal = metal.clamp_(0, 1) * (0.6 + 0.4 * height / layer[:, 3:].clamp(min=0.05)).clamp_(0, 1) * layer[:, 3:]
    return torch.cat([torch.lerp(layer[:, :3], metal, values["strength"][:, None, None, None]), layer[:, 3:]], 1)
