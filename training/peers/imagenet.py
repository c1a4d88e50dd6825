"""The peer with borrowed sight: a net that learnt ImageNet's classes and nothing of marks, pooled to one vector.

What a team would try first: MobileNet v1 (arXiv 1704.04861), global average of its last map, length 1, cosine search
(as neural codes do it, Babenko et al., arXiv 1404.1777). It is put into our own embedder in the place of its net, so
that it gets the same crops, looks and artwork views, at the same size: what differs is what the net has learnt.
"""

from hashlib import sha256
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray

from inference.embedder import Embedder
from training.nets.trunk import MobileNetV1Trunk, load_packed

DIMENSION = 1024  # channels of the trunk's last map


class TrunkSession:
    """Runs the trunk as `inference.engine.Session` wants it."""

    def __init__(self, weights: Path, *, threads: int) -> None:
        """`weights` is a packed file, see `training.nets.trunk`."""
        torch.set_num_threads(threads)
        self._net = MobileNetV1Trunk().eval()
        load_packed(self._net, weights)

    def run(self, pictures: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        """Vectors (n, DIMENSION) of length 1 of pictures (n, h, w, 3) RGB."""
        ready = torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1  # (n, 3, h, w)
        with torch.inference_mode():
            pooled = self._net(ready)[-1].mean((2, 3))  # (n, DIMENSION, h/32, w/32) -> (n, DIMENSION)
            return [F.normalize(pooled, dim=1).numpy()]


def load_imagenet(weights: Path, *, side: int, threads: int) -> Embedder:
    """An embedder whose net is the untuned trunk, for pictures of `side` px; raises what torch.load raises."""
    identity = sha256(weights.read_bytes() + f" pooled, {side} px".encode()).hexdigest()
    session = TrunkSession(weights, threads=threads)
    return Embedder(session, side=side, dimension=DIMENSION, sha256=identity)
