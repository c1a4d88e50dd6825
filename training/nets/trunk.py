"""MobileNet v1 (Howard et al., arXiv 1704.04861) up to its 12th separable block, and the loader of its packed weights.

Weights: Google mobilenet_v1_1.0_224, ImageNet, Apache-2.0; convolutions packed as int8 with a scale per output channel.
BatchNorm keeps its ImageNet statistics (`eval` mode) in fine-tuning: batches of renderings are no ImageNet.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLOCKS = [(32, 64, 1), (64, 128, 2), (128, 128, 1), (128, 256, 2), (256, 256, 1), (256, 512, 2)]
BLOCKS += [(512, 512, 1)] * 5 + [(512, 1024, 2)]


class MobileNetV1Trunk(nn.Module):
    """(n, 3, h, w) RGB in -1..1 -> feature maps at strides 8, 16 and 32 with 256, 512 and 1024 channels.

    `dense` keeps the last block at stride 16: maps at strides 8 and 16 with 256 and 1024 channels, of the same weights.
    """

    def __init__(self, *, dense: bool = False) -> None:
        super().__init__()
        self.blocks = [*BLOCKS[:-1], (512, 1024, 1)] if dense else BLOCKS
        self.stem, self.bn = nn.Conv2d(3, 32, 3, 2, 0, bias=False), nn.BatchNorm2d(32, eps=1e-3)
        self.dw = nn.ModuleList(nn.Conv2d(a, a, 3, s, int(s == 1), groups=a, bias=False) for a, _, s in self.blocks)
        self.dwbn = nn.ModuleList(nn.BatchNorm2d(a, eps=1e-3) for a, _, _ in BLOCKS)
        self.pw = nn.ModuleList(nn.Conv2d(a, b, 1, bias=False) for a, b, _ in BLOCKS)
        self.pwbn = nn.ModuleList(nn.BatchNorm2d(b, eps=1e-3) for _, b, _ in BLOCKS)

    def forward(self, x: Tensor) -> list[Tensor]:
        x = F.relu6(self.bn(self.stem(F.pad(x, (0, 1, 0, 1)))))  # (n, 32, h/2, w/2)
        stages: list[Tensor] = []
        layers = zip(self.blocks, self.dw, self.dwbn, self.pw, self.pwbn, strict=True)
        for (_, _, stride), dw, dwbn, pw, pwbn in layers:
            if stride == 2:
                stages.append(x)
                x = F.pad(x, (0, 1, 0, 1))
            x = F.relu6(pwbn(pw(F.relu6(dwbn(dw(x))))))
        return [*stages[2:], x]

    def freeze(self, blocks: int) -> None:
        """Let the stem and the first `blocks` blocks learn no more; 0 freezes nothing, not even the stem.

        They cost most of the time of a step (the maps are largest there) and change least.
        """
        if blocks:
            parts = (self.dw, self.dwbn, self.pw, self.pwbn)
            for module in (self.stem, self.bn, *(layer for part in parts for layer in part[:blocks])):
                module.requires_grad_(False)


def load_packed(net: nn.Module, path: Path) -> None:
    """Fill `net` from a packed file: int8 convolutions times their `.scale`. Reads tensors only, no pickle."""
    packed: dict[str, Tensor] = torch.load(path, weights_only=True)
    scales = {key.removesuffix(".scale"): value.float() for key, value in packed.items() if key.endswith(".scale")}
    state = {}
    for key, value in packed.items():
        if not key.endswith(".scale"):
            state[key] = value.float() * scales[key] if key in scales else value
    net.load_state_dict({key: v.float() if v.is_floating_point() else v for key, v in state.items()})
