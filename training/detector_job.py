"""Train the detector: `python -m training.detector_job --artwork CSV --photographs DIR --trunk FILE --out DIR`.

Each step renders scenes with any number of training marks in them. Seeded; resumes from the last checkpoint in
--out; runs on the CPU or, where there is one, a GPU.
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
from datasets.renderer.scenes import STANDARD, Mix, render_scene
from datasets.training_artwork import load_training_artwork
from training import engine
from training.losses import detection_loss
from training.nets.detection import DetectionNet, assign
from training.nets.trunk import load_packed


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Scenes (n, s, s, 3), and for each cell the box it answers for (n, k, 4) and whether there is one (n, k)."""

    pictures: Tensor
    targets: Tensor
    owned: Tensor


class RenderedScenes(Dataset[Batch]):
    """Batch i depends on the seed and i alone: a resumed run sees what the unbroken run would have seen."""

    def __init__(
        self,
        artwork: list[NDArray[np.uint8]],
        photographs: list[NDArray[np.uint8]],
        *,
        scenes: int,
        side: int,
        seed: int,
        mix: Mix = STANDARD,
    ) -> None:
        self._artwork, self._photographs = artwork, photographs
        self._scenes, self._side, self._seed, self._mix = scenes, side, seed, mix

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self._seed, step])
        pictures, targets, owned = [], [], []
        for _ in range(self._scenes):
            scene = render_scene(rng, self._artwork, self._photographs, self._side, self._mix)
            boxes = torch.from_numpy(scene.boxes)
            owner = assign(boxes, self._side)
            pictures.append(torch.from_numpy(scene.picture))
            owned.append(owner >= 0)
            targets.append(boxes[owner.clamp(min=0)] if len(boxes) else torch.zeros(len(owner), 4))
        return Batch(pictures=torch.stack(pictures), targets=torch.stack(targets), owned=torch.stack(owned))


class DetectorRun:
    """The state of one run: net, optimiser, step, and their checkpoint."""

    def __init__(self, args: argparse.Namespace) -> None:
        torch.manual_seed(args.seed)
        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.checkpoint = Path(args.out) / "detector.pt"
        self.net, self.step = DetectionNet(), 0
        saved = engine.load_checkpoint(self.checkpoint)
        if saved is not None:
            self.net.load_state_dict(saved["net"])
        elif args.start:
            self.net.load_state_dict(engine.load_start(Path(args.start))["net"])
        else:
            load_packed(self.net.trunk, Path(args.trunk))
        self.net.trunk.freeze(args.frozen)
        self.net.to(self.device).to(memory_format=torch.channels_last)
        trunk = list(self.net.trunk.parameters())
        head = [p for name, p in self.net.named_parameters() if not name.startswith("trunk.")]
        self.optimiser = torch.optim.AdamW([{"params": trunk}, {"params": head}], weight_decay=1e-4)
        self.rates = (args.lr * 0.4, args.lr)
        if saved is not None:
            self.optimiser.load_state_dict(saved["optimiser"])
            self.step = saved["step"]
        self.compiled = torch.compile(self.net) if args.compile else self.net

    def advance(self, batch: Batch) -> float:
        """See `engine.Run`."""
        engine.set_learning_rates(self.optimiser, self.rates, engine.learning_rate(self.step, self.args.steps))
        # a copy: compiled CPU code reads whole vectors past the end, which a worker's shared memory does not survive
        logits, boxes = self.compiled(batch.pictures.to(self.device, copy=True))
        loss = detection_loss(logits, boxes, batch.targets.to(self.device), batch.owned.to(self.device))
        self.optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimiser.step()
        self.step += 1
        return loss.item()

    def save(self) -> None:
        """See `engine.Run`."""
        state = {"net": self.net.state_dict(), "optimiser": self.optimiser.state_dict(), "step": self.step}
        engine.save_checkpoint(self.checkpoint, state)


def train(args: argparse.Namespace) -> None:
    """Run from the last checkpoint to `--steps`."""
    cv2.setNumThreads(1)  # OpenCV's own threads would not survive the fork of the rendering processes
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    artwork = load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192)
    scenes = RenderedScenes(
        [item.picture for item in artwork],
        load_photographs(Path(args.photographs)),
        scenes=args.scenes,
        side=args.side,
        seed=args.seed,
        mix=Mix(crowded=args.crowded, named=args.named),
    )
    run = DetectorRun(args)
    log = out / "detector.log"
    engine.run_to(run, scenes, args.steps, name="detector", workers=args.workers, log=log, minutes=args.minutes)


def main() -> None:
    parser = engine.JobParser(__doc__)
    engine.add_common_arguments(parser)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--scenes", type=int, default=12, help="scenes per step")
    parser.add_argument("--side", type=int, default=320, help="pixels")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--crowded", type=float, default=STANDARD.crowded, help="share of scenes with a crowd of marks")
    parser.add_argument(
        "--named", type=float, default=STANDARD.named, help="share of marks with a name below or beside"
    )
    train(parser.parse_args())


if __name__ == "__main__":
    main()
