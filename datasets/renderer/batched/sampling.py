"""Reading a picture at the points a grid names, from the level of a mip pyramid at which no pixel is skipped."""

import torch
import torch.nn.functional as F
from torch import Tensor

LEVELS = 4  # 1, 1/2, 1/4, 1/8 of the side
SLACK = 1.4  # pixels of the picture per pixel of the crop that bilinear reading still takes


def shrinking(grid: Tensor, size: int) -> Tensor:
    """Pixels (n,) of a picture of `size` px between neighbouring points of a grid (n, h, w, 2), in its middle."""
    y, x = grid.shape[1] // 2, grid.shape[2] // 2
    here = grid[:, y, x]
    steps = torch.stack([grid[:, y, x - 1] - here, grid[:, y - 1, x] - here], 1)
    return steps.norm(dim=2).amax(1) * size / 2


def sampled(pictures: Tensor, grid: Tensor, *, beyond: str = "zeros") -> Tensor:
    """Pictures (n, c, s, s) at grid points (n, h, w, 2), -1..1 from edge to edge: (n, c, h, w).

    beyond: what lies outside, "zeros" or "reflection".
    """
    level = (shrinking(grid, pictures.shape[-1]) / SLACK).clamp(min=1e-6).log2().ceil().clamp(0, LEVELS - 1)
    smallest = max(0, pictures.shape[-1].bit_length() - 3)  # not below 4 px
    level = level.nan_to_num(0).clamp(max=smallest)
    if not level.any():
        return F.grid_sample(pictures, grid, padding_mode=beyond, align_corners=False)
    result = pictures.new_empty(len(pictures), pictures.shape[1], *grid.shape[1:3])
    for step in range(LEVELS):
        rows = (level == step).nonzero()[:, 0]
        if len(rows):
            part = pictures.index_select(0, rows)
            part = F.avg_pool2d(part, 2**step) if step else part
            places = grid.index_select(0, rows)
            result.index_copy_(0, rows, F.grid_sample(part, places, padding_mode=beyond, align_corners=False))
    return result
