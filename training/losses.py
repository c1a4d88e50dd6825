"""Losses: contrastive for the embedder, focal and generalised IoU for the detector."""

import torch
import torch.nn.functional as F
from torch import Tensor


def retrieval_loss(crops: Tensor, filed: Tensor, owner: Tensor, temperature: float = 0.07) -> Tensor:
    """InfoNCE (van den Oord et al., arXiv 1807.03748) between renderings and artwork of one batch, both ways.

    crops (m, d) are embeddings of renderings, filed (n, d) of artwork; owner (m,) is the row of `filed` that each
    crop shows. Each crop must be nearer to its own artwork than to the others', and each artwork to its own crops.
    """
    likeness = crops @ filed.T / temperature  # (m, n)
    own = owner[None] == torch.arange(len(filed), device=owner.device)[:, None]  # (n, m)
    towards_crops = -(likeness.T.log_softmax(1) * own).sum() / own.sum()
    return F.cross_entropy(likeness, owner) + 0.3 * towards_crops


def proxy_loss(vectors: Tensor, proxies: Tensor, marks: Tensor, holder: Tensor, temperature: float = 0.06) -> Tensor:
    """Normalised softmax over one learned proxy per training mark (Zhai & Wu, arXiv 1811.12649).

    vectors (m, d) show the marks (m,); proxies (k, d) are normalised here; holder (k,) is each mark's right holder:
    other marks of the same holder are neither right nor wrong. Remembered embeddings would do in place of proxies,
    but the net then learns to run away from them as they age (tried: it collapsed within a hundred steps).
    """
    logits = vectors @ F.normalize(proxies, dim=1).T / temperature  # (m, k)
    sibling = (holder[marks][:, None] == holder[None]) & (
        marks[:, None] != torch.arange(len(proxies), device=marks.device)
    )
    return F.cross_entropy(logits.masked_fill(sibling, float("-inf")), marks)


def overlap(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """IoU and generalised IoU (Rezatofighi et al., arXiv 1902.09630) of paired boxes (n, 4): (n,), (n,)."""
    shared = (torch.minimum(a[:, 2:], b[:, 2:]) - torch.maximum(a[:, :2], b[:, :2])).clamp(min=0).prod(1)
    hull = (torch.maximum(a[:, 2:], b[:, 2:]) - torch.minimum(a[:, :2], b[:, :2])).prod(1)
    union = (a[:, 2:] - a[:, :2]).prod(1) + (b[:, 2:] - b[:, :2]).prod(1) - shared
    iou = shared / union.clamp(min=1e-6)
    return iou, iou - (hull - union) / hull.clamp(min=1e-6)


def detection_loss(logits: Tensor, boxes: Tensor, targets: Tensor, owned: Tensor) -> Tensor:
    """Quality focal loss over all cells plus generalised-IoU loss over the cells that own a box.

    logits (n, k), boxes (n, k, 4) from the net; targets (n, k, 4) is the box each owned cell answers for, owned (n, k)
    says which those are. The quality a cell should state is the IoU of its own box (arXiv 2006.04388).
    """
    iou, giou = overlap(boxes[owned], targets[owned])
    quality = torch.zeros_like(logits)
    quality[owned] = iou.detach()
    chance = logits.sigmoid()
    focal = (quality - chance).abs().pow(2) * F.binary_cross_entropy_with_logits(logits, quality, reduction="none")
    count = owned.sum().clamp(min=1)
    return focal.sum() / count + 2.0 * (1 - giou).sum() / count
