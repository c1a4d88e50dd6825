"""Train the X-ray detector: `python -m training.xray.detector_job --artwork CSV --start CHECKPOINT --out DIR`.

As `training.detector_job`, on windows of rendered scans. Seeded; resumes from the last checkpoint in --out.
"""

import argparse
from pathlib import Path

import cv2

from datasets.training_artwork import load_training_artwork
from datasets.xray.cartons import load_cartons
from training import engine
from training.detector_job import DetectorRun
from training.xray.data import REAL, XrayScenes, reliefs_of


def train(args: argparse.Namespace) -> None:
    """Run from the last checkpoint to `--steps`."""
    cv2.setNumThreads(1)  # OpenCV's own threads would not survive the fork of the rendering processes
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    reliefs = reliefs_of(load_training_artwork(Path(args.artwork), cache=Path(args.cache), longest=192))
    cartons = list(load_cartons(Path(args.cartons), "train").values()) if args.cartons else []
    scenes = XrayScenes(reliefs, cartons, scenes=args.scenes, side=args.side, seed=args.seed, real=args.real)
    run = DetectorRun(args)
    log = out / "detector.log"
    engine.run_to(run, scenes, args.steps, name="detector", workers=args.workers, log=log, minutes=args.minutes)


def main() -> None:
    parser = engine.JobParser(__doc__)
    engine.add_common_arguments(parser, rendered=True)
    parser.add_argument("--steps", type=int, default=900)
    parser.add_argument("--scenes", type=int, default=8, help="scenes per step")
    parser.add_argument("--side", type=int, default=384, help="pixels")
    parser.add_argument("--cartons", metavar="DIR", help="real scans without marks, of which one half is used")
    parser.add_argument("--real", type=float, default=REAL, help="share of scenes in real scans")
    parser.add_argument("--lr", type=float, default=1e-3)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
