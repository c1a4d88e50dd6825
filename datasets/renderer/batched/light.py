"""Uneven light, folds, film over the goods, shadows: what lies between a printed thing and the lens."""

import torch
from torch import Tensor

from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import ramp, smooth
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.smoothing import gaussian, separable


def draw_shadow(dice: Dice, share: float) -> dict[str, Tensor]:
    """Cast on the ground: strength is how dark, shift and deviation in px of a crop of 112."""
    shift = torch.stack([dice.uniform(1, 4), dice.uniform(-3, 3)], 1)  # down, right
    return {"strength": dice.strength(share, 0.3, 0.8), "shift": shift, "deviation": dice.uniform(0.8, 3)}


def shadowed(ground: Tensor, alpha: Tensor, values: Values) -> Tensor:
    """Darken grounds (n, 3, h, w) where the shadow of alpha (n, 1, h, w) falls."""
    side = ground.shape[-1]
    scale = side / 112
    down = gaussian(values["deviation"] * scale, side, values["shift"][:, 0] * scale)
    across = gaussian(values["deviation"] * scale, side, values["shift"][:, 1] * scale)
    return ground * (1 - values["strength"][:, None, None, None] * separable(alpha, down, across))


def draw_shading(dice: Dice, share: float) -> dict[str, Tensor]:
    """Brighter on one side."""
    return {"strength": dice.strength(share, 0, 1.1), "angle": dice.uniform(0, 2 * torch.pi)}


def shaded(picture: Tensor, values: Values) -> Tensor:
    return picture * (1 + ramp(values["angle"], picture.shape[-1]) * values["strength"][:, None, None, None])


def draw_mottle(dice: Dice, share: float) -> dict[str, Tensor]:
    """Light and shade in large patches."""
    return {"strength": dice.strength(share, 0.1, 0.5), "coarse": dice.uniform(-0.8, 0.8, 1, 4, 4)}


def mottled(picture: Tensor, values: Values) -> Tensor:
    return picture * (1 + smooth(values["coarse"], picture.shape[-1]) * values["strength"][:, None, None, None])


def draw_folds(dice: Dice, share: float) -> dict[str, Tensor]:
    """Up to three creases: where (in sides from the middle), at which angle, how wide."""
    return {
        "strength": dice.strength(share, 0.15, 0.6),
        "angle": dice.uniform(0, 2 * torch.pi, 3),
        "place": dice.uniform(-0.5, 0.5, 3),
        "width": dice.uniform(0.02, 0.15, 3),
        "there": dice.chance(0.6, 3),
    }


def folded(picture: Tensor, values: Values) -> Tensor:
    """Beside a crease it is bright on one side and dark on the other, fading with distance."""
    shade = torch.ones_like(picture[:, :1])
    for fold in range(3):
        far = ramp(values["angle"][:, fold], picture.shape[-1]) - values["place"][:, fold, None, None, None]
        fade = (-far.abs() / values["width"][:, fold, None, None, None]).exp() * far.sign()
        shade = shade + fade * (values["strength"] * values["there"][:, fold])[:, None, None, None]
    return picture * shade


def draw_glare(dice: Dice, share: float) -> dict[str, Tensor]:
    """The mirror spots of plastic film: patches, or streaks along one side."""
    grid = dice.uniform(-1, 1, 1, 5, 5)
    streaks = grid[:, :, :1].expand(-1, -1, 5, -1)
    lying = torch.where(dice.chance(0.5)[:, None, None, None], streaks, streaks.transpose(2, 3))
    chosen = torch.where(dice.chance(0.35)[:, None, None, None], lying, grid)
    return {"strength": dice.strength(share, 0.4, 2.0), "grid": chosen, "lift": dice.uniform(-0.6, 0.0)}


def glaring(picture: Tensor, values: Values) -> Tensor:
    field = smooth(values["grid"], picture.shape[-1]) + values["lift"][:, None, None, None]
    return picture + field.clamp_(0, 1) ** 2 * values["strength"][:, None, None, None]
