"""Average the nets of several checkpoints: `python -m training.average OUT CHECKPOINT CHECKPOINT…`.

The end of a run fits renderings best, not photographs: the mean of the weights of its start, middle and end keeps what
they have in common (stochastic weight averaging, Izmailov et al., arXiv 1803.05407; with the start in it, Wortsman et
al., arXiv 2109.01903). BatchNorm is never trained here, so its statistics need no second look.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from torch import Tensor

from training import engine

State = dict[str, Tensor]


def mean_of(nets: Sequence[State]) -> State:
    """The mean of each tensor; whole numbers (BatchNorm's counters) are the last one's.

    Raises ValueError, naming one, if the nets do not have the same tensors.
    """
    first, *others = nets
    for other in others:
        for key in first.keys() ^ other.keys():
            raise ValueError(f"the checkpoints are of different nets: {key} is not in all of them")
        for key in first:
            if first[key].shape != other[key].shape:
                raise ValueError(f"{key} is {tuple(first[key].shape)} here and {tuple(other[key].shape)} there")
    mean = {}
    for key, last in nets[-1].items():
        if last.is_floating_point():
            total = sum((net[key].double() for net in nets[1:]), start=first[key].double())
            mean[key] = (total / len(nets)).to(last.dtype)
        else:
            mean[key] = last
    return mean


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, help="checkpoint to write, for training.export")
    parser.add_argument("checkpoints", type=Path, nargs="+", help="the last one's step is the step of the mean")
    args = parser.parse_args()
    saved = [engine.load_start(path) for path in args.checkpoints]
    engine.save_checkpoint(args.out, {"net": mean_of([state["net"] for state in saved]), "step": saved[-1]["step"]})


if __name__ == "__main__":
    main()
