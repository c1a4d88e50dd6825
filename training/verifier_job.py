"""Train the verifier: `python -m training.verifier_job --embedder FILE --artwork CSV --photographs DIR --out DIR`.

The embedder stays as it is. Each step takes some rendered crops, and for each its own artwork and the embedder's worst
mistakes among the others; the verifier must rank the own one first (a listwise softmax, Cao et al. 2007,
doi:10.1145/1273496.1273513). Seeded; resumes from the last checkpoint in --out.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from datasets.photographs import load_photographs
from datasets.training_artwork import TrainingArtwork, load_training_artwork
from training import engine
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PartsHead, VerificationNet
from training.verification_data import VIEWS, Seen, artwork_pictures, rendered_pictures, seen

POOL = 60  # nearest artwork views of other right holders, from which the mistakes are drawn
ANY_VIEW = 0.3  # share of crops whose own artwork is any of its mark's views, not the likest


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Maps of crops (b, c, 7, 7) and of artwork (b, 1 + r, c, 7, 7), the own one first; likeness (b, 1 + r)."""

    crops: Tensor
    filed: Tensor
    likeness: Tensor


class Rankings(Dataset[Batch]):
    """Batch i depends on the seed and i alone."""

    def __init__(self, artwork: list[TrainingArtwork], filed: Seen, crops: Seen, args: argparse.Namespace) -> None:
        self._filed, self._crops, self._args = filed, crops, args
        self._mark = np.unique([item.mark_id for item in artwork], return_inverse=True)[1]
        self._holder = np.unique([item.holder for item in artwork], return_inverse=True)[1]

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._args.seed, step])
        chosen = rng.choice(len(self._crops.rows), self._args.crops, replace=False)
        ranked = np.stack([self._ranked(rng, int(crop)) for crop in chosen])  # (b, 1 + r)
        likeness = np.einsum("brd,bd->br", self._filed.vectors[ranked], self._crops.vectors[chosen])
        return Batch(
            crops=torch.from_numpy(self._crops.maps[chosen].astype(np.float32)),
            filed=torch.from_numpy(self._filed.maps[ranked].astype(np.float32)),
            likeness=torch.from_numpy(likeness.astype(np.float32)),
        )

    def _ranked(self, rng: np.random.Generator, crop: int) -> NDArray[np.int64]:
        """Filed views to rank for a crop: one of its own mark's, then `rivals` of other right holders' likest."""
        row = int(self._crops.rows[crop])
        likeness = self._filed.vectors @ self._crops.vectors[crop]
        own = np.flatnonzero(self._mark[self._filed.rows] == self._mark[row])
        first = rng.choice(own) if rng.random() < ANY_VIEW else own[likeness[own].argmax()]
        likeness[self._holder[self._filed.rows] == self._holder[row]] = -np.inf
        nearest = np.argpartition(-likeness, POOL)[:POOL]
        nearest = nearest[np.argsort(-likeness[nearest])]
        _, best = np.unique(self._holder[self._filed.rows[nearest]], return_index=True)  # a holder competes once
        rivals = rng.choice(nearest[best], self._args.rivals, replace=len(best) < self._args.rivals)
        return np.array([first, *rivals], np.int64)


class VerifierRun:
    """The state of one run: nets, optimiser, step, and their checkpoint."""

    def __init__(self, args: argparse.Namespace, filed: Seen) -> None:
        torch.manual_seed(args.seed)
        self.args, self.step = args, 0
        self.checkpoint = Path(args.out) / "verifier.pt"
        self.parts, self.net = PartsHead(), VerificationNet()
        some = filed.maps[:: max(1, len(filed.maps) // 400)].astype(np.float32)
        self.parts.centre(torch.from_numpy(some).mean((0, 2, 3)))
        saved = engine.load_checkpoint(self.checkpoint)
        weights = [*self.parts.parameters(), *self.net.parameters()]
        self.optimiser = torch.optim.AdamW(weights, weight_decay=1e-3)
        if saved is not None:
            self.parts.load_state_dict(saved["parts"])
            self.net.load_state_dict(saved["net"])
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]

    def advance(self, batch: Batch) -> float:
        """See `engine.Run`."""
        engine.set_learning_rates(self.optimiser, (self.args.lr,), engine.learning_rate(self.step, self.args.steps))
        crops, rivals = batch.likeness.shape
        own = self.parts(batch.crops).repeat_interleave(rivals, 0)  # (b (1 + r), 49, e)
        logits = self.net(own, self.parts(batch.filed.flatten(0, 1)), batch.likeness.flatten())
        loss = F.cross_entropy(logits.reshape(crops, rivals), torch.zeros(crops, dtype=torch.long))
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def save(self) -> None:
        """See `engine.Run`."""
        state = {"parts": self.parts.state_dict(), "net": self.net.state_dict(), "step": self.step}
        engine.save_checkpoint(self.checkpoint, state | {"optimiser": self.optimiser.state_dict()})


def train(args: argparse.Namespace) -> None:
    """Look at artwork and renderings once, then run from the last checkpoint to `--steps`."""
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    net = EmbeddingNet.of(engine.load_start(Path(args.embedder))["net"]).to(memory_format=torch.channels_last)
    artwork = load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192)
    photographs = load_photographs(Path(args.photographs))
    filed = seen(net, artwork_pictures(artwork, net.side), VIEWS * len(artwork), out, "artwork")
    renderings = rendered_pictures(artwork, photographs, net.side, args.renderings, args.seed)
    crops = seen(net, renderings, args.renderings, out, "renderings")
    run = VerifierRun(args, filed)
    rankings = Rankings(artwork, filed, crops, args)
    log = out / "verifier.log"
    engine.run_to(run, rankings, args.steps, name="verifier", workers=args.workers, log=log, minutes=args.minutes)


def main() -> None:
    parser = engine.JobParser(__doc__)
    parser.add_argument("--embedder", required=True, help="checkpoint of the embedder (see training.restore)")
    parser.add_argument("--artwork", required=True, help="artwork.csv; only rows with split=train are used")
    parser.add_argument("--photographs", required=True, help="folder of photographs without marks")
    parser.add_argument("--out", default="var/training/verifier", help="folder of the maps and the checkpoint")
    parser.add_argument("--cache", default="var/cache", help="folder of rasterised artwork")
    parser.add_argument("--renderings", type=int, default=24_000)
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--crops", type=int, default=32, help="crops per step")
    parser.add_argument("--rivals", type=int, default=12, help="other right holders' artwork per crop")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1, help="processes that put batches together")
    train(parser.parse_args())


if __name__ == "__main__":
    main()
