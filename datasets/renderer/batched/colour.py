"""Colours of goods and packaging, for a batch; RGB 0..1."""

import torch
from torch import Tensor

from datasets.renderer.batched.dice import Dice

LUMA = (0.299, 0.587, 0.114)  # Rec. 601
CARDBOARD = (0.70, 0.56, 0.41)


def palette(dice: Dice, count: int) -> Tensor:
    """(n, count, 3): often near white, black, grey or cardboard, else anything."""
    kind = dice.uniform(0, 1, count)[..., None]
    light, dark = dice.uniform(0.84, 1, count)[..., None], dice.uniform(0, 0.2, count)[..., None]
    grey = dice.uniform(0.2, 0.84, count)[..., None] + dice.uniform(-0.05, 0.05, count, 3)
    board = torch.tensor(CARDBOARD) * dice.uniform(0.6, 1.25, count)[..., None]
    vivid = from_hsv(dice.uniform(0, 1, count), dice.uniform(0.35, 1, count), dice.uniform(0.27, 1, count))
    colour = torch.where(kind < 0.5, board, vivid)
    colour = torch.where(kind < 0.42, grey, colour)
    colour = torch.where(kind < 0.32, dark, colour)
    return torch.where(kind < 0.18, light, colour).clamp(0, 1)


def from_hsv(hue: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Hue, saturation and value (...), each 0..1, as RGB (..., 3)."""
    k = (hue[..., None] * 6 + torch.tensor([5.0, 3.0, 1.0], device=hue.device)) % 6
    return value[..., None] * (1 - saturation[..., None] * torch.minimum(k, 4 - k).clamp(0, 1))


def luma(rgb: Tensor) -> Tensor:
    """Rec. 601 luma (n, 1, h, w) of pictures (n, 3, h, w)."""
    r, g, b = LUMA
    return (rgb[:, :1] * r).add_(rgb[:, 1:2], alpha=g).add_(rgb[:, 2:3], alpha=b)


def luma_of(colours: Tensor) -> Tensor:
    """Rec. 601 luma (...) of colours (..., 3)."""
    return colours @ torch.tensor(LUMA, device=colours.device)


def standing_out(candidates: Tensor, other: Tensor, least: Tensor) -> Tensor:
    """The first of the candidates (n, k, 3) whose luma differs by `least` (n,) from `other` (n, 3): (n, 3).

    Black or white where none does.
    """
    own, count = luma_of(other)[:, None], candidates.shape[1]
    fits = (luma_of(candidates) - own).abs() >= least[:, None]  # (n, k)
    order = torch.arange(count, 0, -1, device=fits.device)
    first = (fits * order).argmax(1)
    found = candidates[torch.arange(len(first), device=first.device), first]
    return torch.where(fits.any(1)[:, None], found, (own < 0.5).to(found.dtype).expand(-1, 3))


def hue_turned(rgb: Tensor, angle: Tensor, saturation: Tensor, value: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) with hue turned by `angle` (n,) radians and saturation, value (n,) multiplied.

    A rotation of the chroma plane of YIQ: one 3 x 3 matrix per sample, where HSV needs a dozen passes.
    """
    forward = torch.tensor([[0.299, 0.587, 0.114], [0.596, -0.274, -0.322], [0.211, -0.523, 0.312]], device=rgb.device)
    cos, sin, zero = angle.cos() * saturation, angle.sin() * saturation, torch.zeros_like(angle)
    turn = torch.stack([zero + 1, zero, zero, zero, cos, -sin, zero, sin, cos], 1).reshape(-1, 3, 3)
    matrix = torch.linalg.inv(forward) @ turn @ forward * value[:, None, None]  # (n, 3, 3)
    return (matrix @ rgb.flatten(2)).reshape(rgb.shape).clamp_(0, 1)
