"""Export: ONNX Runtime says what torch says, at half the size, and deploying one role leaves the other alone."""

import argparse
import tomllib
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from inference.bundles import load_bundle
from inference.engine import OrtSession
from inference.errors import BadBundle
from tests.unit.training.packing import lively_trunk
from training import export
from training.nets.detection import DetectionNet
from training.nets.embedding import EmbeddingNet

# torch.onnx speaks of a slice that it leaves to ONNX Runtime
pytestmark = pytest.mark.filterwarnings("ignore:Constant folding")

SHA = {letter: letter * 64 for letter in "abc"}


@pytest.fixture(scope="module")
def embedder() -> EmbeddingNet:
    net = EmbeddingNet(16, side=64)
    net.trunk = lively_trunk(1, dense=True)
    return net


@pytest.fixture(scope="module")
def detector() -> DetectionNet:
    torch.manual_seed(3)
    net = DetectionNet()
    net.trunk = lively_trunk(3)
    torch.nn.init.normal_(net.quality.weight, std=0.3)  # sure of something
    torch.nn.init.normal_(net.box.weight, std=0.1)
    return net


def options(**given: object) -> argparse.Namespace:
    return argparse.Namespace(**{"role": "detector", "side": None, "least": 0.05, "verifier": None, **given})


def exact(net: EmbeddingNet, path: Path) -> Path:
    export.export_graph(
        net, torch.from_numpy(export.pictures(2, 64, 64, 0)), {"pictures": {0: "n"}, "vectors": {0: "n"}}, path
    )
    return path


def test_an_exported_graph_says_what_torch_says_for_any_number_of_pictures(
    embedder: EmbeddingNet, tmp_path: Path
) -> None:
    session = OrtSession(exact(embedder, tmp_path / "net.onnx").read_bytes())
    for n in (1, 2, 5):
        pictures = export.pictures(n, 64, 64, n)
        with torch.no_grad():
            expected = embedder(torch.from_numpy(pictures)).numpy()
        np.testing.assert_allclose(session.run(pictures)[0], expected, atol=1e-4)


def test_halving_halves_the_file_and_hardly_changes_the_vectors(embedder: EmbeddingNet, tmp_path: Path) -> None:
    path = exact(embedder, tmp_path / "net.onnx")
    before, whole = path.stat().st_size, OrtSession(path.read_bytes()).run(export.pictures(4, 64, 64, 9))[0]
    export.halve(path)
    after, halved = path.stat().st_size, OrtSession(path.read_bytes()).run(export.pictures(4, 64, 64, 9))[0]
    assert 0.45 < after / before < 0.6
    assert (whole * halved).sum(1).min() > 0.999
    assert not np.array_equal(whole, halved)
    onnx.checker.check_model(onnx.load(str(path)))


