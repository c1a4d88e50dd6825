"""Weights to start from, without a download: a trunk that answers to what it sees, and the packed form of it."""

from pathlib import Path

import torch
from torch import Tensor, nn

from training.nets.trunk import MobileNetV1Trunk


def pack(net: nn.Module, path: Path) -> None:
    """Pointwise convolutions as int8 with a scale per output channel, the others as float16, all else as it is."""
    packed: dict[str, Tensor] = {}
    for key, value in net.state_dict().items():
        if value.ndim == 4 and value.shape[2] == 1:
            scale = value.abs().amax((1, 2, 3), keepdim=True).clamp(min=1e-12) / 127
            packed[key], packed[f"{key}.scale"] = (value / scale).round().to(torch.int8), scale
        else:
            packed[key] = value.half() if value.ndim == 4 else value
    torch.save(packed, path)


def lively_trunk(seed: int, *, dense: bool = False) -> MobileNetV1Trunk:
    """A trunk of random weights whose signal does not die out on its way (as it does with torch's own start)."""
    torch.manual_seed(seed)
    trunk = MobileNetV1Trunk(dense=dense).eval()
    for module in trunk.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    return trunk
