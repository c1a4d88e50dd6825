"""The detection net: trunk, a small feature pyramid, and an anchor-free head that knows one class: "a mark".

FCOS (Tian et al., arXiv 1904.01355) with its quality score learned jointly (quality focal loss, Li et al.,
arXiv 2006.04388): each cell of the maps at strides 8, 16 and 32 says how well its box fits a mark, and the box.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.nets.trunk import MobileNetV1Trunk

STRIDES = (8, 16, 32)
RANGES = ((0.0, 56.0), (56.0, 128.0), (128.0, 1e9))  # px at the net's input: longest side of the boxes of a level


class Block(nn.Sequential):
    """3x3 convolution, group normalisation (batches are small), ReLU."""

    def __init__(self, channels_in: int, channels_out: int) -> None:
        super().__init__(
            nn.Conv2d(channels_in, channels_out, 3, padding=1, bias=False), nn.GroupNorm(8, channels_out), nn.ReLU()
        )


class DetectionNet(nn.Module):
    """(n, h, w, 3) uint8 RGB, h and w multiples of 32 -> logits (n, k), boxes (n, k, 4) xyxy px of the input."""

    def __init__(self, width: int = 96) -> None:
        super().__init__()
        self.trunk = MobileNetV1Trunk()
        self.lateral = nn.ModuleList(nn.Conv2d(c, width, 1) for c in (256, 512, 1024))
        self.smooth = nn.ModuleList(Block(width, width) for _ in STRIDES)
        self.quality_tower, self.box_tower = Block(width, width), Block(width, width)
        self.quality, self.box = nn.Conv2d(width, 1, 3, padding=1), nn.Conv2d(width, 4, 3, padding=1)
        self.scale = nn.Parameter(torch.ones(len(STRIDES)))
        assert self.quality.bias is not None  # noqa: S101 - for the type checker
        nn.init.constant_(self.quality.bias, -4.0)  # few cells see a mark: start by saying so
        nn.init.normal_(self.quality.weight, std=0.01)
        nn.init.normal_(self.box.weight, std=0.01)
        self.eval()  # modules are born in training mode: without this BatchNorm would follow the batches

    def train(self, mode: bool = True) -> "DetectionNet":
        """Keep BatchNorm's ImageNet statistics also while training."""
        return super().train(False)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, 3, h, w)
        maps = self.trunk(x.contiguous(memory_format=torch.channels_last))
        levels = [lateral(m) for lateral, m in zip(self.lateral, maps, strict=True)]
        for fine in (1, 0):
            levels[fine] = levels[fine] + F.interpolate(levels[fine + 1], scale_factor=2.0, mode="nearest")
        qualities, boxes = [], []
        for index, (stride, smooth) in enumerate(zip(STRIDES, self.smooth, strict=True)):
            level = smooth(levels[index])  # (n, width, h/s, w/s)
            qualities.append(self.quality(self.quality_tower(level)).flatten(1))  # (n, cells)
            reach = F.softplus(self.box(self.box_tower(level)) * self.scale[index] + 1.0) * (2.0 * stride)
            reach = reach.flatten(2).permute(0, 2, 1)  # (n, cells, 4): left, top, right, bottom
            # no int() around the sizes: the exported graph must take pictures of any size
            centres = cell_centres(level.shape[2], level.shape[3], stride).to(reach.device)
            boxes.append(torch.cat([centres - reach[..., :2], centres + reach[..., 2:]], 2))
        return torch.cat(qualities, 1), torch.cat(boxes, 1)


def cell_centres(h: int, w: int, stride: int) -> Tensor:
    """Centres (h * w, 2) of a map's cells, x and y in px of the net's input."""
    y, x = torch.meshgrid(torch.arange(h), torch.arange(w), indexing="ij")
    return (torch.stack([x, y], 2).reshape(-1, 2).float() + 0.5) * stride


def assign(boxes: Tensor, side: int) -> Tensor:
    """Which box of one scene each cell answers for: (k,) index into `boxes` or -1.

    A cell answers for the smallest box of its level's size whose middle third on either side holds its centre, at
    most 1.5 strides from the box's own centre (centre sampling, arXiv 1904.01355 version 2).
    """
    if len(boxes) == 0:
        return torch.full((sum((side // stride) ** 2 for stride in STRIDES),), -1)
    owners = []
    size = (boxes[:, 2:] - boxes[:, :2]).max(1).values  # (b,)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    for stride, (low, high) in zip(STRIDES, RANGES, strict=True):
        centres = cell_centres(side // stride, side // stride, stride)  # (cells, 2)
        third = (boxes[:, 2:] - boxes[:, :2]) / 3
        reach = torch.maximum(third, torch.tensor(0.71 * stride)).clamp(max=1.5 * stride)
        near = ((centres[:, None] - middle).abs() < reach).all(2) & (size >= low) & (size < high)  # (cells, b)
        best = torch.where(near, size, torch.inf).min(1)
        owners.append(torch.where(best.values.isfinite(), best.indices, -1))
    return torch.cat(owners)
