"""Train the embedder: `python -m training.embedder_job --artwork CSV --photographs DIR --trunk FILE --out DIR`.

Each step renders some marks three times each, shows the net the renderings and one filed view of each mark, and asks
that each rendering is nearer to its artwork, and to its mark's learned proxy, than to all others. Seeded; resumes from
the last checkpoint in --out; runs on the CPU or, where there is one, a GPU.
"""

import argparse
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from datasets.photographs import load_photographs
from datasets.training_artwork import TrainingArtwork, load_training_artwork
from datasets.wordmarks.fonts import find_fonts
from datasets.wordmarks.marks import word_marks
from inference.embedder import artwork_views
from training import engine
from training.batches import Batch, Order, Orders, RenderedBatches, Workshop, WorkshopBatches
from training.hardness import HardBatches, Judge
from training.losses import proxy_loss, retrieval_loss
from training.nets.embedding import EmbeddingNet
from training.nets.trunk import load_packed


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
        self.renderings: HardBatches | None = None
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

    def advance(self, batch: Batch | Order) -> float:
        """See `engine.Run`. An order is rendered first, by `renderings`."""
        if isinstance(batch, Order):
            if self.renderings is None:
                raise ValueError("an order was given, but there is nothing to render it with")
            batch = self.renderings.batch(batch, Judge(embed=self.net, proxies=self.proxies, holder=self.holder))
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


def batches_for(run: EmbedderRun, artwork: list[TrainingArtwork]) -> Dataset[Any]:
    """What the run is fed with: crops of the classic renderer, crops of the batched one, or orders.

    Orders are rendered in the training process, on its device: on a GPU, and where the net has a say in what is hard.
    On a CPU processes beside the training render, as they do with the classic renderer.
    """
    args, photographs = run.args, load_photographs(Path(run.args.photographs))
    if args.renderer == "classic":
        return RenderedBatches(artwork, photographs, args.marks, args.side, args.seed)
    orders = Orders(artwork, args.marks, args.side, args.seed)
    workshop = Workshop.of(artwork, photographs, args.side, run.device)
    if run.device.type == "cpu" and args.hardest == 1:
        return WorkshopBatches(orders, workshop)
    run.renderings = HardBatches(workshop=workshop, tries=args.hardest, share=args.hardest_share)
    return orders


def train(args: argparse.Namespace) -> None:
    """Run from the last checkpoint to `--steps`."""
    cv2.setNumThreads(1)  # OpenCV's own threads would not survive the fork of the rendering processes
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    artwork = load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192)
    if args.words:
        fonts = find_fonts(Path(folder) for folder in args.fonts)
        artwork += word_marks(np.random.default_rng(args.seed), fonts, args.words)
    run = EmbedderRun(args, artwork)
    batches = batches_for(run, artwork)
    log = out / "embedder.log"
    engine.run_to(run, batches, args.steps, name="embedder", workers=args.workers, log=log, minutes=args.minutes)


def main() -> None:
    parser = engine.JobParser(__doc__)
    engine.add_common_arguments(parser)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--marks", type=int, default=32, help="marks per step")
    parser.add_argument("--side", type=int, default=112, help="pixels")
    parser.add_argument("--lr", type=float, default=5e-4)
    parser.add_argument("--renderer", choices=("classic", "batched"), default="classic")
    parser.add_argument("--hardest", type=int, default=1, metavar="R", help="of R renderings, train on the hardest")
    parser.add_argument("--hardest-share", type=float, default=0.5, help="of the renderings that are chosen so")
    parser.add_argument("--words", type=int, default=0, metavar="N", help="fictitious word marks to train on as well")
    parser.add_argument("--fonts", nargs="+", default=[], metavar="DIR", help="folders of fonts that they are set in")
    args = parser.parse_args()
    if args.hardest < 1:
        parser.error(f"--hardest must be at least 1, but is {args.hardest}")
    if args.hardest > 1 and args.renderer == "classic":
        parser.error("--hardest needs --renderer batched")
    if not 0 <= args.hardest_share <= 1:
        parser.error(f"--hardest-share must be between 0 and 1, but is {args.hardest_share}")
    if args.words < 0:
        parser.error(f"--words must be at least 0, but is {args.words}")
    if bool(args.words) != bool(args.fonts):
        parser.error("--words needs --fonts, and --fonts needs --words")
    train(args)


if __name__ == "__main__":
    main()
