"""Fine-tuning of the embedder on its material: what a step does, and the checkpoint that a broken run goes on from.

Only the last blocks and the head learn, slowly; where replayed renderings and artwork lie is held by the champion. On
several devices each process draws its own part of every step's batch (`torchrun`), and the gradients are averaged.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor, nn

from training import engine
from training.retraining.halves import Tuned
from training.retraining.material import Material, Seen
from training.retraining.objective import Weights, apart, away, towards

LAST = 2  # blocks that learn
RATE = 3e-4
WARMUP = 20  # steps


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """Pictures of each kind in one step, on each device."""

    replayed: int
    labelled: int
    negatives: int


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step's rows of each kind of material; filed has one row for each mark that is shown."""

    replayed: Tensor
    labelled: Tensor
    negatives: Tensor
    filed: Tensor


class Learner(nn.Module):
    """The net that learns, its proxies, and the champion beside it: a batch -> the loss."""

    def __init__(self, tuned: Tuned, material: Material, weights: Weights) -> None:
        super().__init__()
        self.tuned, self.weights = tuned, weights
        self._teacher = [tuned.teacher()]  # in a list: it is no part of what is saved or averaged
        self._material = material
        self.proxies = nn.Parameter(start_of(self._teacher[0], material))

    def to_device(self, device: torch.device) -> "Learner":
        """Move what computes; the material stays where it is."""
        self._teacher[0].to(device)
        return self.to(device)

    def forward(self, batch: Batch) -> Tensor:
        material, device = self._material, self.proxies.device
        pairs = (
            (material.replayed, batch.replayed),
            (material.labelled, batch.labelled),
            (material.negatives, batch.negatives),
            (material.filed, batch.filed),
        )
        maps = torch.cat([seen.maps[rows] for seen, rows in pairs if len(rows)]).to(device).float()
        marks, weight = ([getattr(seen, name)[rows].to(device) for seen, rows in pairs] for name in ("marks", "weight"))
        vectors, parts = self.tuned(maps)
        with torch.no_grad():
            before, parts_before = self._teacher[0](maps)
        split = vectors.split([len(rows) for _, rows in pairs])
        loss = self._recognise(split, marks, weight)
        kept = torch.ones(len(vectors), dtype=torch.bool, device=device)
        first = len(batch.replayed)
        kept[first : first + len(batch.labelled) + len(batch.negatives)] = False
        loss = loss + self.weights.stay * apart(vectors[kept], before[kept])
        if parts is not None and parts_before is not None:
            loss = loss + self.weights.parts * apart(parts, parts_before)
        return loss

    def _recognise(self, split: tuple[Tensor, ...], marks: list[Tensor], weight: list[Tensor]) -> Tensor:
        """What the vectors of replayed, labelled, negative and filed pictures should be near to."""
        replayed, labelled, negatives, filed = split
        holder, w = self._material.holder.to(self.proxies.device), self.weights
        proxies = nn.functional.normalize(self.proxies, dim=1)
        crops, of_crops = torch.cat([replayed, labelled]), torch.cat([marks[0], marks[1]])
        own = torch.searchsorted(marks[3], of_crops)  # filed rows come in the order of their marks
        heed = torch.cat([weight[0], weight[1] * w.labels])
        return (
            towards(replayed, proxies, marks[0], holder, weight[0])
            + w.labels * towards(labelled, proxies, marks[1], holder, weight[1])
            + w.filed * towards(filed, proxies, marks[3], holder, weight[3])
            + towards(crops, filed, own, holder[marks[3]], heed)
            + w.negatives * away(negatives, proxies, weight[2])
        )


@torch.no_grad()
def start_of(teacher: Tuned, material: Material) -> Tensor:
    """Where each mark's proxy starts: the mean of its artwork's vectors, (k, d) of length 1."""
    vectors = torch.cat([teacher(piece.float())[0] for piece in material.filed.maps.split(256)])
    sums = torch.zeros(len(material.marks), vectors.shape[1]).index_add_(0, material.filed.marks, vectors)
    return nn.functional.normalize(sums, dim=1)


class Draws:
    """The batch of step i on device `rank`: it depends on the seed, i and the rank alone."""

    def __init__(self, material: Material, amounts: Amounts, seed: int, rank: int = 0) -> None:
        self._material, self._amounts, self._seed, self._rank = material, amounts, seed, rank
        self._views = [np.flatnonzero(material.filed.marks.numpy() == mark) for mark in range(len(material.marks))]

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step, self._rank])
        replayed = drawn(rng, self._material.replayed, self._amounts.replayed)
        labelled = drawn(rng, self._material.labelled, self._amounts.labelled)
        negatives = drawn(rng, self._material.negatives, self._amounts.negatives)
        shown = torch.cat([self._material.replayed.marks[replayed], self._material.labelled.marks[labelled]])
        filed = [int(rng.choice(self._views[mark])) for mark in shown.unique().tolist()]
        return Batch(replayed=replayed, labelled=labelled, negatives=negatives, filed=torch.tensor(filed))


def drawn(rng: Generator, seen: Seen, count: int) -> Tensor:
    """Rows by lot, each at most once: as many as `count`, or as half of what there is."""
    return torch.from_numpy(rng.permutation(len(seen))[: min(count, -(-len(seen) // 2))])


class EmbedderTuning:
    """The state of one run; see `engine.Run`."""

    def __init__(self, learner: Learner, *, steps: int, seed: int, checkpoint: Path) -> None:
        torch.manual_seed(seed)
        self.learner, self.steps, self.checkpoint, self.step = learner, steps, checkpoint, 0
        net = learner.tuned.net
        trunk = [weight for weight in net.trunk.parameters() if weight.requires_grad]
        head = [*net.head.parameters(), *net.few.parameters(), *net.layout.parameters()]
        self.optimiser = torch.optim.AdamW([{"params": p} for p in (trunk, head, [learner.proxies])], weight_decay=0.0)
        self.rates = (RATE, RATE * 2, RATE * 6)
        self.model: nn.Module = learner
        saved = engine.load_checkpoint(checkpoint)
        if saved is not None:
            net.load_state_dict(saved["net"])
            with torch.no_grad():
                learner.proxies.copy_(saved["proxies"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]

    def advance(self, batch: Batch) -> float:
        """One step; returns the loss."""
        factor = engine.learning_rate(self.step, self.steps, WARMUP)
        engine.set_learning_rates(self.optimiser, self.rates, factor)
        loss: Tensor = self.model(batch)
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.learner.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def save(self) -> None:
        """Write the checkpoint."""
        net = self.learner.tuned.net
        state = {"net": net.state_dict(), "proxies": self.learner.proxies.detach().cpu(), "step": self.step}
        engine.save_checkpoint(self.checkpoint, state | {"optimiser": self.optimiser.state_dict()})
