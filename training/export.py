"""Turn a checkpoint into a bundle: `python -m training.export ROLE --checkpoint FILE --models DIR`.

The graph holds normalisation, box decoding and suppression of doubles, so that serving needs no torch. Weights are
stored as float16 and widened when loaded: half the size, the same arithmetic. The bundle is written only if ONNX
Runtime and torch agree on test pictures; how well is kept in bundle.json.
"""

import argparse
import hashlib
import json
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn
from torchvision.ops import nms

from inference.engine import OrtSession, Session
from training import engine
from training.deployed import amend
from training.export_parts import NUMBERS, RowsNet, export_verifier, parts_head
from training.losses import overlap
from training.nets.detection import DetectionNet
from training.nets.embedding import EmbeddingNet

OPSET = 18
MOST = 20  # boxes per picture
DOUBLE = 0.6  # IoU from which on two boxes show one thing
GROWN = 0.07  # of a box's width and height, added on each side: people leave some room around a mark, the net none;
# boxes in rendered X-ray scans are exact, so nothing is added there
SCORE_APART = 0.01  # between torch's and ONNX Runtime's best score of a picture, at most
State = dict[str, Tensor]
Shrink = Callable[[Path], None]  # stores the weights of a graph in less room
XRAY = ("xray_detector", "xray_embedder")  # stored as bytes: with them all models still fit into one small download
XRAY_SIDE = 640  # px of the longest side: 576 to 832 find as many marks (0.87 to 0.90 of 161), in half to all the time
GROUP = 32  # weights that share a scale
LEAST_SCALE = 1.2e-7  # twice the smallest number of float16: weights below it are nothing
LARGE = 1024  # numbers: smaller weights are not worth rounding
SMALLEST = 64  # initializers with fewer numbers stay float32: they weigh nothing and may be exact constants


class ServedDetector(nn.Module):
    """(1, h, w, 3) uint8 -> boxes (m, 4) px of the input and scores (m,), best first, doubles suppressed.

    h and w are multiples of 32 and at least 128, so that there are more cells than boxes to choose from.
    """

    def __init__(self, net: DetectionNet, *, most: int, iou: float, grown: float = 0.0) -> None:
        """`iou`: overlap of doubles; `grown`: share of a box's sides that is added on each side of what is left."""
        super().__init__()
        self.net, self.most, self.iou, self.grown = net, most, iou, grown

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        logits, boxes = self.net(pictures)
        scores, order = logits[0].sigmoid().topk(min(self.most * 10, logits.shape[1]))
        boxes = boxes[0][order]
        kept = nms(boxes, scores, self.iou)[: self.most]
        chosen = boxes[kept]
        room = self.grown * (chosen[:, 2:] - chosen[:, :2])
        return torch.cat([chosen[:, :2] - room, chosen[:, 2:] + room], 1), scores[kept]


def export_graph(net: nn.Module, example: Tensor, axes: dict[str, dict[int, str]], path: Path) -> None:
    """Write `net` as ONNX; `axes` names the dimensions left free of its input `pictures` and of each output."""
    outputs = [name for name in axes if name != "pictures"]
    torch.onnx.export(
        net,
        (example,),
        str(path),
        input_names=["pictures"],
        output_names=outputs,
        dynamic_axes=axes,
        opset_version=OPSET,
        dynamo=False,
    )