def test_halving_leaves_what_float16_cannot_hold(tmp_path: Path) -> None:
    class Huge(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.large = torch.nn.Parameter(torch.full((100,), 1e6))
            self.small = torch.nn.Parameter(torch.linspace(0, 1, 100))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.float() * self.large + self.small

    path = tmp_path / "net.onnx"
    export.export_graph(
        Huge().eval(), torch.ones(1, 100, dtype=torch.uint8), {"pictures": {0: "n"}, "y": {0: "n"}}, path
    )
    export.halve(path)
    y = OrtSession(path.read_bytes()).run(np.ones((1, 100), np.uint8))[0]
    np.testing.assert_allclose(y, 1e6 + np.linspace(0, 1, 100)[None], rtol=1e-6)


def test_an_exported_embedder_states_what_serving_needs(embedder: EmbeddingNet, tmp_path: Path) -> None:
    config, _ = export.export_embedder(options(side=64), embedder.state_dict(), tmp_path)
    assert config["side"] == 64
    assert config["dimension"] == 16
    assert {"threshold", "calibration"} <= config.keys()
    pictures = export.pictures(3, 64, 64, 5)
    with torch.no_grad():
        expected = embedder(torch.from_numpy(pictures)).numpy()
    served = OrtSession((tmp_path / "model.onnx").read_bytes()).run(pictures)[0]
    assert (served * expected).sum(1).min() > 0.998
    np.testing.assert_allclose(np.linalg.norm(served, axis=1), 1, atol=1e-4)


def test_an_exported_detector_gives_sorted_separate_boxes(detector: DetectionNet, tmp_path: Path) -> None:
    config, _ = export.export_detector(options(side=128), detector.state_dict(), tmp_path)
    assert config["side"] == 128
    assert config["least"] == 0.05
    boxes, scores = OrtSession((tmp_path / "model.onnx").read_bytes()).run(export.pictures(1, 128, 128, 3))
    assert 0 < len(boxes) == len(scores) <= int(str(config["most"]))
    assert (np.diff(scores) <= 0).all()
    tight = boxes + (boxes[:, [2, 3, 0, 1]] - boxes) * export.GROWN / (1 + 2 * export.GROWN)
    for index, one in enumerate(tight):
        for other in tight[:index]:
            shared = np.clip(np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2]), 0, None).prod()
            union = (one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared
            assert shared / union <= export.DOUBLE + 0.001
    with torch.no_grad():
        logits = detector(torch.from_numpy(export.pictures(1, 128, 128, 3)))[0]
    assert scores[0] == pytest.approx(logits.sigmoid().max().item(), abs=0.02)


@pytest.mark.parametrize(("h", "w"), [(128, 128), (128, 320), (256, 160)])
def test_an_exported_detector_takes_whole_cells_of_any_number(
    h: int, w: int, detector: DetectionNet, tmp_path: Path
) -> None:
    export.export_detector(options(side=128), detector.state_dict(), tmp_path)
    boxes, scores = OrtSession((tmp_path / "model.onnx").read_bytes()).run(export.pictures(1, h, w, 4))
    with torch.no_grad():
        logits, reach = detector(torch.from_numpy(export.pictures(1, h, w, 4)))
    assert logits.shape[1] == sum((h // stride) * (w // stride) for stride in (8, 16, 32))
    best = reach[0][logits[0].argmax()].numpy()
    room = export.GROWN * np.tile(best[2:] - best[:2], 2) * [-1, -1, 1, 1]
    np.testing.assert_allclose(boxes[0], best + room, atol=2.5)
    assert scores[0] == pytest.approx(logits.sigmoid().max().item(), abs=0.02)


def test_deploying_a_role_keeps_the_other(tmp_path: Path) -> None:
    export.deploy(tmp_path, "embedder", "embedder-1", SHA["a"])
    export.deploy(tmp_path, "detector", "detector-1", SHA["b"])
    export.deploy(tmp_path, "embedder", "embedder-2", SHA["c"])
    current = tomllib.loads((tmp_path / "current.toml").read_text(encoding="utf-8"))
    assert current == {
        "detector": {"name": "detector-1", "sha256": SHA["b"]},
        "embedder": {"name": "embedder-2", "sha256": SHA["c"]},
    }


def test_what_is_written_and_deployed_can_be_loaded_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "embedder-3"
    folder.mkdir()
    (folder / "model.onnx").write_bytes(b"a model")
    sha256 = export.write_bundle(folder, "embedder", "3", {"side": 64}, {"steps": 5})
    export.deploy(tmp_path, "embedder", folder.name, sha256)
    bundle = load_bundle(tmp_path, "embedder")
    assert (bundle.name, bundle.version, bundle.model) == ("embedder-3", "3", b"a model")
    assert (bundle.config, bundle.trained) == ({"side": 64}, {"steps": 5})
    (folder / "model.onnx").write_bytes(b"another model")
    with pytest.raises(BadBundle, match="sha256"):
        load_bundle(tmp_path, "embedder")


def test_example_pictures_are_repeatable_and_not_plain() -> None:
    first, again = export.pictures(2, 64, 64, 1), export.pictures(2, 64, 64, 1)
    np.testing.assert_array_equal(first, again)
    assert first.shape == (2, 64, 64, 3)
    assert first.std() > 30


class Boxes(torch.nn.Module):
    """A net that gives the same boxes and scores for any picture."""

    def __init__(self, *rows: tuple[float, float]) -> None:
        super().__init__()
        self.boxes = torch.tensor([[at, 0.0, at + 10, 10.0] for at, _ in rows])
        self.scores = torch.tensor([score for _, score in rows])

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.boxes, self.scores

    def run(self, pictures: np.ndarray) -> list[np.ndarray]:  # type: ignore[type-arg]
        return [self.boxes.numpy(), self.scores.numpy()]


@pytest.mark.parametrize(
    ("exported", "agreed"),
    [
        (Boxes((0, 0.9), (50, 0.1)), 1.0),
        (Boxes((50, 0.1), (0, 0.9)), 1.0),  # in another order
        (Boxes((0, 0.9), (80, 0.1)), 1.0),  # of the second neither is sure
        (Boxes((5, 0.9), (50, 0.1)), 1 / 3),
        (Boxes((0, 0.8), (50, 0.1)), 0.0),  # another score
    ],
)
def test_boxes_agree_where_the_net_is_sure_and_scores_always(exported: Boxes, agreed: float) -> None:
    net = Boxes((0, 0.9), (50, 0.1))
    assert export.box_parity(net, exported, [export.pictures(1, 64, 64, 0)]) == pytest.approx(agreed)
