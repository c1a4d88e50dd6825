"""A bundle of half the room is the same bundle but for rounding, and is not written where the models disagree."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from inference.engine import OrtSession
from tests.unit.training.packing import lively_trunk
from training import export, shrink
from training.nets.embedding import EmbeddingNet

# torch.onnx speaks of a slice that it leaves to ONNX Runtime
pytestmark = pytest.mark.filterwarnings("ignore:Constant folding")


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    """An embedder's bundle as it is shipped, with an attachment."""
    net = EmbeddingNet(16, side=112)
    net.trunk = lively_trunk(1, dense=True)
    folder = tmp_path / "embedder-1"
    folder.mkdir()
    axes = {"pictures": {0: "n"}, "vectors": {0: "n"}}
    export.export_graph(net, torch.from_numpy(export.pictures(2, 112, 112, 0)), axes, folder / "model.onnx")
    export.halve(folder / "model.onnx")
    export.write_bundle(folder, "embedder", "1", {"side": 112, "threshold": 0.3}, {"steps": 7})
    (folder / "cohort.npy").write_bytes(b"cohort")
    return folder


def test_widening_undoes_halving(bundle: Path, tmp_path: Path) -> None:
    before = OrtSession((bundle / "model.onnx").read_bytes()).run(export.pictures(2, 112, 112, 1))[0]
    shrink.widen(bundle / "model.onnx")
    after = OrtSession((bundle / "model.onnx").read_bytes()).run(export.pictures(2, 112, 112, 1))[0]
    assert np.allclose(before, after, atol=1e-6)
    kinds = {tensor.data_type for tensor in onnx.load(str(bundle / "model.onnx")).graph.initializer}
    assert onnx.TensorProto.FLOAT16 not in kinds


def test_a_shrunk_bundle_keeps_all_but_the_size(bundle: Path, tmp_path: Path) -> None:
    sha256 = shrink.shrunk(bundle, tmp_path / "embedder-2", "embedder")
    told = json.loads((tmp_path / "embedder-2" / "bundle.json").read_text())
    assert (told["name"], told["version"], told["sha256"]) == ("embedder-2", "2", sha256)
    assert told["config"] == {"side": 112, "threshold": 0.3}
    assert told["trained"]["steps"] == 7
    assert told["trained"]["shrunk_from"] == "embedder-1"
    assert (tmp_path / "embedder-2" / "cohort.npy").read_bytes() == b"cohort"
    old, new = ((tmp_path / f"embedder-{n}" / "model.onnx").stat().st_size for n in (1, 2))
    assert new < 0.65 * old


def test_models_that_disagree_are_not_written(bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shrink, "agreement", lambda *_: 0.5)
    with pytest.raises(ValueError, match=r"agree by 0\.5000"):
        shrink.shrunk(bundle, tmp_path / "embedder-2", "embedder")
    assert not (tmp_path / "embedder-2").exists()