def halve(path: Path) -> None:
    """Store the graph's large float32 initializers as float16 with a Cast back; checks the model."""
    model = onnx.load(str(path))
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if tensor.data_type != TensorProto.FLOAT or values.size < SMALLEST or np.abs(values).max() > 6e4:
            continue
        name = tensor.name
        tensor.CopyFrom(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
        casts.append(helper.make_node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def quantise(path: Path) -> None:
    """Store the graph's large weights as int8 with a scale for each GROUP of an output channel, widened when loaded.

    About a quarter of the size, the same arithmetic but for rounding; checks the model. Depthwise kernels weigh little
    and bear rounding badly: they stay as they are, as do tables of one dimension.
    """
    model = onnx.load(str(path))
    graph = model.graph
    nodes = []
    for tensor in list(graph.initializer):  # scales are added to it
        values = numpy_helper.to_array(tensor)
        depthwise = values.ndim == 4 and values.shape[1] == 1
        if tensor.data_type == TensorProto.FLOAT and values.size >= LARGE and values.ndim >= 2 and not depthwise:
            nodes += _as_bytes(graph, tensor, values)
    for node in reversed(nodes):
        graph.node.insert(0, node)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def _as_bytes(graph: onnx.GraphProto, tensor: TensorProto, values: NDArray[np.float32]) -> list[onnx.NodeProto]:
    """Replace a tensor by bytes, scales and its shape; returns the nodes that make it again."""
    name, length = tensor.name, int(np.prod(values.shape[1:]))
    groups = values.reshape(values.shape[0], -1, GROUP if length % GROUP == 0 else length)  # (out, groups, numbers)
    scale = np.maximum(np.abs(groups).max(2, keepdims=True) / 127, LEAST_SCALE).astype(np.float16)
    rounded = np.clip(np.rint(groups / scale.astype(np.float32)), -127, 127).astype(np.int8)
    tensor.CopyFrom(numpy_helper.from_array(rounded, name + "_bytes"))
    graph.initializer.append(numpy_helper.from_array(scale, name + "_scale"))
    graph.initializer.append(numpy_helper.from_array(np.array(values.shape, np.int64), name + "_shape"))
    return [
        helper.make_node("Cast", [name + "_bytes"], [name + "_wide"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [name + "_scale"], [name + "_steps"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [name + "_wide", name + "_steps"], [name + "_flat"]),
        helper.make_node("Reshape", [name + "_flat", name + "_shape"], [name]),
    ]


COSINE: dict[Shrink, float] = {
    halve: 0.999,
    quantise: 0.995,
}  # between torch and ONNX Runtime, at least, by how weights are stored


def vector_parity(net: nn.Module, session: Session, examples: list[NDArray[np.uint8]]) -> float:
    """Smallest cosine between torch's and ONNX Runtime's rows of the same pictures, batch by batch."""
    lowest = 1.0
    for batch in examples:
        with torch.no_grad():
            expected = net(torch.from_numpy(batch)).numpy()  # (n, d)
        actual = session.run(batch)[0]
        if actual.shape != expected.shape:
            raise ValueError(f"parity: torch gives {expected.shape}, ONNX Runtime {actual.shape}")
        lengths = np.linalg.norm(actual, axis=1) * np.linalg.norm(expected, axis=1)
        lowest = min(lowest, float(((actual * expected).sum(1) / lengths).min()))
    return lowest


def box_parity(net: nn.Module, session: Session, examples: list[NDArray[np.uint8]], sure: float = 0.2) -> float:
    """Smallest overlap (IoU) of each of torch's boxes scored `sure` or more with ONNX Runtime's partner.

    Boxes are compared as sets: rounding may swap two that score alike, and choose others among those that the net is
    not sure of. 0 if the best scores, sure or not, are more than SCORE_APART apart.
    """
    lowest = 1.0
    for batch in examples:
        with torch.no_grad():
            boxes, scores = net(torch.from_numpy(batch))
        actual, actual_scores = (torch.from_numpy(output) for output in session.run(batch))
        if abs(float(scores.max()) - float(actual_scores.max())) > SCORE_APART:
            return 0.0
        for box in boxes[scores >= sure]:
            partners = overlap(box.expand_as(actual), actual)[0] if len(actual) else torch.zeros(1)
            lowest = min(lowest, float(partners.max()))
    return lowest


def write_bundle(folder: Path, role: str, version: str, config: dict[str, object], trained: dict[str, object]) -> str:
    """Write bundle.json beside model.onnx; returns the model's sha256."""
    sha256 = hashlib.sha256((folder / "model.onnx").read_bytes()).hexdigest()
    description = {
        "name": folder.name,
        "role": role,
        "version": version,
        "sha256": sha256,
        "config": config,
        "trained": trained,
    }
    (folder / "bundle.json").write_text(json.dumps(description, indent=2) + "\n", encoding="utf-8")
    return sha256


def deploy(models: Path, role: str, name: str, sha256: str) -> None:
    """Name the bundle in current.toml; the other role's entry stays."""
    path = models / "current.toml"
    current = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    current[role] = {"name": name, "sha256": sha256}
    lines = [
        f'[{key}]\nname = "{value["name"]}"\nsha256 = "{value["sha256"]}"\n' for key, value in sorted(current.items())
    ]
    path.write_text(
        "# What is deployed. Written by `python -m training.export`.\n" + "\n".join(lines), encoding="utf-8"
    )


def pictures(n: int, h: int, w: int, seed: int) -> NDArray[np.uint8]:
    """Random blocky test pictures (n, h, w, 3), h and w multiples of 16."""
    rng = np.random.default_rng(seed)
    blocks = rng.integers(0, 256, (n, h // 16, w // 16, 3), np.uint8)
    return blocks.repeat(16, 1).repeat(16, 2)


def export_embedder(
    args: argparse.Namespace, state: State, folder: Path, shrink: Shrink = halve
) -> tuple[dict[str, object], float]:
    """Write the embedder's graph; returns its config and the parity (cosine)."""
    net = EmbeddingNet.of(state)
    side, path = net.side, folder / "model.onnx"
    if args.side not in (None, side):
        raise ValueError(f"--side is {args.side}, but the embedder was trained at {side}")
    verifier = engine.load_start(Path(args.verifier)) if args.verifier else None
    rows = net if verifier is None else RowsNet(net, parts_head(verifier)).eval()
    export_graph(rows, torch.from_numpy(pictures(2, side, side, 0)), {"pictures": {0: "n"}, "vectors": {0: "n"}}, path)
    shrink(path)
    agreed = vector_parity(rows, OrtSession(path.read_bytes()), [pictures(n, side, side, n) for n in (1, 3, 8)])
    if agreed < COSINE[shrink]:
        raise ValueError(f"parity: cosine {agreed:.5f}, at least {COSINE[shrink]} is asked for")
    # a placeholder until `training.calibration` has fitted it: nothing is shown to an officer on its ground
    calibration = {
        "intercept": -12.0,
        "similarity": 20.0,
        "margin": 0.0,
        "wording": 0.0,
        "verified": 0.0,
        "detection": 0.0,
        "size": 0.0,
        "rarity": 0.0,
    }
    config: dict[str, object] = {"side": side, "dimension": net.head.out_features, "threshold": 0.5}
    config["calibration"] = calibration
    return config | ({} if verifier is None else {"parts": NUMBERS}), agreed


def export_detector(
    args: argparse.Namespace, state: State, folder: Path, shrink: Shrink = halve
) -> tuple[dict[str, object], float]:
    """Write the detector's graph; returns its config and the parity (IoU)."""
    net = DetectionNet().eval()
    net.load_state_dict(state)
    side, path = args.side or 384, folder / "model.onnx"
    grown = 0.0 if args.role in XRAY else GROWN
    served = ServedDetector(net, most=MOST, iou=DOUBLE, grown=grown).eval()
    axes = {"pictures": {1: "h", 2: "w"}, "boxes": {0: "m"}, "scores": {0: "m"}}
    export_graph(served, torch.from_numpy(pictures(1, side, side, 0)), axes, path)
    shrink(path)
    examples = [pictures(1, h, w, h) for h, w in ((side, side), (side, 256), (128, side), (192, 128))]
    agreed = box_parity(served, OrtSession(path.read_bytes()), examples)
    if agreed < 0.95:
        raise ValueError(f"parity: boxes overlap by {agreed:.3f}, at least 0.95 is asked for")
    return {"side": side, "least": args.least, "most": MOST}, agreed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("role", choices=("detector", "embedder", *XRAY))
    parser.add_argument("--checkpoint", required=True)
    parser.add_argument("--models", default="models")
    parser.add_argument("--version", required=True, help="e.g. 1; the bundle is named ROLE-VERSION")
    parser.add_argument("--verifier", help="embedder: checkpoint of the verifier trained on it")
    parser.add_argument("--side", type=int, help="px: of the embedder's square (112), detector's longest side (384)")
    parser.add_argument("--least", type=float, default=0.05, help="detector: lowest score kept")
    parser.add_argument("--deploy", action="store_true", help="name it in current.toml")
    args = parser.parse_args()
    folder = Path(args.models) / f"{args.role.replace('_', '-')}-{args.version}"
    folder.mkdir(parents=True, exist_ok=True)
    saved = engine.load_checkpoint(Path(args.checkpoint))
    if saved is None:
        raise SystemExit(f"no checkpoint at {args.checkpoint}")
    export = export_embedder if args.role.endswith("embedder") else export_detector
    if args.role == "xray_detector" and args.side is None:
        args.side = XRAY_SIDE
    config, agreed = export(args, saved["net"], folder, quantise if args.role in XRAY else halve)
    trained = {"steps": saved["step"], "parity": round(agreed, 6)}
    sha256 = write_bundle(folder, args.role, args.version, config, trained)
    if args.verifier:
        attachments = export_verifier(engine.load_start(Path(args.verifier)), folder)
        amend(folder, lambda description: description.update(attachments=attachments))
    if args.deploy:
        deploy(Path(args.models), args.role, folder.name, sha256)


if __name__ == "__main__":
    main()
