"""Train the X-ray embedder: `python -m training.xray.embedder_job --artwork CSV --start CHECKPOINT --out DIR`.

As `training.embedder_job`, on crops of rendered scans: from the photographs' embedder to one that knows reliefs. A mark
lies in one of eight ways (turned by quarters, face up or down); each is a class with a proxy of its own, since the
gallery files them all. Seeded; resumes from the last checkpoint in --out.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from datasets.training_artwork import load_training_artwork
from datasets.xray.crops import TURNS
from inference.xray.relief import filed_view
from training import engine
from training.batches import Batch, rows_by_mark
from training.losses import proxy_loss, retrieval_loss
from training.nets.embedding import EmbeddingNet
from training.xray.data import LIES, ReliefRow, XrayBatches, reliefs_of

VIEWS = 128  # embedded at a time
PULL = 0.3  # step of the proxies along their gradient


class XrayEmbedderRun:
    """The state of one run: net, proxies, optimiser, step, and their checkpoint."""

    def __init__(self, args: argparse.Namespace, reliefs: list[ReliefRow], rows_of: list[list[int]]) -> None:
        torch.manual_seed(args.seed)
        self.args, self.step = args, 0
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint = Path(args.out) / "embedder.pt"
        saved = engine.load_checkpoint(self.checkpoint)
        self.net = EmbeddingNet.of((saved or engine.load_start(Path(args.start)))["net"])
        holders = np.unique([reliefs[own[0]].holder for own in rows_of], return_inverse=True)[1]
        self.holder = torch.from_numpy(np.repeat(holders, LIES)).to(self.device)
        self.net.trunk.freeze(args.frozen)
        self.net.to(self.device).to(memory_format=torch.channels_last)
        proxies = saved["proxies"].float() if saved else filed_vectors(self.net, reliefs, rows_of)
        self.proxies = torch.nn.Parameter(proxies.to(self.device))
        trunk = [weight for weight in self.net.trunk.parameters() if weight.requires_grad]
        fresh = [weight for name, weight in self.net.named_parameters() if not name.startswith("trunk.")]
        self.optimiser = torch.optim.AdamW([{"params": trunk}, {"params": fresh}], weight_decay=0.0)
        self.rates = (args.lr, args.lr * 2)
        if saved:
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]
        self.compiled = torch.compile(self.net) if args.compile else self.net
        self.save()

    def advance(self, batch: Batch) -> float:
        """See `engine.Run`."""
        engine.set_learning_rates(self.optimiser, self.rates, engine.learning_rate(self.step, self.args.steps))
        vectors = self.compiled(torch.cat([batch.crops, batch.filed]).to(self.device))  # (m + n, d)
        crops, filed = vectors.split([len(batch.crops), len(batch.filed)])
        owner, classes = batch.owner.to(self.device), batch.marks.to(self.device)
        loss = (
            proxy_loss(crops, self.proxies, classes[owner], self.holder)
            + 0.3 * proxy_loss(filed, self.proxies, classes, self.holder)
            + retrieval_loss(crops, filed, owner)
        )
        self.optimiser.zero_grad()
        self.proxies.grad = None
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 2.0)
        self.optimiser.step()
        self._pull()
        self.step += 1
        return loss.item()

    @torch.no_grad()
    def _pull(self) -> None:
        """Move the proxies by their plain gradient.

        Each step says of most classes what they are not, a little. Adam would make as much of that as of what others
        are, and drive all proxies away (tried: the loss rose from the start).
        """
        if self.proxies.grad is not None:
            self.proxies.sub_(self.proxies.grad, alpha=PULL)

    def save(self) -> None:
        """See `engine.Run`."""
        state = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step}
        engine.save_checkpoint(self.checkpoint, state | {"proxies": self.proxies.detach()})


@torch.no_grad()
def filed_vectors(net: EmbeddingNet, reliefs: list[ReliefRow], rows_of: list[list[int]]) -> Tensor:
    """Where the proxies start: (marks x LIES, d), the first artwork of each mark in each way it can lie."""
    wanted = [(reliefs[own[0]].relief, lie) for own in rows_of for lie in range(LIES)]
    parts = []
    with engine.progress_bar("proxies", len(wanted), 0) as update:
        for start in range(0, len(wanted), VIEWS):
            some = wanted[start : start + VIEWS]
            views = [filed_view(own, net.side, lie % TURNS, mirrored=lie >= TURNS) for own, lie in some]
            parts.append(net(torch.from_numpy(np.stack(views)).to(next(net.parameters()).device)))
            update(start, 0.0)
    return torch.cat(parts)


def train(args: argparse.Namespace) -> None:
    """Run from the last checkpoint to `--steps`."""
    cv2.setNumThreads(1)  # OpenCV's own threads would not survive the fork of the rendering processes
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    artwork = load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192)
    reliefs = reliefs_of(artwork)
    run = XrayEmbedderRun(args, reliefs, rows_by_mark(artwork))
    batches = XrayBatches(artwork, reliefs, args.marks, run.net.side, args.seed)
    log = out / "embedder.log"
    engine.run_to(run, batches, args.steps, name="embedder", workers=args.workers, log=log, minutes=args.minutes)


def main() -> None:
    parser = engine.JobParser(__doc__)
    engine.add_common_arguments(parser, rendered=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--marks", type=int, default=32, help="marks per step")
    parser.add_argument("--lr", type=float, default=2e-4)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
