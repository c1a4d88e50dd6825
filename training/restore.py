"""A checkpoint from a bundle, so that training goes on from what is deployed: `python -m training.restore BUNDLE OUT`.

The exported graph has BatchNorm folded into the convolution before it. The checkpoint's net computes the same: its
convolutions are the folded ones, its BatchNorm passes them on and adds the folded bias.
"""

import argparse
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from training import engine
from training.nets.detection import DetectionNet
from training.nets.embedding import EmbeddingNet

FOLDED = {"stem": "bn", "dw": "dwbn", "pw": "pwbn"}  # convolution of the trunk -> its BatchNorm


def restore(bundle: Path) -> dict[str, Tensor]:
    """The `state_dict` of the net in a bundle's folder; raises ValueError for a role or graph that it does not know."""
    description = json.loads((bundle / "bundle.json").read_text(encoding="utf-8"))
    graph = onnx.load(str(bundle / "model.onnx")).graph
    values = dict(initializers(graph))
    state = empty_state(description["role"], values)
    for node in graph.node:
        module = node.name.strip("/").removeprefix("net/").rsplit("/", 1)[0].replace("/", ".")
        if node.op_type == "Conv" and module.startswith("trunk."):
            unfold(state, module, *(values[plain(name)] for name in node.input[1:]))
        elif node.op_type == "MatMul" and module == "layout":
            state["layout.weight"] = torch.from_numpy(values[plain(node.input[1])].T.copy())
        elif node.op_type in ("Mul", "Add") and len(node.input) == 2 and plain(node.input[1]) in values:
            rescale(state, node.op_type, module, values[plain(node.input[1])])
    for name, array in values.items():  # what the exporter left under its own name
        if name in state:
            state[name] = torch.from_numpy(array.copy())
    lacking = sorted(key for key, value in state.items() if value.is_floating_point() and value.isnan().any())
    if lacking:
        raise ValueError(f"{bundle}: the graph does not tell {', '.join(lacking)}")
    return state


def initializers(graph: onnx.GraphProto) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Name and value of each of the graph's constants, widened."""
    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    for name, array in arrays.items():
        if array.dtype == np.int8:
            whole = name.removesuffix("_bytes")
            wide = array.astype(np.float32) * arrays[f"{whole}_scale"].astype(np.float32)
            yield plain(whole), wide.reshape(arrays.get(f"{whole}_shape", np.array(wide.shape)))
        elif array.dtype in (np.float16, np.float32) and f"{name.removesuffix('_scale')}_bytes" not in arrays:
            yield plain(name), array.astype(np.float32)


def plain(name: str) -> str:
    """A constant's name without what `training.export` put around it."""
    return name.removesuffix("_half").removeprefix("net.")


def empty_state(role: str, values: dict[str, NDArray[np.float32]]) -> dict[str, Tensor]:
    """The `state_dict` of the role's net, each number not a number until it is known."""
    if role in ("detector", "xray_detector"):
        state = DetectionNet().state_dict()
    elif role in ("embedder", "xray_embedder"):
        state = EmbeddingNet(len(values["head.bias"])).state_dict()
    else:
        raise ValueError(f"role must be detector or embedder, got {role!r}")
    return {
        key: value.clone().fill_(float("nan")) if value.is_floating_point() else value for key, value in state.items()
    }


def unfold(state: dict[str, Tensor], module: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
    """Set a convolution of the trunk to the folded one, and its BatchNorm to one that adds the folded bias."""
    kind, *index = module.removeprefix("trunk.").split(".")
    norm = ".".join(("trunk", FOLDED[kind], *index))
    zero = torch.zeros(len(bias))
    state[f"{module}.weight"] = torch.from_numpy(weight.copy())
    state[f"{norm}.bias"] = torch.from_numpy(bias.copy())
    state[f"{norm}.running_mean"] = zero
    state[f"{norm}.running_var"] = zero + 1
    state[f"{norm}.weight"] = torch.full_like(zero, (1 + 1e-3) ** 0.5)  # BatchNorm's own epsilon, undone


def rescale(state: dict[str, Tensor], kind: str, module: str, value: NDArray[np.float32]) -> None:
    """Set what a Mul or Add stands for: the weight or bias of a GroupNorm, or the next level's scale of boxes."""
    if value.ndim == 0:
        place = int(state["scale"].isnan().long().argmax())  # levels come in order
        state["scale"][place] = float(value)
        return
    *holder, layer = module.split(".")  # e.g. smooth.0.smooth.0.1: the block is named twice
    key = ".".join((*holder[len(holder) // 2 :], layer, "weight" if kind == "Mul" else "bias"))
    if key in state:  # a block that several levels share is written once for each
        state[key] = torch.from_numpy(value.reshape(-1).copy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path, help="folder with model.onnx and bundle.json")
    parser.add_argument("out", type=Path, help="checkpoint to write, for --start of a training job")
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    engine.save_checkpoint(args.out, {"net": restore(args.bundle), "step": 0})


if __name__ == "__main__":
    main()
