"""The parts of an embedder as they are served: rows of vector and parts, and the verifier that compares them.

Both belong to one embedder: the rows are its graph, the verifier an attachment of its bundle (`inference.verifier`).
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from inference.engine import OrtSession
from inference.verifier import FILE
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PARTS, PLACES, PartsHead, VerificationNet

NUMBERS = PLACES * PARTS  # parts of one picture
TOLERANCE = 1e-3  # of likeness, between torch and ONNX Runtime


class RowsNet(nn.Module):
    """(n, side, side, 3) uint8 -> (n, dimension + NUMBERS): each picture's vector, then its parts."""

    def __init__(self, net: EmbeddingNet, parts: PartsHead) -> None:
        super().__init__()
        self.net, self.parts = net, parts

    def forward(self, pictures: Tensor) -> Tensor:
        maps = self.net.maps(pictures)
        return torch.cat([self.net.vectors(maps), self.parts(maps).flatten(1)], 1)


class ServedVerifier(nn.Module):
    """(p, 2 * NUMBERS + 1) -> (p,): what is added to the likeness of a pair, in units of likeness."""

    def __init__(self, net: VerificationNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, pairs: Tensor) -> Tensor:
        crops, filed, likeness = pairs.split([NUMBERS, NUMBERS, 1], 1)
        crops, filed = (parts.reshape(-1, PLACES, PARTS) for parts in (crops, filed))
        logits: Tensor = self.net(crops, filed, likeness[:, 0])
        return logits / self.net.steepness - likeness[:, 0]


def parts_head(saved: dict[str, Any]) -> PartsHead:
    """The head in a verifier's checkpoint."""
    head = PartsHead()
    head.load_state_dict(saved["parts"])
    return head.eval()


def export_verifier(saved: dict[str, Any], folder: Path) -> dict[str, str]:
    """Write the verifier of a checkpoint into a bundle's folder; returns the attachment: file -> sha256.

    Raises ValueError if ONNX Runtime does not say what torch says.
    """
    net = VerificationNet()
    net.load_state_dict(saved["net"])
    served, path = ServedVerifier(net).eval(), folder / FILE
    example = pairs(3, 0)
    torch.onnx.export(
        served,
        (example,),
        str(path),
        input_names=["pairs"],
        output_names=["added"],
        dynamic_axes={"pairs": {0: "p"}, "added": {0: "p"}},
        opset_version=18,
        dynamo=False,
    )
    session = OrtSession(path.read_bytes(), varied=True)
    for count in (1, 3, 40):
        given = pairs(count, count)
        with torch.no_grad():
            expected = served(given).numpy()
        apart = float(np.abs(session.run(given.numpy())[0] - expected).max())
        if apart > TOLERANCE:
            raise ValueError(f"parity: the verifier differs by {apart:.5f}, at most {TOLERANCE} is asked for")
    return {FILE: hashlib.sha256(path.read_bytes()).hexdigest()}


def pairs(count: int, seed: int) -> Tensor:
    """Random pairs (count, 2 * NUMBERS + 1), each place of length 1."""
    generator = torch.Generator().manual_seed(seed)
    places = torch.randn(count, 2 * PLACES, PARTS, generator=generator)
    parts = torch.nn.functional.normalize(places, dim=2).flatten(1)
    return torch.cat([parts, torch.rand(count, 1, generator=generator)], 1)
