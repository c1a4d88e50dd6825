"""Smooth random fields over a crop: a few random numbers, enlarged by one matrix product on either side."""

from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor


@lru_cache(maxsize=64)
def enlarging(cells: int, side: int, device: torch.device) -> Tensor:
    """(side, cells): bicubic interpolation from `cells` values, the outer ones at the edges, to `side` pixels."""
    one = torch.eye(cells, device=device)[None, None]
    return F.interpolate(one, size=(cells, side), mode="bicubic", align_corners=True)[0, 0].T.contiguous()


def smooth(grids: Tensor, side: int) -> Tensor:
    """Grids (n, c, a, b) of random numbers as smooth fields (n, c, side, side)."""
    down = enlarging(grids.shape[2], side, grids.device)
    across = enlarging(grids.shape[3], side, grids.device)
    return down @ (grids @ across.T)


def ramp(angle: Tensor, side: int) -> Tensor:
    """(n, 1, side, side): rises by 1 over a side towards `angle` (n,), 0 in the middle."""
    line = torch.linspace(-0.5, 0.5, side, device=angle.device)
    return (angle.cos()[:, None, None] * line + angle.sin()[:, None, None] * line[:, None])[:, None]


def windows(texture: Tensor, corner: Tensor, side: int) -> Tensor:
    """Squares (n, c, side, side) of an endless tiled texture (c, t, t), their corners (n, 2) anywhere, in pixels."""
    steps = torch.arange(side, device=texture.device)
    y = (corner[:, :1] + steps) % texture.shape[1]  # (n, side)
    x = (corner[:, 1:] + steps) % texture.shape[2]
    return texture[:, y[:, :, None], x[:, None, :]].transpose(0, 1)


def clouds(coarse: Tensor, texture: Tensor, corner: Tensor, side: int) -> Tensor:
    """Cloud noise (n, 1, side, side), about -1..1: grids (n, 1, a, b), and two octaves cut from a texture (1, t, t)."""
    field = smooth(coarse * 0.5, side)
    for cells, weight in ((12, 0.14), (36, 0.08)):
        if cells < side:
            field = field + smooth(windows(texture, corner, cells) * weight, side)
    return field
