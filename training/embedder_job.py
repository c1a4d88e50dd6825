"""Train the embedder: `python -m training.embedder_job --artwork CSV --photographs DIR --trunk FILE --out DIR`.

Each step renders some marks three times each, shows the net the renderings and one filed view of each mark, and asks
that each rendering is nearer to its artwork, and to its mark's learned proxy, than to all others. Seeded; resumes from
the last checkpoint in --out; runs on the CPU or, where there is one, a GPU.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from datasets.photographs import load_photographs
from datasets.renderer.crops import render_crop
from datasets.training_artwork import TrainingArtwork, load_training_artwork
from inference.embedder import artwork_views
from training import engine
from training.losses import proxy_loss, retrieval_loss
from training.nets.embedding import EmbeddingNet
from training.nets.trunk import load_packed

RENDERINGS = 3  # per mark and step


@dataclass(frozen=True, kw_only=True)
class Batch:
    """One step's pictures: crops (m, s, s, 3), filed views (n, s, s, 3), owner (m,) of each crop, marks (n,)."""

    crops: Tensor
    filed: Tensor
    owner: Tensor
    marks: Tensor


class RenderedBatches(Dataset[Batch]):
    """Batch i depends on the seed and i alone: a resumed run sees what the unbroken run would have seen."""

    def __init__(
        self, artwork: list[TrainingArtwork], photographs: list[NDArray[np.uint8]], marks: int, side: int, seed: int
    ) -> None:
        self._artwork, self._photographs = artwork, photographs
        self._pictures = [item.picture for item in artwork]
        self._marks, self._side, self._seed = marks, side, seed
        self._rows_of: dict[str, list[int]] = {}
        for row, item in enumerate(artwork):
            self._rows_of.setdefault(item.mark_id, []).append(row)
        self._ids = sorted(self._rows_of)

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        crops, filed = [], []
        marks = rng.choice(len(self._ids), self._marks, replace=False)
        for mark in marks:
            own = self._rows_of[self._ids[mark]]
            row = int(rng.choice(own))
            filed.append(artwork_views(self._pictures[row], self._side)[int(rng.integers(2))])
            for _ in range(RENDERINGS):  # two of three from the same picture, one from any of the mark's
                source = row if rng.random() < 0.67 else int(rng.choice(own))
                crops.append(render_crop(rng, self._pictures[source], self._pictures, self._photographs, self._side))
        owner = np.repeat(np.arange(self._marks), RENDERINGS)
        return Batch(
            crops=torch.from_numpy(np.stack(crops)),
            filed=torch.from_numpy(np.stack(filed)),
            owner=torch.from_numpy(owner),
            marks=torch.from_numpy(marks),
        )


@torch.no_grad()
def embed_all(net: EmbeddingNet, artwork: list[TrainingArtwork], side: int) -> Tensor:
    """Embeddings (k, d) of the light view of each artwork picture."""
    parts = []
    for start in range(0, len(artwork), 128):
        views = [artwork_views(item.picture, side)[0] for item in artwork[start : start + 128]]
        parts.append(net(torch.from_numpy(np.stack(views))))
    return torch.cat(parts)


class EmbedderRun:
    """The state of one run: net, proxies, optimiser, step, and their checkpoint."""

    def __init__(self, args: argparse.Namespace, artwork: list[TrainingArtwork]) -> None:
        torch.manual_seed(args.seed)
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint = Path(args.out) / "embedder.pt"
        self.net, self.step = EmbeddingNet(side=args.side), 0
        marks, self.mark_of_row = np.unique([item.mark_id for item in artwork], return_inverse=True)
        holder_of = {item.mark_id: item.holder for item in artwork}
        holders = np.unique([holder_of[mark] for mark in marks], return_inverse=True)[1]
        self.holder = torch.from_numpy(holders).to(self.device)
        saved = engine.load_checkpoint(self.checkpoint)
        if saved is None:
            proxies = self._start(artwork, len(marks))
        else:
            self.net.load_state_dict(saved["net"])
            proxies, self.step = saved["proxies"], saved["step"]
        self.net.trunk.freeze(args.frozen)
        self.net.to(self.device).to(memory_format=torch.channels_last)
        self.proxies = torch.nn.Parameter(proxies.to(self.device))
        fresh = [weight for name, weight in self.net.named_parameters() if not name.startswith("trunk.")]
        parts = ([*self.net.trunk.parameters()], fresh, [self.proxies])
        self.optimiser = torch.optim.AdamW([{"params": part} for part in parts], weight_decay=0.0)
        self.rates = (args.lr, args.lr * 2, args.lr * 6)
        if saved is not None:
            self.optimiser.load_state_dict(saved["optimiser"])
        self.compiled = torch.compile(self.net) if args.compile else self.net
        self.save()

    def _start(self, artwork: list[TrainingArtwork], marks: int) -> Tensor:
        """Load the net or the trunk, set the head, and place each mark's proxy where its artwork is: (k, d)."""
        if self.args.start:
            self.net.load_state_dict(engine.load_start(Path(self.args.start))["net"])
        else:
            load_packed(self.net.trunk, Path(self.args.trunk))
            some = np.random.default_rng(self.args.seed).choice(len(artwork), min(1500, len(artwork)), replace=False)
            views = [artwork_views(artwork[row].picture, self.args.side)[0] for row in some]
            self.net.start_head_from(torch.from_numpy(np.stack(views)))
        vectors = embed_all(self.net, artwork, self.args.side)
        proxies = torch.zeros(marks, vectors.shape[1])
        proxies.index_add_(0, torch.from_numpy(self.mark_of_row), vectors)
        return torch.nn.functional.normalize(proxies, dim=1)

    def advance(self, batch: Batch) -> float:
        """See `engine.Run`."""
        engine.set_learning_rates(self.optimiser, self.rates, engine.learning_rate(self.step, self.args.steps))
        vectors = self.compiled(torch.cat([batch.crops, batch.filed]).to(self.device))  # (m + n, d)
        crops, filed = vectors.split([len(batch.crops), len(batch.filed)])
        owner, marks = batch.owner.to(self.device), batch.marks.to(self.device)
        loss = (
            proxy_loss(crops, self.proxies, marks[owner], self.holder)
            + 0.3 * proxy_loss(filed, self.proxies, marks, self.holder)
            + retrieval_loss(crops, filed, owner)
        )
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def save(self) -> None:
        """See `engine.Run`."""
        state = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step}
        engine.save_checkpoint(self.checkpoint, state | {"proxies": self.proxies.detach()})


def train(args: argparse.Namespace) -> None:
    """Run from the last checkpoint to `--steps`."""
    cv2.setNumThreads(1)  # OpenCV's own threads would not survive the fork of the rendering processes
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    artwork = load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192)
    run = EmbedderRun(args, artwork)
    batches = RenderedBatches(artwork, load_photographs(Path(args.photographs)), args.marks, args.side, args.seed)
    engine.run_to(run, batches, args.steps, name="embedder", workers=args.workers, log=out / "embedder.log")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    engine.add_common_arguments(parser)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--marks", type=int, default=32, help="marks per step")
    parser.add_argument("--side", type=int, default=112, help="pixels")
    parser.add_argument("--lr", type=float, default=5e-4)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
