"""The untuned trunk as an embedder: pooled, of length 1, through our own crops."""

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.unit.training.packing import lively_trunk, pack
from training.peers.imagenet import DIMENSION, load_imagenet

SIDE = 64


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "trunk.pth"
    pack(lively_trunk(3), path)
    return path


def test_vectors_are_the_mean_of_the_last_map(weights: Path) -> None:
    embedder = load_imagenet(weights, side=SIDE, threads=1)
    picture = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    (vector,) = embedder.embed_pictures([picture])
    with torch.inference_mode():
        scaled = torch.tensor(picture.transpose(2, 0, 1)[None] / 127.5 - 1.0, dtype=torch.float32)
        pooled = lively_trunk(3)(scaled)[-1][0].numpy().mean((1, 2))
    assert vector.shape == (DIMENSION,)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    assert float(vector @ pooled / np.linalg.norm(pooled)) > 0.995  # int8 and float16 weights lose a little


def test_other_weights_and_sizes_are_other_embedders(weights: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.pth"
    pack(lively_trunk(4), other)
    names = {load_imagenet(path, side=side, threads=1).sha256 for path in (weights, other) for side in (64, 96)}
    assert len(names) == 4
    assert load_imagenet(weights, side=64, threads=1).sha256 in names


@pytest.mark.parametrize("content", [b"", b"hello"])
def test_a_file_that_is_no_trunk_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "empty.pth"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"empty\.pth is no packed trunk"):
        load_imagenet(path, side=SIDE, threads=1)
