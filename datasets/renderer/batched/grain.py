"""What goods are made of, seen in the print: fibres, weave, mottling; and how ink and thread lie on them."""

import torch
from torch import Tensor

from datasets.renderer.batched.dice import Dice
from datasets.renderer.batched.fields import clouds, ramp, windows
from datasets.renderer.batched.parameters import Values
from datasets.renderer.batched.rows import chosen
from datasets.renderer.batched.smoothing import blurred


def draw(dice: Dice, share: float) -> dict[str, Tensor]:
    """Cardboard fibres, a weave or mottling, over print and ground alike; period in px of a crop of 112."""
    return {
        "strength": dice.strength(share, 0.03, 0.16),
        "kind": dice.integers(3),
        "period": dice.uniform(3, 9),
        "angle": dice.uniform(0, torch.pi),
        "corner": dice.integers(4096, 2),
        "coarse": dice.uniform(-1, 1, 1, 5, 5),
    }


def grained(textures: Tensor, picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w) multiplied by a texture around 1."""
    side = picture.shape[-1]
    texture = torch.empty_like(picture[:, :1])
    for kind, make in enumerate((_fibres, _weave, _mottling)):
        rows = (values["kind"] == kind).nonzero()[:, 0]
        if len(rows):
            texture.index_copy_(0, rows, make(textures, chosen(values, rows), side))
    return picture * (1 + values["strength"][:, None, None, None] * texture)


def _fibres(textures: Tensor, values: Values, side: int) -> Tensor:
    return windows(textures[3:4], values["corner"], side)


def _weave(_textures: Tensor, values: Values, side: int) -> Tensor:
    waves = (2 * torch.pi * 112 / values["period"])[:, None, None, None]
    return (ramp(values["angle"], side) * waves).sin() * (ramp(values["angle"] + torch.pi / 2, side) * waves).sin()


def _mottling(textures: Tensor, values: Values, side: int) -> Tensor:
    return clouds(values["coarse"], textures[4:5], values["corner"], side) * 2


def draw_bleed(dice: Dice, share: float) -> dict[str, Tensor]:
    """Ink that runs into its ground, or that the ground's roughness keeps off: `spread` in px of a crop of 112."""
    return {
        "strength": dice.strength(share, 0.5, 1),
        "spread": dice.uniform(0.6, 1.6),
        "rough": dice.uniform(0.1, 0.9),
        "corner": dice.integers(4096, 2),
    }


def bled(textures: Tensor, layer: Tensor, values: Values) -> Tensor:
    """Prints (n, 4, h, w) with soft, ragged edges."""
    side = layer.shape[-1]
    rough = windows(textures[4:5], values["corner"], side) * values["rough"][:, None, None, None]
    soft = blurred(layer, values["spread"] * side / 112)
    alpha = ((soft[:, 3:] - 0.42 + 0.3 * rough) * 2.5 + 0.42).clamp_(0, 1)
    alpha = torch.minimum(alpha, soft[:, 3:] * 4)
    run = torch.cat([soft[:, :3] * (alpha / soft[:, 3:].clamp(min=1e-3)), alpha], 1)
    return torch.lerp(layer, run, values["strength"][:, None, None, None])


def draw_thread(dice: Dice, share: float) -> dict[str, Tensor]:
    """Embroidery: stitches side by side; pitch in px of a crop of 112."""
    return {
        "strength": dice.strength(share, 0.4, 1),
        "pitch": dice.uniform(2, 4.5),
        "angle": dice.uniform(0, torch.pi),
        "corner": dice.integers(4096, 2),
    }


def stitched(textures: Tensor, layer: Tensor, values: Values) -> Tensor:
    """Prints (n, 4, h, w) as thread: light and dark along the stitches, their ends jagged."""
    side = layer.shape[-1]
    along = ramp(values["angle"], side) * (112 / values["pitch"])[:, None, None, None]
    uneven = windows(textures[4:5], values["corner"], side) * 0.1
    stitch = ((along + uneven) * 2 * torch.pi).sin()
    strength = values["strength"][:, None, None, None]
    alpha = ((layer[:, 3:] - 0.5 + 0.25 * stitch * strength) * (1 + strength) + 0.5).clamp_(0, 1)
    alpha = torch.minimum(alpha, layer[:, 3:] * 4)
    rgb = layer[:, :3] * (alpha / layer[:, 3:].clamp(min=1e-3))
    return torch.cat([rgb * (1 + 0.35 * strength * stitch), alpha], 1)


def draw_halftone(dice: Dice, share: float) -> dict[str, Tensor]:
    """Printed in dots; pitch in px of a crop of 112."""
    return {"strength": dice.strength(share, 0.5, 1), "pitch": dice.uniform(2.2, 5), "angle": dice.uniform(0, torch.pi)}


def screened(picture: Tensor, values: Values) -> Tensor:
    """Pictures (n, 3, h, w) through a screen of dots per channel, each at another angle."""
    side = picture.shape[-1]
    waves = (2 * torch.pi * 112 / values["pitch"])[:, None, None, None]
    dots = [
        0.5 + 0.25 * ((ramp(angle, side) * waves).cos() + (ramp(angle + torch.pi / 2, side) * waves).cos())
        for angle in (values["angle"], values["angle"] + 0.26, values["angle"] + 0.52)
    ]
    printed = ((picture - torch.cat(dots, 1)) * 4 + 0.5).clamp_(0, 1)
    return torch.lerp(picture, printed, values["strength"][:, None, None, None])
