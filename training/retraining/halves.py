"""The embedding net in two halves: blocks that learn no more, and those above them.

The lower half is the same in the champion and in the candidate, so its maps are computed once for both, and without
gradients: that is most of the work of a step.
"""

import copy

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.nets.embedding import EmbeddingNet
from training.nets.trunk import MobileNetV1Trunk
from training.nets.verification import PartsHead

PATCH = (0, 1, 0, 1)  # padding before a stride of 2: as in the net's own `forward`


@torch.no_grad()
def lower(net: EmbeddingNet, pictures: Tensor, blocks: int) -> Tensor:
    """Maps (n, c, h, w) after the stem and the first `blocks` blocks, of pictures (n, side, side, 3) uint8."""
    trunk = net.trunk
    x = pictures.permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, 3, side, side)
    x = x.contiguous(memory_format=torch.channels_last)
    return _through(trunk, F.relu6(trunk.bn(trunk.stem(F.pad(x, PATCH)))), 0, blocks)


def upper(net: EmbeddingNet, maps: Tensor, blocks: int) -> Tensor:
    """The last maps (n, 1024, side/16, side/16), of maps after the first `blocks` blocks."""
    return _through(net.trunk, maps, blocks, len(net.trunk.blocks))


def _through(trunk: MobileNetV1Trunk, x: Tensor, first: int, last: int) -> Tensor:
    for index in range(first, last):
        if trunk.blocks[index][2] == 2:
            x = F.pad(x, PATCH)
        x = F.relu6(trunk.dwbn[index](trunk.dw[index](x)))
        x = F.relu6(trunk.pwbn[index](trunk.pw[index](x)))
    return x


class Tuned(nn.Module):
    """Maps of the lower half (n, c, h, w) -> vectors (n, d) and parts (n, places, e) by the net that learns.

    The head of the parts learns nothing: the verifier must go on understanding them. Without one there are no parts.
    """

    def __init__(self, net: EmbeddingNet, parts: PartsHead | None, blocks: int) -> None:
        super().__init__()
        self.net, self.parts, self.blocks = net, parts, blocks
        frozen = len(net.trunk.blocks) if blocks >= len(net.trunk.blocks) else blocks
        net.trunk.freeze(frozen)
        if frozen == 0:
            raise ValueError("at least the first block must be frozen: the lower half is shared with the champion")
        for part in (net.trunk.bn, *net.trunk.dwbn, *net.trunk.pwbn):
            part.requires_grad_(False)  # BatchNorm is folded into the convolutions: there is nothing to learn
        if parts is not None:
            parts.requires_grad_(False)

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor | None]:
        last = upper(self.net, maps, self.blocks)
        return self.net.vectors(last), None if self.parts is None else self.parts(last)

    def teacher(self) -> "Tuned":
        """A copy that stays as it is."""
        return copy.deepcopy(self).requires_grad_(False)
