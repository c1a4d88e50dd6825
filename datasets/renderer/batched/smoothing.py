"""Blurring and resizing as products with one matrix per sample on either side: any width, any size, in one batch."""

import torch
from torch import Tensor


def separable(pictures: Tensor, down: Tensor, across: Tensor) -> Tensor:
    """Apply `down` (n, h', h) to the columns and `across` (n, w', w) to the rows of (n, c, h, w): (n, c, h', w')."""
    n, c, h, _ = pictures.shape
    wide = torch.bmm(pictures.reshape(n, c * h, -1), across.transpose(1, 2))  # (n, c * h, w')
    tall = torch.bmm(down, wide.reshape(n, c, h, -1).transpose(1, 2).reshape(n, h, -1))  # (n, h', c * w')
    return tall.reshape(n, down.shape[1], c, -1).transpose(1, 2)


def gaussian(deviation: Tensor, side: int, shift: Tensor | None = None) -> Tensor:
    """Matrices (n, side, side) that blur by `deviation` (n,) px, and move by `shift` (n,) px; rows add up to 1."""
    steps = torch.arange(side, device=deviation.device, dtype=torch.float32)
    gap = steps[:, None] - steps - (0 if shift is None else shift[:, None, None])
    weight = (-0.5 * (gap / deviation.clamp(min=0.05)[:, None, None]) ** 2).exp()
    return weight / weight.sum(2, keepdim=True).clamp(min=1e-12)


def blurred(pictures: Tensor, deviation: Tensor) -> Tensor:
    """Pictures (n, c, side, side) blurred by a Gaussian of `deviation` (n,) px."""
    matrix = gaussian(deviation, pictures.shape[-1])
    return separable(pictures, matrix, matrix)


def shrinking(size: Tensor, side: int, room: int) -> Tensor:
    """Matrices (n, room, side): the mean over `size` (n,) equal areas of a side; further rows repeat the last one."""
    step = torch.arange(room, device=size.device, dtype=torch.float32)
    step = torch.minimum(step, size[:, None] - 1)[:, :, None]  # (n, room, 1)
    scale = (side / size)[:, None, None]
    pixel = torch.arange(side, device=size.device, dtype=torch.float32)
    shared = torch.minimum(pixel + 1, (step + 1) * scale) - torch.maximum(pixel, step * scale)
    return shared.clamp_(min=0) / scale


def enlarging(size: Tensor, room: int, side: int, cubic: Tensor) -> Tensor:
    """Matrices (n, side, room) from `size` (n,) values to a side: linear, or where `cubic` (n,) says so, cubic.

    The cubic is Keys' (1981) with a = -0.75, as in OpenCV; beyond the edges the outer values are repeated.
    """
    place = (torch.arange(side, device=size.device) + 0.5) * (size / side)[:, None] - 0.5  # (n, side)
    first = place.floor()
    result = torch.zeros(len(size), side, room, device=size.device)
    for offset in (-1, 0, 1, 2):
        far = (place - first - offset).abs()
        near = (1.25 * far - 2.25) * far * far + 1
        away = ((-0.75 * far + 3.75) * far - 6) * far + 3
        weight = torch.where(cubic[:, None], torch.where(far <= 1, near, away), (1 - far).clamp(min=0))
        index = torch.minimum((first + offset).clamp(min=0), size[:, None] - 1).long()
        result.scatter_add_(2, index[..., None], weight[..., None])
    return result
