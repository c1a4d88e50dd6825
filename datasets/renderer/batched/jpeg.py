"""What JPEG does to pictures, without writing a file: colour transform, halved chroma, quantised 8 x 8 cosines.

ITU-T T.81, tables K.1 and K.2, scaled by quality as libjpeg does; chroma is halved by means and enlarged linearly.
"""

import math
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor

LUMA_TABLE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62, 18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
CHROMA_TABLE = (
    17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99, 24, 26, 56, 99, 99, 99, 99, 99,
    47, 66, 99, 99, 99, 99, 99, 99, *(99,) * 32,
)  # fmt: skip
FORWARD = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))
BACKWARD = ((1.0, 0.0, 1.402), (1.0, -0.344136, -0.714136), (1.0, 1.772, 0.0))


@lru_cache(maxsize=8)
def cosines(device: torch.device) -> Tensor:
    """(64, 64): a block of 8 x 8 pixels, in rows, to its cosine coefficients; orthonormal."""
    k = torch.arange(8, dtype=torch.float64)
    one = torch.cos((2 * k + 1) * k[:, None] * math.pi / 16) / 2
    one[0] /= math.sqrt(2)
    return torch.kron(one, one).float().to(device)


def tables(base: tuple[int, ...], quality: Tensor) -> Tensor:
    """Quantisation steps (n, 1, 64) for qualities (n,) 1..100."""
    quality = quality.floor().clamp(1, 100)
    scale = torch.where(quality < 50, (5000 / quality).floor(), 200 - 2 * quality)
    steps = (torch.tensor(base, device=quality.device) * scale[:, None] + 50) / 100
    return steps.floor().clamp(1, 255)[:, None]


def quantised(plane: Tensor, steps: Tensor) -> Tensor:
    """Planes (n, h, w) 0..255 around 0, h and w multiples of 8, through cosines rounded to `steps` (n, 1, 64)."""
    n, h, w = plane.shape
    blocks = plane.reshape(n, h // 8, 8, w // 8, 8).transpose(2, 3).reshape(n, -1, 64)
    matrix = cosines(plane.device)
    coefficients = (blocks @ matrix.T).div_(steps).round_().mul_(steps)
    return (coefficients @ matrix).reshape(n, h // 8, w // 8, 8, 8).transpose(2, 3).reshape(n, h, w)


def compressed(pictures: Tensor, quality: Tensor) -> Tensor:
    """Pictures (n, 3, h, w) 0..1 as they come back from a JPEG file of `quality` (n,)."""
    h, w = pictures.shape[2:]
    pads = (0, -w % 16, 0, -h % 16)
    whole = F.pad(pictures, pads, mode="replicate") if any(pads) else pictures
    n, _, high, wide = whole.shape
    forward, backward = (torch.tensor(rows, device=whole.device) for rows in (FORWARD, BACKWARD))
    ycc = (forward @ whole.flatten(2)).mul_(255).reshape(n, 3, high, wide)
    luma = quantised((ycc[:, 0] - 128).round_(), tables(LUMA_TABLE, quality)) + 128
    halved = F.avg_pool2d(ycc[:, 1:], 2).round_().flatten(0, 1)  # (2 n, h / 2, w / 2)
    chroma = quantised(halved, tables(CHROMA_TABLE, quality).repeat_interleave(2, 0)).reshape(n, 2, high // 2, -1)
    chroma = F.interpolate(chroma, scale_factor=2, mode="bilinear", align_corners=False)
    back = torch.cat([luma[:, None], chroma], 1).round_().flatten(2)
    return (backward @ back).div_(255).clamp_(0, 1).reshape(n, 3, high, wide)[:, :, :h, :w]
