"""The embedding net: trunk, generalised-mean pooling, one linear layer, vectors of length 1."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.nets.trunk import MobileNetV1Trunk


class EmbeddingNet(nn.Module):
    """(n, side, side, 3) uint8 RGB -> (n, dimension) float32, each row of length 1.

    Pooling is GeM with p = 3 (Radenovic et al., arXiv 1711.02512). BatchNorm stays in `eval` mode always.
    """

    def __init__(self, dimension: int = 256) -> None:
        super().__init__()
        self.trunk = MobileNetV1Trunk()
        self.head = nn.Linear(1024, dimension)
        self.eval()  # modules are born in training mode: without this BatchNorm would follow the batches

    def train(self, mode: bool = True) -> "EmbeddingNet":
        """Keep BatchNorm's ImageNet statistics also while training."""
        return super().train(False)

    def pooled(self, pictures: Tensor) -> Tensor:
        """(n, h, w, 3) uint8 -> (n, 1024), before the head."""
        x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, 3, h, w)
        x = self.trunk(x.contiguous(memory_format=torch.channels_last))[-1]  # (n, 1024, h/32, w/32)
        return x.clamp(min=1e-6).pow(3).mean((2, 3)).pow(1 / 3)

    def forward(self, pictures: Tensor) -> Tensor:
        return F.normalize(self.head(self.pooled(pictures)), dim=1)

    @torch.no_grad()
    def start_head_from(self, pictures: Tensor) -> None:
        """Set the head to the half-whitened principal components of these pictures: a better start than chance."""
        pooled = torch.cat([self.pooled(part) for part in pictures.split(64)])  # (n, 1024)
        mean = pooled.mean(0)
        centred = pooled - mean
        variance, axes = np.linalg.eigh((centred.T @ centred / len(pooled)).double().numpy())  # ascending
        keep = self.head.out_features
        least = max(float(variance[-1]) * 1e-6, 1e-12)  # fewer pictures than axes: the last have no variance
        scale = np.maximum(variance[::-1][:keep, None], least) ** 0.25  # half-whitened
        weight = torch.from_numpy(axes[:, ::-1].T[:keep] / scale).float()  # (d, 1024)
        self.head.weight.copy_(weight)
        self.head.bias.copy_(-weight @ mean)
