"""The verification net: do a crop and one filed artwork show the same mark? It compares them place by place.

The embedder says what a picture shows in one vector, which forgets where. Here each of 7 x 7 places of the crop is
compared with each of the artwork's: a table of likenesses, over which a few convolutions look for a layout that makes
sense (as in neighbourhood consensus, Rocco et al., arXiv 1810.10510, and relation networks, Sung et al., arXiv
1711.06025). It adds to the likeness of the vectors, and starts by adding nothing.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GRID = 7  # places along a side of the embedder's last map
PLACES = GRID * GRID
PARTS = 32  # numbers that describe one place


class PartsHead(nn.Module):
    """The embedder's last map (n, c, 7, 7) -> parts (n, 49, PARTS), each of length 1."""

    def __init__(self, channels: int = 1024) -> None:
        super().__init__()
        self.project = nn.Conv2d(channels, PARTS, 1)
        nn.init.orthogonal_(self.project.weight)

    @torch.no_grad()
    def centre(self, mean: Tensor) -> None:
        """Let a place that is like the `mean` (c,) of all places be described by nothing."""
        assert self.project.bias is not None  # noqa: S101 - for the type checker
        self.project.bias.copy_(-self.project.weight.flatten(1) @ mean)

    def forward(self, maps: Tensor) -> Tensor:
        return F.normalize(self.project(maps).flatten(2).permute(0, 2, 1), dim=2)  # (n, 49, PARTS)


class VerificationNet(nn.Module):
    """Parts of crops (p, 49, PARTS) and of artwork (p, 49, PARTS), likeness of their vectors (p,) -> logits (p,)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.first = nn.Conv2d(PLACES, width, 1)
        self.second, self.third = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        self.straight = nn.Linear(PLACES, 16)
        self.mixed, self.last = nn.Linear(2 * width + 16 + 1, width), nn.Linear(width, 1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)
        self.steepness = nn.Parameter(torch.tensor(18.0))

    def forward(self, crops: Tensor, filed: Tensor, likeness: Tensor) -> Tensor:
        table = torch.bmm(filed, crops.transpose(1, 2))  # (p, 49 of the artwork, 49 of the crop)
        seen = F.relu(self.first(table.reshape(-1, PLACES, GRID, GRID)))  # (p, width, 7, 7) over the crop
        seen = F.relu(self.second(seen))
        seen = seen + F.relu(self.third(seen))
        same = self.straight(torch.diagonal(table, dim1=1, dim2=2))  # the same place in both
        together = torch.cat([seen.mean((2, 3)), seen.amax((2, 3)), same, likeness[:, None]], 1)
        added: Tensor = self.last(F.relu(self.mixed(together)))[:, 0]
        return self.steepness * likeness + added
