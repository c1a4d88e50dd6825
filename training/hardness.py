"""Hard renderings: of several candidates the one that the net, as it is now, mistakes most easily.

The search over parameters stands in for the inner maximisation of adversarial training (Madry et al., arXiv
1706.06083), as in AdversarialAugment (Zhang et al., arXiv 1912.11188), by best of r. Only a share of the samples is
searched for: were all extreme, the net would forget what goods mostly look like, and among many candidates there is
always one on which nothing can be seen.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import draw
from training.batches import Batch, Order, Workshop, order_filled


@dataclass(frozen=True, kw_only=True)
class Judge:
    """What the net knows now: `embed` takes crops (m, s, s, 3) to vectors (m, d) of length 1; one proxy (k, d) per
    mark; holder (k,) of each mark."""

    embed: Callable[[Tensor], Tensor]
    proxies: Tensor
    holder: Tensor

    @torch.no_grad()
    def margins(self, crops: Tensor, marks: Tensor) -> Tensor:
        """Likeness to the own mark less that to the best mark of another holder: (m,), < 0 where it is mistaken."""
        likeness = self.embed(crops) @ F.normalize(self.proxies, dim=1).T  # (m, k)
        own = likeness.gather(1, marks[:, None])[:, 0]
        others = self.holder[marks][:, None] != self.holder[None]
        return own - likeness.masked_fill(~others, -2.0).amax(1)


def hardest(
    judge: Judge, workshop: Workshop, candidates: Sequence[Parameters], rows: Tensor, marks: Tensor, tried: Tensor
) -> tuple[Tensor, Tensor]:
    """Render artwork `rows` (m,) that show `marks` (m,), as hard as the candidates allow where `tried` (m,) says so.

    Returns the crops (m, s, s, 3) and which candidate each one is (m,): 0, the first, where it was not tried.
    Each of the candidates has parameters for all m samples.
    """
    crops = workshop.crops(candidates[0], rows)
    kept = torch.zeros(len(rows), dtype=torch.int64)
    index = tried.nonzero()[:, 0]
    if len(candidates) == 1 or len(index) == 0:
        return crops, kept
    further = [workshop.crops(candidate.rows(index), rows[index]) for candidate in candidates[1:]]
    place = index.to(crops.device)
    tries = torch.stack([crops[place], *further])  # (r, tried, s, s, 3)
    shown = marks[index].to(crops.device)
    margins = torch.stack([judge.margins(part, shown) for part in tries])  # (r, tried)
    worst = margins.argmin(0)
    crops[place] = tries[worst, torch.arange(len(place), device=place.device)]
    kept[index] = worst.cpu()
    return crops, kept


@dataclass(frozen=True, kw_only=True)
class HardBatches:
    """Renders orders in the training process: the hardest of `tries` for a `share` of the samples."""

    workshop: Workshop
    tries: int
    share: float

    def batch(self, order: Order, judge: Judge) -> Batch:
        """The order, rendered; it depends on its seed and, where there is more than one try, on the net."""
        generator = torch.Generator().manual_seed(order.seed)
        candidates = [draw(generator, len(order.rows)) for _ in range(self.tries)]
        tried = torch.rand(len(order.rows), generator=generator) < self.share
        crops, _ = hardest(judge, self.workshop, candidates, order.rows, order.marks[order.owner], tried)
        return order_filled(order, crops)
