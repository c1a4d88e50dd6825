"""Hard renderings: of several candidates the one that the net, as it is now, mistakes most easily.

The search over parameters stands in for the inner maximisation of adversarial training (Madry et al., arXiv
1706.06083), as in AdversarialAugment (Zhang et al., arXiv 1912.11188), by best of r. Only a share of the samples is
searched for: were all extreme, the net would forget what goods mostly look like, and among many candidates there is
always one on which nothing can be seen. For the same reason a sample's candidates are taken by one camera: what is
searched is how goods bear the mark, not how little of it a blurred picture may show.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from datasets.renderer.batched.parameters import Parameters
from datasets.renderer.batched.render import draw
from training.batches import Batch, Order, Workshop, order_filled

CAMERA = ("tone", "glare", "cover", "defocus", "motion", "size", "noise", "jpeg")  # stages


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
    judge: Judge, workshop: Workshop, drawn: Sequence[Parameters], rows: Tensor, marks: Tensor, tried: Tensor
) -> tuple[Tensor, Tensor]:
    """Render artwork `rows` (m,) that show `marks` (m,), as hard as the candidates allow where `tried` (m,) says so.

    Returns the crops (m, s, s, 3) and which candidate each one is (m,): 0, the first, where it was not tried.
    Each of the candidates `drawn` has parameters for all m samples.
    """
    crops = workshop.crops(drawn[0], rows)
    kept = torch.zeros(len(rows), dtype=torch.int64)
    index = tried.nonzero()[:, 0]
    if len(drawn) == 1 or len(index) == 0:
        return crops, kept
    further = [workshop.crops(candidate.rows(index), rows[index]) for candidate in drawn[1:]]
    place = index.to(crops.device)
    tries = torch.stack([crops[place], *further])  # (r, tried, s, s, 3)
    shown = marks[index].to(crops.device)
    margins = torch.stack([judge.margins(part, shown) for part in tries])  # (r, tried)
    worst = margins.argmin(0)
    crops[place] = tries[worst, torch.arange(len(place), device=place.device)]
    kept[index] = worst.cpu()
    return crops, kept


def candidates(generator: torch.Generator, n: int, count: int) -> list[Parameters]:
    """`count` times parameters for n samples; the further ones have the camera of the first."""
    first, *rest = (draw(generator, n) for _ in range(count))
    camera = {stage: first.stages[stage] for stage in CAMERA}
    return [first, *(Parameters(stages={**one.stages, **camera}) for one in rest)]


@dataclass(frozen=True, kw_only=True)
class HardBatches:
    """Renders orders in the training process: the hardest of `tries` for a `share` of the samples."""

    workshop: Workshop
    tries: int
    share: float

    def batch(self, order: Order, judge: Judge) -> Batch:
        """The order, rendered; it depends on its seed and, where there is more than one try, on the net."""
        generator = torch.Generator().manual_seed(order.seed)
        drawn = candidates(generator, len(order.rows), self.tries)
        tried = torch.rand(len(order.rows), generator=generator) < self.share
        crops, _ = hardest(judge, self.workshop, drawn, order.rows, order.marks[order.owner], tried)
        return order_filled(order, crops)
