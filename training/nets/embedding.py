"""The embedding net: trunk, what is there (generalised mean) and where it is (a coarse grid), vectors of length 1."""

import math
from collections.abc import Mapping
from typing import Self

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.nets.trunk import MobileNetV1Trunk

FEW = 32  # channels of the map whose layout counts


class EmbeddingNet(nn.Module):
    """(n, side, side, 3) uint8 RGB -> (n, dimension) float32, each row of length 1.

    Pooling is GeM with p = 3 (Radenovic et al., arXiv 1711.02512), to which a linear view of the whole map in few
    channels is added: crops and artwork are framed alike, so the place of a part tells marks apart, as it does faces
    (MobileFaceNets, arXiv 1804.07573). BatchNorm stays in `eval` mode always.
    """

    def __init__(self, dimension: int = 256, side: int = 112) -> None:
        super().__init__()
        self.side = side
        self.trunk = MobileNetV1Trunk(dense=True)
        self.head = nn.Linear(1024, dimension)
        self.few = nn.Conv2d(1024, FEW, 1, bias=False)
        self.layout = nn.Linear(FEW * (side // 16) ** 2, dimension, bias=False)
        nn.init.orthogonal_(self.few.weight)
        nn.init.zeros_(self.layout.weight)  # it learns from nothing, and disturbs nothing at first
        self.eval()  # modules are born in training mode: without this BatchNorm would follow the batches

    @classmethod
    def of(cls, state: Mapping[str, Tensor]) -> Self:
        """The net that a `state_dict` is of: dimension and side are told by its shapes."""
        dimension, places = state["layout.weight"].shape
        net = cls(dimension, side=16 * math.isqrt(places // FEW))
        net.load_state_dict(state)
        return net

    def train(self, mode: bool = True) -> Self:
        """Keep BatchNorm's ImageNet statistics also while training."""
        return super().train(False)

    def maps(self, pictures: Tensor) -> Tensor:
        """(n, side, side, 3) uint8 -> (n, 1024, side/16, side/16)."""
        x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, 3, side, side)
        last: Tensor = self.trunk(x.contiguous(memory_format=torch.channels_last))[-1]
        return last

    def vectors(self, maps: Tensor) -> Tensor:
        """Last maps (n, 1024, side/16, side/16) -> (n, dimension), each row of length 1."""
        return F.normalize(self.head(pooled(maps)) + self.layout(self.few(maps).flatten(1)), dim=1)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.vectors(self.maps(pictures))

    @torch.no_grad()
    def start_head_from(self, pictures: Tensor) -> None:
        """Set the head to the half-whitened principal components of these pictures: a better start than chance."""
        means = torch.cat([pooled(self.maps(part)) for part in pictures.split(64)])  # (n, 1024)
        mean = means.mean(0)
        centred = means - mean
        variance, axes = np.linalg.eigh((centred.T @ centred / len(means)).double().numpy())  # ascending
        keep = self.head.out_features
        least = max(float(variance[-1]) * 1e-6, 1e-12)  # fewer pictures than axes: the last have no variance
        scale = np.maximum(variance[::-1][:keep, None], least) ** 0.25  # half-whitened
        weight = torch.from_numpy(axes[:, ::-1].T[:keep] / scale).float()  # (d, 1024)
        self.head.weight.copy_(weight)
        self.head.bias.copy_(-weight @ mean)


def pooled(maps: Tensor) -> Tensor:
    """Generalised mean over the places of (n, c, h, w): (n, c)."""
    return maps.clamp(min=1e-6).pow(3).mean((2, 3)).pow(1 / 3)
