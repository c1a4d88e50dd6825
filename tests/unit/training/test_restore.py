"""A bundle gives back the net that it was exported from: training can go on from what is deployed."""

import argparse
from pathlib import Path

import pytest
import torch

from inference.verifier import FILE
from training import engine
from training.export import export_detector, export_embedder, pictures, quantise, write_bundle
from training.nets.detection import DetectionNet
from training.nets.embedding import EmbeddingNet
from training.nets.verification import PartsHead, VerificationNet
from training.restore import main, restore

# torch.onnx speaks of a slice that it leaves to ONNX Runtime
pytestmark = pytest.mark.filterwarnings("ignore:Constant folding")


def shaken(net: torch.nn.Module) -> torch.nn.Module:
    """The net with BatchNorm and scales that are not those it is born with."""
    torch.manual_seed(5)
    for name, value in net.state_dict().items():
        if name.endswith(("running_mean", "bias")) or (name.endswith("weight") and value.ndim == 1):
            value.add_(0.1 * torch.randn_like(value))
        elif name.endswith("running_var") or name == "scale":
            value.mul_(1 + 0.3 * torch.rand_like(value))
    return net


@pytest.mark.parametrize("with_parts", [False, True])
def test_an_embedder_comes_back(tmp_path: Path, with_parts: bool) -> None:
    net = shaken(EmbeddingNet(dimension=24))
    verifier = tmp_path / "verifier.pt"
    state = {"parts": PartsHead().state_dict(), "net": VerificationNet().state_dict(), "step": 1}
    engine.save_checkpoint(verifier, state)
    args = argparse.Namespace(side=None, verifier=str(verifier) if with_parts else None)
    config, _ = export_embedder(args, net.state_dict(), tmp_path)
    write_bundle(tmp_path, "embedder", "1", config, {})
    back = EmbeddingNet.of(restore(tmp_path))
    seen = torch.from_numpy(pictures(3, 112, 112, 1))
    with torch.no_grad():
        alike = (back(seen) * net(seen)).sum(1)
    assert float(alike.min()) > 0.9999  # float16 in between
    assert not (tmp_path / FILE).exists()


def test_an_embedder_comes_back_from_bytes(tmp_path: Path) -> None:
    net = shaken(EmbeddingNet(dimension=24))
    args = argparse.Namespace(side=None, verifier=None)
    config, _ = export_embedder(args, net.state_dict(), tmp_path, quantise)
    write_bundle(tmp_path, "xray_embedder", "1", config, {})
    back = EmbeddingNet.of(restore(tmp_path))
    seen = torch.from_numpy(pictures(3, 112, 112, 1))
    with torch.no_grad():
        alike = (back(seen) * net(seen)).sum(1)
    assert float(alike.min()) > 0.995  # eight bits in between
    assert (tmp_path / "model.onnx").stat().st_size < 3_200_000


def test_a_detector_comes_back_through_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    net = shaken(DetectionNet())
    config, _ = export_detector(argparse.Namespace(role="detector", side=128, least=0.05), net.state_dict(), tmp_path)
    write_bundle(tmp_path, "detector", "1", config, {})
    monkeypatch.setattr("sys.argv", ["restore", str(tmp_path), str(tmp_path / "deep" / "start.pt")])
    main()
    saved = engine.load_start(tmp_path / "deep" / "start.pt")
    back = DetectionNet()
    back.load_state_dict(saved["net"])
    seen = torch.from_numpy(pictures(1, 128, 160, 1))
    for given, expected in zip(back(seen), net(seen), strict=True):
        torch.testing.assert_close(given, expected, atol=0.05, rtol=0.01)
    assert saved["step"] == 0


def test_an_unknown_role_is_refused(tmp_path: Path) -> None:
    export_detector(argparse.Namespace(role="detector", side=128, least=0.05), DetectionNet().state_dict(), tmp_path)
    write_bundle(tmp_path, "oracle", "1", {}, {})
    with pytest.raises(ValueError, match="role must be detector or embedder, got 'oracle'"):
        restore(tmp_path)
