"""The nets: shapes, ranges, and that the packed weights are read as they were written."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from tests.unit.training.packing import lively_trunk, pack
from training.nets.detection import STRIDES, DetectionNet, cell_centres
from training.nets.embedding import EmbeddingNet, pooled
from training.nets.trunk import MobileNetV1Trunk, load_packed


def pictures(n: int, side: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (n, side, side, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("side", [64, 96])
def test_the_trunk_has_maps_at_three_strides(side: int) -> None:
    with torch.no_grad():
        maps = MobileNetV1Trunk().eval()(torch.zeros(2, 3, side, side))
    assert [tuple(m.shape) for m in maps] == [
        (2, c, side // s, side // s) for c, s in ((256, 8), (512, 16), (1024, 32))
    ]


def test_packed_weights_are_read_as_they_were_written(tmp_path: Path) -> None:
    torch.manual_seed(1)
    written, read = MobileNetV1Trunk().eval(), MobileNetV1Trunk().eval()
    for norm in (m for m in written.modules() if isinstance(m, nn.BatchNorm2d)):
        norm.running_mean.normal_()
        norm.running_var.uniform_(0.5, 2)
    pack(written, tmp_path / "trunk.pth")
    load_packed(read, tmp_path / "trunk.pth")
    for (name, before), after in zip(written.state_dict().items(), read.state_dict().values(), strict=True):
        step = before.abs().amax().item() / 127 if before.ndim == 4 else 0.0
        assert (before.float() - after.float()).abs().max().item() <= step / 2 + 1e-6, name
    assert torch.equal(read.bn.running_var, written.bn.running_var)


def test_packed_weights_of_another_net_are_refused(tmp_path: Path) -> None:
    pack(nn.Sequential(nn.Conv2d(3, 4, 3)), tmp_path / "other.pth")
    with pytest.raises(RuntimeError, match="Missing key"):
        load_packed(MobileNetV1Trunk(), tmp_path / "other.pth")


def test_embeddings_have_length_one_and_do_not_depend_on_their_batch() -> None:
    net = EmbeddingNet(32, side=64)
    net.trunk = lively_trunk(2, dense=True)
    with torch.no_grad():
        together = net(pictures(3, 64))
        alone = torch.cat([net(pictures(3, 64)[i : i + 1]) for i in range(3)])
    assert together.shape == (3, 32)
    torch.testing.assert_close(together.norm(dim=1), torch.ones(3))
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_generalised_mean_pooling_is_its_formula() -> None:
    maps = np.random.default_rng(3).uniform(-1, 6, (2, 5, 3, 4))
    expected = np.cbrt((np.maximum(maps, 1e-6) ** 3).mean((2, 3)))
    np.testing.assert_allclose(pooled(torch.from_numpy(maps)), expected)


def test_a_dense_trunk_sees_what_the_plain_one_sees_and_the_places_between() -> None:
    plain, dense = lively_trunk(3), lively_trunk(4, dense=True)
    dense.load_state_dict(plain.state_dict())
    with torch.no_grad():
        x = pictures(1, 128).permute(0, 3, 1, 2).float() / 127.5 - 1
        few, many = plain(x)[-1], dense(x)[-1]
    assert (few.shape[2:], many.shape[2:]) == ((4, 4), (8, 8))
    torch.testing.assert_close(few, many[..., 1::2, 1::2])


def test_where_a_part_lies_counts_once_the_layout_has_learned() -> None:
    net = EmbeddingNet(8, side=64)
    net.trunk = lively_trunk(3, dense=True)
    shown = pictures(2, 64)
    with torch.no_grad():
        before = net(shown)
        torch.testing.assert_close(before, torch.nn.functional.normalize(net.head(pooled(net.maps(shown))), dim=1))
        torch.nn.init.normal_(net.layout.weight, std=0.1)
        after = net(shown)
    assert (before - after).abs().max() > 0.05


def test_a_net_is_made_again_from_its_state() -> None:
    net = EmbeddingNet(24, side=80)
    again = EmbeddingNet.of(net.state_dict())
    assert (again.side, again.head.out_features) == (80, 24)
    with torch.no_grad():
        torch.testing.assert_close(again(pictures(1, 80)), net(pictures(1, 80)))


@pytest.mark.parametrize("told", ["as made", "train"])
@pytest.mark.parametrize("make", [lambda: EmbeddingNet(8, side=64), lambda: DetectionNet(16)])
def test_batch_norm_keeps_its_statistics_also_while_training(make: Callable[[], nn.Module], told: str) -> None:
    net = make()
    if told == "train":
        net.train()
    before = {name: value.clone() for name, value in net.state_dict().items() if "running" in name}
    with torch.no_grad():
        net(pictures(2, 64))
    assert before
    for name, value in before.items():
        assert torch.equal(net.state_dict()[name], value), name


def test_the_head_starts_from_half_whitened_principal_components() -> None:
    net = EmbeddingNet(6, side=64)
    net.trunk = lively_trunk(4, dense=True)
    shown = pictures(40, 64)
    net.start_head_from(shown)
    with torch.no_grad():
        means = pooled(net.maps(shown)).double()
        projected = (means @ net.head.weight.double().T + net.head.bias.double()).numpy()
    centred = (means - means.mean(0)).numpy()
    variance = np.linalg.svd(centred, compute_uv=False)[:6] ** 2 / len(centred)  # another way to the eigenvalues
    np.testing.assert_allclose(projected.mean(0), 0, atol=1e-4 * np.abs(projected).max())
    covariance = projected.T @ projected / len(projected)
    np.testing.assert_allclose(np.diag(covariance), np.sqrt(variance), rtol=1e-2)
    assert np.abs(covariance - np.diag(np.diag(covariance))).max() < 0.02 * covariance.max()


def test_the_head_can_start_from_fewer_pictures_than_it_has_axes() -> None:
    net = EmbeddingNet(64, side=64)
    net.trunk = lively_trunk(6, dense=True)
    net.start_head_from(pictures(5, 64))
    with torch.no_grad():
        vectors = net(pictures(5, 64))
    assert vectors.isfinite().all()
    assert (vectors @ vectors.T - 2 * torch.eye(5)).max() < 0.9  # five different pictures, told apart


def test_the_detector_says_one_quality_and_one_box_a_cell() -> None:
    torch.manual_seed(5)
    with torch.no_grad():
        logits, boxes = DetectionNet(16)(pictures(2, 96))
    cells = sum((96 // stride) ** 2 for stride in STRIDES)
    assert logits.shape == (2, cells)
    assert boxes.shape == (2, cells, 4)
    assert (boxes[..., 2:] > boxes[..., :2]).all()
    assert logits.sigmoid().max() < 0.2  # starts by saying that marks are rare
    centres = torch.cat([cell_centres(96 // s, 96 // s, s) for s in STRIDES])
    assert (boxes[..., :2] < centres).all()
    assert (boxes[..., 2:] > centres).all()
