"""What fine-tuning asks of the embedder, in one number. Pure tensor functions.

Crops must be nearer to their mark's artwork than to all others'; what bears no mark must be near to none; and what the
officers said nothing about must stay where the champion has it.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 0.06
QUIET = 0.3  # likeness to the nearest marks that a picture without one may have


@dataclass(frozen=True, kw_only=True)
class Weights:
    """How much each demand counts beside that of the replayed renderings, which counts 1."""

    labels: float = 1.0
    filed: float = 0.5
    negatives: float = 2.0
    stay: float = 4.0
    parts: float = 2.0


def towards(vectors: Tensor, proxies: Tensor, marks: Tensor, holder: Tensor, weight: Tensor) -> Tensor:
    """Weighted cross-entropy of vectors (m, d) over proxies (k, d) of length 1, of the marks (m,) they show.

    holder (k,): other marks of the same right holder are neither right nor wrong. weight (m,); 0 if there are none.
    """
    if not len(vectors):
        return vectors.sum()
    logits = vectors @ proxies.T / TEMPERATURE  # (m, k)
    own = marks[:, None] == torch.arange(len(proxies), device=marks.device)
    sibling = (holder[marks][:, None] == holder[None]) & ~own
    losses = F.cross_entropy(logits.masked_fill(sibling, float("-inf")), marks, reduction="none")  # (m,)
    return (losses * weight).sum() / weight.sum().clamp(min=1e-6)


def away(vectors: Tensor, proxies: Tensor, weight: Tensor) -> Tensor:
    """How far vectors (m, d) that show no recorded mark are nearer than QUIET to the nearest of proxies (k, d)."""
    if not len(vectors):
        return vectors.sum()
    nearest = TEMPERATURE * (vectors @ proxies.T / TEMPERATURE).logsumexp(1)  # (m,) a soft maximum
    return (F.relu(nearest - QUIET) * weight).sum() / weight.sum().clamp(min=1e-6)


def apart(now: Tensor, before: Tensor) -> Tensor:
    """Mean distance 1 - cosine between rows (..., d) now and before."""
    return (1 - (now * before).sum(-1)).mean() if now.numel() else now.sum()
